//! Rows in batches whose ends depend on the rows alone, not on the chunks they came in.

use super::join::mismatch;
use crate::Result;
use polars::prelude::{DataFrame, DataType};

/// Most rows of a batch.
const ROWS: usize = 1 << 19;
/// Bytes of a batch in memory, about.
const BYTES: usize = 64 << 20;

/// Collects rows and hands them on in batches of about [`BYTES`] and at most [`ROWS`].
#[derive(Debug, Default)]
pub(super) struct Batches {
    held: Option<DataFrame>,
    /// Bytes of the rows held, as they are counted for the batches' ends.
    bytes: usize,
}

impl Batches {
    /// Takes rows; `emit` gets the batches that are complete.
    pub(super) fn push(&mut self, mut rows: DataFrame, emit: &mut dyn FnMut(DataFrame) -> Result<()>) -> Result<()> {
        while rows.height() > 0 {
            let have = self.held.as_ref().map_or(0, DataFrame::height);
            let (n, bytes, full) = self.fitting(&rows, ROWS - have);
            let part = rows.slice(0, n);
            rows = rows.slice(n as i64, rows.height() - n);
            self.bytes += bytes;
            match &mut self.held {
                None => self.held = Some(part),
                Some(held) => {
                    held.vstack_mut(&part).map_err(|e| mismatch(e.to_string()))?;
                }
            }
            if full {
                self.flush(emit)?;
            }
        }
        Ok(())
    }

    /// How many of the rows still belong to the batch, their bytes, and whether that completes it.
    fn fitting(&self, rows: &DataFrame, most: usize) -> (usize, usize, bool) {
        let most_here = most.min(rows.height());
        let mut fixed = 0;
        let mut texts = Vec::new();
        for column in rows.columns() {
            match (column.dtype(), column.str()) {
                (DataType::String, Ok(cells)) => texts.push(cells.iter()),
                _ => fixed += 8,
            }
        }
        let mut bytes = 0;
        if texts.is_empty() {
            let n = (BYTES - self.bytes).div_ceil(fixed.max(1)).clamp(1, most_here);
            bytes = n * fixed;
            return (n, bytes, n == most || self.bytes + bytes >= BYTES);
        }
        for n in 1..=most_here {
            bytes += fixed;
            for cells in &mut texts {
                bytes += 16 + cells.next().flatten().map_or(0, str::len);
            }
            if self.bytes + bytes >= BYTES {
                return (n, bytes, true);
            }
        }
        (most_here, bytes, most_here == most)
    }

    /// Hands on what is left.
    pub(super) fn flush(&mut self, emit: &mut dyn FnMut(DataFrame) -> Result<()>) -> Result<()> {
        self.bytes = 0;
        let Some(mut batch) = self.held.take() else { return Ok(()) };
        batch.rechunk_mut();
        emit(batch)
    }
}
