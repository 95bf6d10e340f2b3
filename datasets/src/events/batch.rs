//! Events as columns.

use super::{COLUMNS, Polarity};
use gapwave_columns::{Array, Attrs, Chunk, Result};
use std::sync::Arc;

/// Events as columns of equal length, as decoders write them and encoders read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Times in µs.
    pub t: Vec<i64>,
    /// Columns of the sensor, from the left.
    pub x: Vec<i16>,
    /// Rows of the sensor, from above.
    pub y: Vec<i16>,
    /// 1 for ON; 0 ([`Polarity::Binary`]) or −1 ([`Polarity::Signed`]) for OFF, as [`Decoder`](super::Decoder)s were
    /// told.
    pub polarity: Vec<i8>,
}

impl Batch {
    /// Events.
    pub fn len(&self) -> usize {
        self.t.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.t.is_empty()
    }

    /// Room for so many more.
    pub fn reserve(&mut self, events: usize) {
        self.t.reserve(events);
        self.x.reserve(events);
        self.y.reserve(events);
        self.polarity.reserve(events);
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, t: i64, x: i16, y: i16, polarity: i8) {
        self.t.push(t);
        self.x.push(x);
        self.y.push(y);
        self.polarity.push(polarity);
    }

    /// The events as rows of a table.
    pub(super) fn into_chunk(self, names: &Arc<[String]>, first_row: u64, attrs: Attrs) -> Result<Chunk> {
        let cols = vec![Array::from(self.t), Array::from(self.x), Array::from(self.y), Array::from(self.polarity)];
        Chunk::with_names(names.clone(), cols, first_row, attrs)
    }
}

/// What stands for OFF.
pub(super) fn off(polarity: Polarity) -> i8 {
    match polarity {
        Polarity::Signed => -1,
        Polarity::Binary => 0,
    }
}

/// The columns' names.
pub(super) fn names() -> Arc<[String]> {
    COLUMNS.map(String::from).into()
}
