//! A table that is small beside the memory limit is read once, however many passes over it there are.

use crate::Control;
use gapwave_columns::Chunk;
use gapwave_datasets::{Carried, Result, Schema, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The part of the memory limit that a table may take to be kept: one in so many.
const SHARE: u64 = 4;

/// A source whose chunks are kept for the passes after the first, where [`Kept::switch`] says so.
pub(crate) struct Kept<'a, S> {
    inner: S,
    keep: Arc<AtomicBool>,
    chunks: Vec<Chunk>,
    /// All of them are there.
    complete: bool,
    /// The chunk and its row to hand out next, in passes after the first.
    again: Option<(usize, usize)>,
    given: u64,
    control: &'a Control,
}

/// Turns keeping on, until the first chunk is read.
pub(crate) struct Switch {
    keep: Arc<AtomicBool>,
    bytes: Option<u64>,
}

impl Switch {
    /// Keeps the table if it is small beside `limit` and leaves half of `room` to the chunks; gives the bytes that it
    /// takes.
    pub(crate) fn turn(&self, limit: u64, room: u64) -> u64 {
        let bytes = self.bytes.filter(|&b| b <= limit / SHARE && b <= room / 2);
        self.keep.store(bytes.is_some(), Relaxed);
        bytes.unwrap_or(0)
    }
}

impl<'a, S: Source> Kept<'a, S> {
    pub(crate) fn new(inner: S, control: &'a Control) -> Self {
        let keep = Arc::default();
        Kept { inner, keep, chunks: Vec::new(), complete: false, again: None, given: 0, control }
    }

    /// What decides whether chunks are kept.
    pub(crate) fn switch(&self) -> Switch {
        let bytes = self.inner.rows().map(|rows| rows.saturating_mul(self.inner.row_bytes()));
        Switch { keep: self.keep.clone(), bytes }
    }
}

impl<S: Source> Source for Kept<'_, S> {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn rows(&self) -> Option<u64> {
        self.inner.rows()
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let Some((number, from)) = self.again else {
            let chunk = self.inner.read(rows)?;
            if self.keep.load(Relaxed) {
                self.complete = chunk.is_none();
                self.chunks.extend(chunk.clone());
            }
            return Ok(chunk);
        };
        let Some(chunk) = self.chunks.get(number) else { return Ok(None) };
        let n = rows.max(1).min(chunk.rows() - from);
        let part = chunk.slice_rows(from, n)?;
        self.again = Some(if from + n == chunk.rows() { (number + 1, 0) } else { (number, from + n) });
        self.given += n as u64;
        let all = self.rows().unwrap_or(self.given).max(1);
        self.control.read(self.given, part.bytes(), Some(self.given as f64 / all as f64));
        Ok(Some(part))
    }

    fn rewind(&mut self) -> Result<()> {
        self.given = 0;
        if self.complete {
            self.again = Some((0, 0));
            self.control.next_pass();
            return Ok(());
        }
        self.chunks.clear();
        self.inner.rewind()
    }

    fn carried(&self) -> Option<Carried> {
        self.inner.carried()
    }

    fn has_beside(&self) -> bool {
        self.inner.has_beside()
    }

    fn progress(&self) -> Option<f64> {
        self.inner.progress()
    }

    fn row_bytes(&self) -> u64 {
        self.inner.row_bytes()
    }

    fn held_bytes(&self) -> u64 {
        self.inner.held_bytes()
    }
}
