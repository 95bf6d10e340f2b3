//! What the tests of the GPU share: opening a device, running a kernel, and a kernel made for probing the executor.
#![allow(dead_code, reason = "each test uses its part")]

use gapwave::gpu::{Gpu, OpenOptions};
use gapwave_columns::{Array, ArrayMut, DType, Meta, Out, View};
use gapwave_kernels::plan::{Groups, Needs, Program};
use gapwave_kernels::{Caps, Class, Cpu, Entry, Error, Io, Kernel, Plan, Reach, Result, Tolerance, params_table};
use serde::Serialize;
use std::io::Write as _;

/// A device, or `None` with a loud word where there is no adapter.
pub(crate) fn open(minimum_limits: bool) -> Option<Gpu> {
    open_with(OpenOptions { minimum_limits, ..OpenOptions::default() })
}

/// The same with other options; software adapters are always allowed here.
pub(crate) fn open_with(options: OpenOptions) -> Option<Gpu> {
    let name = std::env::var("GAPWAVE_GPU").ok();
    match Gpu::open(&OpenOptions { name, software: true, ..options }) {
        Ok(gpu) => Some(gpu),
        Err(e) => {
            skipped(&e.to_string());
            None
        }
    }
}

/// Says that a test was skipped, or fails where `GAPWAVE_REQUIRE_GPU` is set.
pub(crate) fn skipped(why: &str) {
    assert!(std::env::var_os("GAPWAVE_REQUIRE_GPU").is_none(), "{why}");
    // Not `eprintln!`, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no adapter ({why})");
}

/// Host to host, with zeros for extras and carry; `None` where the kernel has no plan for these inputs.
pub(crate) fn run(gpu: &Gpu, kernel: &dyn Kernel, ins: &[Array]) -> gapwave::Result<Option<Vec<Array>>> {
    let data: Vec<Meta> = ins.iter().map(Array::meta).collect();
    let io = kernel.infer(&data)?;
    if kernel.gpu(&io.all_ins(&data), gpu.caps()).is_none() {
        return Ok(None);
    }
    let zeros = io.extra.iter().chain(&io.carry).map(Array::zeros).collect::<Result<Vec<_>, _>>()?;
    let views: Vec<View<'_>> = ins.iter().chain(&zeros).map(Array::view).collect();
    let mut rooms = io.all_outs().iter().map(ArrayMut::zeros).collect::<Result<Vec<_>, _>>()?;
    let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
    gpu.run(kernel, &views, &mut outs, ins.len())?;
    let rows: Vec<usize> = outs.iter().map(Out::rows).collect();
    let arrays = rooms.into_iter().zip(rows).map(|(r, n)| r.finish(n)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(arrays))
}

/// Kernels over one `u32 [n]` that try the executor, not the maths.
#[derive(Debug, Clone, Serialize)]
pub(crate) enum Probe {
    /// The first `keep` rows with a bitmap of ones, which has ones after its end too; at most as many as came in.
    Keep { keep: u32 },
    /// As many ones as there are in all words of the bitmap that comes in, as `u32 [1]`.
    CountValid,
    /// Adds `times` dispatches that each add one to every element.
    Add { times: u32 },
    /// WGSL that no compiler takes.
    Broken,
    /// A binding that the shader does not have.
    Unbound,
}

static ENTRY: Entry = Entry {
    id: "test/probe",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "",
    params: &[],
    parse: |_| Err(Error::Param { kernel: "test/probe".into(), why: "is for tests".into() }),
    bench: |_| Vec::new(),
    cases: Vec::new,
};

const KEEP: &str = "
@group(0) @binding(0) var<uniform> keep: vec4<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read_write> valid: array<u32>;
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < keep.x { y[id.x] = x[id.x]; }
    if id.x < arrayLength(&valid) { valid[id.x] = 0xffffffffu; }
    if id.x == 0u { rows[0] = keep.x; }
}";

const COUNT: &str = "
@group(0) @binding(0) var<uniform> words: vec4<u32>;
@group(0) @binding(1) var<storage, read> valid: array<u32>;
@group(0) @binding(2) var<storage, read_write> ones: array<u32>;
@compute @workgroup_size(1)
fn main() {
    var n = 0u;
    for (var i = 0u; i < words.x; i++) { n += countOneBits(valid[i]); }
    ones[0] = n;
}";

const ADD: &str = "
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&y) { y[id.x] += 1u; }
}";

fn program(wgsl: &'static str, size: u32) -> Program {
    let workgroup = [size, 1, 1];
    Program { name: "probe", wgsl: wgsl.into(), workgroup, shared_bytes: 0, needs: Needs::default() }
}

impl Kernel for Probe {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(&[("probe", self)].into_iter().collect::<std::collections::BTreeMap<_, _>>())
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let outs = match self {
            Probe::Keep { .. } => vec![ins[0].clone().nullable(true).at_most()],
            Probe::CountValid => vec![Meta::new(DType::U32, [1])],
            _ => vec![ins[0].clone()],
        };
        Ok(Io::new(ins, outs, Reach::Whole))
    }

    fn oracle(&self, _: &[Array]) -> Result<Vec<Array>> {
        Err(Error::Refused { kernel: ENTRY.id, why: "no oracle".into() })
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, _: &Cpu, _: &[View<'_>], _: &mut [Out<'_>]) -> Result<()> {
        Err(Error::Refused { kernel: ENTRY.id, why: "no CPU code".into() })
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let io = self.infer(ins).ok()?;
        let mut plan = Plan::new();
        let groups = Groups::linear(ins[0].elements().div_ceil(64) as u64, caps).ok()?;
        let one = Groups([1, 1, 1]);
        match *self {
            Probe::Keep { keep } => {
                let (x, y) = (plan.input(0, &ins[0]), plan.output(0, &io.outs[0]));
                let (valid, rows) = (plan.output_valid(0, &io.outs[0]), plan.output_rows());
                plan.run(program(KEEP, 64), &[x, y, valid, rows], &[keep, 0, 0, 0], groups, 1);
            }
            Probe::CountValid => {
                let (valid, ones) = (plan.input_valid(0, &ins[0]), plan.output(0, &io.outs[0]));
                let words = ins[0].elements().div_ceil(64) as u32 * 2;
                plan.run(program(COUNT, 1), &[valid, ones], &[words, 0, 0, 0], one, words);
            }
            Probe::Add { times } => {
                let (x, y) = (plan.input(0, &ins[0]), plan.output(0, &io.outs[0]));
                plan.copy(x, y);
                for _ in 0..times {
                    plan.run(program(ADD, 64), &[y], &[], groups, 1);
                }
            }
            Probe::Broken => {
                let y = plan.output(0, &io.outs[0]);
                plan.run(program("fn main() { this is no WGSL }", 1), &[y], &[], one, 1);
            }
            Probe::Unbound => {
                let (x, y) = (plan.input(0, &ins[0]), plan.output(0, &io.outs[0]));
                plan.run(program(ADD, 64), &[y, x], &[], one, 1);
            }
        }
        Some(Ok(plan))
    }
}
