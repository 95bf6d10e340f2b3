//! Chunks that are on the device while the next one is sent.

use super::array::GpuArray;
use super::device::Gpu;
use super::executor::GpuTimings;
use super::transfer::Fetch;
use super::wait::wait;
use crate::{Error, Result, cpu};
use gapwave_columns::{Array, Len, Meta, View};
use gapwave_kernels::Kernel;
use std::time::Instant;

/// A chunk under way: submitted, its outputs not yet on the host.
pub(crate) struct Flight {
    outs: Vec<GpuArray>,
    last: Option<wgpu::SubmissionIndex>,
    /// The copies back, where the sizes were known without waiting.
    fetch: Option<Fetch>,
}

impl Gpu {
    /// Submits a chunk: sends `hosts` (data, extras and, where `carry` does not have it, the state), runs the kernel and
    /// begins to copy the `outs` outputs back, all without waiting. Gives the state for the next chunk, which stays on
    /// the device.
    pub(crate) fn begin(
        &self,
        k: &dyn Kernel,
        hosts: &[Array],
        carry: Option<Vec<GpuArray>>,
        data: usize,
        outs: usize,
    ) -> Result<(Flight, Vec<GpuArray>)> {
        let views: Vec<View<'_>> = hosts.iter().map(Array::view).collect();
        let (mut arrays, _) = self.upload_views(&views)?;
        arrays.extend(carry.unwrap_or_default());
        let (mut results, last) = self.launch(k, &arrays.iter().collect::<Vec<_>>(), data, false)?;
        if results.len() < outs {
            return Err(Error::Internal(format!("{}: {} results, {outs} expected", k.entry().id, results.len())));
        }
        let carry = results.split_off(outs);
        let known = results.iter().all(|r| r.meta().len == Len::Exact);
        let fetch = if known { Some(self.begin_download(&results)?) } else { None };
        Ok((Flight { outs: results, last, fetch }, carry))
    }

    /// Waits for a chunk and gives its outputs.
    pub(crate) fn end(&self, name: &str, flight: Flight) -> Result<(Vec<Array>, GpuTimings)> {
        let begin = Instant::now();
        flight.outs.iter().try_for_each(|a| self.own(a))?;
        if let Some(last) = &flight.last {
            wait(&self.0, name, last, None)?;
        }
        let done = Instant::now();
        let metas: Vec<Meta> = flight.outs.iter().map(GpuArray::meta).collect();
        let arrays = cpu::collect(&metas, |outs| match flight.fetch {
            Some(fetch) => self.end_download(fetch, &flight.outs, outs),
            None => self.download_into(&flight.outs.iter().collect::<Vec<_>>(), outs),
        })?;
        let timings = GpuTimings { upload: Default::default(), device: done - begin, download: done.elapsed() };
        Ok((arrays, timings))
    }
}
