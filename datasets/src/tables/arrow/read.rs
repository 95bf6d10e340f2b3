//! Reading Arrow files and streams.

use super::message::{Holds, Message, check_body, nodes, read};
use crate::tables::guard::guarded;
use crate::tables::layout::{Chosen, Known, hand_out};
use crate::{Carried, Error, Input, ReadOptions, Result, Schema, Source};
use gapwave_columns::Chunk;
use polars::prelude::{DataFrame, DataType, IdxCa, IdxSize, IntoColumn, PolarsResult, Series, polars_err};
use polars_arrow::array::{Array, DictionaryArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_arrow::io::ipc::format::ipc::Block;
use polars_arrow::io::ipc::read::{
    Dictionaries, FileMetadata, deserialize_footer, read_batch, read_dictionary_block, read_stream_metadata,
};
use polars_arrow::match_integer_type;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

const MAGIC: &[u8] = b"ARROW1";

/// An Arrow file or stream as a source, batch by batch.
pub(in crate::tables) struct ArrowSource {
    input: Input,
    metadata: FileMetadata,
    dictionaries: Dictionaries,
    chosen: Chosen,
    rows: u64,
    row_bytes: u64,
    /// Bytes of the largest batch.
    largest: u64,
    /// Next batch.
    batch: usize,
    row: u64,
    held: Option<Chunk>,
}

impl ArrowSource {
    pub(in crate::tables) fn open(path: &Path, options: &ReadOptions) -> Result<ArrowSource> {
        let mut input = Input::open(path, options)?;
        let head = input.head(8)?;
        let (metadata, batches) = if head.starts_with(MAGIC) { file(&mut input)? } else { stream(&mut input)? };
        let (mut rows, mut missing) = (0u64, Vec::new());
        for holds in &batches {
            let Holds::Batch { rows: n, nulls } = holds else { continue };
            rows += n;
            missing.resize(missing.len().max(nulls.len()), 0);
            missing.iter_mut().zip(nulls).for_each(|(all, n)| *all += n);
        }
        let mut node = 0;
        let mut known = Vec::new();
        for field in metadata.schema.iter_values() {
            let encoded = matches!(field.dtype(), ArrowDataType::Dictionary(..));
            let dtype = guarded(path, || Ok(DataType::from_arrow_field(&plain(field))))?;
            // A dictionary may hold a missing value.
            let nullable = encoded || missing.get(node).is_some_and(|&n| n > 0);
            known.push(Known { name: field.name.to_string(), dtype, nullable });
            node += nodes(field.dtype());
        }
        if let Some(i) = (1..known.len()).find(|&i| known[..i].iter().any(|k| k.name == known[i].name)) {
            return Err(Error::format(path, format!("two columns are named {:?}", known[i].name)));
        }
        let chosen = Chosen::new(path, &known, options)?;
        let size = |b: &Block| b.body_length as u64;
        let largest = metadata.blocks.iter().map(size).max().unwrap_or(0);
        let all: u64 = metadata.blocks.iter().map(size).sum();
        let row_bytes = chosen.row_bytes().max(all / rows.max(1));
        let mut source = ArrowSource {
            input,
            metadata,
            dictionaries: Dictionaries::default(),
            chosen,
            rows,
            row_bytes,
            largest,
            batch: 0,
            row: 0,
            held: None,
        };
        source.read_dictionaries()?;
        Ok(source)
    }

    fn read_dictionaries(&mut self) -> Result<()> {
        let path = self.input.path().to_path_buf();
        for block in self.metadata.dictionaries.clone().unwrap_or_default() {
            let (metadata, all) = (&self.metadata, &mut self.dictionaries);
            lend(&mut self.input, &block, |bytes| {
                guarded(&path, || {
                    let (mut a, mut b) = (Vec::new(), Vec::new());
                    let reader = &mut Cursor::new(bytes);
                    read_dictionary_block(reader, metadata, &block, true, all, &mut a, &mut b, Default::default())
                })
            })?;
        }
        Ok(())
    }

    /// The next batch that has rows.
    fn more(&mut self) -> Result<Option<Chunk>> {
        let path = self.input.path().to_path_buf();
        while let Some(block) = self.metadata.blocks.get(self.batch).copied() {
            let (metadata, dictionaries, index) = (&self.metadata, &self.dictionaries, self.batch);
            let frame =
                lend(&mut self.input, &block, |bytes| guarded(&path, || decode(bytes, metadata, dictionaries, index)))?;
            self.batch += 1;
            if frame.height() == 0 {
                continue;
            }
            let chunk = self.chosen.chunk(&path, frame, self.row)?;
            self.row += chunk.rows() as u64;
            return Ok(Some(chunk));
        }
        if self.row != self.rows {
            return Err(Error::format(&path, format!("{} rows were said, {} are there", self.rows, self.row)));
        }
        Ok(None)
    }
}

/// Lends a message whole.
fn lend<R>(input: &mut Input, block: &Block, f: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
    let path = input.path().to_path_buf();
    let len = block.meta_data_length as usize + block.body_length as usize;
    input.lend(block.offset as u64, len, |bytes| {
        check_body(bytes, block).map_err(|why| Error::format(&path, format!("the file is damaged: {why}")))?;
        f(bytes)
    })?
}

fn decode(bytes: &[u8], metadata: &FileMetadata, dictionaries: &Dictionaries, index: usize) -> PolarsResult<DataFrame> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let reader = &mut Cursor::new(bytes);
    let batch =
        read_batch(reader, dictionaries, metadata, None, None, index, true, &mut a, &mut b, Default::default())?;
    let rows = batch.len();
    let columns = metadata.schema.iter_values().zip(batch.into_arrays());
    let columns = columns.map(|(field, array)| Ok(column(field, array)?.into_column()));
    DataFrame::new(rows, columns.collect::<PolarsResult<_>>()?)
}

