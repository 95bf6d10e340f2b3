//! NDJSON as a source, in two passes as CSV is.

use super::build::{Build, Columns};
use super::scan::Scan;
use super::survey::Survey;
use crate::tables::layout::{Chosen, Known, hand_out};
use crate::tables::text::cut_lines;
use crate::{Carried, Error, Input, ReadOptions, Result, Schema, Source};
use gapwave_columns::Chunk;
use polars::prelude::DataFrame;
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Bytes that one thread reads at a time.
const BLOCK: usize = 512 << 10;
/// Bytes looked at together.
const WINDOW: usize = 8 << 20;
/// Longest line.
const LONGEST: usize = 128 << 20;

/// Where a block of lines begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    byte: u64,
    row: u64,
}

/// A file with an object on each line.
#[derive(Debug)]
pub(in crate::tables) struct NdjsonSource {
    input: Input,
    starts: Vec<Start>,
    columns: Arc<Columns>,
    chosen: Chosen,
    row_bytes: u64,
    block: usize,
    held: Option<Chunk>,
}

/// What is wrong in which line of a piece, counted from 0.
struct Bad {
    line: u64,
    why: String,
}

/// Hands each object of some lines to `each`; gives the number of lines.
fn lines(bytes: &[u8], mut each: impl FnMut(&mut Scan<'_>) -> Result<(), String>) -> Result<u64, Bad> {
    let mut line = 0;
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for text in bytes.split(|&b| b == b'\n') {
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(Bad { line, why: "expected UTF-8 text; convert the file".into() });
        };
        let mut scan = Scan::new(text);
        if !scan.is_done() {
            let read = each(&mut scan);
            let read = read.and_then(|()| if scan.is_done() { Ok(()) } else { Err(scan.found("the line's end")) });
            read.map_err(|why| Bad { line, why })?;
        }
        line += 1;
    }
    Ok(line)
}

fn survey(bytes: &[u8]) -> Result<Survey, Bad> {
    let mut survey = Survey::default();
    let lines = lines(bytes, |scan| {
        scan.object(|key, value| survey.put(key, value))?;
        survey.end();
        Ok(())
    })?;
    survey.lines = lines;
    Ok(survey)
}

fn build(bytes: &[u8], columns: Arc<Columns>, rows: usize) -> Option<DataFrame> {
    let mut build = Build::new(columns);
    let read = lines(bytes, |scan| {
        scan.object(|key, value| build.put(key, value))?;
        build.end();
        Ok(())
    });
    if read.is_err() || build.rows() != rows {
        return None;
    }
    build.finish(rows).ok()
}

impl NdjsonSource {
    pub(in crate::tables) fn open(path: &Path, options: &ReadOptions) -> Result<NdjsonSource> {
        let mut input = Input::open(path, options)?;
        let (survey, starts) = survey_all(&mut input)?;
        let known = survey.known(options.columns.as_deref());
        if known.is_empty() {
            return Err(Error::format(path, "the file is empty: a JSON object on each line was expected"));
        }
        let columns = Columns::new(known);
        let of = |(name, dtype, nullable): &(String, _, bool)| Known {
            name: name.clone(),
            dtype: Clone::clone(dtype),
            nullable: *nullable,
        };
        let chosen = Chosen::new(path, &columns.known.iter().map(of).collect::<Vec<_>>(), options)?;
        let row_bytes = chosen.row_bytes().max(input.len() / survey.rows.max(1));
        Ok(NdjsonSource { input, starts, columns, chosen, row_bytes, block: 0, held: None })
    }

    /// Reads blocks `self.block..end`, which are not more than a window.
    fn read_blocks(&mut self, end: usize) -> Result<Chunk> {
        let starts = &self.starts[self.block..=end];
        let (first, last) = (starts[0], starts[starts.len() - 1]);
        let columns = &self.columns;
        let frames: Option<Vec<DataFrame>> =
            self.input.lend(first.byte, (last.byte - first.byte) as usize, |bytes| {
                let read = |w: &[Start]| {
                    let bytes = &bytes[(w[0].byte - first.byte) as usize..(w[1].byte - first.byte) as usize];
                    build(bytes, columns.clone(), (w[1].row - w[0].row) as usize)
                };
                starts.par_windows(2).map(read).collect()
            })?;
        let changed = || Error::format(self.input.path(), "the file changed while it was read");
        let mut frames = frames.ok_or_else(changed)?.into_iter();
        let mut all = frames.next().ok_or_else(changed)?;
        for frame in frames {
            all.vstack_mut(&frame).map_err(|_| changed())?;
        }
        self.block = end;
        self.chosen.chunk(self.input.path(), all, first.row)
    }
}

/// The first pass.
fn survey_all(input: &mut Input) -> Result<(Survey, Vec<Start>)> {
    let mut all = Survey::default();
    let mut at = if input.head(3)? == b"\xef\xbb\xbf" { 3 } else { 0 };
    let mut starts = vec![Start { byte: at, row: 0 }];
    let mut window = WINDOW;
    while at < input.len() {
        let len = usize::try_from(input.len() - at).unwrap_or(usize::MAX).min(window);
        let last = at + len as u64 == input.len();
        let pieces: Vec<(usize, Result<Survey, Bad>)> = input.lend(at, len, |bytes| {
            let cuts = cut_lines(bytes, BLOCK, last);
            let from = |i: usize| if i == 0 { 0 } else { cuts[i - 1] };
            (0..cuts.len()).into_par_iter().map(|i| (cuts[i], survey(&bytes[from(i)..cuts[i]]))).collect()
        })?;
        if pieces.is_empty() {
            if window >= LONGEST {
                let why = format!("line {}: more than {window} bytes", all.lines + 1);
                return Err(Error::format(input.path(), why));
            }
            window *= 2;
            continue;
        }
        window = WINDOW;
        let base = at;
        for (end, piece) in pieces {
            let piece = piece.map_err(|bad| {
                Error::format(input.path(), format!("line {}: {}", all.lines + bad.line + 1, bad.why))
            })?;
            all.join(&piece);
            at = base + end as u64;
            starts.push(Start { byte: at, row: all.rows });
        }
    }
    Ok((all, starts))
}

impl Source for NdjsonSource {
    fn schema(&self) -> &Schema {
        &self.chosen.schema
    }

    fn rows(&self) -> Option<u64> {
        self.starts.last().map(|s| s.row)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let rows = rows.max(1);
        let blocks = self.starts.len() - 1;
        while self.held.is_none() && self.block < blocks {
            let first = self.starts[self.block];
            let mut end = self.block + 1;
            let fits = |s: Start| s.row - first.row <= rows as u64 && s.byte - first.byte <= WINDOW as u64;
            while end < blocks && fits(self.starts[end + 1]) {
                end += 1;
            }
            self.held = Some(self.read_blocks(end)?).filter(|c| c.rows() > 0);
        }
        hand_out(&mut self.held, rows)
    }

    fn rewind(&mut self) -> Result<()> {
        (self.block, self.held) = (0, None);
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        Some(self.chosen.layout.clone().into())
    }

    fn row_bytes(&self) -> u64 {
        self.row_bytes
    }

    fn held_bytes(&self) -> u64 {
        4 * WINDOW as u64 + (self.starts.len() * size_of::<Start>()) as u64
    }
}
