//! Progress and cancellation, shared between who works and who waits.

use crate::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far work has come, and whether it should stop. Cancelling takes effect between chunks.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    rows: AtomicU64,
    total: AtomicU64,
}

/// How far work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows done.
    pub rows: u64,
    /// Rows in all; 0 while that is not known.
    pub total: u64,
}

impl Control {
    /// Nothing done, not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// [`Error::Cancelled`] where the work was asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// How far the work has come.
    pub fn progress(&self) -> Progress {
        Progress { rows: self.rows.load(Ordering::Relaxed), total: self.total.load(Ordering::Relaxed) }
    }

    pub(crate) fn set_rows(&self, rows: u64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    pub(crate) fn set_total(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }
}
