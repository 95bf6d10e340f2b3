//! Some consecutive rows of a table.

use crate::{Array, Beside, Error, Result};
use std::sync::Arc;

/// What is known of a whole table beside its columns.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Attrs {
    /// Rows per unit of time, where the rows are equally spaced.
    pub fs: Option<f64>,
    /// Where the rows are events of an event camera (columns `t` in µs, `x`, `y`, `polarity`): what is known of it.
    pub sensor: Option<Sensor>,
}

/// An event camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sensor {
    /// Width and height in pixels, where the recording says.
    pub size: Option<[u16; 2]>,
}

/// Consecutive rows of a table: equally long columns with names, and what travels beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Column names, one per column.
    pub names: Arc<[String]>,
    /// Columns, all with the same number of rows.
    pub cols: Vec<Array>,
    /// Number of the first row within the table.
    pub first_row: u64,
    /// What is known of the whole table.
    pub attrs: Attrs,
    /// What the same rows have beside the columns of numbers: text, dates, truth values.
    pub beside: Option<Beside>,
}

impl Chunk {
    /// A table from its columns.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where names and columns differ in number or columns in length.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = (S, Array)>) -> Result<Self> {
        let (names, cols): (Vec<String>, Vec<Array>) = columns.into_iter().map(|(n, a)| (n.into(), a)).unzip();
        Self::with_names(names.into(), cols, 0, Attrs::default())
    }

    /// A chunk of a table whose names are shared.
    pub fn with_names(names: Arc<[String]>, cols: Vec<Array>, first_row: u64, attrs: Attrs) -> Result<Self> {
        if names.len() != cols.len() {
            return Err(Error::Mismatch(format!("{} names for {} columns", names.len(), cols.len())));
        }
        if let Some(i) = cols.iter().position(|c| c.rows() != cols[0].rows()) {
            return Err(Error::Mismatch(format!(
                "column {} has {} rows, column {} has {}",
                names[0],
                cols[0].rows(),
                names[i],
                cols[i].rows()
            )));
        }
        Ok(Chunk { names, cols, first_row, attrs, beside: None })
    }

    /// The same rows with this beside them.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where there are columns and they have another number of rows.
    pub fn with_beside(mut self, beside: Option<Beside>) -> Result<Self> {
        if let Some(b) = &beside
            && !self.cols.is_empty()
            && b.rows() != self.rows()
        {
            return Err(Error::Mismatch(format!("{} rows beside {} rows", b.rows(), self.rows())));
        }
        self.beside = beside;
        Ok(self)
    }

    /// Rows in this chunk.
    pub fn rows(&self) -> usize {
        self.cols.first().map_or_else(|| self.beside.as_ref().map_or(0, Beside::rows), Array::rows)
    }

    /// Bytes of the columns, their bitmaps and what is beside them.
    pub fn bytes(&self) -> u64 {
        let columns = self.cols.iter().map(|c| c.meta().bytes() + c.valid().map_or(0, |v| v.len() as u64 / 8));
        columns.sum::<u64>() + self.beside.as_ref().map_or(0, Beside::bytes)
    }

    /// Where the column of that name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Array> {
        self.position(name).map(|i| &self.cols[i])
    }

    /// Rows `start .. start + rows` of this chunk, sharing the memory.
    pub fn slice_rows(&self, start: usize, rows: usize) -> Result<Chunk> {
        let cols = self.cols.iter().map(|c| c.slice_rows(start, rows)).collect::<Result<_>>()?;
        let beside = self.beside.as_ref().map(|b| b.slice(start, rows)).transpose()?;
        let names = self.names.clone();
        Ok(Chunk { names, cols, first_row: self.first_row + start as u64, attrs: self.attrs, beside })
    }

    /// Consecutive chunks as one; `None` where there are none.
    pub fn concat(parts: Vec<Chunk>) -> Result<Option<Chunk>> {
        if parts.len() <= 1 {
            return Ok(parts.into_iter().next());
        }
        let first = &parts[0];
        if parts.iter().any(|p| p.names != first.names) {
            return Err(Error::Mismatch("chunks of different columns cannot be joined".into()));
        }
        let cols = (0..first.cols.len())
            .map(|i| Array::concat(&parts.iter().map(|c| c.cols[i].clone()).collect::<Vec<_>>()))
            .collect::<Result<Vec<_>>>()?;
        let besides: Vec<Beside> = parts.iter().filter_map(|p| p.beside.clone()).collect();
        let beside = match besides.len() {
            0 => None,
            n if n == parts.len() => Some(Beside::concat(&besides)?),
            _ => return Err(Error::Mismatch("only some chunks have something beside them".into())),
        };
        Chunk::with_names(first.names.clone(), cols, first.first_row, first.attrs)?.with_beside(beside).map(Some)
    }
}
