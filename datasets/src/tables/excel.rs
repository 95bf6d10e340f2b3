//! Excel and OpenDocument sheets: one of a workbook, read whole.
//!
//! The first row that has cells names the columns. A column is one of numbers, truth values or dates where all its cells
//! are; else it is text.

use super::frame::FrameSource;
use super::guard::one_line;
use super::json::check_memory;
use crate::error::list;
use crate::{Error, Input, ReadOptions, Result};
use calamine::{Data, Reader, Sheets, Xlsx, open_workbook, open_workbook_auto};
use polars::prelude::{
    BooleanChunked, Column, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray, StringChunked,
    TimeUnit,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How much more memory the cells take than their XML: a cell of some 20 bytes becomes one of 40, twice.
const GROWTH: u64 = 4;
/// Most cells between the corners of a sheet that is read as a rectangle.
const MOST: u64 = 1 << 26;

type Row = BTreeMap<u32, Data>;

pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<FrameSource> {
    let mut input = Input::open(path, options)?;
    let need = unpacked(&mut input)?.saturating_mul(GROWTH);
    check_memory(path, need, "Excel", options)?;
    let read = catch_unwind(AssertUnwindSafe(|| cells(path, options.sheet.as_deref())));
    let rows = match read {
        Ok(rows) => rows.map_err(|why| Error::format(path, one_line(&why)))?,
        Err(_) => return Err(Error::format(path, "the file is damaged: the sheet cannot be read")),
    };
    FrameSource::of_file(path, frame(path, rows)?, options)
}

/// Bytes that a zip archive says to hold; of other files, their own.
fn unpacked(input: &mut Input) -> Result<u64> {
    let len = input.len();
    if input.head(4)? != b"PK\x03\x04" {
        return Ok(len);
    }
    // The directory's end is within the last 64 KiB and tells where the directory begins.
    let tail = len.min((1 << 16) + 22);
    let end = input.lend(len - tail, tail as usize, <[u8]>::to_vec)?;
    let cut = || Error::format(input.path(), "the file is damaged or cut off: the archive has no directory");
    let at = memchr::memmem::rfind(&end, b"PK\x05\x06").ok_or_else(cut)?;
    let number = |bytes: &[u8], at: usize| {
        bytes.get(at..at + 4).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])))
    };
    let (Some(size), Some(start)) = (number(&end, at + 12), number(&end, at + 16)) else { return Err(cut()) };
    if start + size > len {
        return Err(cut());
    }
    let directory = input.lend(start, size as usize, <[u8]>::to_vec)?;
    let mut all = 0u64;
    for entry in memchr::memmem::find_iter(&directory, b"PK\x01\x02") {
        all = all.saturating_add(number(&directory, entry + 24).unwrap_or(0));
    }
    Ok(all.max(len))
}

/// The sheet that was asked for.
fn chosen(names: &[String], sheet: Option<&str>) -> Result<String, String> {
    let Some(asked) = sheet else { return names.first().cloned().ok_or("there is no sheet".into()) };
    let number = asked.parse::<usize>().ok().and_then(|n| names.get(n.checked_sub(1)?));
    let found = names.iter().find(|n| *n == asked).or(number);
    found.cloned().ok_or_else(|| format!("no sheet is {asked:?}; there are {}", list(names)))
}

