//! What the columns of a text file hold, over all of its rows.

use super::scan::{self, Nulls, Number, Token};
use super::walk::Visit;
use crate::tables::dates::Types;
use polars::prelude::DataType;

/// What all cells of a column have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Every cell is missing.
    Empty,
    /// `int64`.
    Int,
    /// `uint64`: some cell is beyond `int64`.
    UInt,
    /// `float64`.
    Float,
    /// Numbers, but as text they say more: `007`, or integers beyond 64 bits.
    Code,
    /// More numbers than other cells.
    Mixed,
    /// Text.
    Text,
}

/// A cell and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Row of data, counted from 0.
    pub(super) row: u64,
    /// Line, counted from 0.
    pub(super) line: u64,
    /// Its text, if that is long the beginning.
    pub(super) cell: String,
}

/// What is known of a column after some of its rows.
#[derive(Debug, Clone)]
pub(super) struct Column {
    numbers: u64,
    others: u64,
    pub(super) nulls: u64,
    /// The first cell that is there and no number.
    pub(super) other: Option<Place>,
    /// How the first missing value is spelled.
    pub(super) spelling: Option<String>,
    signed: bool,
    unsigned: bool,
    float: bool,
    huge: bool,
    zero_led: bool,
    types: Types,
}

impl Default for Column {
    fn default() -> Self {
        Column {
            numbers: 0,
            others: 0,
            nulls: 0,
            other: None,
            spelling: None,
            signed: true,
            unsigned: true,
            float: false,
            huge: false,
            zero_led: false,
            types: Types::ALL,
        }
    }
}

impl Column {
    #[inline]
    fn add(&mut self, number: Number, negative: bool, zero_led: bool) {
        match number {
            Number::Int => {
                self.unsigned &= !negative;
                self.zero_led |= zero_led;
            }
            Number::UInt => self.signed = false,
            Number::Huge => self.huge = true,
            Number::Float => self.float = true,
        }
        self.numbers += 1;
    }

    /// Takes what is known of the rows that follow.
    fn join(&mut self, next: &Column, rows: u64, lines: u64) {
        if self.other.is_none() {
            self.other = next.other.clone().map(|p| Place { row: p.row + rows, line: p.line + lines, ..p });
        }
        if self.spelling.is_none() {
            self.spelling.clone_from(&next.spelling);
        }
        self.numbers += next.numbers;
        self.others += next.others;
        self.nulls += next.nulls;
        self.signed &= next.signed;
        self.unsigned &= next.unsigned;
        self.float |= next.float;
        self.huge |= next.huge;
        self.zero_led |= next.zero_led;
        self.types = self.types.and(next.types);
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.numbers, self.others) {
            (0, 0) => Kind::Empty,
            (n, o) if o > 0 => {
                if n > o {
                    Kind::Mixed
                } else {
                    Kind::Text
                }
            }
            _ if self.float => Kind::Float,
            _ if self.huge || self.zero_led => Kind::Code,
            _ if self.signed => Kind::Int,
            _ if self.unsigned => Kind::UInt,
            _ => Kind::Code,
        }
    }

    /// Whether codes, asked for as numbers, are all of them `int64`.
    pub(super) fn is_whole(&self) -> bool {
        self.signed && !self.huge && !self.float
    }

    /// The type that all cells have which are there.
    pub(super) fn dtype(&self) -> DataType {
        match self.kind() {
            Kind::Int => DataType::Int64,
            Kind::UInt => DataType::UInt64,
            Kind::Float => DataType::Float64,
            Kind::Empty => DataType::String,
            Kind::Code | Kind::Mixed | Kind::Text if self.numbers > 0 => DataType::String,
            Kind::Code | Kind::Mixed | Kind::Text => self.types.dtype(),
        }
    }
}

