//! Plans made ready for a device: pipelines compiled, constants and uniforms uploaded. Kept, so that a chunk like the
//! one before costs neither planning nor uploads.

use super::counters::{Counting, add};
use super::device::{Gpu, Shared};
use super::pipelines::Pipeline;
use super::tail::clean_outputs;
use crate::{Error, Result};
use gapwave_columns::Meta;
use gapwave_kernels::plan::{BufKind, Slice, Step};
use gapwave_kernels::{Caps, Kernel, Plan};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

/// Most plans kept.
const PLANS: usize = 256;
/// Most bytes of constants and uniforms kept; the plan in use may exceed it.
const CONST_BYTES: u64 = 256 << 20;

/// Data that stays on the device while a plan refers to it.
pub(super) struct Const {
    pub(super) buffer: wgpu::Buffer,
    counting: Arc<Counting>,
}

impl Drop for Const {
    fn drop(&mut self) {
        self.counting.freed(self.buffer.size());
    }
}

/// Where a buffer of a plan comes from.
pub(super) enum Source {
    In(usize),
    InValid(usize),
    Out(usize),
    OutValid(usize),
    OutRows,
    Temp,
    Const(Arc<Const>),
}

/// A step with what it needs at hand.
pub(super) enum Ready {
    Run {
        name: &'static str,
        pipeline: Arc<Pipeline>,
        bind: Vec<Slice>,
        /// Offset and size within the plan's uniforms.
        uniform: Option<(u64, u64)>,
        groups: [u32; 3],
        /// Estimated duration in ns.
        cost: u64,
    },
    Copy {
        from: Slice,
        to: Slice,
    },
    Zero(Slice),
}

/// A plan made ready.
pub(super) struct ReadyPlan {
    pub(super) bufs: Vec<(Source, u64)>,
    pub(super) steps: Vec<Ready>,
    pub(super) uniforms: Option<Const>,
    const_bytes: u64,
}

/// Everything a plan depends on beside the device. The types' names within `Debug` keep apart kernels that share an
/// entry and parameters, such as a kernel and its first pass.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    id: &'static str,
    kernel: String,
    params: String,
    ins: Vec<Meta>,
    stays: bool,
    in_place: bool,
}

/// Plans used lately.
#[derive(Default)]
pub(super) struct Prepared {
    plans: HashMap<Arc<Key>, (u64, Arc<ReadyPlan>)>,
    consts: HashMap<Arc<[u8]>, Weak<Const>>,
    clock: u64,
}

impl Prepared {
    fn find(&mut self, key: &Key) -> Option<Arc<ReadyPlan>> {
        self.clock += 1;
        let (used, plan) = self.plans.get_mut(key)?;
        *used = self.clock;
        Some(plan.clone())
    }

    fn keep(&mut self, key: Key, plan: Arc<ReadyPlan>) {
        self.plans.insert(Arc::new(key), (self.clock, plan));
        while self.plans.len() > 1
            && (self.plans.len() > PLANS || self.plans.values().map(|(_, p)| p.const_bytes).sum::<u64>() > CONST_BYTES)
        {
            let oldest = self.plans.iter().min_by_key(|(_, (used, _))| *used).map(|(k, _)| k.clone());
            oldest.and_then(|k| self.plans.remove(&k));
            self.consts.retain(|_, c| c.strong_count() > 0);
        }
    }
}

impl Gpu {
    /// The plan of a kernel for these inputs and outputs, made ready. `stays`: the outputs stay on the device, where
    /// the next kernel relies on clean bitmaps. `in_place`: output 0 has the input.
    pub(super) fn prepare(
        &self,
        k: &dyn Kernel,
        ins: &[Meta],
        outs: &[Meta],
        stays: bool,
        in_place: bool,
    ) -> Result<Arc<ReadyPlan>> {
        let shared = &*self.0;
        let id = k.entry().id;
        let key =
            Key { id, kernel: format!("{k:?}"), params: k.params().to_string(), ins: ins.to_vec(), stays, in_place };
        if let Some(plan) = shared.prepared.lock().find(&key) {
            return Ok(plan);
        }
        let begin = Instant::now();
        let (plan, why) = match in_place {
            true => (k.gpu_in_place(ins, &shared.caps), "it cannot work in place on the GPU"),
            false => {
                (k.gpu(ins, &shared.caps), "it has no GPU form for these types and parameters; --device cpu runs it")
            }
        };
        let mut plan = plan.ok_or_else(|| Error::NotOnGpu { kernel: id, why: why.into() })??;
        if stays {
            clean_outputs(&mut plan, outs, &shared.caps);
        }
        plan.check(&shared.caps)?;
        add(&shared.counting.plan_ns, begin.elapsed().as_nanos() as u64);
        let ready = Arc::new(shared.make_ready(&plan)?);
        shared.prepared.lock().keep(key, ready.clone());
        Ok(ready)
    }
}

