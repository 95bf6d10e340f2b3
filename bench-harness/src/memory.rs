//! How much host memory something needs, and how often it asks for some.
//!
//! A program that wants exact figures installs [`CountingAllocator`]; without it, the growth of resident memory is
//! read from the system where that can be done (Linux).

use serde::{Deserialize, Serialize};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

/// Most host memory in use at one time, beyond what was in use before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPeak {
    /// Bytes.
    pub bytes: u64,
    /// Who says so: `allocator` (exact, what Rust code asked for) or `resident` (pages, other languages' included).
    pub by: String,
}

/// What was asked of the allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allocations {
    /// Allocations and reallocations.
    pub count: u64,
    /// Bytes asked for.
    pub bytes: u64,
    /// Most bytes in use at one time, beyond those in use before.
    pub peak: u64,
}

static COUNTING: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// An allocator that counts while somebody measures; otherwise it costs one relaxed load.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: gapwave_harness::CountingAllocator = gapwave_harness::CountingAllocator::system();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// Over the system's allocator.
    pub const fn system() -> Self {
        CountingAllocator(System)
    }
}

impl<A> CountingAllocator<A> {
    /// Over another allocator.
    pub const fn over(inner: A) -> Self {
        CountingAllocator(inner)
    }
}

fn grew(bytes: usize) {
    COUNT.fetch_add(1, Relaxed);
    BYTES.fetch_add(bytes as u64, Relaxed);
    let now = LIVE.fetch_add(bytes as i64, Relaxed) + bytes as i64;
    PEAK.fetch_max(now, Relaxed);
}

// SAFETY: every call is handed on to the inner allocator unchanged; counting touches atomics only and never allocates.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTING.load(Relaxed) {
            grew(layout.size());
        }
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if COUNTING.load(Relaxed) {
            grew(layout.size());
        }
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if COUNTING.load(Relaxed) {
            LIVE.fetch_sub(layout.size() as i64, Relaxed);
        }
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { self.0.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if COUNTING.load(Relaxed) {
            LIVE.fetch_sub(layout.size() as i64, Relaxed);
            grew(size);
        }
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { self.0.realloc(ptr, layout, size) }
    }
}

/// Counts what is asked of the allocator, on all threads, while `f` runs. `None` where [`CountingAllocator`] is not
/// installed, or somebody else is counting.
pub fn allocations_during<R>(f: impl FnOnce() -> R) -> (R, Option<Allocations>) {
    /// Ends the counting even when `f` panics.
    struct Stop;
    impl Drop for Stop {
        fn drop(&mut self) {
            COUNTING.store(false, Relaxed);
        }
    }
    if COUNTING.swap(true, Relaxed) {
        return (f(), None);
    }
    let stop = Stop;
    for c in [&COUNT, &BYTES] {
        c.store(0, Relaxed);
    }
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    // A first allocation tells whether anybody counts at all.
    drop(std::hint::black_box(Box::new(0u8)));
    let installed = COUNT.swap(0, Relaxed) > 0;
    BYTES.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    let result = f();
    drop(stop);
    let counted =
        Allocations { count: COUNT.load(Relaxed), bytes: BYTES.load(Relaxed), peak: PEAK.load(Relaxed).max(0) as u64 };
    (result, installed.then_some(counted))
}

/// The host memory that `f` needs beyond what was in use before, by the allocator where it counts, else by pages.
pub fn host_peak_during<R>(f: impl FnOnce() -> R) -> (R, Option<HostPeak>) {
    let before = reset_resident_peak();
    let (result, counted) = allocations_during(f);
    let peak = match counted {
        Some(a) => Some(HostPeak { bytes: a.peak, by: "allocator".into() }),
        None => before
            .zip(status_bytes("VmHWM"))
            .map(|(before, peak)| HostPeak { bytes: peak.saturating_sub(before), by: "resident".into() }),
    };
    (result, peak)
}

/// Sets the system's note of the most resident memory back to what is resident now, and gives that.
fn reset_resident_peak() -> Option<u64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    status_bytes("VmRSS")
}

/// Most memory that was ever resident in this process, in bytes, where the system tells.
pub fn resident_peak() -> Option<u64> {
    status_bytes("VmHWM")
}

fn status_bytes(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 64 << 20;

    /// Without the allocator: this test program does not install it. tests/allocator.rs does.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_known_allocation_is_seen_within_five_percent() {
        let touch = || {
            let mut v = vec![0u8; BYTES];
            v.iter_mut().step_by(4096).for_each(|b| *b = 1);
            std::hint::black_box(&v);
        };
        // Other tests run beside this one: they allocate, and set the peak back. One try in ten within 5 % is enough
        // to know that it is read right.
        let tries: Vec<HostPeak> = (0..10).filter_map(|_| host_peak_during(touch).1).collect();
        assert!(tries.len() == 10 && tries.iter().all(|p| p.by == "resident"), "{tries:?}");
        let near = |p: &HostPeak| (p.bytes as f64 / BYTES as f64 - 1.0).abs() < 0.05;
        assert!(tries.iter().any(near), "none of {tries:?} is near {BYTES}");
    }

    #[test]
    fn nothing_is_counted_without_the_allocator() {
        assert_eq!(allocations_during(|| vec![1, 2, 3]).1, None);
    }
}
