//! Joining what kernels made with what was carried past them.

use super::{Table, convert};
use crate::{Carried, ROW, Result, Sink};
use gapwave_columns::{Array, Chunk, DType, Error, for_dtype};
use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, NewChunkedArray};
use std::sync::Arc;

/// Some rows of one column of the output.
pub(super) enum Cells {
    /// From the chunk: numbers, `[rows]`.
    Made(Array),
    /// From the table.
    Carried(Column),
}

/// Where a column of the output comes from: a column of the chunk, or of the table.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    Made(usize),
    Carried(usize),
}

/// Turns chunks into rows of the output: the table's columns in its order, then those that only the chunks have.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) table: Option<Arc<Table>>,
    layout: Option<Layout>,
    /// Rows taken from the table so far, where the chunks do not say which.
    at: usize,
}

#[derive(Debug)]
struct Layout {
    /// Names and types of the chunks' columns.
    chunk: Vec<(String, DType, usize)>,
    origins: Vec<Origin>,
    /// Where the chunks have the numbers of the rows.
    row: Option<usize>,
}

fn mismatch(why: impl Into<String>) -> crate::Error {
    Error::Mismatch(why.into()).into()
}

impl Join {
    pub(super) fn new(carried: Option<&Carried>) -> Self {
        Join { table: carried.map(|c| c.table.clone()), layout: None, at: 0 }
    }

    /// A join whose table has a type for every column.
    pub(super) fn typed(carried: Option<&Carried>) -> Self {
        Join { table: carried.map(|c| Arc::new(c.table.typed())), layout: None, at: 0 }
    }

    /// The rows of the output that a chunk stands for.
    pub(super) fn rows(&mut self, chunk: &Chunk) -> Result<Vec<(String, Cells)>> {
        let (made, row) = split(chunk);
        let described: Vec<_> = made.iter().map(|(n, a)| (n.clone(), a.dtype(), a.shape().len())).collect();
        let layout = match &self.layout {
            Some(l) if l.chunk == described && l.row == row => l,
            Some(_) => return Err(mismatch("the chunks differ in names or types")),
            None => {
                let origins = self.origins(&made)?;
                self.layout.insert(Layout { chunk: described, origins, row })
            }
        };
        let carried = match &self.table {
            Some(table) if layout.origins.iter().any(|o| matches!(o, Origin::Carried(_))) => {
                let rows = chunk.rows();
                match layout.row {
                    Some(r) => Some(gather(&table.frame, &chunk.cols[r])?),
                    None if rows > table.frame.height() - self.at => {
                        let why = format!(
                            "there are more rows than the {} of the table they came from",
                            table.frame.height()
                        );
                        return Err(mismatch(why));
                    }
                    None => {
                        self.at += rows;
                        Some(table.frame.slice((self.at - rows) as i64, rows))
                    }
                }
            }
            _ => None,
        };
        let mut out = Vec::with_capacity(layout.origins.len());
        for origin in &layout.origins {
            match (origin, &carried) {
                (Origin::Made(i), _) => out.push((made[*i].0.clone(), Cells::Made(made[*i].1.clone()))),
                (Origin::Carried(i), Some(frame)) => {
                    let column = frame.columns()[*i].clone();
                    out.push((column.name().to_string(), Cells::Carried(column)));
                }
                (Origin::Carried(_), None) => {}
            }
        }
        Ok(out)
    }

    fn origins(&self, made: &[(String, Array)]) -> Result<Vec<Origin>> {
        if let Some(i) = (1..made.len()).find(|&i| made[..i].iter().any(|(n, _)| *n == made[i].0)) {
            return Err(mismatch(format!("two columns are named {:?}", made[i].0)));
        }
        let old = self.table.as_ref().map(|t| t.names()).unwrap_or_default();
        let mut origins: Vec<Origin> = old
            .iter()
            .enumerate()
            .map(|(i, name)| made.iter().position(|(n, _)| n == name).map_or(Origin::Carried(i), Origin::Made))
            .collect();
        origins.extend((0..made.len()).filter(|&i| !old.contains(&made[i].0)).map(Origin::Made));
        if origins.is_empty() {
            return Err(mismatch("there is no column to write"));
        }
        Ok(origins)
    }

