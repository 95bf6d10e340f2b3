//! On the GPU: a real transform of the same length, between a new order of the numbers and a turn of the bins.

use super::{Dct, DctType};
use crate::fft::rfft::bins;
use crate::fft::{batch_and_length, gpu, irfft, rfft};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::Meta;

impl Dct {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, n) = batch_and_length(&x.shape);
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, x), plan.output(0, x));
        if n == 0 || batch == 0 {
            return Ok(plan);
        }
        gpu::room(n, batch)?;
        let numbers = (batch * n) as u64;
        let lanes = bins(n);
        let spectra = plan.temp((batch * lanes) as u64 * 8);
        let folded = plan.temp(numbers * 4);
        let roots = gpu::roots(&mut plan, 4 * n);
        let fine_log = gpu::fine_log(4 * n);
        let coarse = (4 * n).div_ceil(1 << fine_log) as u32;
        let (scale, first) = match (n, self.kind) {
            // A transform of one number is a copy, without a factor.
            (1, DctType::Two) => (0.5, 2.0 * self.scale(n) * self.first()),
            (1, DctType::Three) => (1.0, self.scale(n) * self.first()),
            _ => (self.scale(n), self.first()),
        };
        let turn = [batch as u32, n as u32, lanes as u32, fine_log, coarse, (first as f32).to_bits()];
        let (order, all) = ([numbers as u32, n as u32], Groups::linear(numbers.div_ceil(gpu::WORKGROUP), caps)?);
        let rows = Groups::linear(batch as u64 * (lanes as u64).div_ceil(gpu::WORKGROUP), caps)?;
        match self.kind {
            DctType::Two => {
                plan.run(gpu::program("dct_fold", "fft/dct_fold"), &[input, folded], &order, all, 0);
                rfft::append(&mut plan, caps, folded, spectra, (n, batch), 2.0 * scale)?;
                plan.run(gpu::program("dct_turn", "fft/dct_turn"), &[spectra, roots, output], &turn, rows, 0);
            }
            DctType::Three => {
                plan.run(gpu::program("dct_turn_back", "fft/dct_turn_back"), &[input, roots, spectra], &turn, rows, 0);
                irfft::append(&mut plan, caps, spectra, folded, (n, batch), scale)?;
                plan.run(gpu::program("dct_unfold", "fft/dct_unfold"), &[folded, output], &order, all, 0);
            }
        }
        Ok(plan)
    }
}
