//! The records of a piece of a text file: RFC 4180 as the `csv` crate reads it, LF and CRLF.
//!
//! A quote opens a quoted cell only where the cell begins; what follows the closing quote up to the separator belongs to
//! the cell. One `\r` before the line's end is no part of the last cell.

use super::scan::Token;
use memchr::{memchr, memchr_iter, memchr2, memrchr};

/// What the records of a file have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) separator: u8,
    /// Cells of a record.
    pub(super) width: usize,
}

impl Shape {
    /// Whether numbers end at the separator, not within it.
    fn reads_tokens(&self) -> bool {
        !self.separator.is_ascii_alphanumeric() && !matches!(self.separator, b'+' | b'-' | b'.')
    }
}

/// Takes the cells of records.
pub(super) trait Visit {
    /// Whether plain numbers in this column are to be read as such.
    fn wants_number(&self, column: usize) -> bool;
    /// A plain number.
    fn number(&mut self, column: usize, token: &Token, cell: &[u8]);
    /// Any cell, unquoted.
    fn cell(&mut self, column: usize, cell: &[u8]);
    /// The record is complete. It began in this line of the piece, counted from 0.
    fn end(&mut self, line: u64);
}

/// A record that is not as it should be.
#[derive(Debug, Clone)]
pub(super) struct Bad {
    /// Line of the piece that it begins in, counted from 0.
    pub(super) line: u64,
    /// What is wrong, where the line is known by the reader of the message.
    pub(super) why: Why,
}

#[derive(Debug, Clone)]
pub(super) enum Why {
    /// Another number of cells. The record has line ends within quotes if `quoted`.
    Width { found: usize, quoted: bool },
    /// A cell that is no UTF-8.
    NotUtf8 { column: usize, byte: u8 },
}

/// Hands all records of `bytes` to `visit`, which begin and end with a record. Blank lines are skipped, unless there is
/// only one column: there they are empty cells. Gives the number of lines.
pub(super) fn walk(bytes: &[u8], shape: Shape, visit: &mut impl Visit) -> Result<u64, Bad> {
    let utf8 = bytes.is_ascii() || std::str::from_utf8(bytes).is_ok();
    if utf8 && memchr(b'"', bytes).is_none() { plain(bytes, shape, visit) } else { quoted(bytes, shape, utf8, visit) }
}

/// Without quotes, all UTF-8.
fn plain(bytes: &[u8], shape: Shape, visit: &mut impl Visit) -> Result<u64, Bad> {
    let Shape { separator, width } = shape;
    let tokens = shape.reads_tokens();
    let (mut at, mut line) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            if width == 1 {
                visit.cell(0, b"");
                visit.end(line);
            }
            (at, line) = (at + 1, line + 1);
            continue;
        }
        if width > 1 && bytes[at] == b'\r' && bytes.get(at + 1).is_none_or(|&b| b == b'\n') {
            (at, line) = (at + 2, line + 1);
            continue;
        }
        let mut column = 0;
        loop {
            let rest = &bytes[at..];
            let token = if tokens && column < width && visit.wants_number(column) {
                Token::read(rest, separator)
            } else {
                None
            };
            let end = if let Some(token) = token {
                visit.number(column, &token, &rest[..token.len]);
                at + token.len + usize::from(rest.get(token.len) == Some(&b'\r') && separator != b'\r')
            } else {
                let len = memchr2(separator, b'\n', rest).unwrap_or(rest.len());
                let last = rest.get(len) != Some(&separator);
                let cell = &rest[..len];
                let cell = if last { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
                if column < width {
                    visit.cell(column, cell);
                }
                at + len
            };
            column += 1;
            at = end + 1;
            if bytes.get(end) != Some(&separator) {
                break;
            }
        }
        if column != width {
            return Err(Bad { line, why: Why::Width { found: column, quoted: false } });
        }
        visit.end(line);
        line += 1;
    }
    Ok(line)
}

