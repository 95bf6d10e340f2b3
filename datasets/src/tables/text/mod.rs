//! CSV and TSV as a source: two passes over the file, in windows, blocks of records in parallel.
//!
//! The first pass tells what every column holds over all rows (a column that turns to floats after a million rows is one
//! of floats from the first chunk on) and where blocks of records begin. The second goes straight to the blocks wanted
//! and parses into the columns' own memory.

mod head;
mod parse;
mod scan;
mod survey;
mod walk;

pub(super) use walk::cut_lines;

use super::beside::Rows;
use super::layout::{Field, FieldKind, Layout, hand_out};
use crate::open::choose;
use crate::{Carried, Error, Format, Input, ReadOptions, Result, Schema, Source};
use gapwave_columns::{Attrs, Chunk, DType, Meta};
use head::Head;
use parse::Target;
use rayon::prelude::*;
use scan::Nulls;
use std::path::Path;
use std::sync::Arc;
use survey::{Kind, Survey};
use walk::{Bad, Shape, Why, cut, walk};

/// Bytes of a block: what one thread parses at a time.
const BLOCK: usize = 512 << 10;
/// Bytes looked at together.
const WINDOW: usize = 8 << 20;
/// Longest record.
const LONGEST: usize = 128 << 20;

/// Where a block of records begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    byte: u64,
    row: u64,
}

/// A text file as a source of its columns of numbers, with the other columns beside them as they stand in the file.
#[derive(Debug)]
pub(super) struct TextSource {
    input: Input,
    shape: Shape,
    nulls: Nulls,
    /// Where blocks begin, and the end.
    starts: Vec<Start>,
    /// What becomes of each column of the file.
    targets: Vec<Target>,
    schema: Schema,
    layout: Arc<Layout>,
    row_bytes: u64,
    /// Next block to parse.
    block: usize,
    /// Parsed and not yet handed out.
    held: Option<Chunk>,
}

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

impl TextSource {
    pub(super) fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<TextSource> {
        let separator = separator(path, format, options.separator)?;
        let mut input = Input::open(path, options)?;
        let head = Head::read(&mut input, separator, options.header)?;
        let shape = Shape { separator, width: head.names.len() };
        let nulls = Nulls::new(&options.null_values);
        let (survey, starts) = survey_all(&mut input, &head, shape, &nulls)?;
        let asked = options.columns.as_ref().map(|a| choose(path, &head.names, a)).transpose()?;
        let mut fields = Vec::with_capacity(shape.width);
        let mut targets = Vec::with_capacity(shape.width);
        let mut spelling = None;
        for (i, (name, column)) in head.names.iter().zip(&survey.columns).enumerate() {
            let wanted = asked.as_ref().is_none_or(|a| a.contains(&i));
            let kind = column.kind();
            let refused = match kind {
                Kind::Mixed => wanted && !(asked.is_none() && options.mixed_as_text),
                Kind::Text => wanted && asked.is_some(),
                _ => false,
            };
            if let (true, Some(place)) = (refused, &column.other) {
                return Err(not_a_number(path, name, place, head.lines));
            }
            if wanted && spelling.is_none() {
                spelling.clone_from(&column.spelling);
            }
            let dtype = match kind {
                _ if !wanted => None,
                Kind::Int => Some(DType::I64),
                Kind::UInt => Some(DType::U64),
                Kind::Float => Some(DType::F64),
                Kind::Code if asked.is_some() && column.is_whole() => Some(DType::I64),
                // Of a table without rows all columns may be numbers.
                Kind::Empty | Kind::Code if asked.is_some() || survey.rows == 0 => Some(DType::F64),
                _ => None,
            };
            fields.push(Field::new(
                name.as_str(),
                dtype.map_or_else(|| FieldKind::Raw(column.dtype()), FieldKind::Numbers),
            ));
            targets.push(Target { dtype, nullable: column.nulls > 0 });
        }
        let numbers = |i: &usize| targets[*i].dtype.is_some();
        let places = asked.unwrap_or_else(|| (0..shape.width).filter(numbers).collect());
        if places.is_empty() {
            let why = format!("no column of numbers; the columns are {}", crate::error::list(&head.names));
            return Err(Error::format(path, why));
        }
        let names: Vec<String> = places.iter().map(|&i| head.names[i].clone()).collect();
        let meta = |&i: &usize| Meta::new(targets[i].dtype.unwrap_or(DType::F64), [0]).nullable(targets[i].nullable);
        let schema = Schema { names: names.into(), cols: places.iter().map(meta).collect(), attrs: Attrs::default() };
        let layout = Layout { fields, nulls: options.null_values.clone(), spelling };
        let mut source = TextSource {
            input,
            shape,
            nulls,
            starts,
            targets,
            schema,
            layout: layout.into(),
            row_bytes: 0,
            block: 0,
            held: None,
        };
        source.row_bytes = source.count_row_bytes();
        Ok(source)
    }