/// The cells of a sheet, by rows.
fn cells(path: &Path, sheet: Option<&str>) -> Result<BTreeMap<u32, Row>, String> {
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    let mut put = |(row, column): (u32, u32), cell: Data| {
        if cell != Data::Empty {
            rows.entry(row).or_default().insert(column, cell);
        }
    };
    // Cell by cell where the format allows it: a sheet with one cell in its far corner stays small.
    if let Ok(mut book) = open_workbook::<Xlsx<BufReader<File>>, _>(path) {
        let name = chosen(&book.sheet_names(), sheet)?;
        let mut sheet = book.worksheet_cells_reader(&name).map_err(|e| e.to_string())?;
        while let Some(cell) = sheet.next_cell().map_err(|e| e.to_string())? {
            put(cell.get_position(), Data::from(cell.get_value().clone()));
        }
        return Ok(rows);
    }
    let mut book: Sheets<BufReader<File>> = open_workbook_auto(path).map_err(|e| e.to_string())?;
    let name = chosen(&book.sheet_names(), sheet)?;
    let range = book.worksheet_range(&name).map_err(|e| e.to_string())?;
    let (height, width) = range.get_size();
    if (height as u64).saturating_mul(width as u64) > MOST {
        return Err(format!("the sheet has {height} rows and {width} columns, which is too large"));
    }
    let start = range.start().unwrap_or_default();
    for (r, c, cell) in range.used_cells() {
        put((start.0 + r as u32, start.1 + c as u32), cell.clone());
    }
    Ok(rows)
}

fn frame(path: &Path, mut rows: BTreeMap<u32, Row>) -> Result<DataFrame> {
    let Some((_, head)) = rows.pop_first() else {
        return Err(Error::format(path, "the sheet is empty: a row with the columns' names was expected"));
    };
    let mut columns = Vec::with_capacity(head.len());
    for (at, name) in &head {
        let name = text(name);
        if columns.iter().any(|c: &Column| c.name().as_str() == name) {
            return Err(Error::format(path, format!("two columns are named {name:?}")));
        }
        let cells: Vec<Option<&Data>> = rows.values().map(|r| r.get(at)).collect();
        columns.push(column(&name, &cells));
    }
    let beyond = rows.iter().find_map(|(r, row)| row.keys().find(|c| !head.contains_key(c)).map(|c| (r, c)));
    if let Some((row, column)) = beyond {
        let why = format!("row {}, column {}: a cell in a column without a name", row + 1, column + 1);
        return Err(Error::format(path, why));
    }
    DataFrame::new(rows.len(), columns).map_err(|e| Error::format(path, e.to_string()))
}

/// A cell as text.
fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(t) => t.as_f64().to_string(),
        Data::Float(v) if v.fract() == 0.0 && v.abs() < 1e15 => format!("{v:.0}"),
        other => other.to_string(),
    }
}

/// Microseconds since 1970 of a date.
fn instant(cell: &Data) -> Option<i64> {
    let Data::DateTime(t) = cell else { return None };
    if !t.is_datetime() {
        return None;
    }
    let (y, mo, d, h, mi, s, ms) = t.to_ymd_hms_milli();
    let text = format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}");
    super::dates::datetime(&text)
}

fn column(name: &str, cells: &[Option<&Data>]) -> Column {
    // Formulas that failed are missing values.
    let given = || cells.iter().map(|c| c.filter(|c| !matches!(c, Data::Error(_))));
    let n = || name.into();
    let all = |is: fn(&Data) -> bool| given().flatten().next().is_some() && given().flatten().all(is);
    if all(|c| matches!(c, Data::Int(_))) {
        let v: Vec<Option<i64>> = given().map(|c| if let Some(Data::Int(v)) = c { Some(*v) } else { None }).collect();
        return Int64Chunked::from_slice_options(n(), &v).into_column();
    }
    if all(|c| matches!(c, Data::Int(_) | Data::Float(_))) {
        let number = |c: Option<&Data>| match c {
            Some(Data::Int(v)) => Some(*v as f64),
            Some(Data::Float(v)) => Some(*v),
            _ => None,
        };
        return Float64Chunked::from_iter_options(n(), given().map(number)).into_column();
    }
    if all(|c| matches!(c, Data::Bool(_))) {
        let truth = |c: Option<&Data>| if let Some(Data::Bool(b)) = c { Some(*b) } else { None };
        return BooleanChunked::from_iter_options(n(), given().map(truth)).into_column();
    }
    if all(|c| instant(c).is_some()) {
        let v = Int64Chunked::from_iter_options(n(), given().map(|c| c.and_then(instant)));
        return v.into_datetime(TimeUnit::Microseconds, None).into_column();
    }
    StringChunked::from_iter_options(n(), given().map(|c| c.map(text))).into_column()
}
