//! File formats of gapwave as sources and sinks of chunks, and its bundled samples.
//!
//! A [`Source`] hands out a table as consecutive [`Chunk`]s and can begin again; a [`Sink`]
//! takes them in order. Files are written beside their final name and renamed by [`Sink::finish`]: a sink that is
//! dropped before leaves nothing behind.

//!
//! [`open`] and [`create`] choose the format by content and extension:
//!
//! | format | read | written | needs |
//! |---|---|---|---|
//! | CSV, TSV | in two passes, by blocks | chunk by chunk | feature `tables` |
//! | Parquet | by row groups, or slices of large ones | by row groups of its own | feature `tables` |
//! | Arrow IPC, file and stream | by batches | by batches of its own, as a file | feature `tables` |
//! | NDJSON | in two passes, by blocks | chunk by chunk | feature `tables` |
//! | JSON | whole | chunk by chunk | feature `tables` |
//! | Excel, OpenDocument sheets | whole | | feature `tables` |
//! | NumPy `.npy`, raw elements, WAV | chunk by chunk | chunk by chunk | |
//! | recordings of event cameras | chunk by chunk | chunk by chunk | HDF5: feature `hdf5` |
//!
//! Chunks hold numbers. What else a table has (text, dates, truth values, columns that were not chosen) travels
//! [beside](gapwave_columns::Chunk::beside) them; sinks learn the order and the types of the columns from [`Carried`].

mod atomic;
mod carried;
mod cast;
mod elements;
mod error;
pub mod events;
mod format;
pub mod generate;
mod input;
mod mapped;
mod memory;
mod npy;
mod open;
mod options;
mod raw;
#[cfg(feature = "tables")]
pub mod tables;
mod wav;

pub use atomic::write_whole;
pub use carried::Carried;
pub use cast::{Cast, cast};
pub use error::{Error, Result};
pub use format::Format;
pub use input::Input;
pub use mapped::{MappedFile, WINDOW};
pub use memory::{MemorySink, MemorySource};
pub use npy::{NpySink, NpySource};
pub use open::{create, open};
pub use options::{RawLayout, ReadOptions, WriteOptions};
#[cfg(feature = "tables")]
pub use polars;

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

impl Schema {
    /// Bytes that the numbers and bitmaps of a row take in memory, about.
    pub fn row_bytes(&self) -> u64 {
        self.cols.iter().map(|m| (m.row_len() * m.dtype.size()) as u64 + u64::from(m.nullable)).sum()
    }
}

/// A table that is read in order, in chunks of the reader's choice.
pub trait Source: Send {
    /// The columns.
    fn schema(&self) -> &Schema;

    /// Rows in all, where that is known without reading them.
    fn rows(&self) -> Option<u64>;

    /// The next rows: at least one and at most `rows`, `None` after the last. Every chunk has the schema's columns. The
    /// same calls after [`Source::rewind`] give the same chunks.
    fn read(&mut self, rows: usize) -> Result<Option<Chunk>>;

    /// Begins again at the first row.
    fn rewind(&mut self) -> Result<()>;

    /// The table's columns as a sink needs them to write the table back; `None` where the chunks say everything.
    fn carried(&self) -> Option<Carried> {
        None
    }

    /// Whether chunks have something beside their numbers.
    fn has_beside(&self) -> bool {
        self.carried().is_some_and(|c| !c.beside(&self.schema().names).is_empty())
    }

    /// The part of the table that was read, from 0 to 1, where that is known before its end; asked for only where
    /// [`Source::rows`] does not say.
    fn progress(&self) -> Option<f64> {
        None
    }

    /// Bytes that a row takes in memory, about: the numbers, their bitmaps, and what travels beside them.
    fn row_bytes(&self) -> u64 {
        self.schema().row_bytes()
    }

    /// Bytes that reading takes beside the chunks that it hands out, about.
    fn held_bytes(&self) -> u64 {
        8 << 20
    }
}

macro_rules! lent {
    ($($s:ty),*) => {$(
        impl<S: Source + ?Sized> Source for $s {
            fn schema(&self) -> &Schema {
                (**self).schema()
            }
            fn rows(&self) -> Option<u64> {
                (**self).rows()
            }
            fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
                (**self).read(rows)
            }
            fn rewind(&mut self) -> Result<()> {
                (**self).rewind()
            }
            fn carried(&self) -> Option<Carried> {
                (**self).carried()
            }
            fn has_beside(&self) -> bool {
                (**self).has_beside()
            }
            fn progress(&self) -> Option<f64> {
                (**self).progress()
            }
            fn row_bytes(&self) -> u64 {
                (**self).row_bytes()
            }
            fn held_bytes(&self) -> u64 {
                (**self).held_bytes()
            }
        }
    )*};
}
lent!(&mut S, Box<S>);

/// A table that is written in order.
pub trait Sink: Send {
    /// Takes the next rows. The first chunk fixes names and types.
    fn write(&mut self, chunk: Chunk) -> Result<()>;

    /// Makes what was written final. Called once, after the last chunk.
    fn finish(&mut self) -> Result<()>;

    /// Bytes that writing takes beside the chunk that is written, about.
    fn held_bytes(&self) -> u64 {
        8 << 20
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        (**self).write(chunk)
    }
    fn finish(&mut self) -> Result<()> {
        (**self).finish()
    }
    fn held_bytes(&self) -> u64 {
        (**self).held_bytes()
    }
}