/// With quotes, or with bytes that are no UTF-8.
fn quoted(bytes: &[u8], shape: Shape, utf8: bool, visit: &mut impl Visit) -> Result<u64, Bad> {
    let width = shape.width;
    let (mut at, mut line) = (0, 0);
    let mut record = Record::default();
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            if width == 1 {
                visit.cell(0, b"");
                visit.end(line);
            }
            (at, line) = (at + 1, line + 1);
            continue;
        }
        at = record.read(bytes, at, shape.separator);
        if !utf8 {
            record.check_utf8().map_err(|why| Bad { line, why })?;
        }
        let lines = 1 + record.inside;
        if width > 1 && record.is_blank() {
            line += lines;
            continue;
        }
        if record.len() != width {
            return Err(Bad { line, why: Why::Width { found: record.len(), quoted: record.inside > 0 } });
        }
        for column in 0..width {
            let cell = record.get(column);
            match if visit.wants_number(column) { Token::read(cell, b'\n') } else { None } {
                Some(token) if token.len == cell.len() => visit.number(column, &token, cell),
                _ => visit.cell(column, cell),
            }
        }
        visit.end(line);
        line += lines;
    }
    Ok(line)
}

/// One record, unquoted.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Line ends within quotes.
    pub(super) inside: u64,
}

impl Record {
    /// Reads the record that begins at `at`, which is no line end; gives where the next one begins.
    pub(super) fn read(&mut self, bytes: &[u8], mut at: usize, separator: u8) -> usize {
        self.text.clear();
        self.ends.clear();
        self.inside = 0;
        loop {
            if bytes.get(at) == Some(&b'"') {
                at = self.quoted(bytes, at + 1);
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let len = memchr2(separator, b'\n', rest).unwrap_or(rest.len());
            self.text.extend_from_slice(&rest[..len]);
            at += len;
            if bytes.get(at) == Some(&separator) {
                self.ends.push(self.text.len());
                at += 1;
                continue;
            }
            let start = self.ends.last().copied().unwrap_or(0);
            if self.text[start..].last() == Some(&b'\r') {
                self.text.pop();
            }
            self.ends.push(self.text.len());
            return (at + 1).min(bytes.len());
        }
    }

    /// What stands within quotes, `at` behind the first; gives what comes behind the last.
    fn quoted(&mut self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            let rest = &bytes[at..];
            let len = memchr(b'"', rest).unwrap_or(rest.len());
            self.text.extend_from_slice(&rest[..len]);
            self.inside += memchr_iter(b'\n', &rest[..len]).count() as u64;
            at += len;
            if at == bytes.len() {
                return at;
            }
            if bytes.get(at + 1) != Some(&b'"') {
                return at + 1;
            }
            self.text.push(b'"');
            at += 2;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, column: usize) -> &[u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        &self.text[start..self.ends[column]]
    }

    /// Whether there is a single empty cell.
    pub(super) fn is_blank(&self) -> bool {
        self.ends == [0]
    }

    pub(super) fn check_utf8(&self) -> Result<(), Why> {
        (0..self.len()).try_for_each(|column| {
            let cell = self.get(column);
            std::str::from_utf8(cell).map(|_| ()).map_err(|e| {
                let byte = cell.get(e.valid_up_to()).copied().unwrap_or_default();
                Why::NotUtf8 { column, byte }
            })
        })
    }
}

/// Where the record ends that begins at `at`: behind its line end, `None` where that is not within `bytes`.
pub(super) fn record_end(bytes: &[u8], at: usize, separator: u8) -> Option<usize> {
    let mut pos = at;
    loop {
        let hit = pos + memchr2(b'"', b'\n', bytes.get(pos..)?)?;
        if bytes[hit] == b'\n' {
            return Some(hit + 1);
        }
        pos = hit + 1;
        if hit > at && bytes[hit - 1] != separator {
            continue;
        }
        // A quoted cell.
        loop {
            let close = pos + memchr(b'"', bytes.get(pos..)?)?;
            pos = close + 1;
            if bytes.get(pos) != Some(&b'"') {
                break;
            }
            pos += 1;
        }
    }
}

/// Cuts the beginning of `bytes`, which begin with a record, into pieces of whole records and about `size` bytes. Gives
/// where they end; the last piece of a file may end without a line end.
pub(super) fn cut(bytes: &[u8], separator: u8, size: usize, last: bool) -> Vec<usize> {
    if memchr(b'"', bytes).is_none() {
        return cut_lines(bytes, size, last);
    }
    let mut cuts = Vec::new();
    let (mut at, mut from) = (0, 0);
    while let Some(end) = record_end(bytes, at, separator) {
        at = end;
        if at - from >= size {
            cuts.push(at);
            from = at;
        }
    }
    if at > from {
        cuts.push(at);
    }
    to_end(cuts, bytes, last)
}

/// The same where every line is a record.
pub(in crate::tables) fn cut_lines(bytes: &[u8], size: usize, last: bool) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut at = 0;
    while bytes.len() - at > size {
        match memchr(b'\n', &bytes[at + size..]) {
            Some(n) => at += size + n + 1,
            None => break,
        }
        cuts.push(at);
    }
    if let Some(n) = memrchr(b'\n', &bytes[at..]) {
        cuts.push(at + n + 1);
    }
    to_end(cuts, bytes, last)
}