    fn count_row_bytes(&self) -> u64 {
        let numbers: u64 = self.schema.cols.iter().map(|m| m.dtype.size() as u64 + u64::from(m.nullable)).sum();
        let beside = self.targets.iter().filter(|t| t.dtype.is_none()).count() as u64;
        if beside == 0 {
            return numbers;
        }
        // Text is as long as in the file, of which it may be all.
        let rows = self.starts.last().map_or(1, |s| s.row.max(1));
        numbers + 16 * beside + self.input.len().div_ceil(rows)
    }

    /// Parses blocks `self.block..end` into one chunk.
    fn parse(&mut self, end: usize) -> Result<Chunk> {
        let first = self.starts[self.block];
        let rows = usize::try_from(self.starts[end].row - first.row).unwrap_or(usize::MAX);
        let mut table = parse::Table::new(&self.targets, rows)?;
        let mut rooms = table.rooms(&self.starts[self.block..=end]);
        let mut parts = Vec::with_capacity(rooms.len());
        let (shape, nulls) = (self.shape, &self.nulls);
        let mut at = self.block;
        while at < end {
            let mut last = at + 1;
            while last < end && self.starts[last + 1].byte - self.starts[at].byte <= WINDOW as u64 {
                last += 1;
            }
            let starts = &self.starts[at..=last];
            let from = starts[0].byte;
            let len = (starts[starts.len() - 1].byte - from) as usize;
            let done: Vec<_> = self.input.lend(from, len, |bytes| {
                let pieces: Vec<&[u8]> = starts
                    .windows(2)
                    .map(|w| &bytes[(w[0].byte - from) as usize..(w[1].byte - from) as usize])
                    .collect();
                let rooms: Vec<_> = rooms.drain(..pieces.len()).collect();
                pieces.into_par_iter().zip(rooms).map(|(bytes, room)| room.fill(bytes, shape, nulls)).collect()
            })?;
            parts.extend(done);
            at = last;
        }
        drop(rooms);
        let parts: Option<Vec<_>> = parts.into_iter().collect();
        let Some(parts) = parts else {
            return Err(Error::format(self.input.path(), "the file changed while it was read"));
        };
        let names: Vec<&str> = self.layout.fields.iter().map(|f| f.name.as_str()).collect();
        let (mut arrays, beside) = table.finish(&names, parts)?;
        let place = |name: &String| self.layout.fields.iter().position(|f| f.name == *name);
        let cols = self.schema.names.iter().filter_map(|n| place(n).and_then(|i| arrays[i].take())).collect();
        self.block = end;
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, first.row, self.schema.attrs)?;
        Ok(chunk.with_beside(Rows::beside(beside))?)
    }
}

