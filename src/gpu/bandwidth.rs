//! How fast the device copies its own memory, to compare kernels with.

use super::device::Gpu;
use super::wait::wait;
use crate::Result;
use std::time::Instant;

/// Bytes of the copied buffer where the device has room: more than any cache.
const BYTES: u64 = 512 << 20;
/// Copies in one submission, so that the submission itself does not count.
const COPIES: u32 = 8;

impl Gpu {
    /// Waits for all that was enqueued so far.
    pub fn wait(&self) -> Result<()> {
        let last = self.0.submit(self.0.encoder());
        wait(&self.0, "enqueued work", &last, None)
    }

    /// Copies from buffer to buffer on the device, both ways counted: the bytes of one copy, and the best of several
    /// rates in GB/s.
    pub fn copy_bandwidth(&self) -> Result<(u64, f64)> {
        let software = self.info().device_type == "software";
        let bytes = if software { 64 << 20 } else { BYTES }.min(self.caps().buffer_bytes / 4) & !3;
        let (from, to) = (self.0.buffer(bytes)?, self.0.buffer(bytes)?);
        let mut best = f64::INFINITY;
        for _ in 0..6 {
            let mut encoder = self.0.encoder();
            for _ in 0..COPIES {
                encoder.copy_buffer_to_buffer(from.get(), 0, to.get(), 0, bytes);
            }
            let begin = Instant::now();
            let last = self.0.submit(encoder);
            wait(&self.0, "the copy bandwidth", &last, None)?;
            best = best.min(begin.elapsed().as_secs_f64());
        }
        let moved = 2 * bytes;
        Ok((moved, moved as f64 * f64::from(COPIES) / best / 1e9))
    }
}
