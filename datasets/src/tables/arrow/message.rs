//! Messages of an Arrow file: where they are, and whether their sizes are possible.

use crate::{Error, Input, Result};
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{Block, BufferRef, MessageHeaderRef, MessageRef, RecordBatchRef};

/// Longest head of a message.
const LONGEST: u64 = 256 << 20;
/// How many times its size a buffer may grow by decompression; Zstandard, the densest, writes 128 KiB in 4 bytes.
const DENSEST: u64 = 1 << 15;

/// What a message holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Holds {
    Schema,
    /// Rows, and how many values are missing in each node of the schema.
    Batch {
        rows: u64,
        nulls: Vec<u64>,
    },
    Dictionary,
    Other,
}

/// A message of the file.
#[derive(Debug)]
pub(super) struct Message {
    /// Where it is: first byte, bytes of its head, bytes of its body.
    pub(super) block: Block,
    pub(super) holds: Holds,
}

fn damaged(input: &Input, at: u64, why: impl std::fmt::Display) -> Error {
    Error::format(input.path(), format!("the file is damaged: the message at byte {at} {why}"))
}

/// Reads the head of the message at `at`; `None` where the messages end.
pub(super) fn read(input: &mut Input, at: u64) -> Result<Option<Message>> {
    let left = input.len().saturating_sub(at);
    if left == 0 {
        return Ok(None);
    }
    let first = input.lend(at, left.min(8) as usize, <[u8]>::to_vec)?;
    let word = |i: usize| first.get(i..i + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    // Before Arrow 0.15 there was no mark before the length.
    let (prefix, size) = match (word(0), word(4)) {
        (Some(u32::MAX), size) => (8, size),
        (size, _) => (4, size),
    };
    let Some(size) = size else { return Err(damaged(input, at, "is cut off")) };
    if size == 0 {
        return Ok(None);
    }
    let size = u64::from(size);
    if size > left - prefix || size > LONGEST {
        return Err(damaged(input, at, format!("says to have a head of {size} bytes of {left}")));
    }
    let head = input.lend(at + prefix, size as usize, <[u8]>::to_vec)?;
    let refused = |e: &dyn std::fmt::Display| damaged(input, at, format!("cannot be read: {e}"));
    let message = MessageRef::read_as_root(&head).map_err(|e| refused(&e))?;
    let body = message.body_length().map_err(|e| refused(&e))?;
    let Some(body) = u64::try_from(body).ok().filter(|&b| b <= left - prefix - size) else {
        return Err(damaged(input, at, format!("says to have a body of {body} bytes, the file ends before")));
    };
    let holds = match message.header().map_err(|e| refused(&e))? {
        Some(MessageHeaderRef::Schema(_)) => Holds::Schema,
        Some(MessageHeaderRef::RecordBatch(batch)) => check(&batch, body).map_err(|e| damaged(input, at, e))?,
        Some(MessageHeaderRef::DictionaryBatch(d)) => {
            let batch = d.data().map_err(|e| refused(&e))?;
            if let Some(batch) = batch {
                check(&batch, body).map_err(|e| damaged(input, at, e))?;
            }
            Holds::Dictionary
        }
        _ => Holds::Other,
    };
    let block = Block { offset: at as i64, meta_data_length: (prefix + size) as i32, body_length: body as i64 };
    Ok(Some(Message { block, holds }))
}

/// That rows and buffers of a batch are possible in a body of this size.
fn check(batch: &RecordBatchRef<'_>, body: u64) -> Result<Holds, String> {
    let said = |e: &dyn std::fmt::Display| format!("cannot be read: {e}");
    let most = (body + 1).saturating_mul(DENSEST).saturating_mul(8);
    let rows = batch.length().map_err(|e| said(&e))?;
    let rows = u64::try_from(rows).ok().filter(|&r| r <= most).ok_or_else(|| format!("says to have {rows} rows"))?;
    let mut nulls = Vec::new();
    for node in batch.nodes().map_err(|e| said(&e))?.into_iter().flatten() {
        let (length, missing) = (node.length(), node.null_count());
        if !u64::try_from(length).is_ok_and(|l| l <= most) || !(0..=length).contains(&missing) {
            return Err(format!("has a column of {length} values, {missing} of them missing"));
        }
        nulls.push(missing as u64);
    }
    for buffer in batch.buffers().map_err(|e| said(&e))?.into_iter().flatten() {
        if span(&buffer).is_none_or(|(from, len)| from.checked_add(len).is_none_or(|end| end > body)) {
            let (from, len) = (buffer.offset(), buffer.length());
            return Err(format!("has a buffer of {len} bytes at {from} in a body of {body}"));
        }
    }
    Ok(Holds::Batch { rows, nulls })
}

fn span(buffer: &BufferRef<'_>) -> Option<(u64, u64)> {
    Some((u64::try_from(buffer.offset()).ok()?, u64::try_from(buffer.length()).ok()?))
}

/// That the compressed buffers of a message, whole in `bytes`, are not said to be larger than decompression could make
/// them.
pub(super) fn check_body(bytes: &[u8], block: &Block) -> Result<(), String> {
    let said = |e: &dyn std::fmt::Display| format!("a message cannot be read: {e}");
    let head = bytes.get(..block.meta_data_length as usize).unwrap_or_default();
    let body = bytes.get(block.meta_data_length as usize..).unwrap_or_default();
    let prefix = if head.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let message = MessageRef::read_as_root(head.get(prefix..).unwrap_or_default()).map_err(|e| said(&e))?;
    let batch = match message.header().map_err(|e| said(&e))? {
        Some(MessageHeaderRef::RecordBatch(batch)) => Some(batch),
        Some(MessageHeaderRef::DictionaryBatch(d)) => d.data().map_err(|e| said(&e))?,
        _ => None,
    };
    let Some(batch) = batch else { return Ok(()) };
    if batch.compression().map_err(|e| said(&e))?.is_none() {
        return Ok(());
    }
    for buffer in batch.buffers().map_err(|e| said(&e))?.into_iter().flatten() {
        let Some((from, len)) = span(&buffer).filter(|b| b.1 > 0) else { continue };
        let part = body.get(from as usize..).and_then(|b| b.get(..len as usize)).unwrap_or_default();
        let Some(size) = part.get(..8).and_then(|b| b.try_into().ok()).map(i64::from_le_bytes) else {
            return Err(format!("a compressed buffer of {len} bytes is too short"));
        };
        if size < -1 || size.max(0) as u64 / DENSEST > len {
            return Err(format!("a compressed buffer of {len} bytes says to hold {size}"));
        }
    }
    Ok(())
}

/// Nodes that a column of this type has in a batch.
pub(super) fn nodes(of: &ArrowDataType) -> usize {
    use ArrowDataType as D;
    1 + match of.to_storage() {
        D::List(f) | D::LargeList(f) | D::FixedSizeList(f, _) | D::Map(f, _) => nodes(f.dtype()),
        D::Struct(fields) => fields.iter().map(|f| nodes(f.dtype())).sum(),
        D::Union(u) => u.fields.iter().map(|f| nodes(f.dtype())).sum(),
        _ => 0,
    }
}