/// The first pass.
fn survey_all<'a>(input: &mut Input, head: &Head, shape: Shape, nulls: &'a Nulls) -> Result<(Survey<'a>, Vec<Start>)> {
    let mut all = Survey::new(nulls, shape.width);
    let mut at = head.start;
    let mut starts = vec![Start { byte: at, row: 0 }];
    let mut window = WINDOW;
    while at < input.len() {
        let len = usize::try_from(input.len() - at).unwrap_or(usize::MAX).min(window);
        let last = at + len as u64 == input.len();
        let pieces: Vec<(usize, Result<Survey<'a>, Bad>)> = input.lend(at, len, |bytes| {
            let cuts = cut(bytes, shape.separator, BLOCK, last);
            let from = |i: usize| if i == 0 { 0 } else { cuts[i - 1] };
            let survey = |i: usize| {
                let mut survey = Survey::new(nulls, shape.width);
                let lines = walk(&bytes[from(i)..cuts[i]], shape, &mut survey);
                let done = lines.map(|lines| {
                    survey.lines = lines;
                    survey
                });
                (cuts[i], done)
            };
            (0..cuts.len()).into_par_iter().map(survey).collect()
        })?;
        if pieces.is_empty() {
            if window >= LONGEST {
                let line = head.lines + all.lines + 1;
                let why = format!("line {line}: a record of more than {window} bytes (is a quote left open?)");
                return Err(Error::format(input.path(), why));
            }
            window *= 2;
            continue;
        }
        window = WINDOW;
        let base = at;
        for (end, survey) in pieces {
            let survey = survey.map_err(|bad| broken(input.path(), bad, head.lines + all.lines, shape))?;
            all.join(&survey);
            at = base + end as u64;
            starts.push(Start { byte: at, row: all.rows });
        }
    }
    Ok((all, starts))
}

fn broken(path: &Path, bad: Bad, lines: u64, shape: Shape) -> Error {
    let line = lines + bad.line + 1;
    match bad.why {
        Why::Width { found, quoted } => {
            let columns = if shape.width == 1 { "column" } else { "columns" };
            let hint = if quoted { " (is a quote left open?)" } else { "" };
            let expected = shape.width;
            let why = format!("line {line}: expected {expected} {columns} as in the first line, found {found}{hint}");
            Error::format(path, why)
        }
        Why::NotUtf8 { column, byte } => not_utf8(path, line, column, byte),
    }
}

fn not_utf8(path: &Path, line: u64, column: usize, byte: u8) -> Error {
    let why =
        format!("line {line}, column {}: expected UTF-8 text, found byte 0x{byte:02x}; convert the file", column + 1);
    Error::format(path, why)
}

fn not_a_number(path: &Path, name: &str, place: &survey::Place, lines: u64) -> Error {
    let clipped: String = place.cell.chars().take(60).collect();
    let more = if clipped.len() < place.cell.len() { "…" } else { "" };
    let (row, line) = (place.row + 1, lines + place.line + 1);
    let why = format!("column {name:?}, row {row} (line {line}): expected a number, found {clipped:?}{more}");
    Error::format(path, why)
}

impl Source for TextSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.starts.last().map(|s| s.row)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let rows = rows.max(1);
        while self.held.is_none() {
            let blocks = self.starts.len() - 1;
            if self.block >= blocks {
                return Ok(None);
            }
            // At least one block, and no more than the rows asked for.
            let first = self.starts[self.block].row;
            let mut end = self.block + 1;
            while end < blocks && self.starts[end + 1].row - first <= rows as u64 {
                end += 1;
            }
            let chunk = self.parse(end)?;
            if chunk.rows() > 0 {
                self.held = Some(chunk);
            }
        }
        hand_out(&mut self.held, rows)
    }

    fn rewind(&mut self) -> Result<()> {
        (self.block, self.held) = (0, None);
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        Some(self.layout.clone().into())
    }

    fn row_bytes(&self) -> u64 {
        self.row_bytes
    }

    fn held_bytes(&self) -> u64 {
        let block = self.starts.windows(2).map(|w| w[1].row - w[0].row).max().unwrap_or(0);
        WINDOW as u64 + block * self.row_bytes + (self.starts.len() * size_of::<Start>()) as u64
    }
}
