//! Writing Parquet.

use crate::atomic::Pending;
use crate::tables::batches::Batches;
use crate::tables::guard::guarded;
use crate::tables::join::Join;
use crate::{Error, Result, Sink, WriteOptions};
use gapwave_columns::Chunk;
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter, StatisticsOptions, get_encodings};
use polars::prelude::{ArrowSchema, Column, CompatLevel, DataFrame, PolarsResult, Schema, SchemaExt};
use polars_parquet::read::ParquetError;
use polars_parquet::write::{
    CompressedPage, Compressor, Encoding, ParquetType, Version, WriteOptions as PageOptions, array_to_columns,
};
use rayon::prelude::*;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Writes tables as Parquet: row groups of at most 2¹⁹ rows and about 64 MiB in memory, whatever the chunks were;
/// Zstandard; a type for every column. A column that comes from a text file gets the type that all its cells have:
/// numbers, ISO dates and times, truth values, else text. The times of events (`t`) are spans of microseconds.
pub struct ParquetSink {
    path: PathBuf,
    pending: Option<Pending>,
    writer: Option<Writer>,
    join: Join,
    batches: Batches,
}

struct Writer {
    file: BatchedWriter<File>,
    types: Vec<ParquetType>,
    encodings: Vec<Vec<Encoding>>,
    options: PageOptions,
}

impl Writer {
    fn new(file: File, schema: &Schema) -> PolarsResult<Writer> {
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
        Ok(ParquetSink {
            path: path.into(),
            pending: Some(Pending::create(path)?),
            writer: None,
            join: Join::new(options.carried.as_ref()),
            batches: Batches::default(),
        })
    }

    fn begin(&mut self, schema: &Schema) -> Result<()> {
        let Some(pending) = &self.pending else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        if self.writer.is_none() {
            let file = pending.handle()?;
            self.writer = Some(guarded(&self.path, || Writer::new(file, schema))?);
        }
        Ok(())
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = self.join.frame(chunk)?;
        self.begin(rows.schema())?;
        let (path, writer) = (&self.path, &mut self.writer);
        self.batches.push(rows, &mut |batch| match writer {
            Some(w) => guarded(path, || w.put(&batch)),
            None => Ok(()),
        })
    }

    fn finish(&mut self) -> Result<()> {
        if self.pending.is_none() {
            return Ok(());
        }
        if self.writer.is_none() {
            let empty = self.join.empty().unwrap_or_default();
            self.begin(empty.schema())?;
        }
        if let Some(mut writer) = self.writer.take() {
            let path = &self.path;
            self.batches.flush(&mut |batch| guarded(path, || writer.put(&batch)))?;
            guarded(path, || writer.file.finish())?;
        }
        self.pending.take().map_or(Ok(()), Pending::finish)
    }
}
