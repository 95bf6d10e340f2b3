//! Inverse real transforms over the complex ones of a level: the packing of [`crate::fft::rfft`] the other way round.

use super::super::engine::{self, Float, Key};
use super::super::large;
use super::super::rfft::packed::{Tables, table};
use super::bins;
use crate::SimdLevel;
use fearless_simd::{Simd, dispatch};
use gapwave_columns::Complex;

/// Transforms rows of `bins(n)` into rows of `n` real numbers.
pub(in crate::fft) fn transform<T: Float + Tables>(
    n: usize,
    level: SimdLevel,
    scale: f64,
    input: &[Complex<T>],
    output: &mut [T],
) {
    if n == 0 || input.is_empty() {
        return;
    }
    let f = T::of(scale);
    if n % 2 == 1 {
        let key = Key { n, inverse: true, level };
        return engine::rows(key, 2 * n, input, bins(n), output, n, |fft, scratch, y, x| {
            // There is no packing of an odd length.
            let (wide, scratch) = scratch.split_at_mut(2 * n);
            let (a, b) = wide.split_at_mut(n);
            for (y, x) in y.chunks_exact(bins(n)).zip(x.chunks_exact_mut(n)) {
                a[0] = Complex::new(y[0].re, T::zero());
                a[1..bins(n)].copy_from_slice(&y[1..]);
                a[bins(n)..].iter_mut().zip(y[1..].iter().rev()).for_each(|(a, y)| *a = y.conj());
                fft.process_immutable_with_scratch(a, b, scratch);
                x.iter_mut().zip(&*b).for_each(|(x, b)| *x = b.re * f);
            }
        });
    }
    let half = n / 2;
    let table = table::<T>(n);
    let key = Key { n: half, inverse: true, level };
    if let Some(long) = large::plan::<T>(half, level) {
        for (y, x) in input.chunks_exact(half + 1).zip(output.chunks_exact_mut(n)) {
            let pairs = bytemuck::cast_slice_mut(x);
            dispatch!(level.token(), simd => pack(simd, y, &table, f, pairs));
            long.again(true, 1.0, pairs);
        }
        return;
    }
    engine::rows(key, half, input, half + 1, output, n, |fft, scratch, y, x| {
        let (pairs, scratch) = scratch.split_at_mut(half);
        for (y, x) in y.chunks_exact(half + 1).zip(x.chunks_exact_mut(n)) {
            dispatch!(level.token(), simd => pack(simd, y, &table, f, pairs));
            fft.process_immutable_with_scratch(pairs, bytemuck::cast_slice_mut(x), scratch);
        }
    });
}

/// From the one-sided spectrum `y[..=h]` to the spectrum of the pairs `x[2j] + i·x[2j+1]`, times 2: the sum of a bin and
/// its mirror is that of the even numbers, their difference, turned back by half a step, that of the odd ones. Compiled
/// for each level.
#[inline(always)]
fn pack<S: Simd, T: Float>(_: S, y: &[Complex<T>], table: &[Complex<T>], f: T, z: &mut [Complex<T>]) {
    let h = z.len();
    let (first, last) = (y[0].re * f, y[h].re * f);
    z[0] = Complex::new(first + last, first - last);
    let (low, high) = z[1..].split_at_mut((h - 1) / 2);
    let places = low.iter_mut().zip(high.iter_mut().rev());
    for (((to_a, to_b), (&a, &b)), w) in places.zip(y[1..].iter().zip(y[..h].iter().rev())).zip(table) {
        let even = Complex::new((a.re + b.re) * f, (a.im - b.im) * f);
        let odd = Complex::new((a.re - b.re) * f, (a.im + b.im) * f);
        // The table has exp(−2πi·k/n), and its conjugate turns back.
        let turned = Complex::new(odd.re * w.re + odd.im * w.im, odd.im * w.re - odd.re * w.im);
        *to_a = Complex::new(even.re - turned.im, even.im + turned.re);
        *to_b = Complex::new(even.re + turned.im, turned.re - even.im);
    }
    if h.is_multiple_of(2) {
        let middle = y[h / 2];
        let two = T::of(2.0) * f;
        z[h / 2] = Complex::new(middle.re * two, -middle.im * two);
    }
}
