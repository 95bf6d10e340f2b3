//! Some consecutive rows of a table.

use crate::{Array, Error, Result};
use std::sync::Arc;

/// What is known of a whole table beside its columns.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Attrs {
    /// Rows per unit of time, where the rows are equally spaced.
    pub fs: Option<f64>,
}

/// Consecutive rows of a table: equally long columns with names.
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
        Ok(Chunk { names, cols, first_row, attrs })
    }

    /// Rows in this chunk.
    pub fn rows(&self) -> usize {
        self.cols.first().map_or(0, Array::rows)
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
        Ok(Chunk { names: self.names.clone(), cols, first_row: self.first_row + start as u64, attrs: self.attrs })
    }
}
