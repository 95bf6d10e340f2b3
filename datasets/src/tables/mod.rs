//! Tables with columns of any type: CSV, TSV, Parquet, Arrow, JSON, Excel, and data frames in memory.
//!
//! Chunks hold the numbers; what else a row has travels beside them ([`Chunk::beside`](gapwave_columns::Chunk::beside)).
//! Cells of a text file that are no numbers stay the text that they are, so that a column nobody touched is written back
//! to a text file character by character; it gets a type (numbers, ISO dates and times, truth values) when it is written
//! to a file that has types or handed out as a data frame.

mod arrow;
mod batched;
mod batches;
mod beside;
mod cells;
mod convert;
mod csv;
mod dates;
mod excel;
mod frame;
mod guard;
mod join;
mod json;
mod layout;
mod parquet;
mod text;

pub use arrow::ArrowSink;
pub use csv::CsvSink;
pub use frame::{FrameSink, FrameSource, read_frame};
pub use json::JsonSink;
pub(crate) use layout::Layout;
pub use parquet::ParquetSink;

use crate::{Error, Format, ReadOptions, Result, Sink, Source, WriteOptions};
use std::path::Path;

/// Opens a file of a table.
pub(crate) fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<Box<dyn Source>> {
    Ok(match format {
        Format::Csv | Format::Tsv => Box::new(text::TextSource::open(path, format, options)?),
        Format::Parquet => Box::new(parquet::ParquetSource::open(path, options)?),
        Format::Arrow => Box::new(arrow::ArrowSource::open(path, options)?),
        Format::Ndjson => Box::new(json::NdjsonSource::open(path, options)?),
        Format::Json => Box::new(json::open_whole(path, options)?),
        Format::Excel => Box::new(excel::open(path, options)?),
        _ => return Err(Error::unsupported(path, format!("{format} is not read as a table"))),
    })
}

/// Begins a file of a table.
pub(crate) fn create(path: &Path, format: Format, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Ok(match format {
        Format::Csv | Format::Tsv => Box::new(CsvSink::create(path, format, options)?),
        Format::Parquet => Box::new(ParquetSink::create(path, options)?),
        Format::Arrow => Box::new(ArrowSink::create(path, options)?),
        Format::Ndjson | Format::Json => Box::new(JsonSink::create(path, format, options)?),
        _ => return Err(Error::unsupported(path, format!("{format} is read, not written: choose CSV or Parquet"))),
    })
}
