//! What is known of a series beyond one end of a chunk: how many rows there are and where the two nearest
//! observations stand.
//!
//! As words (`u32 [series, 8]`, both the carry and the extra inputs):
//!
//! | word | holds |
//! |---|---|
//! | 0 | rows beyond this end, at most 2³² − 1 |
//! | 1 | distance of the nearest observation: 1 for the row next to the chunk, 0 for none |
//! | 2 | distance of the second nearest, 0 for none |
//! | 3 | 0 |
//! | 4, 5 | bits of the nearest one's value, low word first |
//! | 6, 7 | bits of the second nearest one's value |
//!
//! Zeros therefore mean that nothing is there. A distance of 2³² − 1 or more counts as none.

use super::cell::Cell;

/// Words of one side.
pub(crate) const WORDS: usize = 8;

/// One side of a chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Side<T> {
    /// Rows there are.
    pub(crate) rows: u64,
    /// Distances of the two nearest observations, the nearer first, 0 for none.
    pub(crate) dist: [u64; 2],
    /// Their values.
    pub(crate) value: [T; 2],
}

impl<T: Cell> Side<T> {
    /// Rows without an observation.
    pub(crate) fn empty(rows: u64) -> Self {
        Side { rows, dist: [0; 2], value: [T::default(); 2] }
    }

    /// Adds the next observation outwards; what comes after the second is ignored.
    pub(crate) fn push(&mut self, dist: u64, value: T) {
        for k in 0..2 {
            if self.dist[k] == 0 {
                (self.dist[k], self.value[k]) = (dist, value);
                return;
            }
        }
    }

    /// Whether both observations are known.
    pub(crate) fn full(&self) -> bool {
        self.dist[1] != 0
    }

    /// These rows and, beyond them, those of `far`.
    pub(crate) fn then(mut self, far: &Side<T>) -> Self {
        for k in 0..2 {
            if far.dist[k] != 0 {
                self.push(self.rows + far.dist[k], far.value[k]);
            }
        }
        self.rows = self.rows.saturating_add(far.rows);
        self
    }

    pub(crate) fn from_words(w: &[u32]) -> Self {
        let value = |k: usize| T::from_bits(u64::from(w[k]) | u64::from(w[k + 1]) << 32);
        Side { rows: w[0].into(), dist: [w[1].into(), w[2].into()], value: [value(4), value(6)] }
    }

    pub(crate) fn to_words(self, w: &mut [u32]) {
        w[..WORDS].fill(0);
        w[0] = u32::try_from(self.rows).unwrap_or(u32::MAX);
        for k in 0..2 {
            let d = self.dist[k];
            if d == 0 || d >= u64::from(u32::MAX) {
                break;
            }
            let bits = self.value[k].bits();
            w[1 + k] = d as u32;
            w[4 + 2 * k] = bits as u32;
            w[5 + 2 * k] = (bits >> 32) as u32;
        }
    }
}

/// Reads the sides of all series; `None` and no words stand for nothing known.
pub(crate) fn read_all<T: Cell>(words: Option<&[u32]>, series: usize) -> Vec<Side<T>> {
    match words {
        Some(w) => w.chunks_exact(WORDS).map(Side::from_words).collect(),
        None => vec![Side::empty(0); series],
    }
}
