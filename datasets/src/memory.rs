//! Tables in memory.

use crate::{Result, Schema, Sink, Source};
use gapwave_columns::{Chunk, Error, Meta};

/// A table in memory as a source; chunks share its memory.
#[derive(Debug, Clone)]
pub struct MemorySource {
    table: Chunk,
    schema: Schema,
    at: usize,
}

impl MemorySource {
    /// A source of this table's rows.
    pub fn new(table: Chunk) -> Self {
        let cols = table.cols.iter().map(|c| c.meta().with_rows(0)).collect::<Vec<Meta>>();
        let schema = Schema { names: table.names.clone(), cols, attrs: table.attrs };
        MemorySource { table, schema, at: 0 }
    }
}

impl Source for MemorySource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.table.rows() as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = rows.max(1).min(self.table.rows() - self.at);
        if n == 0 {
            return Ok(None);
        }
        let chunk = self.table.slice_rows(self.at, n)?;
        self.at += n;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn has_beside(&self) -> bool {
        self.table.beside.is_some()
    }

    fn row_bytes(&self) -> u64 {
        self.table.bytes() / (self.table.rows() as u64).max(1)
    }

    fn held_bytes(&self) -> u64 {
        0
    }
}

/// A sink that keeps the table in memory.
#[derive(Debug, Default)]
pub struct MemorySink {
    chunks: Vec<Chunk>,
    finished: bool,
}

impl MemorySink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table, joined.
    ///
    /// # Errors
    /// Where nothing was written, or [`Sink::finish`] was not reached.
    pub fn into_table(self) -> Result<Chunk> {
        match Chunk::concat(self.chunks)? {
            Some(table) if self.finished => Ok(table),
            _ => Err(Error::Mismatch("the table was not written to its end".into()).into()),
        }
    }
}

impl Sink for MemorySink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.chunks.push(chunk);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }
}
