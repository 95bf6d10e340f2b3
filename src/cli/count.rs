//! Counting missing values as they pass.

use gapwave_columns::{Array, Chunk};
use gapwave_datasets::{Carried, Result, Schema, Sink, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Missing values per column, counted elsewhere.
#[derive(Clone)]
pub(super) struct Counts(Arc<Vec<AtomicU64>>);

impl Counts {
    fn new(columns: usize) -> Self {
        Counts(Arc::new((0..columns).map(|_| AtomicU64::new(0)).collect()))
    }

    pub(super) fn counts(&self) -> Vec<u64> {
        self.0.iter().map(|c| c.load(Ordering::Relaxed)).collect()
    }

    fn add(&self, chunk: &Chunk, select: &[usize], sentinel: Option<f64>) {
        for (count, &i) in self.0.iter().zip(select) {
            if let Some(column) = chunk.cols.get(i) {
                count.fetch_add(missing(column, sentinel), Ordering::Relaxed);
            }
        }
    }

    fn clear(&self) {
        self.0.iter().for_each(|c| c.store(0, Ordering::Relaxed));
    }
}

/// Whether each value is missing: null, NaN or the sentinel.
pub(super) fn is_missing(column: &Array, sentinel: Option<f64>) -> impl Iterator<Item = bool> + '_ {
    let values = gapwave_kernels::real(column);
    let valid = column.valid();
    values
        .into_iter()
        .enumerate()
        .map(move |(i, x)| x.is_nan() || Some(x) == sentinel || valid.is_some_and(|v| !v.get(i)))
}

fn missing(column: &Array, sentinel: Option<f64>) -> u64 {
    if !column.dtype().is_float() && sentinel.is_none() {
        return column.valid().map_or(0, |v| v.count_zeros() as u64);
    }
    is_missing(column, sentinel).filter(|m| *m).count() as u64
}

/// A source or sink whose missing values are counted.
pub(super) struct Counted<T> {
    inner: T,
    select: Vec<usize>,
    sentinel: Option<f64>,
    counts: Counts,
}

impl<T> Counted<T> {
    pub(super) fn new(inner: T, select: Vec<usize>, sentinel: Option<f64>) -> (Self, Counts) {
        let counts = Counts::new(select.len());
        (Counted { inner, select, sentinel, counts: counts.clone() }, counts)
    }
}

/// A sink whose missing values are counted.
pub(super) fn counting_sink(
    sink: Box<dyn Sink>,
    select: Vec<usize>,
    sentinel: Option<f64>,
) -> (Counted<Box<dyn Sink>>, Counts) {
    Counted::new(sink, select, sentinel)
}

impl<S: Source> Source for Counted<S> {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn rows(&self) -> Option<u64> {
        self.inner.rows()
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let chunk = self.inner.read(rows)?;
        if let Some(chunk) = &chunk {
            self.counts.add(chunk, &self.select, self.sentinel);
        }
        Ok(chunk)
    }

    fn rewind(&mut self) -> Result<()> {
        // A first pass, or a start with smaller chunks: the rows come again.
        self.counts.clear();
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

impl Sink for Counted<Box<dyn Sink>> {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.counts.add(&chunk, &self.select, self.sentinel);
        self.inner.write(chunk)
    }

    fn finish(&mut self) -> Result<()> {
        self.inner.finish()
    }

    fn held_bytes(&self) -> u64 {
        self.inner.held_bytes()
    }
}
