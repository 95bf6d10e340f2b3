//! On the GPU: frames are windowed on reading and squared on writing.

use super::{Output, Stft};
use crate::fft::axes::Line;
use crate::fft::gpu::{self, Job, Load, Values};
use crate::fft::rfft;
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
        gpu::room(x.rows().max(n), 1)?;
        let values = self.window.values(n);
        let s = self.factor(&values);
        // Spectra take their factor with the window.
        let (first, values_out) = match power {
            false => (s, Values::Complex),
            true => {
                let last = n.is_multiple_of(2).then_some(bins as u32 - 1);
                (1.0, Values::Power { alone: s * s * self.weight(0), pair: s * s * self.weight(1), last })
            }
        };
        let window = plan.constant(&values.into_iter().map(|w| (first * w) as f32).collect::<Vec<_>>());
        // One frame needs no distance to the next, and may have one beyond any count.
        let hop = if frames > 1 { self.hop as u32 } else { 0 };
        let job = rfft::one_sided(Line { outer: frames, n, inner: 1 }, 1.0, values_out);
        let load = Load::Frames { window, hop, pairs: n.is_multiple_of(2) };
        gpu::transform(&mut plan, caps, input, output, &Job { load, ..job })?;
        Ok(plan)
    }
}
