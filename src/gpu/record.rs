//! Steps of plans as commands: of the executor's own submissions, and of encoders that a program submits itself.

use super::counters::add;
use super::device::{Gpu, Shared};
use super::executor::entry;
use super::prepared::{Ready, ReadyPlan, Source};
use super::timer::Stamps;
use crate::{Error, Result};
use gapwave_columns::{Len, Meta};
use gapwave_kernels::Kernel;
use gapwave_kernels::plan::{Slice, buffer_bytes};
use std::ops::Range;

impl Gpu {
    /// Records a kernel into an encoder of the program's own, on a device that was shared through
    /// [`Session::from_wgpu`](crate::Session::from_wgpu) or is gapwave's. Nothing is submitted and nothing waited for.
    ///
    /// `ins` are the kernel's inputs and their types, without missing values; `outs` receive its outputs. Buffers need the
    /// usages `STORAGE`, `COPY_SRC` and `COPY_DST`, and at least the array's bytes, rounded up to a multiple of 4 and to
    /// 16. One input that is also the one output is transformed in place, if the kernel can
    /// ([`Kernel::gpu_in_place`]).
    ///
    /// # Errors
    /// [`Error::Usage`] for kernels whose outputs have no fixed length or that need a first pass or state, and for buffers
    /// that do not fit; those of [`Gpu::enqueue`].
    pub fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        kernel: &dyn Kernel,
        ins: &[(&wgpu::Buffer, Meta)],
        outs: &[&wgpu::Buffer],
    ) -> Result<()> {
        let (shared, id) = (&self.0, kernel.entry().id);
        let metas: Vec<Meta> = ins.iter().map(|(_, m)| m.clone()).collect();
        let io = kernel.infer(&metas)?;
        let usage = |why: String| Err(Error::Usage(format!("{id}: {why}")));
        let plain = |m: &Meta| m.len == Len::Exact && !m.nullable;
        if !io.carry.is_empty() || !io.extra.is_empty() || !metas.iter().chain(&io.outs).all(plain) {
            return usage("only kernels from plain arrays to plain arrays can be recorded".into());
        }
        if outs.len() != io.outs.len() {
            return usage(format!("it has {} outputs, {} buffers were given", io.outs.len(), outs.len()));
        }
        let needed = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let given = ins.iter().map(|(b, m)| (*b, m)).chain(outs.iter().copied().zip(&io.outs));
        for (buffer, meta) in given {
            let bytes = buffer_bytes(meta.bytes());
            if buffer.size() < bytes || !buffer.usage().contains(needed) {
                let (size, has) = (buffer.size(), buffer.usage());
                return usage(format!(
                    "a buffer of {size} bytes for {has:?} was given where {bytes} for {needed:?} are needed"
                ));
            }
        }
        let shares = ins.iter().any(|(b, _)| outs.contains(b));
        if shares && (ins.len(), outs.len()) != (1, 1) {
            return usage("only one input can be transformed in place".into());
        }
        let plan = self.prepare(kernel, &metas, &io.outs, false, shares)?;
        let mut scratch = Vec::new();
        for (_, bytes) in plan.bufs.iter().filter(|(s, _)| matches!(s, Source::Temp)) {
            scratch.push(shared.buffer(*bytes)?);
        }
        let mut next = scratch.iter();
        let bufs: Option<Vec<&wgpu::Buffer>> = plan
            .bufs
            .iter()
            .map(|(source, _)| match source {
                Source::In(i) => ins.get(*i).map(|(b, _)| *b),
                Source::Out(i) => outs.get(*i).copied(),
                Source::Temp => next.next().map(|b| b.get()),
                Source::Const(c) => Some(&c.buffer),
                Source::InValid(_) | Source::OutValid(_) | Source::OutRows => None,
            })
            .collect();
        let bufs = bufs.ok_or_else(|| Error::Internal(format!("{id}: a plan names a buffer that is not there")))?;
        // Scratch goes back to the pool at once: submissions happen one after the other, and none leaves anything in it
        // for the next.
        shared.scoped(id, || {
            shared.encode(&plan, &bufs, 0..plan.steps.len(), encoder, None);
            Ok(())
        })
    }
}

impl Shared {
    /// Records steps of a plan. `stamps` has the clock, if there is one, and the first step after the last that is no
    /// dispatch.
    pub(super) fn encode(
        &self,
        plan: &ReadyPlan,
        bufs: &[&wgpu::Buffer],
        steps: Range<usize>,
        encoder: &mut wgpu::CommandEncoder,
        stamps: Option<(&Stamps, usize)>,
    ) {
        let buffer = |s: &Slice| bufs[s.buf.0];
        let ends = steps.end == plan.steps.len();
        let mut pass: Option<wgpu::ComputePass<'static>> = None;
        for at in steps {
            let step = &plan.steps[at];
            if !matches!(step, Ready::Run { .. }) {
                pass = None;
            }
            match step {
                Ready::Run { name, pipeline, bind, uniform, groups, .. } => {
                    let uniform = uniform.and_then(|u| Some((&plan.uniforms.as_ref()?.buffer, u)));
                    let mut entries = Vec::with_capacity(bind.len() + 1);
                    if let Some((buffer, (offset, bytes))) = uniform {
                        entries.push(entry(0, buffer, offset, bytes));
                    }
                    for s in bind {
                        entries.push(entry(entries.len() as u32, buffer(s), s.offset, s.bytes));
                    }
                    let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                        label: Some(name),
                        layout: &pipeline.layout,
                        entries: &entries,
                    });
                    let pass = pass.get_or_insert_with(|| {
                        let timestamp_writes = stamps.and_then(|(s, tail)| s.writes(at == 0, ends && at >= tail));
                        let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes };
                        encoder.begin_compute_pass(&descriptor).forget_lifetime()
                    });
                    pass.set_pipeline(&pipeline.pipeline);
                    pass.set_bind_group(0, &group, &[]);
                    pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
                    add(&self.counting.dispatches, 1);
                }
                Ready::Copy { from, to } if to.bytes > 0 => {
                    let (a, b) = (buffer(from), buffer(to));
                    encoder.copy_buffer_to_buffer(a, from.offset, b, to.offset, to.bytes);
                    add(&self.counting.bytes_copied, to.bytes);
                }
                Ready::Zero(what) if what.bytes > 0 => {
                    encoder.clear_buffer(buffer(what), what.offset, Some(what.bytes));
                    add(&self.counting.bytes_cleared, what.bytes);
                }
                Ready::Copy { .. } | Ready::Zero(_) => {}
            }
        }
    }
}
