//! Parquet.

mod read;
mod write;

pub(super) use read::ParquetSource;
pub use write::ParquetSink;