fn to_end(mut cuts: Vec<usize>, bytes: &[u8], last: bool) -> Vec<usize> {
    if last && cuts.last() != Some(&bytes.len()) && !bytes.is_empty() {
        cuts.push(bytes.len());
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Rows {
        rows: Vec<Vec<String>>,
        row: Vec<String>,
        lines: Vec<u64>,
        /// Lines before the piece.
        base: u64,
    }

    impl Visit for Rows {
        fn wants_number(&self, _column: usize) -> bool {
            true
        }
        fn number(&mut self, column: usize, _token: &Token, cell: &[u8]) {
            self.cell(column, cell);
        }
        fn cell(&mut self, column: usize, cell: &[u8]) {
            assert_eq!(column, self.row.len());
            self.row.push(String::from_utf8(cell.to_vec()).unwrap());
        }
        fn end(&mut self, line: u64) {
            self.lines.push(self.base + line);
            self.rows.push(std::mem::take(&mut self.row));
        }
    }

    /// What the `csv` crate reads, with one `\r` less behind each record.
    fn reference(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(text.as_bytes());
        let records = reader.records().map(|r| {
            let mut cells: Vec<String> = r.unwrap().iter().map(String::from).collect();
            if let Some(last) = cells.last_mut() {
                *last = last.strip_suffix('\r').unwrap_or(last).to_string();
            }
            cells
        });
        records.collect()
    }

    #[test]
    fn records_are_those_of_the_csv_crate_however_they_are_cut() {
        let mut seed = 7u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for round in 0..10_000 {
            let letters: &[u8] = if round % 3 == 0 { b"a1,\n\r .-" } else { b"a1,\"\n\r \"" };
            let text: String = (0..random(30)).map(|_| letters[random(letters.len())] as char).collect();
            let records = reference(&text);
            for width in 1..4 {
                let shape = Shape { separator: b',', width };
                let mut whole = Rows::default();
                let done = walk(text.as_bytes(), shape, &mut whole);
                let expected: Vec<_> = records.iter().filter(|r| width == 1 || **r != [""]).cloned().collect();
                let sound = expected.iter().all(|r| r.len() == width);
                assert_eq!(done.is_ok(), sound, "{text:?} {width}");
                if !sound {
                    continue;
                }
                let filled = |rows: &[Vec<String>]| rows.iter().filter(|r| **r != [""]).cloned().collect::<Vec<_>>();
                assert_eq!(filled(&whole.rows), filled(&expected), "{text:?} {width}");
                let mut pieces = Rows::default();
                let mut from = 0;
                for to in cut(text.as_bytes(), b',', 1 + random(9), true) {
                    pieces.base += walk(&text.as_bytes()[from..to], shape, &mut pieces).unwrap();
                    from = to;
                }
                assert_eq!((from, &pieces.rows, &pieces.lines), (text.len(), &whole.rows, &whole.lines), "{text:?}");
            }
        }
    }

    #[test]
    fn pieces_end_with_records() {
        assert_eq!(cut(b"a,b\n1,2\n3,", b',', 1, false), [4, 8]);
        assert_eq!(cut(b"a,b\n1,2\n3,", b',', 1, true), [4, 8, 10]);
        assert_eq!(cut(b"\"a\n\",b\n1,2\n", b',', 1, false), [7, 11]);
        assert_eq!(cut(b"\"a\nb\n", b',', 1, false), [0usize; 0]);
        assert_eq!(cut(b"x\"y\n1\n", b',', 100, false), [6]);
    }
}
