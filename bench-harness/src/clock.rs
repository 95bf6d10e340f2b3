//! Clocks: the real one, and one that tests turn by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Something that tells the time.
pub trait Clock {
    /// Time since a fixed moment; it never goes back.
    fn now(&self) -> Duration;

    /// Time that cores have spent on this process since a fixed moment, where the system tells.
    fn cpu(&self) -> Option<CpuTime> {
        None
    }
}

impl<C: Clock> Clock for &C {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn cpu(&self) -> Option<CpuTime> {
        (**self).cpu()
    }
}

/// Time that cores have spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTime {
    /// On the calling thread.
    pub thread: Duration,
    /// On all threads of the process together.
    pub process: Duration,
}

/// The machine's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct WallClock(Instant);

impl WallClock {
    /// A clock that begins now.
    pub fn new() -> Self {
        WallClock(Instant::now())
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for WallClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    #[cfg(unix)]
    fn cpu(&self) -> Option<CpuTime> {
        use rustix::time::{ClockId, clock_gettime};
        let read = |id| {
            let t = clock_gettime(id);
            Some(Duration::new(u64::try_from(t.tv_sec).ok()?, u32::try_from(t.tv_nsec).ok()?))
        };
        Some(CpuTime { thread: read(ClockId::ThreadCPUTime)?, process: read(ClockId::ProcessCPUTime)? })
    }
}

/// A clock that moves only when told to, for tests of the scheduling. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(ns, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn sleeping_takes_wall_time_and_no_core() {
        let clock = WallClock::new();
        let (wall, cpu) = (clock.now(), clock.cpu().unwrap());
        std::thread::sleep(Duration::from_millis(50));
        let slept = clock.now() - wall;
        let worked = clock.cpu().unwrap().thread - cpu.thread;
        assert!(slept >= Duration::from_millis(50) && worked < Duration::from_millis(10), "{slept:?} {worked:?}");
        assert!(clock.cpu().unwrap().process >= worked);
    }
}
