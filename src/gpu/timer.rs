//! Device time by timestamps.
//!
//! While a [`Gpu::timed`] runs, every plan writes one timestamp before its first command and one after its last: at
//! the bounds of its passes where they are the first and last commands, of empty passes elsewhere. They are resolved
//! in a later submission than the writes. What they say is checked here for what cannot be (no write, backwards), by
//! the caller for what does not fit its own clock.

use super::device::{Gpu, Shared};
use super::wait::{Ticket, wait};
use crate::{Error, Result};
use std::time::Duration;
use wgpu::BufferUsages;

/// Most plans whose timestamps fit. WebGPU allows query sets of 4096.
const RUNS: u32 = 2048;

/// What the device's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceTime {
    /// From the first command to the last of every plan, summed over the plans; time between plans is not in it.
    Measured {
        /// The time.
        time: Duration,
        /// The clock's resolution.
        tick: Duration,
    },
    /// The device has no timestamps.
    Unavailable,
    /// It has, but what they say cannot be true.
    Rejected(&'static str),
}

/// Timestamps being written.
pub(super) struct Timer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readback: wgpu::Buffer,
    /// Plans so far; those beyond [`RUNS`] have no timestamps.
    runs: u32,
    on: bool,
}

/// The timestamps of one plan: the query set, and the number of the first of two.
pub(super) struct Stamps {
    pub(super) queries: wgpu::QuerySet,
    pub(super) first: u32,
}

impl Stamps {
    /// What a pass has to write: the beginning, the end, both or nothing.
    pub(super) fn writes(&self, begin: bool, end: bool) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        (begin || end).then(|| wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: begin.then_some(self.first),
            end_of_pass_write_index: end.then_some(self.first + 1),
        })
    }

    /// A pass that does nothing but write the beginning or the end.
    pub(super) fn mark(&self, encoder: &mut wgpu::CommandEncoder, begin: bool) {
        let timestamp_writes = self.writes(begin, !begin);
        drop(encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("timestamp"), timestamp_writes }));
    }
}

impl Shared {
    /// Timestamps for one more plan, if somebody measures.
    pub(super) fn stamps(&self) -> Option<Stamps> {
        let mut timer = self.timer.lock();
        let t = timer.as_mut().filter(|t| t.on)?;
        let run = t.runs;
        t.runs += 1;
        (run < RUNS).then(|| Stamps { queries: t.queries.clone(), first: 2 * run })
    }

    fn new_timer(&self) -> Result<Timer> {
        let bytes = u64::from(RUNS) * 2 * u64::from(wgpu::QUERY_SIZE);
        // Not of the pool and not counted: measuring must not change what is counted.
        let buffer = |usage| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("gapwave timestamps"),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        self.scoped("timestamps", || {
            let queries = self.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("gapwave timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * RUNS,
            });
            let resolved = buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC);
            let readback = buffer(BufferUsages::MAP_READ | BufferUsages::COPY_DST);
            Ok(Timer { queries, resolved, readback, runs: 0, on: false })
        })
    }
}

impl Gpu {
    /// Whether the device has timestamps.
    pub fn has_timestamps(&self) -> bool {
        self.0.device.features().contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// Does `f`, which enqueues plans, waits until they are done and says what the device's clock says of them. Plans
    /// that other threads enqueue meanwhile are measured too.
    ///
    /// # Errors
    /// What `f` returns, and those of waiting.
    pub fn timed<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<(R, DeviceTime)> {
        if !self.has_timestamps() {
            let result = f()?;
            self.wait()?;
            return Ok((result, DeviceTime::Unavailable));
        }
        {
            let mut timer = self.0.timer.lock();
            if timer.is_none() {
                *timer = Some(self.0.new_timer()?);
            }
            if let Some(t) = timer.as_mut() {
                (t.runs, t.on) = (0, true);
            }
        }
        let result = f();
        // Taken out while it is read, so that no lock is held while waiting.
        let timer = self.0.timer.lock().take();
        let result = result?;
        let Some(mut timer) = timer else {
            self.wait()?;
            return Ok((result, DeviceTime::Rejected("two measured at once")));
        };
        timer.on = false;
        let time = self.read(&timer)?;
        *self.0.timer.lock() = Some(timer);
        Ok((result, time))
    }

    fn read(&self, timer: &Timer) -> Result<DeviceTime> {
        let shared = &self.0;
        if timer.runs == 0 || timer.runs > RUNS {
            self.wait()?;
            let why = if timer.runs == 0 { "nothing ran" } else { "more runs than there is room for" };
            return Ok(DeviceTime::Rejected(why));
        }
        let bytes = u64::from(timer.runs) * 2 * u64::from(wgpu::QUERY_SIZE);
        let ticket = Ticket::default();
        let last = shared.scoped("timestamps", || {
            let mut encoder = shared.encoder();
            encoder.resolve_query_set(&timer.queries, 0..2 * timer.runs, &timer.resolved, 0);
            encoder.copy_buffer_to_buffer(&timer.resolved, 0, &timer.readback, 0, bytes);
            encoder.map_buffer_on_submit(&timer.readback, wgpu::MapMode::Read, ..bytes, ticket.callback());
            Ok(shared.submit(encoder))
        })?;
        wait(shared, "timestamps", &last, Some(&ticket))?;
        let ticks: Vec<u64> = {
            let view = timer.readback.get_mapped_range(..bytes).map_err(|e| Error::DeviceLost(e.to_string()))?;
            view.chunks_exact(8).map(|b| b.try_into().map_or(0, u64::from_le_bytes)).collect()
        };
        timer.readback.unmap();
        let period = f64::from(shared.queue.get_timestamp_period());
        Ok(sum(&ticks, period))
    }
}

/// The time between each pair of timestamps, summed.
fn sum(ticks: &[u64], period_ns: f64) -> DeviceTime {
    let mut total = 0u64;
    for pair in ticks.chunks_exact(2) {
        let (begin, end) = (pair[0], pair[1]);
        if begin == 0 || end == 0 {
            return DeviceTime::Rejected("a timestamp was not written");
        }
        match end.checked_sub(begin) {
            Some(span) => total = total.saturating_add(span),
            None => return DeviceTime::Rejected("a span that goes backwards"),
        }
    }
    if !(period_ns > 0.0 && period_ns.is_finite()) {
        return DeviceTime::Rejected("a clock without a period");
    }
    let ns = |ticks: f64| Duration::from_nanos((ticks * period_ns).round().max(0.0) as u64);
    DeviceTime::Measured { time: ns(total as f64), tick: ns(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_summed_and_checked() {
        let ms = |ms| DeviceTime::Measured { time: Duration::from_millis(ms), tick: Duration::from_nanos(100) };
        assert_eq!(sum(&[1, 10_001, 50_000, 60_000], 100.0), ms(2));
        assert!(matches!(sum(&[5, 4], 1.0), DeviceTime::Rejected(w) if w.contains("backwards")));
        assert!(matches!(sum(&[0, 4], 1.0), DeviceTime::Rejected(w) if w.contains("not written")));
        assert!(matches!(sum(&[1, 4], 0.0), DeviceTime::Rejected(_)));
    }
}
