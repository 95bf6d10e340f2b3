//! On the GPU: one-sided spectra, a quarter turn, and back.

use super::{Hilbert, Output};
use crate::fft::rfft::bins;
use crate::fft::{batch_and_length, gpu, irfft, rfft};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Hilbert {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, n) = batch_and_length(&x.shape);
        let (dtype, name, shader) = match self.output {
            Output::Analytic => (DType::Complex64, "fft_analytic", "fft/analytic"),
            Output::Envelope => (DType::F32, "fft_envelope", "fft/envelope"),
        };
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, x), plan.output(0, &Meta::new(dtype, [batch, n])));
        if n == 0 || batch == 0 {
            return Ok(plan);
        }
        gpu::room(n, batch)?;
        let (numbers, all) = ((batch * n) as u64, (batch * bins(n)) as u64);
        let (spectra, h) = (plan.temp(all * 8), plan.temp(numbers * 4));
        rfft::append(&mut plan, caps, input, spectra, (n, batch), 1.0)?;
        // Of an odd length only bin 0 is its own mirror image.
        let last = if n % 2 == 0 { n / 2 } else { 0 };
        let uniform = [all as u32, bins(n) as u32, last as u32];
        let groups = Groups::linear(all.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("hilbert_turn", "fft/hilbert_turn"), &[spectra], &uniform, groups, 0);
        irfft::append(&mut plan, caps, spectra, h, (n, batch), 1.0 / n as f64)?;
        let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program(name, shader), &[input, h, output], &[numbers as u32], groups, 0);
        Ok(plan)
    }
}
