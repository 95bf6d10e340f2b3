//! On the CPU: one-sided spectra, as many of their bins as the result has, and back.

use super::super::blocks::blocks;
use super::super::irfft;
use super::super::rfft::bins;
use super::super::rfft::packed::{self, Tables};
use super::Resample;
use crate::SimdLevel;
use gapwave_columns::Complex;

pub(super) fn transform<T: Tables>(k: &Resample, n: usize, level: SimdLevel, input: &[T], output: &mut [T]) {
    let num = k.num;
    if n == num {
        return output.copy_from_slice(input);
    }
    let crop = k.crop(n);
    let scale = 1.0 / n as f64;
    blocks((input, n), (output, num), bins(n) + bins(num), |x, y, work| {
        let (given, wanted) = work.split_at_mut(x.len() / n * bins(n));
        packed::transform(n, level, 1.0, x, given);
        for (from, to) in given.chunks_exact(bins(n)).zip(wanted.chunks_exact_mut(bins(num))) {
            to[..crop.keep].copy_from_slice(&from[..crop.keep]);
            to[crop.keep..].fill(Complex::new(T::zero(), T::zero()));
            if let Some((k, factor)) = crop.pair {
                let f = T::of(factor);
                to[k] = Complex::new(to[k].re * f, to[k].im * f);
            }
        }
        irfft::packed::transform(num, level, scale, wanted, y);
    });
}
