//! Running plans.
//!
//! A submission is ended, and the next one begun, when the steps recorded since the last one are guessed to take
//! [`SUBMISSION_NS`] or there are [`SUBMISSION_STEPS`] of them: systems kill work that keeps a GPU busy for seconds.
//! The guess is cautious: bytes bound over 100 GB/s on discrete GPUs (10 on others, 1 in software), or the loop
//! iterations that the plan admits over 10¹¹/s (10¹⁰, 10⁸), whichever is longer.

use super::array::{GpuArray, Rows};
use super::buffers::Pooled;
use super::device::Gpu;
use super::prepared::{Ready, ReadyPlan, Source};
use super::wait::wait;
use crate::{Error, Result};
use gapwave_columns::{Len, Meta, Out, View};
use gapwave_kernels::Kernel;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest guessed duration of a submission.
const SUBMISSION_NS: u64 = 100_000_000;
/// Most steps of a submission.
const SUBMISSION_STEPS: usize = 128;
/// Uploads of at least so many bytes are waited for, so that the time they take is not counted as the kernel's.
const TIMED_UPLOAD: u64 = 1 << 20;

/// How long the parts of [`Gpu::run`] took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct GpuTimings {
    /// Host to device. Uploads below 1 MiB are not waited for: their transfer is within `device`.
    pub upload: Duration,
    /// From submission to completion, planning and recording included.
    pub device: Duration,
    /// Device to host.
    pub download: Duration,
}

impl Gpu {
    /// Runs a kernel on arrays that are on the device, without waiting for it. `ins` are the data (the first `data`
    /// of them), extras and carry; the result has outputs and carry. Inputs of [`Len::AtMost`] are waited for first,
    /// as their rows must be known to plan.
    ///
    /// # Errors
    /// [`Error::NotOnGpu`] where the kernel has no plan for these inputs; a limit where smaller chunks would help;
    /// [`Error::OutOfDeviceMemory`].
    pub fn enqueue(&self, k: &dyn Kernel, ins: &[&GpuArray], data: usize) -> Result<Vec<GpuArray>> {
        Ok(self.launch(k, ins, data, true)?.0)
    }

    /// Runs a kernel from host memory to host memory. `ins` are the data (the first `data` of them), extras and
    /// carry; `outs` receive outputs and carry.
    ///
    /// # Errors
    /// Those of [`Gpu::enqueue`] and [`Gpu::download`].
    pub fn run(&self, k: &dyn Kernel, ins: &[View<'_>], outs: &mut [Out<'_>], data: usize) -> Result<GpuTimings> {
        let begin = Instant::now();
        let (arrays, last) = self.upload_views(ins)?;
        let bytes: u64 = ins.iter().map(|v| v.bytes().len() as u64).sum();
        if let Some(last) = last.filter(|_| bytes >= TIMED_UPLOAD) {
            wait(&self.0, "an upload", &last, None)?;
        }
        let uploaded = Instant::now();
        let (results, last) = self.launch(k, &arrays.iter().collect::<Vec<_>>(), data, false)?;
        let mismatch = results.len() != outs.len() || results.iter().zip(&*outs).any(|(r, o)| r.meta() != *o.meta());
        if mismatch {
            return Err(Error::Usage(format!("{}: the memory given does not fit its outputs", k.entry().id)));
        }
        if let Some(last) = last {
            wait(&self.0, k.entry().id, &last, None)?;
        }
        let done = Instant::now();
        self.download_into(&results.iter().collect::<Vec<_>>(), outs)?;
        Ok(GpuTimings { upload: uploaded - begin, device: done - uploaded, download: done.elapsed() })
    }

    pub(super) fn launch(
        &self,
        k: &dyn Kernel,
        ins: &[&GpuArray],
        data: usize,
        stays: bool,
    ) -> Result<(Vec<GpuArray>, Option<wgpu::SubmissionIndex>)> {
        ins.iter().try_for_each(|a| self.own(a))?;
        let metas = ins.iter().map(|a| a.resolve()).collect::<Result<Vec<_>>>()?;
        let Some(table) = metas.get(..data) else {
            return Err(Error::Usage(format!("{}: {data} data inputs among {}", k.entry().id, ins.len())));
        };
        let io = k.infer(table)?;
        if metas != io.all_ins(table) {
            let want = io.all_ins(table);
            return Err(Error::Usage(format!("{}: its inputs should be {want:?}, not {metas:?}", k.entry().id)));
        }
        ins.iter().try_for_each(|a| a.clean())?;
        let outs = io.all_outs();
        let plan = self.prepare(k, &metas, &outs, stays, false)?;
        self.execute(k.entry().id, &plan, ins, outs)
    }

