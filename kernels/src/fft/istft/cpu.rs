//! On the CPU: each part of the signal from the frames that reach it, some frames at a time in a cache. Frames across the
//! border of two parts are transformed for both, so that no two threads write the same number.

use super::Istft;
use super::weights::Weights;
use crate::fft::engine::{self, Float};
use crate::fft::irfft::packed;
use crate::fft::rfft::bins;
use crate::fft::rfft::packed::Tables;
use crate::{SimdLevel, share};
use gapwave_columns::Complex;

/// Numbers of the frames that are worked on together: they stay in a cache, and are too few for transforms to be shared out
/// once more.
const BLOCK: usize = 1 << 13;
/// Frames that begin within a part, for each one that reaches into it from the part before.
const SHARE: usize = 16;

pub(super) fn run<T: Float + Tables>(k: &Istft, level: SimdLevel, window: &[f64], z: &[Complex<T>], x: &mut [T]) {
    let (n, hop, bins) = (k.nperseg, k.hop, bins(k.nperseg));
    let frames = z.len() / bins;
    let scale = k.factor(window) / n as f64;
    let weights = Weights::new(window, hop, frames);
    let reciprocals: Vec<T> = weights.values.iter().map(|&w| T::of(w)).collect();
    let window: Vec<T> = window.iter().map(|&w| T::of(w)).collect();
    let together = (BLOCK / n).max(1);
    // Frames that reach into a part from before it.
    let earlier = (n - 1) / hop;
    let part_frames = (SHARE * earlier).max(together);
    let size = part_frames.saturating_mul(hop);
    let make = |(part, x): (usize, &mut [T])| {
        let begin = part * size;
        let end = begin + x.len();
        let first = (part * part_frames).saturating_sub(earlier);
        let last = end.div_ceil(hop).min(frames);
        x.fill(T::zero());
        for at in (first..last).step_by(together) {
            let here = together.min(last - at);
            engine::with_work::<T>((here * n).div_ceil(2), |work| {
                let numbers = &mut bytemuck::cast_slice_mut::<_, T>(work)[..here * n];
                packed::transform(n, level, scale, &z[at * bins..(at + here) * bins], numbers);
                for (i, frame) in numbers.chunks_exact(n).enumerate() {
                    let start = (at + i) * hop;
                    // The part of the frame that lies within this part of the signal.
                    let (from, to) = (start.max(begin), (start + n).min(end));
                    if from < to {
                        let terms = frame[from - start..to - start].iter().zip(&window[from - start..]);
                        x[from - begin..to - begin].iter_mut().zip(terms).for_each(|(x, (&f, &w))| *x += f * w);
                    }
                }
            });
        }
        let mut t = begin;
        while t < end {
            // A run of weights that lie side by side.
            let from = weights.at(t);
            let run = (end - t).min(weights.run(t));
            let factors = &reciprocals[from..from + run];
            x[t - begin..][..run].iter_mut().zip(factors).for_each(|(x, &f)| *x *= f);
            t += run;
        }
    };
    share::for_each(true, x.chunks_mut(size).enumerate(), make);
}
