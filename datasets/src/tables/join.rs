//! Joining what kernels made with what travelled beside it.

use super::beside::Rows;
use super::layout::{Field, FieldKind, Layout};
use super::{convert, dates};
use crate::{Carried, Result};
use gapwave_columns::{Array, Chunk, DType, Error};
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};
use std::sync::Arc;

/// Some rows of one column of the output.
pub(super) enum Cells {
    /// From the chunk: numbers, `[rows]`.
    Made(Array),
    /// From beside the chunk; cells of a text file as they stand there if `raw`.
    Beside { column: Column, raw: bool },
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        match self {
            Cells::Made(a) => a.rows(),
            Cells::Beside { column, .. } => column.len(),
        }
    }

    pub(super) fn slice(&self, start: usize, rows: usize) -> Result<Cells> {
        Ok(match self {
            Cells::Made(a) => Cells::Made(a.slice_rows(start, rows)?),
            Cells::Beside { column, raw } => Cells::Beside { column: column.slice(start as i64, rows), raw: *raw },
        })
    }
}

/// Where a column of the output comes from.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    /// A column of the chunk, which replaces this one of the table.
    Made(usize, Option<usize>),
    /// A column of the table, beside the chunk.
    Beside(usize),
}

/// Turns chunks into rows of the output: the table's columns in its order, then those that only the chunks have.
#[derive(Debug, Default)]
pub(super) struct Join {
    pub(super) layout: Option<Arc<Layout>>,
    plan: Option<Plan>,
}

#[derive(Debug)]
struct Plan {
    /// Names, types and axes of the chunks' columns.
    chunk: Vec<(String, DType, usize)>,
    origins: Vec<Origin>,
}

pub(super) fn mismatch(why: impl Into<String>) -> crate::Error {
    Error::Mismatch(why.into()).into()
}

impl Join {
    pub(super) fn new(carried: Option<&Carried>) -> Self {
        Join { layout: carried.map(|c| c.layout.clone()), plan: None }
    }

    fn fields(&self) -> &[Field] {
        self.layout.as_ref().map_or(&[], |l| &l.fields)
    }

    fn plan(&mut self, made: &[(String, Array)]) -> Result<&Plan> {
        let same = |p: &Plan| {
            p.chunk.len() == made.len()
                && p.chunk.iter().zip(made).all(|(c, (n, a))| c.0 == *n && c.1 == a.dtype() && c.2 == a.shape().len())
        };
        if self.plan.as_ref().is_some_and(|p| !same(p)) {
            return Err(mismatch("the chunks differ in names or types"));
        }
        if self.plan.is_none() {
            let origins = self.origins(made)?;
            let chunk = made.iter().map(|(n, a)| (n.clone(), a.dtype(), a.shape().len())).collect();
            self.plan = Some(Plan { chunk, origins });
        }
        self.plan.as_ref().ok_or_else(|| mismatch("there is no column to write"))
    }

    fn origins(&self, made: &[(String, Array)]) -> Result<Vec<Origin>> {
        if let Some(i) = (1..made.len()).find(|&i| made[..i].iter().any(|(n, _)| *n == made[i].0)) {
            return Err(mismatch(format!("two columns are named {:?}", made[i].0)));
        }
        let fields = self.fields();
        let mut origins = Vec::with_capacity(fields.len() + made.len());
        for (i, field) in fields.iter().enumerate() {
            match (made.iter().position(|(n, _)| *n == field.name), &field.kind) {
                (Some(at), _) => origins.push(Origin::Made(at, Some(i))),
                (None, FieldKind::Raw(_) | FieldKind::Typed(_)) => origins.push(Origin::Beside(i)),
                // A column of numbers that the kernel did not keep.
                (None, FieldKind::Numbers(_) | FieldKind::Duration(_)) => {}
            }
        }
        let new = |i: &usize| fields.iter().all(|f| f.name != made[*i].0);
        origins.extend((0..made.len()).filter(new).map(|i| Origin::Made(i, None)));
        if origins.is_empty() {
            return Err(mismatch("there is no column to write"));
        }
        Ok(origins)
    }

