//! Events as columns.

use super::{COLUMNS, Polarity};
use crate::Schema;
use gapwave_columns::{Array, Chunk, Result};
use std::mem::MaybeUninit;
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

    /// Forgets the events and keeps their memory.
    pub fn clear(&mut self) {
        self.t.clear();
        self.x.clear();
        self.y.clear();
        self.polarity.clear();
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, t: i64, x: i16, y: i16, polarity: i8) {
        self.t.push(t);
        self.x.push(x);
        self.y.push(y);
        self.polarity.push(polarity);
    }

    /// Adds `events` events that `fill` writes, or none where it does not say that it has written all of them.
    pub(super) fn extend(&mut self, events: usize, fill: impl FnOnce(Slots<'_>) -> Option<Filled>) -> bool {
        self.reserve(events);
        let slots = Slots {
            t: &mut self.t.spare_capacity_mut()[..events],
            x: &mut self.x.spare_capacity_mut()[..events],
            y: &mut self.y.spare_capacity_mut()[..events],
            polarity: &mut self.polarity.spare_capacity_mut()[..events],
        };
        if fill(slots).is_none_or(|f| f.0 != events) {
            return false;
        }
        let len = self.t.len() + events;
        // SAFETY: the columns are of equal length and have room for `events` more. `Filled` counts slots that lie one
        // after the other, share no slot and are initialised, so that as many as there are means all of them.
        unsafe {
            self.t.set_len(len);
            self.x.set_len(len);
            self.y.set_len(len);
            self.polarity.set_len(len);
        }
        true
    }

    /// The events, or triggers, as rows of a table.
    pub(super) fn into_chunk(self, schema: &Schema, triggers: bool, first_row: u64) -> Result<Chunk> {
        let mut cols = vec![Array::from(self.t), Array::from(self.x), Array::from(self.y), Array::from(self.polarity)];
        if triggers {
            cols.remove(2);
        }
        Chunk::with_names(schema.names.clone(), cols, first_row, schema.attrs)
    }
}

/// Room for events that are not written yet, as long in all four columns.
#[derive(Debug, Default)]
pub(super) struct Slots<'a> {
    t: &'a mut [MaybeUninit<i64>],
    x: &'a mut [MaybeUninit<i16>],
    y: &'a mut [MaybeUninit<i16>],
    polarity: &'a mut [MaybeUninit<i8>],
}

/// Slots of events that were all written. Only [`Writer::finish`] makes one, and adding up those of all parts of
/// [`Slots::split`] is the only way to make a larger one.
#[derive(Debug)]
pub(super) struct Filled(usize);

impl std::iter::Sum for Filled {
    fn sum<I: Iterator<Item = Filled>>(parts: I) -> Filled {
        Filled(parts.map(|f| f.0).sum())
    }
}

impl<'a> Slots<'a> {
    /// The first `n` slots, and the others.
    pub(super) fn split(self, n: usize) -> (Slots<'a>, Slots<'a>) {
        let (t, x) = (self.t.split_at_mut(n), self.x.split_at_mut(n));
        let (y, polarity) = (self.y.split_at_mut(n), self.polarity.split_at_mut(n));
        (Slots { t: t.0, x: x.0, y: y.0, polarity: polarity.0 }, Slots { t: t.1, x: x.1, y: y.1, polarity: polarity.1 })
    }
}

/// Writes slots in order.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    slots: Slots<'a>,
    /// Slots written; those before it are initialised.
    at: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(slots: Slots<'a>) -> Self {
        Writer { slots, at: 0 }
    }

    /// Writes one event. Whether there was a slot for it.
    #[inline(always)]
    pub(super) fn put(&mut self, t: i64, x: i16, y: i16, polarity: i8) -> bool {
        let n = self.slots.t.len();
        let at = self.at;
        let (xs, ys, ps) = (&mut self.slots.x[..n], &mut self.slots.y[..n], &mut self.slots.polarity[..n]);
        if at >= n {
            return false;
        }
        self.slots.t[at].write(t);
        xs[at].write(x);
        ys[at].write(y);
        ps[at].write(polarity);
        self.at = at + 1;
        true
    }

    /// Writes what `event` gives for 0 to N − 1 and keeps the first `keep` of them: writing more than is kept is what
    /// spares a branch for each. Does nothing where fewer than N slots are left.
    #[inline(always)]
    pub(super) fn lanes<const N: usize>(&mut self, keep: usize, event: impl Fn(usize) -> (i64, i16, i16, i8)) -> bool {
        let (n, at) = (self.slots.t.len(), self.at);
        if n < N || at > n - N || keep > N {
            return false;
        }
        let s = &mut self.slots;
        let (Some(t), Some(x)) = (s.t[at..].first_chunk_mut::<N>(), s.x[at..].first_chunk_mut::<N>()) else {
            return false;
        };
        let (Some(y), Some(p)) = (s.y[at..].first_chunk_mut::<N>(), s.polarity[at..].first_chunk_mut::<N>()) else {
            return false;
        };
        // A loop for each column: each becomes a few vector stores.
        t.iter_mut().enumerate().for_each(|(i, slot)| _ = slot.write(event(i).0));
        x.iter_mut().enumerate().for_each(|(i, slot)| _ = slot.write(event(i).1));
        y.iter_mut().enumerate().for_each(|(i, slot)| _ = slot.write(event(i).2));
        p.iter_mut().enumerate().for_each(|(i, slot)| _ = slot.write(event(i).3));
        self.at = at + keep;
        true
    }

    /// Writes these events. Whether there were slots for them.
    pub(super) fn append(&mut self, t: &[i64], x: &[i16], y: &[i16], polarity: &[i8]) -> bool {
        fn copy<T: Copy>(from: &[T], to: &mut [MaybeUninit<T>]) {
            for (to, from) in to.iter_mut().zip(from) {
                to.write(*from);
            }
        }
        let (n, end) = (t.len(), self.at + t.len());
        if end > self.slots.t.len() || x.len() != n || y.len() != n || polarity.len() != n {
            return false;
        }
        copy(t, &mut self.slots.t[self.at..end]);
        copy(x, &mut self.slots.x[self.at..end]);
        copy(y, &mut self.slots.y[self.at..end]);
        copy(polarity, &mut self.slots.polarity[self.at..end]);
        self.at = end;
        true
    }

    /// The slots, where all were written.
    pub(super) fn finish(self) -> Option<Filled> {
        (self.at == self.slots.t.len()).then_some(Filled(self.at))
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
