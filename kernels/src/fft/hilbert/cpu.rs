//! On the CPU: one-sided spectra, a quarter turn, and back.

use super::super::blocks::blocks;
use super::super::irfft;
use super::super::rfft::bins;
use super::super::rfft::packed::{self, Tables};
use crate::SimdLevel;
use gapwave_columns::Complex;

/// Calls `write` with rows, their Hilbert transforms and the part of `output` that they belong to.
fn transforms<T: Tables, B: Send>(
    n: usize,
    level: SimdLevel,
    input: &[T],
    output: &mut [B],
    write: impl Fn(&[T], &[T], &mut [B]) + Sync,
) {
    if n == 0 {
        return;
    }
    blocks((input, n), (output, n), bins(n) + n.div_ceil(2), |x, y, work| {
        let (spectra, h) = work.split_at_mut(x.len() / n * bins(n));
        let h = &mut bytemuck::cast_slice_mut::<_, T>(h)[..x.len()];
        packed::transform(n, level, 1.0, x, spectra);
        for z in spectra.chunks_exact_mut(bins(n)) {
            z.iter_mut().for_each(|z| *z = Complex::new(z.im, -z.re));
            z[0] = Complex::new(T::zero(), T::zero());
            if n.is_multiple_of(2) {
                z[n / 2] = Complex::new(T::zero(), T::zero());
            }
        }
        irfft::packed::transform(n, level, 1.0 / n as f64, spectra, h);
        write(x, h, y);
    });
}

pub(super) fn analytic<T: Tables>(n: usize, level: SimdLevel, input: &[T], output: &mut [Complex<T>]) {
    transforms(n, level, input, output, |x, h, z| {
        z.iter_mut().zip(x).zip(h).for_each(|((z, &re), &im)| *z = Complex::new(re, im));
    });
}

pub(super) fn envelope<T: Tables>(n: usize, level: SimdLevel, input: &[T], output: &mut [T]) {
    // The squares of large and of small numbers are beyond what a number can hold: `hypot` is not that naive.
    transforms(n, level, input, output, |x, h, y| {
        y.iter_mut().zip(x).zip(h).for_each(|((y, &re), &im)| *y = T::of(re.wide().hypot(im.wide())));
    });
}
