//! On the GPU: one-sided spectra, as many of their bins as the result has, and back.

use super::{Crop, Resample};
use crate::fft::rfft::bins;
use crate::fft::{batch_and_length, gpu, irfft, rfft};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Resample {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, n) = batch_and_length(&x.shape);
        let num = self.num;
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, x), plan.output(0, &Meta::new(DType::F32, [batch, num])));
        if batch == 0 {
            return Ok(plan);
        }
        if n == num {
            plan.copy(input, output);
            return Ok(plan);
        }
        gpu::room(n, batch)?;
        gpu::room(num, batch)?;
        let all = (batch * bins(num)) as u64;
        let (given, wanted) = (plan.temp((batch * bins(n)) as u64 * 8), plan.temp(all * 8));
        rfft::append(&mut plan, caps, input, given, (n, batch), 1.0)?;
        let Crop { keep, pair } = self.crop(n);
        let (pair, factor) = pair.map_or((u32::MAX, 1.0), |(k, f)| (k as u32, f as f32));
        // A transform of one number is a copy, without a factor.
        let scale = 1.0 / n as f64;
        let (pair, factor, scale) = if num == 1 { (0, scale as f32, 1.0) } else { (pair, factor, scale) };
        let uniform = [all as u32, bins(num) as u32, bins(n) as u32, keep as u32, pair, factor.to_bits()];
        let groups = Groups::linear(all.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("fft_crop", "fft/crop"), &[given, wanted], &uniform, groups, 0);
        irfft::append(&mut plan, caps, wanted, output, (num, batch), scale)?;
        Ok(plan)
    }
}
