//! How many rows a chunk has.

use super::memory::{Watch, resident, show_bytes};
use crate::{Error, Result};
use std::time::Duration;

/// Bytes of a chunk to begin with: enough that what a chunk costs by itself is nothing, few enough to stay near the
/// caches and to begin writing early.
const FIRST_BYTES: u64 = 32 << 20;
/// Rows of a chunk, unless memory or its user says otherwise.
const ROWS: std::ops::RangeInclusive<usize> = 100_000..=10_000_000;
/// A chunk that took less is followed by larger ones, one that took more by smaller ones.
const QUICK: Duration = Duration::from_millis(20);
const SLOW: Duration = Duration::from_millis(500);
/// Chunks of the input that exist at a time: one being read, one waiting, one being worked on.
pub(crate) const INPUTS: u64 = 3;
/// Chunks of the output that exist at a time: one being made, one waiting, one being written in another form.
pub(crate) const OUTPUTS: u64 = 4;

/// What the rows in flight need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// Bytes for each row of a chunk.
    pub(crate) per_row: u64,
    /// Bytes beside.
    pub(crate) fixed: u64,
    /// Bytes of a chunk's row by itself.
    pub(crate) row: u64,
}

impl Need {
    /// Bytes of a limit that are left for chunks now. The program itself counts too: the limit is on what the system sees.
    pub(crate) fn room(&self, limit: u64) -> u64 {
        self.room_of(limit, u64::MAX).1
    }

    /// What the program takes, and what is left of a limit and of what is `available`.
    fn room_of(&self, limit: u64, available: u64) -> (u64, u64) {
        let base = resident().unwrap_or(64 << 20);
        (base, limit.min(available.saturating_add(base)).saturating_sub(base).saturating_sub(self.fixed))
    }
}

/// Chooses sizes within a memory limit.
pub(crate) struct Sizing {
    fixed: bool,
    need: Need,
    most: usize,
    rows: usize,
    watch: Watch,
}

impl Sizing {
    /// Chunks of exactly `rows`, or what fits.
    ///
    /// # Errors
    /// Where not even a few rows fit into the limit.
    pub(crate) fn new(rows: Option<usize>, limit: u64, need: Need, total: Option<u64>) -> Result<Sizing> {
        let total = total.map_or(usize::MAX, |t| usize::try_from(t).unwrap_or(usize::MAX)).max(1);
        let mut watch = Watch::new();
        if let Some(rows) = rows {
            return Ok(Sizing { fixed: true, need, most: rows, rows: rows.min(total).max(1), watch });
        }
        let (base, room) = need.room_of(limit, watch.available());
        let fits = usize::try_from(room / need.per_row.max(1)).unwrap_or(usize::MAX);
        if fits == 0 {
            let least = base + need.fixed + need.per_row;
            return Err(Error::Memory(format!(
                "{} are not enough: the program itself takes {}, reading and writing {}, one row {}; give at least {}",
                show_bytes(limit),
                show_bytes(base),
                show_bytes(need.fixed),
                show_bytes(need.per_row),
                show_bytes(least + (least / 8))
            )));
        }
        let most = fits.min(*ROWS.end());
        let first = usize::try_from(FIRST_BYTES / need.row.max(1)).unwrap_or(usize::MAX).max(*ROWS.start());
        // A few chunks at least, so that reading, work and writing overlap.
        let first = first.min(most).min((total / 4).max(*ROWS.start())).min(total);
        Ok(Sizing { fixed: false, need, most, rows: first.max(1), watch })
    }

    /// Rows of the next chunk.
    pub(crate) fn next(&mut self) -> usize {
        if !self.fixed {
            // What is in flight is in memory already; growing needs as much again.
            let left = self.watch.available();
            let flying = self.need.per_row.saturating_mul(self.rows as u64);
            if left < flying / 4 && self.rows > 1024 {
                self.rows = (self.rows / 2).max(1024);
                tracing::warn!(rows = self.rows, left, "memory is running out: chunks are halved");
            }
        }
        self.rows
    }

    /// What the last chunk took.
    pub(crate) fn took(&mut self, rows: usize, time: Duration) {
        if self.fixed || rows == 0 {
            return;
        }
        if time < QUICK && rows * 2 > self.rows {
            let left = self.watch.available();
            let grown = self.rows.saturating_mul(2).min(self.most);
            if self.need.per_row.saturating_mul((grown - self.rows) as u64) < left / 2 {
                self.rows = grown;
            }
        } else if time > SLOW && self.rows > *ROWS.start() {
            self.rows = (self.rows / 2).max(*ROWS.start());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: Need = Need { per_row: 100, fixed: 32 << 20, row: 13 };

    #[test]
    fn chunks_fit_into_the_limit() {
        let base = resident().unwrap_or(64 << 20);
        let limit = base + (32 << 20) + 100 * 50_000;
        let mut s = Sizing::new(None, limit, EVENTS, None).unwrap();
        // The process may have grown by a little meanwhile.
        assert!((20_000..=50_000).contains(&s.most), "{}", s.most);
        for _ in 0..50 {
            let rows = s.next();
            assert!(rows <= s.most);
            s.took(rows, Duration::from_millis(1));
        }
        let e = Sizing::new(None, base, EVENTS, None).err().unwrap().to_string();
        assert!(e.contains("give at least"), "{e}");
    }

    #[test]
    fn quick_chunks_grow_and_slow_ones_shrink() {
        let mut s = Sizing::new(None, 8 << 30, EVENTS, None).unwrap();
        let first = s.next();
        s.took(first, Duration::from_millis(1));
        assert_eq!(s.next(), (2 * first).min(s.most));
        let rows = s.next();
        s.took(rows, Duration::from_secs(2));
        assert_eq!(s.next(), first);
        let mut given = Sizing::new(Some(7), 1 << 20, EVENTS, None).unwrap();
        given.took(7, Duration::from_millis(1));
        assert_eq!(given.next(), 7);
        assert_eq!(Sizing::new(None, 8 << 30, EVENTS, Some(10)).unwrap().next(), 10);
    }
}
