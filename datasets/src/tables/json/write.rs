//! Writing JSON.

use crate::atomic::Pending;
use crate::tables::convert;
use crate::tables::join::{Join, mismatch};
use crate::{Error, Format, Result, Sink, WriteOptions};
use gapwave_columns::{Array, Chunk, DType};
use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use rayon::prelude::*;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rows that one thread spells out at a time.
const BLOCK: usize = 1 << 12;
/// Rows spelled out together.
const BLOCKS: usize = 1 << 16;

/// Writes tables as NDJSON, or as a JSON array of objects with one object a line. Missing values are `null`, and so is
/// NaN, which JSON has not; infinity is `1e999`, which reads back as it. Floats have a point or an exponent. Dates and
/// times are ISO text.
pub struct JsonSink {
    path: PathBuf,
    out: Option<(Pending, File)>,
    join: Join,
    /// Whether the objects are those of an array.
    array: bool,
    rows: u64,
}

impl JsonSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, format: Format, options: &WriteOptions) -> Result<JsonSink> {
        let pending = Pending::create(path)?;
        let file = pending.handle()?;
        let join = Join::new(options.carried.as_ref());
        Ok(JsonSink { path: path.into(), out: Some((pending, file)), join, array: format == Format::Json, rows: 0 })
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.out {
            Some((_, file)) => file.write_all(bytes).map_err(|e| Error::io(&self.path, e)),
            None => Err(Error::format(&self.path, "written to after its end")),
        }
    }

    /// Some rows as they stand in the file, each behind what stands between objects.
    fn block(&self, rows: &DataFrame, start: usize, n: usize) -> Result<Vec<u8>> {
        let rows = rows.slice(start as i64, n);
        let cells = rows.columns().iter().map(Cells::new).collect::<Result<Vec<_>>>()?;
        let mut out = Vec::with_capacity(n * rows.width() * 16);
        for r in 0..n {
            if self.array {
                let first = self.rows == 0 && start + r == 0;
                out.extend_from_slice(if first { b"[\n" } else { b",\n" });
            }
            for (i, cells) in cells.iter().enumerate() {
                out.push(if i == 0 { b'{' } else { b',' });
                out.extend_from_slice(cells.key.as_bytes());
                cells.put(r, &mut out)?;
            }
            out.push(b'}');
            if !self.array {
                out.push(b'\n');
            }
        }
        Ok(out)
    }
}

/// A column and its key as they are written.
struct Cells {
    key: String,
    of: Of,
}

enum Of {
    Numbers(Array),
    Truth(Column),
    Text(StringChunked),
}

impl Cells {
    fn new(column: &Column) -> Result<Cells> {
        let failed = |e: polars::prelude::PolarsError| mismatch(e.to_string());
        let key = quoted(column.name())? + ":";
        let numbers = convert::to_array(column, column.null_count() > 0).map_err(failed)?;
        let of = match (numbers, column.dtype()) {
            (Some(array), _) => Of::Numbers(array),
            (None, DataType::Boolean) => Of::Truth(column.clone()),
            (None, _) => Of::Text(column.cast(&DataType::String).and_then(|c| c.str().cloned()).map_err(failed)?),
        };
        Ok(Cells { key, of })
    }

    fn put(&self, row: usize, out: &mut Vec<u8>) -> Result<()> {
        match &self.of {
            Of::Numbers(a) if a.valid().is_some_and(|v| !v.get(row)) => out.extend_from_slice(b"null"),
            Of::Numbers(a) => number(a, row, out)?,
            Of::Truth(c) => match c.bool().map_err(|e| mismatch(e.to_string()))?.get(row) {
                Some(true) => out.extend_from_slice(b"true"),
                Some(false) => out.extend_from_slice(b"false"),
                None => out.extend_from_slice(b"null"),
            },
            Of::Text(t) => match t.get(row) {
                Some(text) => out.extend_from_slice(quoted(text)?.as_bytes()),
                None => out.extend_from_slice(b"null"),
            },
        }
        Ok(())
    }
}

fn quoted(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|e| mismatch(e.to_string()))
}

fn number(a: &Array, row: usize, out: &mut Vec<u8>) -> Result<()> {
    macro_rules! integer {
        ($t:ty) => {{
            let v = a.as_slice::<$t>()?[row];
            // Writing to memory does not fail.
            drop(write!(out, "{v}"));
        }};
    }
    macro_rules! float {
        ($t:ty) => {{
            match a.as_slice::<$t>()?[row] {
                v if v.is_nan() => out.extend_from_slice(b"null"),
                v if v.is_infinite() => out.extend_from_slice(if v > 0.0 { b"1e999" } else { b"-1e999" }),
                v => drop(write!(out, "{v:?}")),
            }
        }};
    }
    match a.dtype() {
        DType::I8 => integer!(i8),
        DType::U8 => integer!(u8),
        DType::I16 => integer!(i16),
        DType::U16 => integer!(u16),
        DType::I32 => integer!(i32),
        DType::U32 => integer!(u32),
        DType::I64 => integer!(i64),
        DType::U64 => integer!(u64),
        DType::F32 => float!(f32),
        _ => float!(f64),
    }
    Ok(())
}

impl Sink for JsonSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = self.join.frame(chunk)?;
        for from in (0..rows.height()).step_by(BLOCKS) {
            let end = (from + BLOCKS).min(rows.height());
            let starts: Vec<usize> = (from..end).step_by(BLOCK).collect();
            let block = |&at: &usize| self.block(&rows, at, BLOCK.min(end - at));
            let blocks: Vec<Vec<u8>> = starts.par_iter().map(block).collect::<Result<_>>()?;
            blocks.iter().try_for_each(|b| self.write_all(b))?;
        }
        self.rows += rows.height() as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if self.out.is_none() {
            return Ok(());
        }
        if self.array {
            let end: &[u8] = if self.rows == 0 { b"[]\n" } else { b"\n]\n" };
            self.write_all(end)?;
        }
        let Some((pending, file)) = self.out.take() else { return Ok(()) };
        drop(file);
        pending.finish()
    }
}