impl Shared {
    fn make_ready(&self, plan: &Plan) -> Result<ReadyPlan> {
        let mut const_bytes = 0;
        let mut bufs = Vec::with_capacity(plan.bufs.len());
        for b in &plan.bufs {
            let source = match &b.kind {
                BufKind::In(i) => Source::In(*i),
                BufKind::InValid(i) => Source::InValid(*i),
                BufKind::Out(i) => Source::Out(*i),
                BufKind::OutValid(i) => Source::OutValid(*i),
                BufKind::OutRows => Source::OutRows,
                BufKind::Temp => Source::Temp,
                BufKind::Const(data) => {
                    const_bytes += b.bytes;
                    Source::Const(self.const_of(data)?)
                }
            };
            bufs.push((source, b.bytes));
        }
        let (mut steps, mut words) = (Vec::with_capacity(plan.steps.len()), Vec::new());
        for step in &plan.steps {
            steps.push(match step {
                Step::Run { program, bind, uniform, groups, .. } => Ready::Run {
                    name: program.name,
                    pipeline: self.pipeline(program)?,
                    bind: bind.clone(),
                    uniform: (!uniform.is_empty()).then(|| pack(&mut words, uniform, self.uniform_align)),
                    groups: groups.0,
                    cost: cost(step, &self.caps, self.device_type),
                },
                Step::Copy { from, to } => Ready::Copy { from: *from, to: *to },
                Step::Zero { what } => Ready::Zero(*what),
            });
        }
        let uniforms = match words.is_empty() {
            true => None,
            false => Some(self.one_off(bytemuck::cast_slice(&words), wgpu::BufferUsages::UNIFORM)?),
        };
        const_bytes += words.len() as u64 * 4;
        Ok(ReadyPlan { bufs, steps, uniforms, const_bytes })
    }

    /// Data on the device that is counted until it is dropped.
    pub(super) fn one_off(&self, data: &[u8], usage: wgpu::BufferUsages) -> Result<Const> {
        let buffer = self.constant("gapwave constant", data, usage)?;
        Ok(Const { buffer, counting: self.counting.clone() })
    }

    /// The constant of that content: one buffer, however many plans use it.
    fn const_of(&self, data: &Arc<[u8]>) -> Result<Arc<Const>> {
        let held = self.prepared.lock().consts.get(data).and_then(Weak::upgrade);
        if let Some(held) = held {
            return Ok(held);
        }
        let made = Arc::new(self.one_off(data, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC)?);
        self.prepared.lock().consts.insert(data.clone(), Arc::downgrade(&made));
        Ok(made)
    }
}

/// Appends a uniform block at the alignment that bindings need; returns its offset and size.
fn pack(words: &mut Vec<u32>, block: &[u32], align: u64) -> (u64, u64) {
    let per = (align as usize / 4).max(4);
    words.resize(words.len().next_multiple_of(per), 0);
    let offset = words.len() as u64 * 4;
    words.extend_from_slice(block);
    // The size of a uniform struct is a multiple of 16 at most.
    words.resize(words.len().next_multiple_of(4), 0);
    (offset, words.len() as u64 * 4 - offset)
}

/// A cautious guess of how long a dispatch takes, in ns: what it binds is read or written once, each invocation makes
/// all the loop iterations that the plan admits.
fn cost(step: &Step, caps: &Caps, device: wgpu::DeviceType) -> u64 {
    let Step::Run { program, bind, groups, max_loop, .. } = step else { return 0 };
    // Bytes and loop iterations per µs.
    let (bytes_us, iterations_us) = match device {
        wgpu::DeviceType::DiscreteGpu => (100_000, 100_000),
        wgpu::DeviceType::Cpu => (1_000, 100),
        _ => (10_000, 10_000),
    };
    let moved: u64 = bind.iter().map(|s| s.bytes).sum();
    let lanes = program.workgroup.iter().map(|&w| u64::from(w)).product::<u64>().min(caps.invocations.into());
    let iterations = groups.count().saturating_mul(lanes).saturating_mul(u64::from(*max_loop).max(1));
    (moved / bytes_us).max(iterations / iterations_us).saturating_mul(1000)
}
