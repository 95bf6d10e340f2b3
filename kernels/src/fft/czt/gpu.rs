//! On the GPU: Bluestein's algorithm with a convolution of a power of two.

use super::cpu::chirps;
use super::spiral::Spiral;
use crate::fft::batch_and_length;
use crate::fft::gpu::{self, Signal};
use crate::plan::Groups;
use crate::{Caps, Error, Plan, Result, SimdLevel};
use gapwave_columns::{Complex64, DType, Meta};

pub(super) fn plan(s: &Spiral, x: &Meta, caps: &Caps) -> Result<Plan> {
    let (batch, n) = batch_and_length(&x.shape);
    let m = s.m;
    let mut plan = Plan::new();
    let (input, output) = (plan.input(0, x), plan.output(0, &Meta::new(DType::Complex64, [batch, m])));
    if n == 0 || batch == 0 {
        return Ok(plan);
    }
    let need = s.convolved().and_then(usize::checked_next_power_of_two).unwrap_or(usize::MAX);
    let bytes = gpu::room(need, batch)?;
    // The tables of what cannot be bound anyway are not made.
    if bytes > caps.binding_bytes {
        return Err(Error::Limit { what: "a convolution".into(), need: bytes, have: caps.binding_bytes });
    }
    let length = need;
    let narrow = |z: &Complex64| [z.re as f32, z.im as f32];
    let tables = chirps(s, length, SimdLevel::best());
    let [weights, spectrum, turns] = tables.map(|t| plan.constant(&t.iter().map(narrow).collect::<Vec<_>>()));
    let (a, b) = (plan.temp(bytes), plan.temp(bytes));
    let parts = if x.dtype == DType::F32 { 1 } else { 2 };
    let (all, points) = (batch * length, batch * m);
    let groups = |numbers: usize| Groups::linear((numbers as u64).div_ceil(gpu::WORKGROUP), caps);
    let uniform = [all as u32, length as u32, n as u32, parts];
    plan.run(gpu::program("czt_weigh", "fft/czt_weigh"), &[input, weights, a], &uniform, groups(all)?, 0);
    let signal = Signal { n: length, batch, inverse: false, scale: 1.0, keep: length };
    gpu::append(&mut plan, caps, a, b, signal)?;
    let uniform = [all as u32, length as u32, length as u32];
    plan.run(gpu::program("czt_multiply", "fft/czt_multiply"), &[b, spectrum, a], &uniform, groups(all)?, 0);
    gpu::append(&mut plan, caps, a, b, Signal { inverse: true, ..signal })?;
    let uniform = [points as u32, m as u32, length as u32];
    plan.run(gpu::program("czt_multiply", "fft/czt_multiply"), &[b, turns, output], &uniform, groups(points)?, 0);
    Ok(plan)
}
