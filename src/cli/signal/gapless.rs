//! Columns that must not have gaps.

use gapwave_columns::Chunk;
use gapwave_datasets::{Carried, Error, Result, Schema, Source};
use std::path::{Path, PathBuf};

/// A source whose chosen columns have a number in every row; a gap is an error that says where it is. It says the rate
/// that the rows will have.
pub(super) struct Gapless<S> {
    source: S,
    select: Vec<usize>,
    schema: Schema,
    file: PathBuf,
    rows: u64,
}

impl<S: Source> Gapless<S> {
    /// `file` is named in errors; `rate` rows will be made of one.
    pub(super) fn new(source: S, select: Vec<usize>, file: &Path, rate: f64) -> Self {
        let mut schema = source.schema().clone();
        schema.attrs.fs = schema.attrs.fs.map(|fs| fs * rate);
        select.iter().for_each(|&i| schema.cols[i].nullable = false);
        Gapless { source, select, schema, file: file.to_owned(), rows: 0 }
    }
}

impl<S: Source> Source for Gapless<S> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.source.rows()
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let Some(mut chunk) = self.source.read(rows)? else { return Ok(None) };
        for &i in &self.select {
            let missing = crate::cli::count::is_missing(&chunk.cols[i], None).position(|missing| missing);
            if let Some(at) = missing {
                let row = self.rows + (at / self.schema.cols[i].row_len().max(1)) as u64 + 1;
                let name = &self.schema.names[i];
                return Err(Error::Format {
                    path: self.file.clone(),
                    why: format!(
                        "column {name}: the value in row {row} is missing: fill gaps with `gapwave impute` first"
                    ),
                });
            }
            chunk.cols[i] = chunk.cols[i].clone().without_valid();
        }
        chunk.attrs.fs = self.schema.attrs.fs;
        self.rows += chunk.rows() as u64;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.rows = 0;
        self.source.rewind()
    }

    fn carried(&self) -> Option<Carried> {
        self.source.carried()
    }

    fn has_beside(&self) -> bool {
        self.source.has_beside()
    }

    fn progress(&self) -> Option<f64> {
        self.source.progress()
    }

    fn row_bytes(&self) -> u64 {
        self.source.row_bytes()
    }

    fn held_bytes(&self) -> u64 {
        self.source.held_bytes()
    }
}
