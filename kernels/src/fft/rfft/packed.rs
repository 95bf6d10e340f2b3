//! Real transforms over the complex ones of a level.
//!
//! realfft does the same packing, but takes its complex transform from rustfft's automatic planner only, so it cannot
//! be held to a SIMD level, and it destroys its input, which would have to be copied first.

use super::super::engine::{self, Float, Key};
use super::super::kept::Kept;
use super::super::large;
use super::super::oracle::root;
use super::bins;
use crate::SimdLevel;
use fearless_simd::{Simd, dispatch};
use gapwave_columns::{Complex, Complex64};
use std::sync::Arc;

/// Transforms rows of `n` real numbers into rows of `bins(n)`.
pub(in crate::fft) fn transform<T: Float + Tables>(
    n: usize,
    level: SimdLevel,
    scale: f64,
    input: &[T],
    output: &mut [Complex<T>],
) {
    if n == 0 || input.is_empty() {
        return;
    }
    let f = T::of(scale);
    if n % 2 == 1 {
        let key = Key { n, inverse: false, level };
        return engine::rows(key, 2 * n, input, n, output, bins(n), |fft, scratch, x, y| {
            // There is no packing of an odd length.
            let (wide, scratch) = scratch.split_at_mut(2 * n);
            let (a, b) = wide.split_at_mut(n);
            for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(bins(n))) {
                for (a, &x) in a.iter_mut().zip(x) {
                    *a = Complex::new(x, T::zero());
                }
                fft.process_immutable_with_scratch(a, b, scratch);
                for (y, b) in y.iter_mut().zip(&*b) {
                    *y = Complex::new(b.re * f, b.im * f);
                }
                y[0].im = T::zero();
            }
        });
    }
    let half = n / 2;
    let table = table::<T>(n);
    let key = Key { n: half, inverse: false, level };
    if let Some(long) = large::plan::<T>(half, level) {
        for (x, y) in input.chunks_exact(n).zip(output.chunks_exact_mut(half + 1)) {
            long.run(false, 1.0, bytemuck::cast_slice(x), &mut y[..half]);
            dispatch!(level.token(), simd => unpack(simd, y, &table, f));
        }
        return;
    }
    engine::rows(key, 0, input, n, output, half + 1, |fft, scratch, x, y| {
        for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(half + 1)) {
            fft.process_immutable_with_scratch(bytemuck::cast_slice(x), &mut y[..half], scratch);
            dispatch!(level.token(), simd => unpack(simd, y, &table, f));
        }
    });
}

/// From the transform of pairs `x[2j] + i·x[2j+1]` in `y[..h]` to the one-sided spectrum in `y[..=h]`: the pairs'
/// even and odd parts are told apart by symmetry, the odd ones turned by half a step and added. Compiled for each level.
#[inline(always)]
fn unpack<S: Simd, T: Float>(_: S, y: &mut [Complex<T>], table: &[Complex<T>], f: T) {
    let h = y.len() - 1;
    let first = y[0];
    y[0] = Complex::new((first.re + first.im) * f, T::zero());
    y[h] = Complex::new((first.re - first.im) * f, T::zero());
    let half = T::of(0.5) * f;
    let (low, high) = y[1..h].split_at_mut((h - 1) / 2);
    // Where h is even, `high` begins with the number in the middle: the zip ends before it.
    for ((a, b), w) in low.iter_mut().zip(high.iter_mut().rev()).zip(table) {
        let (z, m) = (*a, *b);
        let even = Complex::new(z.re + m.re, z.im - m.im);
        let odd = Complex::new(z.im + m.im, m.re - z.re);
        let turned = Complex::new(odd.re * w.re - odd.im * w.im, odd.re * w.im + odd.im * w.re);
        *a = Complex::new((even.re + turned.re) * half, (even.im + turned.im) * half);
        *b = Complex::new((even.re - turned.re) * half, (turned.im - even.im) * half);
    }
    if h.is_multiple_of(2) {
        let z = y[h / 2];
        y[h / 2] = Complex::new(z.re * f, -z.im * f);
    }
}

/// Where the tables of a precision are kept.
pub(in crate::fft) trait Tables: Float {
    fn kept() -> &'static Kept<usize, [Complex<Self>]>;
}

impl Tables for f32 {
    fn kept() -> &'static Kept<usize, [Complex<Self>]> {
        static KEPT: Kept<usize, [Complex<f32>]> = Kept::new();
        &KEPT
    }
}

impl Tables for f64 {
    fn kept() -> &'static Kept<usize, [Complex<Self>]> {
        static KEPT: Kept<usize, [Complex<f64>]> = Kept::new();
        &KEPT
    }
}

/// `exp(−2πi·k/n)` for `k = 1 … n/4`. The last 16 lengths are kept.
pub(in crate::fft) fn table<T: Tables>(n: usize) -> Arc<[Complex<T>]> {
    let narrow = |w: Complex64| Complex::new(T::of(w.re), T::of(w.im));
    T::kept().always(n, 16, || (1..=n as u64 / 4).map(|k| narrow(root(k, n as u64))).collect())
}