    /// Runs a plan: takes memory for outputs and scratch, records, submits.
    fn execute(
        &self,
        name: &str,
        plan: &ReadyPlan,
        ins: &[&GpuArray],
        outs: Vec<Meta>,
    ) -> Result<(Vec<GpuArray>, Option<wgpu::SubmissionIndex>)> {
        let shared = &self.0;
        let counts = plan.bufs.iter().any(|(s, _)| matches!(s, Source::OutRows));
        if !counts && outs.iter().any(|m| m.len == Len::AtMost) {
            return Err(Error::Internal(format!("{name}: a plan with outputs of unknown length counts no rows")));
        }
        let rows = match counts {
            true => Some(Arc::new(Rows::new(shared.buffer(16)?))),
            false => None,
        };
        let results = outs
            .into_iter()
            .map(|m| {
                let rows = rows.clone().filter(|_| m.len == Len::AtMost);
                GpuArray::room(shared, m, rows)
            })
            .collect::<Result<Vec<_>>>()?;
        let mut scratch: Vec<Pooled> = Vec::new();
        for (_, bytes) in plan.bufs.iter().filter(|(s, _)| matches!(s, Source::Temp)) {
            scratch.push(shared.buffer(*bytes)?);
        }
        let mut next = scratch.iter();
        let mut bufs = Vec::with_capacity(plan.bufs.len());
        for (source, bytes) in &plan.bufs {
            let buffer = match source {
                Source::In(i) => ins.get(*i).map(|a| a.data()),
                Source::InValid(i) => ins.get(*i).and_then(|a| a.valid()),
                Source::Out(i) => results.get(*i).map(GpuArray::data),
                Source::OutValid(i) => results.get(*i).and_then(GpuArray::valid),
                Source::OutRows => rows.as_ref().map(|r| r.buffer.get()),
                Source::Temp => next.next().map(Pooled::get),
                Source::Const(c) => Some(&c.buffer),
            };
            // Buffers of the pool are larger than asked for, so this tells only gross mistakes.
            let buffer = buffer.filter(|b| b.size() >= *bytes);
            bufs.push(
                buffer.ok_or_else(|| Error::Internal(format!("{name}: a plan names a buffer that is not there")))?,
            );
        }
        let last = self.submit_plan(name, plan, &bufs)?;
        Ok((results, last))
    }

    fn submit_plan(
        &self,
        name: &str,
        plan: &ReadyPlan,
        bufs: &[&wgpu::Buffer],
    ) -> Result<Option<wgpu::SubmissionIndex>> {
        let shared = &self.0;
        let stamps = shared.stamps();
        // The last pass writes the end where it is the last command.
        let tail = plan.steps.iter().rposition(|s| !matches!(s, Ready::Run { .. })).map_or(0, |i| i + 1);
        let submissions = submissions(&plan.steps);
        shared.scoped(name, || {
            let mut last = None;
            for steps in &submissions {
                let mut encoder = shared.encoder();
                let ends = steps.end == plan.steps.len();
                if let Some(stamps) = stamps.as_ref().filter(|_| steps.start == 0)
                    && !matches!(plan.steps.first(), Some(Ready::Run { .. }))
                {
                    stamps.mark(&mut encoder, true);
                }
                shared.encode(plan, bufs, steps.clone(), &mut encoder, stamps.as_ref().map(|s| (s, tail)));
                if let Some(stamps) = stamps.as_ref().filter(|_| ends && tail == plan.steps.len()) {
                    stamps.mark(&mut encoder, false);
                }
                last = Some(shared.submit(encoder));
            }
            Ok(last)
        })
    }
}

/// Cuts the steps into submissions that neither take too long nor hold too much.
fn submissions(steps: &[Ready]) -> Vec<Range<usize>> {
    let (mut all, mut begin, mut spent) = (Vec::new(), 0, 0u64);
    for (at, step) in steps.iter().enumerate() {
        let cost = if let Ready::Run { cost, .. } = step { *cost } else { 0 };
        let long = cost > 0 && spent.saturating_add(cost) > SUBMISSION_NS;
        if at > begin && (long || at - begin == SUBMISSION_STEPS) {
            all.push(begin..at);
            (begin, spent) = (at, 0);
        }
        spent = spent.saturating_add(cost);
    }
    if begin < steps.len() {
        all.push(begin..steps.len());
    }
    all
}

/// A binding of exactly the slice, so that `arrayLength` says what the plan meant.
pub(super) fn entry(binding: u32, buffer: &wgpu::Buffer, offset: u64, bytes: u64) -> wgpu::BindGroupEntry<'_> {
    let resource =
        wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(bytes) });
    wgpu::BindGroupEntry { binding, resource }
}
