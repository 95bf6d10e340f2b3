//! The records of a text file, checked: equally many cells, UTF-8.

use crate::{Error, Format, ReadOptions, Result};
use csv::{ByteRecord, ErrorKind, ReaderBuilder, Terminator};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

/// The separator that the options or the format ask for.
pub(super) fn separator(path: &Path, format: Format, asked: Option<u8>) -> Result<u8> {
    match asked {
        Some(s) if !s.is_ascii() || matches!(s, b'"' | b'\n' | b'\r') => {
            Err(Error::unsupported(path, "the separator must be one ASCII character, no quote and no line end"))
        }
        Some(s) => Ok(s),
        None if format == Format::Tsv => Ok(b'\t'),
        None => Ok(b','),
    }
}

/// Hands every record to `each`, the header too, with the number of the line it begins in, counted from 1. A byte-order
/// mark is left out. Blank lines are skipped, unless there is only one column: there they are missing values.
pub(super) fn walk(
    path: &Path,
    format: Format,
    options: &ReadOptions,
    mut each: impl FnMut(u64, &[&str]) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let separator = separator(path, format, options.separator)?;
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let (len, open_end) = last_line(&mut file).map_err(|e| Error::io(path, e))?;
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        // Not CRLF: csv would count the line of `\n` one record late.
        .terminator(Terminator::Any(b'\n'))
        .buffer_capacity(1 << 18)
        .from_reader(file);
    let mut record = ByteRecord::new();
    let (mut width, mut next) = (0, 1);
    while reader.read_byte_record(&mut record).map_err(|e| failed(path, e))? {
        // csv's own position of a record is that before the blank lines it skips, so the line is counted back from
        // where the record ends.
        let inside = record.iter().map(|f| f.iter().filter(|&&b| b == b'\n').count() as u64).sum::<u64>();
        let ended = u64::from(!(open_end && reader.position().byte() == len));
        let line = reader.position().line().saturating_sub(inside + ended).max(1);
        let mut fields = Vec::with_capacity(record.len());
        for (i, cell) in record.iter().enumerate() {
            let cell = if i + 1 == record.len() { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
            fields.push(std::str::from_utf8(cell).map_err(|e| not_utf8(path, line, i, cell, e))?);
        }
        let first = width == 0;
        if first && record.len() == 1 && &record[0] == b"\r" {
            continue;
        }
        if first {
            width = fields.len();
        }
        if width == 1 && !first {
            for blank in next..line {
                if each(blank, &[""])?.is_break() {
                    return Ok(());
                }
            }
        }
        next = line + inside + 1;
        if width > 1 && fields == [""] {
            continue;
        }
        if fields.len() != width {
            let columns = if width == 1 { "column" } else { "columns" };
            let hint = if inside > 0 { " (is a quote left open?)" } else { "" };
            let found = fields.len();
            let why = format!("line {line}: expected {width} {columns} as in the first line, found {found}{hint}");
            return Err(Error::format(path, why));
        }
        if each(line, &fields)?.is_break() {
            return Ok(());
        }
    }
    if width == 1 {
        for blank in next..reader.position().line() {
            if each(blank, &[""])?.is_break() {
                break;
            }
        }
    }
    Ok(())
}

/// Length of the file, and whether its last line has no end.
fn last_line(file: &mut File) -> std::io::Result<(u64, bool)> {
    let len = file.metadata()?.len();
    let mut last = [b'\n'];
    if len > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        file.seek(SeekFrom::Start(0))?;
    }
    Ok((len, last != [b'\n']))
}

fn failed(path: &Path, e: csv::Error) -> Error {
    match e.into_kind() {
        ErrorKind::Io(e) => Error::io(path, e),
        other => Error::format(path, format!("{other:?}")),
    }
}

fn not_utf8(path: &Path, line: u64, column: usize, cell: &[u8], e: std::str::Utf8Error) -> Error {
    let byte = cell.get(e.valid_up_to()).copied().unwrap_or_default();
    let why =
        format!("line {line}, column {}: expected UTF-8 text, found byte 0x{byte:02x}; convert the file", column + 1);
    Error::format(path, why)
}
