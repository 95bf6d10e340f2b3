//! Blocks of records as columns.

use super::Start;
use super::scan::{self, Nulls, Token};
use super::walk::{Shape, Visit, walk};
use gapwave_columns::{Array, Bitmap, DType, Error, Result};
use polars::prelude::{Column, DataFrame, IntoColumn, StringChunked};
use polars_arrow::array::{MutablePlString, Utf8ViewArray};

/// What becomes of a column of the file: numbers, or text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) dtype: Option<DType>,
    pub(super) nullable: bool,
}

/// Memory for the numbers of some rows.
enum Numbers {
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    Text,
}

/// The columns of some rows, to be filled block by block.
pub(super) struct Table {
    rows: usize,
    columns: Vec<(Numbers, bool)>,
}

/// A block's part of a column.
enum Slot<'a> {
    Int(&'a mut [i64]),
    UInt(&'a mut [u64]),
    Float(&'a mut [f64]),
    Text(MutablePlString),
}

/// Where the records of a block go.
pub(super) struct Room<'a> {
    slots: Vec<(Slot<'a>, Vec<u64>)>,
    rows: usize,
    row: usize,
    sound: bool,
    nulls: Option<&'a Nulls>,
}

/// What a filled block has beside its numbers: the bitmaps of nullable columns, the text of the others.
pub(super) struct Part {
    rows: usize,
    columns: Vec<(Vec<u64>, Option<Utf8ViewArray>)>,
}

impl Table {
    pub(super) fn new(targets: &[Target], rows: usize) -> Result<Table> {
        let columns = targets.iter().map(|t| {
            let numbers = match t.dtype {
                Some(DType::I64) => Numbers::Int(vec![0; rows]),
                Some(DType::U64) => Numbers::UInt(vec![0; rows]),
                Some(_) => Numbers::Float(vec![0.0; rows]),
                None => Numbers::Text,
            };
            (numbers, t.nullable && t.dtype.is_some())
        });
        Ok(Table { rows, columns: columns.collect() })
    }

    /// A room for each block.
    pub(super) fn rooms(&mut self, starts: &[Start]) -> Vec<Room<'_>> {
        let rows: Vec<usize> = starts.windows(2).map(|w| (w[1].row - w[0].row) as usize).collect();
        let mut rooms: Vec<Room<'_>> =
            rows.iter().map(|&rows| Room { slots: Vec::new(), rows, row: 0, sound: true, nulls: None }).collect();
        fn split<'a, T>(all: &'a mut [T], rows: &[usize]) -> Vec<&'a mut [T]> {
            let mut rest = all;
            let mut parts = Vec::with_capacity(rows.len());
            for &n in rows {
                let (part, after) = rest.split_at_mut(n);
                parts.push(part);
                rest = after;
            }
            parts
        }
        for (numbers, nullable) in &mut self.columns {
            let slots: Vec<Slot<'_>> = match numbers {
                Numbers::Int(v) => split(v, &rows).into_iter().map(Slot::Int).collect(),
                Numbers::UInt(v) => split(v, &rows).into_iter().map(Slot::UInt).collect(),
                Numbers::Float(v) => split(v, &rows).into_iter().map(Slot::Float).collect(),
                Numbers::Text => rows.iter().map(|&n| Slot::Text(MutablePlString::with_capacity(n))).collect(),
            };
            for (room, slot) in rooms.iter_mut().zip(slots) {
                let words = if *nullable { room.rows.div_ceil(64) } else { 0 };
                room.slots.push((slot, vec![u64::MAX; words]));
            }
        }
        rooms
    }

    /// The columns of numbers, `None` where the file has text, and the text.
    pub(super) fn finish(self, names: &[&str], mut parts: Vec<Part>) -> Result<(Vec<Option<Array>>, DataFrame)> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        let mut texts: Vec<Column> = Vec::new();
        for (i, (numbers, nullable)) in self.columns.into_iter().enumerate() {
            let array = match numbers {
                Numbers::Int(v) => Array::from(v),
                Numbers::UInt(v) => Array::from(v),
                Numbers::Float(v) => Array::from(v),
                Numbers::Text => {
                    let cells = parts.iter_mut().filter_map(|p| p.columns[i].1.take());
                    texts.push(StringChunked::from_chunk_iter(names[i].into(), cells).into_column());
                    arrays.push(None);
                    continue;
                }
            };
            arrays.push(Some(match nullable {
                false => array,
                true => array.with_valid(bitmap(&parts, i, self.rows)?)?,
            }));
        }
        let beside = DataFrame::new(self.rows, texts).map_err(|e| Error::Mismatch(e.to_string()))?;
        Ok((arrays, beside))
    }
}