/// Looks at the cells of a piece of a file.
pub(super) struct Survey<'a> {
    nulls: &'a Nulls,
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
    pub(super) lines: u64,
    /// First cells of the row that are no numbers, whose line is known with its end.
    fresh: Vec<usize>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(nulls: &'a Nulls, width: usize) -> Survey<'a> {
        Survey { nulls, columns: vec![Column::default(); width], rows: 0, lines: 0, fresh: Vec::new() }
    }

    /// Takes what is known of the piece that follows.
    pub(super) fn join(&mut self, next: &Survey<'_>) {
        for (all, column) in self.columns.iter_mut().zip(&next.columns) {
            all.join(column, self.rows, self.lines);
        }
        self.rows += next.rows;
        self.lines += next.lines;
    }
}

impl Visit for Survey<'_> {
    #[inline(always)]
    fn wants_number(&self, column: usize) -> bool {
        // Columns of text are not worth trying.
        self.columns[column].others <= self.columns[column].numbers
    }

    #[inline(always)]
    fn number(&mut self, column: usize, token: &Token, cell: &[u8]) {
        if self.nulls.has_number(cell) {
            return self.cell(column, cell);
        }
        let column = &mut self.columns[column];
        column.types = Types::NONE;
        column.add(token.number(cell), token.negative, token.zero_led(cell));
    }

    fn cell(&mut self, i: usize, cell: &[u8]) {
        let column = &mut self.columns[i];
        if self.nulls.has(cell) {
            if column.spelling.is_none() {
                column.spelling = Some(scan::text(cell.trim_ascii()).to_string());
            }
            column.nulls += 1;
            return;
        }
        let text = scan::text(cell);
        let trimmed = text.trim_ascii();
        if let Some(number) = scan::number(trimmed) {
            column.types = Types::NONE;
            let zero_led = trimmed.len() > 1 && trimmed.starts_with('0');
            return column.add(number, trimmed.starts_with('-'), zero_led);
        }
        if !column.types.is_none() {
            column.types = column.types.and_of(text);
        }
        if column.other.is_none() {
            let clipped: String = text.chars().take(61).collect();
            column.other = Some(Place { row: self.rows, line: 0, cell: clipped });
            self.fresh.push(i);
        }
        column.others += 1;
    }

    fn end(&mut self, line: u64) {
        for i in self.fresh.drain(..) {
            if let Some(place) = &mut self.columns[i].other {
                place.line = line;
            }
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> (Kind, Option<u64>) {
        let nulls = Nulls::new(&["", "NA"].map(String::from));
        let mut all = Survey::new(&nulls, 1);
        // Cut anywhere, the pieces say the same.
        for piece in cells.chunks(2) {
            let mut s = Survey::new(&nulls, 1);
            for c in piece {
                match Token::read(c.as_bytes(), b',') {
                    Some(t) if t.len == c.len() => s.number(0, &t, c.as_bytes()),
                    _ => s.cell(0, c.as_bytes()),
                }
                s.end(0);
            }
            all.join(&s);
        }
        (all.columns[0].kind(), all.columns[0].other.as_ref().map(|p| p.row))
    }

    #[test]
    fn kinds_of_columns() {
        assert_eq!(of(&["1", " NA ", "-2"]), (Kind::Int, None));
        assert_eq!(of(&["1", "18446744073709551615"]), (Kind::UInt, None));
        assert_eq!(of(&["-1", "18446744073709551615"]), (Kind::Code, None));
        assert_eq!(of(&["1", "99999999999999999999"]), (Kind::Code, None));
        assert_eq!(of(&["1", "2.5", "", "1e-3"]), (Kind::Float, None));
        assert_eq!(of(&["007", "12"]), (Kind::Code, None));
        assert_eq!(of(&["0", "10"]), (Kind::Int, None));
        assert_eq!(of(&["", "NA"]), (Kind::Empty, None));
        assert_eq!(of(&["1", "2", "", "x"]), (Kind::Mixed, Some(3)));
        assert_eq!(of(&["1", "NNW"]), (Kind::Text, Some(1)));
        assert_eq!(of(&["2001-02-03", "2001-02-04"]), (Kind::Text, Some(0)));
    }
}