    /// To be called after the last chunk. What a table without rows would be written as, if there was no chunk at all.
    ///
    /// # Errors
    /// Where rows of the table were neither written nor said to be dropped.
    pub(super) fn end(&self) -> Result<Option<DataFrame>> {
        let Some(table) = &self.table else { return Ok(None) };
        let Some(layout) = &self.layout else { return Ok(Some(table.frame.slice(0, 0))) };
        let rows = table.frame.height();
        let beside = layout.origins.iter().any(|o| matches!(o, Origin::Carried(_)));
        if layout.row.is_none() && beside && self.at != rows {
            let why = format!("{} of {rows} rows were written, and no column {ROW:?} says which were dropped", self.at);
            return Err(mismatch(why));
        }
        Ok(None)
    }
}

/// The chunk's columns, flat, and where the row numbers are.
fn split(chunk: &Chunk) -> (Vec<(String, Array)>, Option<usize>) {
    let made = chunk.names.iter().zip(&chunk.cols).filter(|(n, _)| *n != ROW);
    (made.flat_map(|(n, a)| convert::flatten(n, a)).collect(), chunk.position(ROW))
}

/// The rows of `frame` that `rows` names.
fn gather(frame: &DataFrame, rows: &Array) -> Result<DataFrame> {
    let height = frame.height();
    let picked: Option<Vec<IdxSize>> = for_dtype!(rows.dtype(), T => pick::<T>(rows, height));
    let frame = picked.and_then(|p| frame.take(&IdxCa::from_slice(ROW.into(), &p)).ok());
    frame.ok_or_else(|| mismatch(format!("column {ROW:?} must hold row numbers below {height}, as integers")))
}

fn pick<T: gapwave_columns::Element>(rows: &Array, height: usize) -> Option<Vec<IdxSize>> {
    let bytes = rows.bytes();
    let number: fn(&[u8]) -> Option<u64> = match rows.dtype() {
        DType::I64 => |b| u64::try_from(i64::from_ne_bytes(b.try_into().ok()?)).ok(),
        DType::U64 => |b| Some(u64::from_ne_bytes(b.try_into().ok()?)),
        DType::I32 => |b| u64::try_from(i32::from_ne_bytes(b.try_into().ok()?)).ok(),
        DType::U32 => |b| Some(u64::from(u32::from_ne_bytes(b.try_into().ok()?))),
        _ => return None,
    };
    let checked = |b| number(b).filter(|&r| r < height as u64).and_then(|r| IdxSize::try_from(r).ok());
    bytes.chunks_exact(T::DTYPE.size()).map(checked).collect()
}

/// The rows as a data frame; `None` where a column is complex.
pub(super) fn frame(rows: Vec<(String, Cells)>) -> Result<DataFrame> {
    let height = rows.first().map_or(0, |(_, c)| match c {
        Cells::Made(a) => a.rows(),
        Cells::Carried(c) => c.len(),
    });
    let mut columns = Vec::with_capacity(rows.len());
    for (name, cells) in rows {
        columns.push(match cells {
            Cells::Carried(c) => c,
            Cells::Made(a) => convert::to_column(&name, &a).ok_or_else(|| complex(&name))?,
        });
    }
    let mut frame = DataFrame::new(height, columns).map_err(|e| mismatch(e.to_string()))?;
    frame.rechunk_mut();
    Ok(frame)
}

pub(super) fn complex(name: &str) -> crate::Error {
    mismatch(format!(
        "column {name:?} is complex, which tables cannot hold: write .npy, or its real and imaginary parts"
    ))
}

/// A sink that makes a data frame.
#[derive(Debug)]
pub struct FrameSink {
    join: Join,
    frame: Option<DataFrame>,
}

impl FrameSink {
    /// An empty sink; the frame will have the columns carried too.
    pub fn new(carried: Option<&Carried>) -> Self {
        FrameSink { join: Join::typed(carried), frame: None }
    }

    /// The frame.
    pub fn into_frame(self) -> DataFrame {
        self.frame.unwrap_or_default()
    }
}

impl Sink for FrameSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let more = frame(self.join.rows(&chunk)?)?;
        match &mut self.frame {
            None => self.frame = Some(more),
            Some(all) => {
                all.vstack_mut(&more).map_err(|e| mismatch(e.to_string()))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let empty = self.join.end()?;
        if self.frame.is_none() {
            self.frame = empty;
        }
        if let Some(all) = &mut self.frame {
            all.rechunk_mut();
        }
        Ok(())
    }
}
