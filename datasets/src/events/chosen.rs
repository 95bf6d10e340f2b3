//! Some columns of a source.

use crate::open::choose;
use crate::{Result, Schema, Source};
use gapwave_columns::Chunk;
use std::path::Path;

/// A source without the columns that were not asked for.
pub(super) struct Chosen {
    source: Box<dyn Source>,
    schema: Schema,
    columns: Vec<usize>,
}

impl Chosen {
    pub(super) fn new(path: &Path, source: Box<dyn Source>, asked: &[String]) -> Result<Self> {
        let all = source.schema();
        let columns = choose(path, &all.names, asked)?;
        let names = columns.iter().map(|&i| all.names[i].clone()).collect();
        let cols = columns.iter().map(|&i| all.cols[i].clone()).collect();
        let schema = Schema { names, cols, attrs: all.attrs };
        Ok(Chosen { source, schema, columns })
    }
}

impl Source for Chosen {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.source.rows()
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let Some(chunk) = self.source.read(rows)? else { return Ok(None) };
        let cols = self.columns.iter().map(|&i| chunk.cols[i].clone()).collect();
        Ok(Some(Chunk::with_names(self.schema.names.clone(), cols, chunk.first_row, chunk.attrs)?))
    }

    fn rewind(&mut self) -> Result<()> {
        self.source.rewind()
    }

    fn progress(&self) -> Option<f64> {
        self.source.progress()
    }

    fn held_bytes(&self) -> u64 {
        self.source.held_bytes()
    }
}