/// The field of the values themselves where they are encoded by a dictionary.
fn plain(field: &Field) -> Field {
    match field.dtype() {
        ArrowDataType::Dictionary(_, values, _) => Field::new(field.name.clone(), (**values).clone(), true),
        _ => field.clone(),
    }
}

/// A column, its values looked up where they are encoded by a dictionary.
fn column(field: &Field, array: Box<dyn Array>) -> PolarsResult<Series> {
    let ArrowDataType::Dictionary(kind, ..) = field.dtype() else { return Series::try_from((field, vec![array])) };
    let (keys, values): (IdxCa, _) = match_integer_type!(kind, |$T| {
        let found = array.as_any().downcast_ref::<DictionaryArray<$T>>();
        let found = found.ok_or_else(|| polars_err!(ComputeError: "a dictionary's keys are of another type"))?;
        let key = |k: Option<&$T>| k.map(|&k| IdxSize::try_from(k).unwrap_or(IdxSize::MAX));
        (found.keys().iter().map(key).collect(), found.values().clone())
    });
    // Which refuses keys beyond the values.
    Series::try_from((&plain(field), vec![values]))?.take(&keys)
}

/// The footer of a file, and what its batches hold.
fn file(input: &mut Input) -> Result<(FileMetadata, Vec<Holds>)> {
    let (path, len) = (input.path().to_path_buf(), input.len());
    let damaged = |why: String| Error::format(&path, format!("the file is damaged or cut off: {why}"));
    if len < 24 {
        return Err(damaged(format!("{len} bytes are no Arrow file")));
    }
    let end = input.lend(len - 10, 10, <[u8]>::to_vec)?;
    if &end[4..] != MAGIC {
        return Err(damaged("it does not end with ARROW1".into()));
    }
    let size = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    if size > len - 18 {
        return Err(damaged(format!("its footer says to have {size} bytes of {len}")));
    }
    let mut metadata =
        input.lend(len - 10 - size, size as usize, |footer| guarded(&path, || deserialize_footer(footer, len)))??;
    let mut batches = Vec::with_capacity(metadata.blocks.len());
    for block in &mut metadata.blocks {
        let message = at(input, block)?;
        if !matches!(message.holds, Holds::Batch { .. }) {
            return Err(damaged("a block is no batch of rows".into()));
        }
        *block = message.block;
        batches.push(message.holds);
    }
    for block in metadata.dictionaries.iter_mut().flatten() {
        *block = at(input, block)?.block;
    }
    Ok((metadata, batches))
}

/// The message that a block of the footer points to.
fn at(input: &mut Input, block: &Block) -> Result<Message> {
    let from = u64::try_from(block.offset).ok().filter(|&o| o < input.len());
    let message = match from {
        Some(from) => read(input, from)?,
        None => None,
    };
    message.ok_or_else(|| {
        let why = format!("the file is damaged: a block is said to be at byte {} of {}", block.offset, input.len());
        Error::format(input.path(), why)
    })
}

/// The head of a stream and its messages, as a file's footer would have them.
fn stream(input: &mut Input) -> Result<(FileMetadata, Vec<Holds>)> {
    let path = input.path().to_path_buf();
    let damaged = |why: &str| Error::format(&path, format!("the file is damaged: {why}"));
    let first = read(input, 0)?.filter(|m| m.holds == Holds::Schema);
    let Some(first) = first else { return Err(damaged("a stream begins with a schema, this does not")) };
    let head = input.lend(0, first.block.meta_data_length as usize, |bytes| {
        guarded(&path, || read_stream_metadata(&mut Cursor::new(bytes)))
    })??;
    let end = |b: &Block| b.offset as u64 + b.meta_data_length as u64 + b.body_length as u64;
    let (mut at, mut blocks, mut dictionaries, mut batches) = (end(&first.block), Vec::new(), Vec::new(), Vec::new());
    while let Some(message) = read(input, at)? {
        at = end(&message.block);
        match message.holds {
            Holds::Batch { .. } => {
                blocks.push(message.block);
                batches.push(message.holds);
            }
            Holds::Dictionary => dictionaries.push(message.block),
            Holds::Schema => return Err(damaged("a second schema")),
            Holds::Other => {}
        }
    }
    let metadata = FileMetadata {
        schema: Arc::new(head.schema),
        custom_schema_metadata: None,
        custom_metadata: None,
        ipc_schema: head.ipc_schema,
        blocks,
        dictionaries: Some(dictionaries),
        size: input.len(),
    };
    Ok((metadata, batches))
}

impl Source for ArrowSource {
    fn schema(&self) -> &Schema {
        &self.chosen.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        if self.held.is_none() {
            self.held = self.more()?;
        }
        hand_out(&mut self.held, rows.max(1))
    }

    fn rewind(&mut self) -> Result<()> {
        (self.batch, self.row, self.held) = (0, 0, None);
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        Some(self.chosen.layout.clone().into())
    }

    fn row_bytes(&self) -> u64 {
        self.row_bytes
    }

    fn held_bytes(&self) -> u64 {
        // The batch as it stands in the file, decoded, and as arrays.
        3 * self.largest
    }
}