/// The bitmaps of the parts, one behind the other.
fn bitmap(parts: &[Part], column: usize, rows: usize) -> Result<Bitmap> {
    let mut words = vec![0u64; rows.div_ceil(64)];
    let mut at = 0;
    for part in parts {
        for (k, &word) in part.columns[column].0.iter().enumerate() {
            let left = part.rows - k * 64;
            let word = if left < 64 { word & ((1 << left) - 1) } else { word };
            let (i, shift) = ((at + k * 64) / 64, (at + k * 64) % 64);
            words[i] |= word << shift;
            if shift != 0 && i + 1 < words.len() {
                words[i + 1] |= word >> (64 - shift);
            }
        }
        at += part.rows;
    }
    Bitmap::from_words(words, rows)
}

impl<'a> Room<'a> {
    /// Parses a block; `None` where it is not what the first pass saw.
    pub(super) fn fill(mut self, bytes: &[u8], shape: Shape, nulls: &'a Nulls) -> Option<Part> {
        self.nulls = Some(nulls);
        walk(bytes, shape, &mut self).ok()?;
        if !self.sound || self.row != self.rows {
            return None;
        }
        let columns = self.slots.into_iter().map(|(slot, words)| match slot {
            Slot::Text(cells) => (words, Some(cells.freeze())),
            _ => (words, None),
        });
        let part = Part { rows: self.rows, columns: columns.collect() };
        part.columns.iter().all(|c| c.1.as_ref().is_none_or(|t| t.len() == part.rows)).then_some(part)
    }

    /// Marks a value as missing.
    fn missing(&mut self, column: usize) {
        match self.slots[column].1.get_mut(self.row / 64) {
            Some(word) => *word &= !(1 << (self.row % 64)),
            // Nothing was missing in the first pass.
            None => self.sound = false,
        }
    }
}

fn put<T>(room: &mut [T], row: usize, value: Option<T>) -> bool {
    match (room.get_mut(row), value) {
        (Some(cell), Some(v)) => {
            *cell = v;
            true
        }
        _ => false,
    }
}

impl Visit for Room<'_> {
    #[inline(always)]
    fn wants_number(&self, column: usize) -> bool {
        !matches!(self.slots[column].0, Slot::Text(_))
    }

    #[inline(always)]
    fn number(&mut self, column: usize, token: &Token, cell: &[u8]) {
        if self.nulls.is_some_and(|n| n.has_number(cell)) {
            return self.missing(column);
        }
        let row = self.row;
        self.sound &= match &mut self.slots[column].0 {
            Slot::Float(room) => put(room, row, Some(token.float(cell))),
            Slot::Int(room) => put(room, row, token.int(cell)),
            Slot::UInt(room) => put(room, row, scan::text(cell).parse().ok()),
            Slot::Text(_) => false,
        };
    }

    fn cell(&mut self, column: usize, cell: &[u8]) {
        if let Slot::Text(cells) = &mut self.slots[column].0 {
            cells.push_value(scan::text(cell));
            return;
        }
        if self.nulls.is_some_and(|n| n.has(cell)) {
            return self.missing(column);
        }
        let (row, text) = (self.row, scan::text(cell).trim_ascii());
        self.sound &= match &mut self.slots[column].0 {
            Slot::Float(room) => put(room, row, text.parse().ok()),
            Slot::Int(room) => put(room, row, text.parse().ok()),
            Slot::UInt(room) => put(room, row, text.parse().ok()),
            Slot::Text(_) => false,
        };
    }

    #[inline(always)]
    fn end(&mut self, _line: u64) {
        self.row += 1;
    }
}
