//! JSON that is one value: an array of objects, or an object of arrays. It is read whole.

use super::build::{Build, Columns};
use super::scan::{Scan, Value};
use super::survey::Survey;
use crate::tables::frame::FrameSource;
use crate::{Error, Input, ReadOptions, Result};
use polars::prelude::DataFrame;
use std::path::Path;

/// How much more memory the values take than their text, at most: `0,` becomes 16 bytes while it is built, then 8.
const GROWTH: u64 = 12;

/// Refuses a file that would need more memory than reading may hold.
pub(in crate::tables) fn check_memory(path: &Path, need: u64, what: &str, options: &ReadOptions) -> Result<()> {
    match options.memory {
        Some(most) if need > most => {
            let mib = |b: u64| b.div_ceil(1 << 20);
            let why = format!(
                "{what} files are read whole: this one needs about {} MiB of memory, {} MiB are allowed; convert it to \
                 Parquet or CSV, which are read in parts",
                mib(need),
                mib(most)
            );
            Err(Error::unsupported(path, why))
        }
        _ => Ok(()),
    }
}

pub(in crate::tables) fn open_whole(path: &Path, options: &ReadOptions) -> Result<FrameSource> {
    let mut input = Input::open(path, options)?;
    check_memory(path, input.len().saturating_mul(GROWTH), "JSON", options)?;
    let len = usize::try_from(input.len()).unwrap_or(usize::MAX);
    let frame = input.lend(0, len, |bytes| {
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
            .map_err(|e| format!("byte {}: expected UTF-8 text; convert the file", e.valid_up_to()))?;
        read(text, options.columns.as_deref())
    })?;
    FrameSource::of_file(path, frame.map_err(|why| Error::format(path, why))?, options)
}

fn read(text: &str, asked: Option<&[String]>) -> Result<DataFrame, String> {
    let mut survey = Survey::default();
    let begins = text.trim_ascii_start().as_bytes().first().copied();
    let (mut build, rows) = match begins {
        Some(b'[') => {
            objects(text, |scan| {
                scan.object(|key, value| survey.put(key, value))?;
                survey.end();
                Ok(())
            })?;
            let mut build = Build::new(Columns::new(survey.known(asked)));
            objects(text, |scan| {
                scan.object(|key, value| build.put(key, value))?;
                build.end();
                Ok(())
            })?;
            (build, survey.rows)
        }
        Some(b'{') => {
            let rows = arrays(text, &mut survey)?;
            (Build::new(Columns::new(survey.known(asked))), rows)
        }
        _ => return Err("expected an array of objects or an object of arrays".into()),
    };
    if begins == Some(b'{') {
        columns(text, |key, value| build.put_below(key, value))?;
    }
    build.finish(usize::try_from(rows).unwrap_or(usize::MAX)).map_err(|e| e.to_string())
}

/// Hands each object of an array to `each`.
fn objects(text: &str, mut each: impl FnMut(&mut Scan<'_>) -> Result<(), String>) -> Result<(), String> {
    let mut scan = Scan::new(text);
    let mut row = 1u64;
    scan.expect(b'[')?;
    if !scan.eat(b']') {
        loop {
            each(&mut scan).map_err(|why| format!("row {row}: {why}"))?;
            row += 1;
            if !scan.eat(b',') {
                break;
            }
        }
        scan.expect(b']').map_err(|why| format!("after row {}: {why}", row - 1))?;
    }
    if scan.is_done() { Ok(()) } else { Err(scan.found("the end")) }
}

/// Hands each value of each array of an object to `each`, with the array's key.
fn columns(text: &str, mut each: impl FnMut(&str, Value<'_>) -> Result<(), String>) -> Result<(), String> {
    let mut scan = Scan::new(text);
    scan.object(|key, value| {
        let Value::Nested(array) = value else { return Err(format!("column {key:?}: expected an array")) };
        let mut scan = Scan::new(array);
        scan.expect(b'[').map_err(|why| format!("column {key:?}: {why}"))?;
        if scan.eat(b']') {
            return Ok(());
        }
        loop {
            let value = scan.value()?;
            each(key, value)?;
            if !scan.eat(b',') {
                return scan.expect(b']');
            }
        }
    })?;
    if scan.is_done() { Ok(()) } else { Err(scan.found("the end")) }
}

/// Looks at an object of arrays; gives the rows, which all arrays have.
fn arrays(text: &str, all: &mut Survey) -> Result<u64, String> {
    let mut keys: Vec<(String, u64)> = Vec::new();
    // Arrays without values are columns too.
    Scan::new(text).object(|key, _| {
        keys.push((key.to_string(), 0));
        Ok(())
    })?;
    let mut at = 0;
    let mut column = Survey::default();
    columns(text, |key, value| {
        while keys[at].0 != key {
            all.join_column(&keys[at].0, &column, keys[at].1)?;
            column = Survey::default();
            at += 1;
        }
        keys[at].1 += 1;
        column.put(key, value)?;
        column.end();
        Ok(())
    })?;
    for (key, values) in keys.iter().skip(at) {
        all.join_column(key, &column, *values)?;
        column = Survey::default();
    }
    let rows = keys.first().map_or(0, |k| k.1);
    match keys.iter().find(|k| k.1 != rows) {
        Some((key, n)) => Err(format!("column {key:?} has {n} values, {:?} has {rows}", keys[0].0)),
        None => Ok(rows),
    }
}
