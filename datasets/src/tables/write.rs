//! Writing tables to files.

use super::join::{Cells, Join, frame};
use super::read::{failed, guarded};
use super::{cells, records};
use crate::atomic::Pending;
use crate::{Error, Format, Result, Sink, WriteOptions};
use csv::{QuoteStyle, Writer, WriterBuilder};
use gapwave_columns::Chunk;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{DataFrame, ParquetWriter};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows spelled out at a time.
const BLOCK: usize = 1 << 16;

/// Writes tables as CSV or TSV: UTF-8, a first line of names, LF, quotes only where needed, numbers with the fewest digits
/// that read back to the same bits.
pub struct CsvSink {
    path: PathBuf,
    out: Option<(Pending, Writer<File>)>,
    join: Join,
    null: String,
    named: bool,
}

impl CsvSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, format: Format, options: &WriteOptions) -> Result<CsvSink> {
        let separator = records::separator(path, format, options.separator)?;
        let pending = Pending::create(path)?;
        let writer = WriterBuilder::new()
            .delimiter(separator)
            .quote_style(QuoteStyle::Necessary)
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_writer(pending.handle()?);
        let join = Join::new(options.carried.as_ref());
        let kept = || join.table.as_ref().and_then(|t| t.text.as_ref()?.spelling.clone());
        let null = options.null_value.clone().or_else(kept).unwrap_or_default();
        Ok(CsvSink { path: path.into(), out: Some((pending, writer)), join, null, named: false })
    }

    fn put(&mut self, rows: &[(String, Cells)]) -> Result<()> {
        let table = self.join.table.clone();
        let Some((_, writer)) = &mut self.out else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        let fail = |e: csv::Error| match e.into_kind() {
            csv::ErrorKind::Io(e) => Error::io(&self.path, e),
            other => Error::format(&self.path, format!("{other:?}")),
        };
        let spelled = rows
            .iter()
            .map(|(name, cells)| cells::written(name, cells, table.as_deref(), &self.null))
            .collect::<Result<Vec<_>>>()?;
        if !self.named {
            writer.write_record(rows.iter().map(|(n, _)| n)).map_err(fail)?;
            self.named = true;
        }
        let height = rows.first().map_or(0, |(_, c)| len(c));
        (0..height).try_for_each(|r| writer.write_record(spelled.iter().map(|s| s.get(r))).map_err(fail))
    }
}

fn len(cells: &Cells) -> usize {
    match cells {
        Cells::Made(a) => a.rows(),
        Cells::Carried(c) => c.len(),
    }
}

impl Sink for CsvSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let mut start = 0;
        loop {
            let n = BLOCK.min(chunk.rows() - start);
            let rows = self.join.rows(&chunk.slice_rows(start, n)?)?;
            self.put(&rows)?;
            start += n;
            if start == chunk.rows() {
                return Ok(());
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        if let Some(empty) = self.join.end()? {
            let none = empty.columns().iter().map(|c| (c.name().to_string(), Cells::Carried(c.clone())));
            self.put(&none.collect::<Vec<_>>())?;
        }
        let Some((pending, mut writer)) = self.out.take() else { return Ok(()) };
        writer.flush().map_err(|e| Error::io(&self.path, e))?;
        drop(writer);
        pending.finish()
    }
}

/// Writes tables as Parquet: one row group per chunk, Zstandard, a type for every column. A column that was carried
/// from a text file gets the type that all its cells have: numbers, ISO dates and times, truth values, else text.
pub struct ParquetSink {
    path: PathBuf,
    pending: Option<Pending>,
    writer: Option<BatchedWriter<File>>,
    join: Join,
}

impl ParquetSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, options: &WriteOptions) -> Result<ParquetSink> {
        let join = Join::typed(options.carried.as_ref());
        Ok(ParquetSink { path: path.into(), pending: Some(Pending::create(path)?), writer: None, join })
    }

    fn put(&mut self, frame: &DataFrame) -> Result<()> {
        let Some(pending) = &self.pending else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        let writer = match &mut self.writer {
            Some(w) => w,
            None => {
                let file = pending.handle()?;
                let begun = guarded(&self.path, || ParquetWriter::new(file).batched(frame.schema()))?;
                self.writer.insert(begun)
            }
        };
        if frame.height() > 0 {
            guarded(&self.path, || writer.write_batch(frame))?;
        }
        Ok(())
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = frame(self.join.rows(&chunk)?)?;
        self.put(&rows)
    }

    fn finish(&mut self) -> Result<()> {
        let empty = self.join.end()?;
        if self.pending.is_none() {
            return Ok(());
        }
        if self.writer.is_none() {
            self.put(&empty.unwrap_or_default())?;
        }
        if let Some(writer) = self.writer.take() {
            writer.finish().map_err(|e| failed(&self.path, e))?;
        }
        self.pending.take().map_or(Ok(()), Pending::finish)
    }
}
