//! On the GPU: half a complex transform and its unpacking where n is even, a complex transform where it is odd.

use super::{Rfft, bins};
use crate::fft::batch_and_length;
use crate::fft::gpu::{self, Signal};
use crate::plan::{Groups, Slice};
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Rfft {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, n) = batch_and_length(&x.shape);
        let mut plan = Plan::new();
        let y = Meta::new(DType::Complex64, [batch, bins(n)]);
        let (input, output) = (plan.input(0, x), plan.output(0, &y));
        append(&mut plan, caps, input, output, (n, batch), self.scale(n))?;
        Ok(plan)
    }
}

/// Adds the one-sided spectra of `batch` rows of `n` real numbers to a plan. `input` is not written.
pub(in crate::fft) fn append(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    (n, batch): (usize, usize),
    scale: f64,
) -> Result<()> {
    if n == 0 || batch == 0 {
        return Ok(());
    }
    gpu::room(n, batch)?;
    if n % 2 == 1 {
        let numbers = (batch * n) as u64;
        let wide = if n == 1 { output } else { plan.temp(numbers * 8) };
        let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("fft_widen", "fft/widen"), &[input, wide], &[numbers as u32], groups, 0);
        if n > 1 {
            let signal = Signal { n, batch, inverse: false, scale, keep: bins(n) };
            gpu::append(plan, caps, wide, output, signal)?;
        }
        return Ok(());
    }
    let half = n / 2;
    if gpu::append_one_sided(plan, caps, input, output, (half, batch), scale)? {
        return Ok(());
    }
    let mut z = input;
    if half > 1 {
        z = plan.temp((batch * half) as u64 * 8);
        let signal = Signal { n: half, batch, inverse: false, scale: 1.0, keep: half };
        gpu::append(plan, caps, input, z, signal)?;
    }
    let roots = gpu::roots(plan, n);
    let pairs = half / 2 + 1;
    let fine_log = gpu::fine_log(n);
    let uniform =
        [batch as u32, half as u32, pairs as u32, fine_log, n.div_ceil(1 << fine_log) as u32, (scale as f32).to_bits()];
    let groups = Groups::linear(batch as u64 * (pairs as u64).div_ceil(gpu::WORKGROUP), caps)?;
    plan.run(gpu::program("fft_unpack", "fft/unpack"), &[z, roots, output], &uniform, groups, 0);
    Ok(())
}
