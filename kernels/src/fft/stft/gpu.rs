//! On the GPU: frames are windowed into scratch memory, transformed as a batch, and squared.

use super::{Output, Stft};
use crate::fft::{gpu, rfft};
use crate::plan::Groups;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Stft {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (n, frames, bins) = (self.nperseg, self.frames(x.rows()), rfft::bins(self.nperseg));
        let power = self.output == Output::Power;
        let mut plan = Plan::new();
        let y = Meta::new(if power { DType::F32 } else { DType::Complex64 }, [frames, bins]);
        let (input, output) = (plan.input(0, x), plan.output(0, &y));
        if frames == 0 {
            return Ok(plan);
        }
        gpu::room(n, frames)?;
        let values = self.window.values(n);
        let s = self.factor(&values);
        // Spectra take their factor with the window.
        let first = if power { 1.0 } else { s };
        let values: Vec<f32> = values.into_iter().map(|w| (first * w) as f32).collect();
        let (numbers, all) = ((frames * n) as u64, (frames * bins) as u64);
        let window = plan.constant(&values);
        let windowed = plan.temp(numbers * 4);
        let uniform = [numbers as u32, n as u32, self.hop.min(u32::MAX as usize) as u32];
        let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("fft_frames", "fft/frames"), &[input, window, windowed], &uniform, groups, 0);
        if !power {
            rfft::append(&mut plan, caps, windowed, output, (n, frames), 1.0)?;
            return Ok(plan);
        }
        let spectra = plan.temp(all * 8);
        rfft::append(&mut plan, caps, windowed, spectra, (n, frames), 1.0)?;
        let (alone, pair) = ((s * s * self.weight(0)) as f32, (s * s * self.weight(1)) as f32);
        // The last bin of an even length stands for itself; of an odd one for two.
        let last = if n % 2 == 0 { bins - 1 } else { bins };
        let uniform = [all as u32, bins as u32, last as u32, alone.to_bits(), pair.to_bits()];
        let groups = Groups::linear(all.div_ceil(gpu::WORKGROUP), caps)?;
        plan.run(gpu::program("fft_power", "fft/power"), &[spectra, output], &uniform, groups, 0);
        Ok(plan)
    }
}
