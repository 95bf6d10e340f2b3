//! Faults on demand, so that tests can see what follows from them.

use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Something that can go wrong with a device.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The device is lost.
    Lost,
    /// An allocation fails. Counts allocations from the pool instead of waits.
    OutOfMemory,
    /// The device does not answer.
    Timeout,
    /// wgpu panics while waiting.
    Panic,
}

/// Faults that wait to happen. One relaxed load where there are none.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: AtomicBool,
    list: Mutex<Vec<(Fault, u32)>>,
}

impl Faults {
    /// Lets `fault` happen after `after` more waits (or allocations) went well.
    pub(super) fn inject(&self, fault: Fault, after: u32) {
        self.list.lock().push((fault, after));
        self.armed.store(true, Ordering::Release);
    }

    /// The fault that happens in this wait.
    pub(super) fn at_wait(&self) -> Option<Fault> {
        self.next(|f| f != Fault::OutOfMemory)
    }

    /// Whether this allocation fails.
    pub(super) fn at_allocation(&self) -> bool {
        self.next(|f| f == Fault::OutOfMemory).is_some()
    }

    fn next(&self, which: impl Fn(Fault) -> bool) -> Option<Fault> {
        if !self.armed.load(Ordering::Relaxed) {
            return None;
        }
        let mut list = self.list.lock();
        let at = list.iter().position(|&(f, _)| which(f))?;
        if list[at].1 > 0 {
            list[at].1 -= 1;
            return None;
        }
        let (fault, _) = list.remove(at);
        self.armed.store(!list.is_empty(), Ordering::Release);
        Some(fault)
    }
}
