//! On the GPU: packing and half a complex transform where n is even, a complex transform where it is odd.

use super::{Irfft, bins};
use crate::fft::batch_and_length;
use crate::fft::gpu::{self, Signal};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Irfft {
    pub(super) fn plan(&self, y: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, given) = batch_and_length(&y.shape);
        let n = self.length(given);
        let mut plan = Plan::new();
        let x = Meta::new(DType::F32, [batch, n]);
        let (input, output) = (plan.input(0, y), plan.output(0, &x));
        if n == 0 || batch == 0 {
            return Ok(plan);
        }
        gpu::room(n, batch)?;
        let scale = self.scale(n);
        if n % 2 == 1 {
            let numbers = (batch * n) as u64;
            let (full, wide) = (plan.temp(numbers * 8), plan.temp(numbers * 8));
            let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), caps)?;
            let uniform = [numbers as u32, n as u32, bins(n) as u32];
            plan.run(gpu::program("fft_mirror", "fft/mirror"), &[input, full], &uniform, groups, 0);
            gpu::append(&mut plan, caps, full, wide, Signal { n, batch, inverse: true, scale, keep: n })?;
            plan.run(gpu::program("fft_real", "fft/real"), &[wide, output], &[numbers as u32], groups, 0);
            return Ok(plan);
        }
        let half = n / 2;
        let pairs = plan.temp((batch * half) as u64 * 8);
        let roots = gpu::roots(&mut plan, n);
        let lanes = half / 2 + 1;
        let fine_log = gpu::fine_log(n);
        let uniform = [
            batch as u32,
            half as u32,
            lanes as u32,
            fine_log,
            n.div_ceil(1 << fine_log) as u32,
            (scale as f32).to_bits(),
        ];
        let groups = Groups::linear(batch as u64 * (lanes as u64).div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("fft_pack", "fft/pack"), &[input, roots, pairs], &uniform, groups, 0);
        let signal = Signal { n: half, batch, inverse: true, scale: 1.0, keep: half };
        gpu::append(&mut plan, caps, pairs, output, signal)?;
        Ok(plan)
    }
}
