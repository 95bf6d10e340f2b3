//! Writing Parquet.

use crate::tables::batched::{Batched, Format};
use crate::{Result, Sink, WriteOptions};
use gapwave_columns::Chunk;
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter, StatisticsOptions, get_encodings};
use polars::prelude::{ArrowSchema, Column, CompatLevel, DataFrame, PolarsResult, Schema, SchemaExt};
use polars_parquet::read::ParquetError;
use polars_parquet::write::{
    CompressedPage, Compressor, Encoding, ParquetType, Version, WriteOptions as PageOptions, array_to_columns,
};
use rayon::prelude::*;
use std::fs::File;
use std::path::Path;

/// Writes tables as Parquet: row groups of at most 2¹⁹ rows and about 64 MiB in memory, whatever the chunks were;
/// Zstandard; a type for every column. A column that comes from a text file gets the type that all its cells have:
/// numbers, ISO dates and times, truth values, else text. The times of events (`t`) are spans of microseconds.
pub struct ParquetSink(Batched<Writer>);

struct Writer {
    file: BatchedWriter<File>,
    types: Vec<ParquetType>,
    encodings: Vec<Vec<Encoding>>,
    options: PageOptions,
}

impl Format for Writer {
    fn begin(file: File, schema: &Schema) -> PolarsResult<Writer> {
        let compression = ParquetCompression::default();
        let statistics = StatisticsOptions::default();
        let writer = ParquetWriter::new(file).with_compression(compression).with_statistics(statistics);
        let mut file = writer.batched(schema)?;
        let types = file.parquet_schema().fields().to_vec();
        let arrow: ArrowSchema =
            schema.iter_fields().map(|f| (f.name.clone(), f.to_arrow(CompatLevel::newest()))).collect();
        let encodings = get_encodings(&arrow).iter().cloned().collect();
        let options =
            PageOptions { statistics, compression: compression.into(), version: Version::V1, data_page_size: None };
        Ok(Writer { file, types, encodings, options })
    }

    /// Writes a row group. Columns are compressed in parallel, which polars' own `write_batch` does not.
    fn put(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let columns: Vec<Vec<Vec<CompressedPage>>> = rows
            .columns()
            .par_iter()
            .zip(&self.types)
            .zip(&self.encodings)
            .map(|((column, of), encoding)| pages(column, of, encoding, self.options))
            .collect::<PolarsResult<_>>()?;
        let leaves: Vec<Vec<CompressedPage>> = columns.into_iter().flatten().collect();
        self.file.write_row_group(rows.height() as u64, &leaves)
    }

    fn end(self) -> PolarsResult<()> {
        self.file.finish().map(drop)
    }
}

fn pages(
    column: &Column,
    of: &ParquetType,
    encoding: &[Encoding],
    options: PageOptions,
) -> PolarsResult<Vec<Vec<CompressedPage>>> {
    let array = column.as_materialized_series().rechunk().to_arrow(0, CompatLevel::newest());
    let compressed = |pages: polars_parquet::write::DynIter<'static, PolarsResult<polars_parquet::write::Page>>| {
        let pages = pages.map(|p| p.map_err(|e| ParquetError::FeatureNotSupported(e.to_string())));
        Ok(Compressor::new_from_vec(pages, options.compression, Vec::new())
            .collect::<Result<Vec<_>, ParquetError>>()?)
    };
    array_to_columns(array, of.clone(), options, encoding)?.into_iter().map(compressed).collect()
}

impl ParquetSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, options: &WriteOptions) -> Result<ParquetSink> {
        Ok(ParquetSink(Batched::create(path, options)?))
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.0.write(chunk)
    }

    fn finish(&mut self) -> Result<()> {
        self.0.finish()
    }
}