    /// The rows of the output that a chunk stands for, each with the field of the table that it is.
    fn cells(&mut self, mut chunk: Chunk) -> Result<Vec<(String, Cells, Option<usize>)>> {
        let (rows, beside) = (chunk.rows(), chunk.beside.take());
        let made = flat(chunk);
        let origins = self.plan(&made)?.origins.clone();
        let mut made: Vec<(String, Option<Array>)> = made.into_iter().map(|(n, a)| (n, Some(a))).collect();
        let fields = self.fields();
        let beside = match &beside {
            Some(b) => Some(b.downcast::<Rows>().ok_or_else(|| mismatch("rows of an unknown kind beside numbers"))?),
            None => None,
        };
        let mut out = Vec::with_capacity(origins.len());
        for origin in origins {
            match origin {
                Origin::Made(i, field) => {
                    if let (name, Some(array)) = (made[i].0.clone(), made[i].1.take()) {
                        out.push((name, Cells::Made(array), field));
                    }
                }
                Origin::Beside(i) => {
                    let field = &fields[i];
                    let column = beside.and_then(|b| b.0.column(&field.name).ok()).filter(|c| c.len() == rows);
                    let Some(column) = column else {
                        let why =
                            format!("the rows came without column {:?} of the table that they are from", field.name);
                        return Err(mismatch(why));
                    };
                    let raw = matches!(field.kind, FieldKind::Raw(_)) && column.dtype() == &DataType::String;
                    out.push((field.name.clone(), Cells::Beside { column: column.clone(), raw }, Some(i)));
                }
            }
        }
        Ok(out)
    }

    /// The rows of the output that a chunk stands for, cells of text files as they were.
    pub(super) fn rows(&mut self, chunk: Chunk) -> Result<Vec<(String, Cells)>> {
        Ok(self.cells(chunk)?.into_iter().map(|(name, cells, _)| (name, cells)).collect())
    }

    /// The rows of the output that a chunk stands for, with a type for every column.
    pub(super) fn frame(&mut self, chunk: Chunk) -> Result<DataFrame> {
        let (rows, events) = (chunk.rows(), chunk.attrs.sensor.is_some());
        let cells = self.cells(chunk)?;
        let mut columns = Vec::with_capacity(cells.len());
        for (name, cells, field) in cells {
            let kind = field.map(|i| &self.fields()[i].kind);
            columns.push(match cells {
                Cells::Made(array) => {
                    let span = match kind {
                        Some(FieldKind::Duration(unit)) => Some(*unit),
                        _ if events && name == "t" => Some(TimeUnit::Microseconds),
                        _ => None,
                    };
                    convert::to_column(&name, array, span).ok_or_else(|| complex(&name))?
                }
                Cells::Beside { column, raw } => match (kind, column.str()) {
                    (Some(FieldKind::Raw(dtype)), Ok(cells)) if raw => self.typed(&name, cells, dtype),
                    _ => column,
                },
            });
        }
        DataFrame::new(rows, columns).map_err(|e| mismatch(e.to_string()))
    }

    fn typed(&self, name: &str, cells: &polars::prelude::StringChunked, dtype: &DataType) -> Column {
        let nulls: &[String] = self.layout.as_ref().map_or(&[], |l| &l.nulls);
        let is_null = |c: &str| nulls.iter().any(|n| n == c.trim_ascii());
        dates::typed(name, cells, is_null, dtype)
    }

    /// What a table without rows is written as, if there was no chunk at all.
    pub(super) fn empty(&self) -> Option<DataFrame> {
        if self.plan.is_some() {
            return None;
        }
        let columns = self.fields().iter().map(|f| Column::new_empty(f.name.as_str().into(), &f.dtype()));
        let columns: Vec<Column> = columns.collect();
        if columns.is_empty() { None } else { DataFrame::new(0, columns).ok() }
    }
}

/// The chunk's columns, flat; moved where they are.
fn flat(chunk: Chunk) -> Vec<(String, Array)> {
    let names = chunk.names;
    names.iter().zip(chunk.cols).flat_map(|(n, a)| convert::flatten(n, a)).collect()
}

pub(super) fn complex(name: &str) -> crate::Error {
    mismatch(format!(
        "column {name:?} is complex, which tables cannot hold: write .npy, or its real and imaginary parts"
    ))
}
