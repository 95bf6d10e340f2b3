//! What a device did, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a device did since it was opened, for tests and benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Dispatches recorded.
    pub dispatches: u64,
    /// Bytes sent to the device as inputs; constants and uniforms are not counted.
    pub bytes_up: u64,
    /// Bytes read back from the device.
    pub bytes_down: u64,
    /// Bytes copied from buffer to buffer by plans.
    pub bytes_copied: u64,
    /// Bytes set to zero by plans.
    pub bytes_cleared: u64,
    /// Submissions to the queue.
    pub submissions: u64,
    /// Pipelines compiled.
    pub pipelines_compiled: u64,
    /// Time in ns spent on making plans, the compiling of shaders not included.
    pub plan_ns: u64,
    /// Time in ns spent on compiling shaders, the driver's part included.
    pub compile_ns: u64,
    /// Most bytes allocated at one time since it was opened or last began afresh, staging and idle buffers included.
    pub peak_device_bytes: u64,
    /// Buffers created, staging and constants included.
    pub buffers_created: u64,
}

/// The same while it is being counted.
#[derive(Debug, Default)]
pub(super) struct Counting {
    pub(super) dispatches: AtomicU64,
    pub(super) bytes_up: AtomicU64,
    pub(super) bytes_down: AtomicU64,
    pub(super) bytes_copied: AtomicU64,
    pub(super) bytes_cleared: AtomicU64,
    pub(super) submissions: AtomicU64,
    pub(super) pipelines_compiled: AtomicU64,
    pub(super) plan_ns: AtomicU64,
    pub(super) compile_ns: AtomicU64,
    pub(super) buffers_created: AtomicU64,
    device_bytes: AtomicU64,
    peak_device_bytes: AtomicU64,
}

impl Counting {
    pub(super) fn allocated(&self, bytes: u64) {
        self.buffers_created.fetch_add(1, Ordering::Relaxed);
        let now = self.device_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak_device_bytes.fetch_max(now, Ordering::Relaxed);
    }

    pub(super) fn freed(&self, bytes: u64) {
        self.device_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The most bytes are those of now.
    pub(super) fn forget_peak(&self) {
        self.peak_device_bytes.store(self.device_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counters {
        let get = |a: &AtomicU64| a.load(Ordering::Relaxed);
        Counters {
            dispatches: get(&self.dispatches),
            bytes_up: get(&self.bytes_up),
            bytes_down: get(&self.bytes_down),
            bytes_copied: get(&self.bytes_copied),
            bytes_cleared: get(&self.bytes_cleared),
            submissions: get(&self.submissions),
            pipelines_compiled: get(&self.pipelines_compiled),
            plan_ns: get(&self.plan_ns),
            compile_ns: get(&self.compile_ns),
            peak_device_bytes: get(&self.peak_device_bytes),
            buffers_created: get(&self.buffers_created),
        }
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}
