//! Reading whole files into memory.

use super::survey::{Kind, is_null, kind, numbers};
use super::{Table, Text, records};
use crate::open::choose;
use crate::{Error, Format, ReadOptions, Result};
use polars::prelude::{
    Column, DataFrame, IntoColumn, ParquetReader, PolarsError, PolarsResult, SerReader, StringChunked,
    StringChunkedBuilder,
};
use std::fs::File;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Reads a CSV or TSV file: numbers where asked for or, if nothing is asked for, where all cells are; text elsewhere.
pub(super) fn text(path: &Path, format: Format, options: &ReadOptions) -> Result<Table> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<StringChunkedBuilder> = Vec::new();
    let mut rows = 0usize;
    records::walk(path, format, options, |_, fields| {
        if columns.is_empty() {
            names = header(path, fields, options.header)?;
            columns = names.iter().map(|n| StringChunkedBuilder::new(n.as_str().into(), 1024)).collect();
            if options.header {
                return Ok(ControlFlow::Continue(()));
            }
        }
        columns.iter_mut().zip(fields).for_each(|(column, field)| column.append_value(field));
        rows += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    if columns.is_empty() {
        return Err(Error::format(path, "the file is empty: a first line with the columns' names was expected"));
    }
    let asked = options.columns.as_ref().map(|a| choose(path, &names, a)).transpose()?;
    let mut read = Vec::with_capacity(columns.len());
    let mut spelling = None;
    for (i, (name, builder)) in names.iter().zip(columns).enumerate() {
        let cells = builder.finish();
        let wanted = asked.as_ref().is_none_or(|a| a.contains(&i));
        if wanted && spelling.is_none() {
            let mut all = cells.iter().flatten().filter(|c| is_null(c, &options.null_values));
            spelling = all.next().map(|c| c.trim_ascii().to_string());
        }
        let kind = if wanted { kind(&cells, &options.null_values) } else { Kind::Text(0) };
        let bad = match kind {
            Kind::Mixed(row) if wanted && !(asked.is_none() && options.mixed_as_text) => Some(row),
            Kind::Text(row) if asked.is_some() && wanted => Some(row),
            _ => None,
        };
        if let Some(row) = bad {
            return Err(not_a_number(path, format, options, name, row, cells.get(row).unwrap_or("")));
        }
        // Of a table without rows all columns may be numbers.
        let as_numbers = match kind {
            Kind::Int | Kind::UInt | Kind::Float => true,
            Kind::Empty | Kind::Code => wanted && (asked.is_some() || rows == 0),
            Kind::Mixed(_) | Kind::Text(_) => false,
        };
        read.push(match as_numbers {
            true => numbers(name, &cells, &options.null_values, lossless(kind, &cells)),
            false => cells.into_column(),
        });
    }
    let frame = frame(rows, read).map_err(|e| failed(path, e))?;
    Ok(Table { frame, text: Some(Text { nulls: options.null_values.clone(), spelling }) })
}

/// `007` asked for as a number is an integer, `99999999999999999999` a float.
fn lossless(kind: Kind, cells: &StringChunked) -> Kind {
    let fits = |c: &str| c.trim_ascii().parse::<i64>().is_ok() || c.trim_ascii().parse::<f64>().is_err();
    match kind {
        Kind::Code if cells.iter().flatten().all(fits) => Kind::Int,
        other => other,
    }
}

fn frame(rows: usize, columns: Vec<Column>) -> PolarsResult<DataFrame> {
    let mut frame = DataFrame::new(rows, columns)?;
    frame.rechunk_mut();
    Ok(frame)
}

fn header(path: &Path, fields: &[&str], named: bool) -> Result<Vec<String>> {
    if !named {
        return Ok((1..=fields.len()).map(|i| format!("column_{i}")).collect());
    }
    for (i, name) in fields.iter().enumerate() {
        if let Some(first) = fields[..i].iter().position(|n| n == name) {
            let why = format!("line 1: columns {} and {} are both named {name:?}", first + 1, i + 1);
            return Err(Error::format(path, why));
        }
    }
    Ok(fields.iter().map(|f| f.to_string()).collect())
}

fn not_a_number(path: &Path, format: Format, options: &ReadOptions, name: &str, row: usize, cell: &str) -> Error {
    let mut line = None;
    let mut left = row + usize::from(options.header);
    let found = records::walk(path, format, options, |l, _| {
        if left == 0 {
            line = Some(l);
            return Ok(ControlFlow::Break(()));
        }
        left -= 1;
        Ok(ControlFlow::Continue(()))
    });
    let place = match (found, line) {
        (Ok(()), Some(line)) => format!(" (line {line})"),
        _ => String::new(),
    };
    let clipped: String = cell.chars().take(60).collect();
    let more = if clipped.len() < cell.len() { "…" } else { "" };
    let why = format!("column {name:?}, row {}{place}: expected a number, found {clipped:?}{more}", row + 1);
    Error::format(path, why)
}

/// Reads a Parquet file.
pub(super) fn parquet(path: &Path) -> Result<Table> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let read = || -> PolarsResult<DataFrame> {
        let mut frame = ParquetReader::new(file).finish()?;
        frame.rechunk_mut();
        Ok(frame)
    };
    let frame = guarded(path, read)?;
    Ok(Table { frame, text: None })
}

/// Runs polars code on bytes from outside: what it panics on is an error of the file.
pub(super) fn guarded<T>(path: &Path, run: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(|e| failed(path, e)),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(Error::format(path, format!("the file is damaged: {}", one_line(said.unwrap_or("no reason given")))))
        }
    }
}

pub(super) fn failed(path: &Path, e: PolarsError) -> Error {
    match e {
        PolarsError::IO { error, msg: None } => Error::io(path, std::io::Error::new(error.kind(), error.to_string())),
        other => Error::format(path, one_line(&other.to_string())),
    }
}

fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ")
}
