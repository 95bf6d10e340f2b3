//! What becomes of a table's columns in a step: which a kernel replaces, which go along.

use super::Piece;
use crate::{Error, Result};
use gapwave_columns::{Array, Chunk, DType, Len, Meta};
use gapwave_datasets::{Carried, Schema, Source};
use gapwave_kernels::{Kernel, Reach};

/// Rows that a kernel is asked about where the number is not known.
const NOMINAL: usize = 1 << 20;

/// What a kernel's outputs are to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As many rows, in place of the selected columns.
    Replaces,
    /// Some of the rows; columns that are not the kernel's lose the same ones.
    Drops,
    /// Another table.
    Makes,
}

/// A step's columns.
pub(super) struct Layout {
    select: Vec<usize>,
    kind: Kind,
    /// Whether the kernel gets the numbers of the rows as a last column, to find those that go along.
    numbered: bool,
    schema: Schema,
    carried: Option<Carried>,
    beside: bool,
    row_bytes: u64,
}

impl Layout {
    pub(super) fn new(kernel: &dyn Kernel, source: &dyn Source, select: &[usize]) -> Result<Layout> {
        let schema = source.schema();
        if let Some(&bad) = select.iter().find(|&&i| i >= schema.cols.len()) {
            return Err(Error::Usage(format!("column {bad} of a table of {}", schema.cols.len())));
        }
        let rows = source.rows().and_then(|r| usize::try_from(r).ok()).unwrap_or(NOMINAL);
        let mut metas: Vec<Meta> = select.iter().map(|&i| schema.cols[i].with_rows(rows)).collect();
        let io = kernel.infer(&metas)?;
        // As many rows may come out of these by chance, of an empty table above all.
        let other = matches!(io.reach, Reach::Fold | Reach::Frames { .. });
        let outs = io.outs;
        let replaces = !other && outs.len() == select.len() && outs.iter().all(|o| o.rows() == rows);
        let kind = match (replaces, outs.iter().all(|o| o.len == Len::AtMost)) {
            (true, true) => Kind::Drops,
            (true, false) => Kind::Replaces,
            (false, _) => Kind::Makes,
        };
        let all = (0..schema.cols.len()).all(|i| select.contains(&i));
        let carried = source.carried();
        let beside = source.has_beside();
        let numbered = kind == Kind::Drops && (!all || beside);
        if numbered {
            metas.push(Meta::new(DType::U32, [rows]));
            kernel.infer(&metas).map_err(|e| {
                let id = kernel.entry().id;
                Error::Usage(format!("{id} changes the number of rows and must be given every column: {e}"))
            })?;
        }
        let mut made = schema.clone();
        match kind {
            Kind::Replaces | Kind::Drops => {
                for (&i, out) in select.iter().zip(&outs) {
                    made.cols[i] = Meta { len: Len::Exact, ..out.with_rows(0) };
                }
            }
            Kind::Makes => {
                made.names = match outs.len() == select.len() {
                    true => select.iter().map(|&i| schema.names[i].clone()).collect(),
                    false => (0..outs.len()).map(|i| format!("out{i}")).collect(),
                };
                made.cols = outs.iter().map(|o| Meta { len: Len::Exact, ..o.with_rows(0) }).collect();
            }
        }
        let carried = carried.filter(|_| kind != Kind::Makes);
        // What is beside the numbers goes along.
        let row_bytes =
            source.row_bytes().saturating_sub(schema.row_bytes()) + made.row_bytes() + 4 * u64::from(numbered);
        Ok(Layout {
            select: select.to_vec(),
            kind,
            numbered,
            schema: made,
            carried,
            beside: beside && kind != Kind::Makes,
            row_bytes,
        })
    }

    /// Types of the kernel's data; `schema` is the source's.
    pub(super) fn data(&self, schema: &Schema) -> Vec<Meta> {
        let mut metas: Vec<Meta> = self.select.iter().map(|&i| schema.cols[i].clone()).collect();
        if self.numbered {
            metas.push(Meta::new(DType::U32, [0]));
        }
        metas
    }

    /// The kernel's data of a chunk.
    pub(super) fn inputs(&self, chunk: &Chunk) -> Vec<Array> {
        let mut ins: Vec<Array> = self.select.iter().map(|&i| chunk.cols[i].clone()).collect();
        if self.numbered {
            ins.push(Array::from((0..chunk.rows() as u32).collect::<Vec<u32>>()));
        }
        ins
    }

    /// The columns that come out.
    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(super) fn carried(&self) -> Option<&Carried> {
        self.carried.as_ref()
    }

    /// Whether chunks have something beside their numbers.
    pub(super) fn has_beside(&self) -> bool {
        self.beside
    }

    /// Whether as many rows come out as go in.
    pub(super) fn keeps_rows(&self) -> bool {
        self.kind == Kind::Replaces
    }

    /// Bytes of a row that comes out.
    pub(super) fn row_bytes(&self) -> u64 {
        self.row_bytes
    }
}

/// The rows that come out; `None` where a piece has no outputs. `given` rows came out before.
pub(super) fn combine(layout: &Layout, piece: Piece, given: u64) -> Result<Option<Chunk>> {
    let Piece { mut input, mut outs } = piece;
    if outs.is_empty() {
        return Ok(None);
    }
    let names = layout.schema.names.clone();
    if layout.kind == Kind::Makes {
        return Ok(Some(Chunk::with_names(names, outs, given, input.attrs)?));
    }
    let rows = if layout.numbered { outs.pop() } else { None };
    if outs.len() != layout.select.len() {
        let why = format!("{} outputs for {} columns", outs.len(), layout.select.len());
        return Err(Error::Internal(why));
    }
    if let Some(rows) = rows {
        let kept = rows.as_slice::<u32>()?;
        for i in (0..input.cols.len()).filter(|i| !layout.select.contains(i)) {
            input.cols[i] = input.cols[i].take_rows(kept)?;
        }
        input.beside = input.beside.map(|b| b.take(kept)).transpose()?;
    }
    for (&i, out) in layout.select.iter().zip(outs) {
        input.cols[i] = out;
    }
    // Only here are all columns of one length again.
    let Chunk { cols, attrs, beside, .. } = input;
    Ok(Some(Chunk::with_names(names, cols, given, attrs)?.with_beside(beside)?))
}
