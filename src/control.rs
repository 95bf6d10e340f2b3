//! Progress and cancellation, shared between who works and who waits.

use crate::{Error, Result};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a callback is called at most.
const OFTEN: Duration = Duration::from_millis(50);

type Callback = Box<dyn Fn(&Progress) + Send + Sync>;

/// How far work has come, and whether it should stop. Cancelling takes effect between chunks.
#[derive(Default)]
pub struct Control {
    cancelled: Arc<AtomicBool>,
    state: Mutex<State>,
    callback: Option<Callback>,
}

#[derive(Debug, Default)]
struct State {
    rows: u64,
    total: u64,
    bytes: u64,
    /// Part of this pass over the data that is done.
    part: Option<f64>,
    pass: u32,
    passes: u32,
    started: Option<Instant>,
    called: Option<Instant>,
}

/// How far work has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Rows read in this pass over the data.
    pub rows: u64,
    /// Rows in all; 0 while that is not known.
    pub total: u64,
    /// Bytes of the chunks read, in memory, all passes together.
    pub bytes: u64,
    /// The part of the work that is done, from 0 to 1, where that is known. Work that needs several passes over the data
    /// counts them all.
    pub fraction: Option<f64>,
    /// Since the first row was read.
    pub elapsed: Duration,
}

impl Progress {
    /// Rows read per second in this pass; 0 before there are any.
    pub fn rows_per_second(&self) -> f64 {
        let s = self.elapsed.as_secs_f64();
        if s > 0.0 { self.rows as f64 / s } else { 0.0 }
    }

    /// How long it will take at this speed, where the fraction is known.
    pub fn eta(&self) -> Option<Duration> {
        let done = self.fraction.filter(|f| *f > 0.0)?;
        Duration::try_from_secs_f64(self.elapsed.as_secs_f64() * (1.0 - done).max(0.0) / done).ok()
    }
}

impl Control {
    /// Nothing done, not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a function that is told of progress: after a chunk, at most twenty times a second, on the thread
    /// that works.
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.callback = Some(Box::new(callback));
        self
    }

    /// A control that is cancelled with this one, and counts for itself.
    pub fn following(other: &Control) -> Self {
        Control { cancelled: other.cancelled.clone(), ..Self::default() }
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
        let s = self.state.lock();
        let passes = f64::from(s.passes.max(s.pass) + 1);
        Progress {
            rows: s.rows,
            total: s.total,
            bytes: s.bytes,
            fraction: s.part.map(|p| ((f64::from(s.pass) + p) / passes).clamp(0.0, 1.0)),
            elapsed: s.started.map_or(Duration::ZERO, |at| at.elapsed()),
        }
    }

    pub(crate) fn set_total(&self, total: u64) {
        self.state.lock().total = total;
    }

    /// A chunk of `bytes` was read, with which `rows` rows of this pass and this part of it are read.
    pub(crate) fn read(&self, rows: u64, bytes: u64, part: Option<f64>) {
        let now = Instant::now();
        let call = {
            let mut s = self.state.lock();
            s.started.get_or_insert(now);
            s.rows = rows;
            s.bytes += bytes;
            s.part = part.or_else(|| (s.total > 0).then(|| rows as f64 / s.total as f64));
            let due = self.callback.is_some() && s.called.is_none_or(|at| now - at >= OFTEN);
            if due {
                s.called = Some(now);
            }
            due
        };
        // The lock is not held while someone else's code runs.
        if let Some(callback) = self.callback.as_ref().filter(|_| call) {
            callback(&self.progress());
        }
    }

    /// The data will be read once more than was known.
    pub(crate) fn more_passes(&self) {
        self.state.lock().passes += 1;
    }

    /// One pass less than was said: it was not needed.
    pub(crate) fn less_passes(&self) {
        let mut s = self.state.lock();
        s.passes = s.passes.saturating_sub(1);
    }

    /// The data is read from its beginning again.
    pub(crate) fn next_pass(&self) {
        let mut s = self.state.lock();
        s.pass += 1;
        (s.rows, s.part) = (0, s.part.map(|_| 0.0));
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("cancelled", &self.is_cancelled()).field("progress", &self.progress()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn passes_and_parts_make_a_fraction() {
        let called = Arc::new(AtomicUsize::new(0));
        let c = Control::new().on_progress({
            let called = called.clone();
            move |p| {
                assert!(p.fraction.is_some_and(|f| (0.0..=1.0).contains(&f)));
                called.fetch_add(1, Ordering::Relaxed);
            }
        });
        c.set_total(100);
        c.more_passes();
        c.read(50, 800, None);
        let p = c.progress();
        assert_eq!((p.rows, p.total, p.bytes, p.fraction), (50, 100, 800, Some(0.25)));
        c.next_pass();
        c.read(50, 800, Some(0.5));
        assert_eq!(c.progress().fraction, Some(0.75));
        assert!(c.progress().eta().is_some());
        // The second call came too soon to be told.
        assert_eq!(called.load(Ordering::Relaxed), 1);
    }
}
