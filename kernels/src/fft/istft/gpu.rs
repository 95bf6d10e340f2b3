//! On the GPU: frames are transformed back as a batch, then each number of the signal gathers from the frames that reach it.

use super::Istft;
use super::weights::Weights;
use crate::fft::{gpu, irfft};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Istft {
    pub(super) fn plan(&self, z: &Meta, caps: &Caps) -> Result<Plan> {
        let (n, hop, frames) = (self.nperseg, self.hop, z.rows());
        let total = self.length(frames).unwrap_or(usize::MAX);
        let x = Meta::new(DType::F32, [total]);
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, z), plan.output(0, &x));
        if frames == 0 {
            return Ok(plan);
        }
        gpu::room(n, frames)?;
        gpu::room(total, 1)?;
        let values = self.window.values(n);
        self.overlap(&values)?;
        let weights = Weights::new(&values, hop, frames);
        let numbers = plan.temp((frames * n) as u64 * 4);
        irfft::append(&mut plan, caps, input, numbers, (n, frames), 1.0 / n as f64)?;
        let factor = self.factor(&values);
        let narrow = |v: &[f64], by: f64| v.iter().map(|&v| (v * by) as f32).collect::<Vec<f32>>();
        let (window, divisors) =
            (plan.constant(&narrow(&values, 1.0)), plan.constant(&narrow(&weights.values, factor)));
        // A short signal is all head.
        let head = if weights.values.len() == total { total } else { weights.head };
        let uniform = [total, n, hop, frames, head, weights.tail, weights.values.len()].map(|u| u as u32);
        let groups = Groups::linear((total as u64).div_ceil(gpu::WORKGROUP), caps)?;
        let bind = [numbers, window, divisors, output];
        plan.run(gpu::program("fft_overlap_add", "fft/overlap_add"), &bind, &uniform, groups, n.div_ceil(hop) as u32);
        Ok(plan)
    }
}
