//! Writing CSV and TSV.

use super::join::{Cells, Join};
use super::{cells, text};
use crate::atomic::Pending;
use crate::{Error, Format, Result, Sink, WriteOptions};
use csv::{QuoteStyle, WriterBuilder};
use gapwave_columns::Chunk;
use rayon::prelude::*;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rows that one thread spells out at a time.
const BLOCK: usize = 1 << 13;
/// Rows spelled out together.
const BLOCKS: usize = 1 << 17;

/// Writes tables as CSV or TSV: UTF-8, a first line of names, LF, quotes only where needed, numbers with the fewest digits
/// that read back to the same bits.
pub struct CsvSink {
    path: PathBuf,
    out: Option<(Pending, File)>,
    builder: WriterBuilder,
    join: Join,
    null: String,
    named: bool,
}

impl CsvSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, format: Format, options: &WriteOptions) -> Result<CsvSink> {
        let separator = text::separator(path, format, options.separator)?;
        let pending = Pending::create(path)?;
        let mut builder = WriterBuilder::new();
        builder.delimiter(separator).quote_style(QuoteStyle::Necessary).flexible(true);
        let join = Join::new(options.carried.as_ref());
        let kept = || join.layout.as_ref().and_then(|l| l.spelling.clone());
        let null = options.null_value.clone().or_else(kept).unwrap_or_default();
        let file = pending.handle()?;
        Ok(CsvSink { path: path.into(), out: Some((pending, file)), builder, join, null, named: false })
    }

    fn put(&mut self, rows: &[(String, Cells)]) -> Result<()> {
        if !self.named {
            let mut head = self.builder.from_writer(Vec::new());
            head.write_record(rows.iter().map(|(n, _)| n)).map_err(|e| refused(&self.path, e))?;
            let head = head.into_inner().map_err(|e| refused(&self.path, e.into_error().into()))?;
            self.write_all(&head)?;
            self.named = true;
        }
        let height = rows.first().map_or(0, |(_, c)| c.len());
        for from in (0..height).step_by(BLOCKS) {
            let end = (from + BLOCKS).min(height);
            let starts: Vec<usize> = (from..end).step_by(BLOCK).collect();
            let block = |&at: &usize| self.block(rows, at, BLOCK.min(end - at));
            let blocks: Vec<Vec<u8>> = starts.par_iter().map(block).collect::<Result<_>>()?;
            blocks.iter().try_for_each(|b| self.write_all(b))?;
        }
        Ok(())
    }

    /// Some rows as they stand in the file.
    fn block(&self, rows: &[(String, Cells)], start: usize, n: usize) -> Result<Vec<u8>> {
        let spelled = rows
            .iter()
            .map(|(name, cells)| cells::written(name, &cells.slice(start, n)?, &self.null))
            .collect::<Result<Vec<_>>>()?;
        let mut writer = self.builder.from_writer(Vec::with_capacity(n * rows.len() * 8));
        for r in 0..n {
            writer.write_record(spelled.iter().map(|s| s.get(r))).map_err(|e| refused(&self.path, e))?;
        }
        writer.into_inner().map_err(|e| refused(&self.path, e.into_error().into()))
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.out {
            Some((_, file)) => file.write_all(bytes).map_err(|e| Error::io(&self.path, e)),
            None => Err(Error::format(&self.path, "written to after its end")),
        }
    }
}

fn refused(path: &Path, e: csv::Error) -> Error {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => Error::io(path, e),
        other => Error::format(path, format!("{other:?}")),
    }
}

impl Sink for CsvSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = self.join.rows(chunk)?;
        self.put(&rows)
    }

    fn finish(&mut self) -> Result<()> {
        if let Some(empty) = self.join.empty() {
            let none = |c: &polars::prelude::Column| Cells::Beside { column: c.clone(), raw: false };
            self.put(&empty.columns().iter().map(|c| (c.name().to_string(), none(c))).collect::<Vec<_>>())?;
        }
        let Some((pending, file)) = self.out.take() else { return Ok(()) };
        drop(file);
        pending.finish()
    }
}
