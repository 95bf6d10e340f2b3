//! File formats of gapwave as sources and sinks of chunks, and its bundled samples.
//!
//! A [`Source`] hands out a table as consecutive [`Chunk`](gapwave_columns::Chunk)s and can begin again; a [`Sink`]
//! takes them in order. Files are written beside their final name and renamed by [`Sink::finish`]: a sink that is
//! dropped before leaves nothing behind.

mod error;
mod memory;

pub use error::{Error, Result};
pub use memory::{MemorySink, MemorySource};

use gapwave_columns::{Attrs, Chunk, Meta};
use std::sync::Arc;

/// The columns of a table before its rows are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Column names.
    pub names: Arc<[String]>,
    /// One per column: type, row shape (`shape[1..]`; `shape[0]` is 0) and whether values can be missing.
    pub cols: Vec<Meta>,
    /// What else is known of the table.
    pub attrs: Attrs,
}

/// A table that is read in order, in chunks of the reader's choice.
pub trait Source: Send {
    /// The columns.
    fn schema(&self) -> &Schema;

    /// Rows in all, where that is known without reading them.
    fn rows(&self) -> Option<u64>;

    /// The next `rows` rows, fewer at the end, `None` after it. Every chunk has the schema's columns.
    fn read(&mut self, rows: usize) -> Result<Option<Chunk>>;

    /// Begins again at the first row.
    fn rewind(&mut self) -> Result<()>;
}

/// A table that is written in order.
pub trait Sink: Send {
    /// Takes the next rows. The first chunk fixes names and types.
    fn write(&mut self, chunk: Chunk) -> Result<()>;

    /// Makes what was written final. Called once, after the last chunk.
    fn finish(&mut self) -> Result<()>;
}
