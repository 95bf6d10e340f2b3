//! Cells of text files as they are written.

use super::convert;
use super::join::{Cells, complex, mismatch};
use crate::Result;
use gapwave_columns::{Array, DType};
use polars::prelude::{Column, DataType};
use std::io::Write;

/// The cells of some rows of one column, one after the other.
pub(super) struct Written {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Written {
    pub(super) fn get(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    fn with_rows(rows: usize) -> Self {
        Written { text: Vec::with_capacity(rows * 8), ends: Vec::with_capacity(rows) }
    }

    fn end(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// Writes the cells of a column: numbers with the fewest digits that read back to the same bits, floats always with a
/// point or exponent; text of a text file as it was; other types as polars spells them (dates and times ISO).
pub(super) fn written(name: &str, cells: &Cells, null: &str) -> Result<Written> {
    match cells {
        Cells::Made(array) => numbers(name, array, null),
        Cells::Beside { column, raw } => {
            let converted = convert::to_array(column, column.null_count() > 0).map_err(|e| mismatch(e.to_string()))?;
            match converted {
                Some(array) => numbers(name, &array, null),
                None => text(column, if *raw { "" } else { null }),
            }
        }
    }
}

fn text(column: &Column, null: &str) -> Result<Written> {
    let spelled;
    let cells = match column.dtype() {
        DataType::String => column.str(),
        other => {
            let refused = || mismatch(format!("column {:?} holds {other}, which text files cannot", column.name()));
            spelled = column.cast(&DataType::String).map_err(|_| refused())?;
            spelled.str()
        }
    }
    .map_err(|e| mismatch(e.to_string()))?;
    let mut out = Written::with_rows(cells.len());
    for cell in cells.iter() {
        out.text.extend_from_slice(cell.unwrap_or(null).as_bytes());
        out.end();
    }
    Ok(out)
}

fn numbers(name: &str, array: &Array, null: &str) -> Result<Written> {
    macro_rules! spell {
        ($t:ty, $form:literal) => {{
            let mut out = Written::with_rows(array.rows());
            for (i, v) in array.as_slice::<$t>()?.iter().enumerate() {
                match array.valid() {
                    Some(valid) if !valid.get(i) => out.text.extend_from_slice(null.as_bytes()),
                    // Writing to memory does not fail.
                    _ => drop(write!(out.text, $form, v)),
                }
                out.end();
            }
            Ok(out)
        }};
    }
    match array.dtype() {
        DType::I8 => spell!(i8, "{}"),
        DType::U8 => spell!(u8, "{}"),
        DType::I16 => spell!(i16, "{}"),
        DType::U16 => spell!(u16, "{}"),
        DType::I32 => spell!(i32, "{}"),
        DType::U32 => spell!(u32, "{}"),
        DType::I64 => spell!(i64, "{}"),
        DType::U64 => spell!(u64, "{}"),
        // Debug, not Display: it keeps `.0`, so that a column of floats reads back as one, and 1e300 short.
        DType::F32 => spell!(f32, "{:?}"),
        DType::F64 => spell!(f64, "{:?}"),
        _ => Err(complex(name)),
    }
}
