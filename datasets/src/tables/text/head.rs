//! The first line of a text file.

use super::walk::{Record, Why, record_end};
use super::{LONGEST, not_utf8};
use crate::{Error, Input, Result};
use std::path::Path;

/// What stands before the first record of data.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) names: Vec<String>,
    /// First byte of the data.
    pub(super) start: u64,
    /// Lines before it.
    pub(super) lines: u64,
}

impl Head {
    /// Reads the first record; a byte-order mark and blank lines before it are skipped. Without `named` columns it is
    /// data already.
    pub(super) fn read(input: &mut Input, separator: u8, named: bool) -> Result<Head> {
        let mut window = 64 << 10;
        loop {
            let len = usize::try_from(input.len()).unwrap_or(usize::MAX).min(window);
            let whole = len as u64 == input.len();
            let path = input.path().to_path_buf();
            if let Some(head) = input.lend(0, len, |bytes| find(&path, bytes, whole, separator, named))? {
                return head;
            }
            if window >= LONGEST {
                return Err(Error::format(&path, format!("the first line takes more than {window} bytes")));
            }
            window *= 4;
        }
    }
}

/// The first record, if `bytes` have it to its end.
fn find(path: &Path, bytes: &[u8], whole: bool, separator: u8, named: bool) -> Option<Result<Head>> {
    let mut record = Record::default();
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut lines = 0;
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            (at, lines) = (at + 1, lines + 1);
            continue;
        }
        if !whole && record_end(bytes, at, separator).is_none() {
            return None;
        }
        let next = record.read(bytes, at, separator);
        // A blank line that ends in CRLF.
        if record.is_blank() && bytes[at] == b'\r' {
            (at, lines) = (next, lines + 1);
            continue;
        }
        if let Err(Why::NotUtf8 { column, byte }) = record.check_utf8() {
            return Some(Err(not_utf8(path, lines + 1, column, byte)));
        }
        if !named {
            let names = (1..=record.len()).map(|i| format!("column_{i}")).collect();
            return Some(Ok(Head { names, start: at as u64, lines }));
        }
        let names: Vec<String> = (0..record.len()).map(|i| super::scan::text(record.get(i)).to_string()).collect();
        if let Err(e) = unique(path, &names) {
            return Some(Err(e));
        }
        return Some(Ok(Head { names, start: next as u64, lines: lines + 1 + record.inside }));
    }
    if !whole {
        return None;
    }
    let why = "the file is empty: a first line with the columns' names was expected";
    Some(Err(Error::format(path, why)))
}

fn unique(path: &Path, names: &[String]) -> Result<()> {
    for (i, name) in names.iter().enumerate() {
        if let Some(first) = names[..i].iter().position(|n| n == name) {
            let why = format!("line 1: columns {} and {} are both named {name:?}", first + 1, i + 1);
            return Err(Error::format(path, why));
        }
    }
    Ok(())
}
