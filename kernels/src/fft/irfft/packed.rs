//! Inverse real transforms over the complex ones of a level: the packing of [`crate::fft::rfft`] the other way round.

use super::super::engine::{self, Float, Key};
use super::super::large::{self, LongReal};
use super::super::rfft::{
    self,
    packed::{PIECE, Tables, table},
};
use super::bins;
use crate::{SimdLevel, share};
use fearless_simd::{Level, Simd, dispatch};
use gapwave_columns::Complex;
use rustfft::Fft;

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
    let table = table::<T>(n);
    let key = inner(n, level);
    let token = level.token();
    if let Some(long) = large::plan_real::<T>(n, level) {
        return long_rows(&long, n, token, scale, &table, input, output);
    }
    engine::rows(key, extra(n), input, bins(n), output, n, |fft, scratch, y, x| {
        block(fft, n, token, scale, &table, scratch, y, x);
    });
}

/// Transforms rows of a long length.
pub(in crate::fft) fn long_rows<T: Float>(
    long: &LongReal<T>,
    n: usize,
    token: Level,
    scale: f64,
    table: &[Complex<T>],
    input: &[Complex<T>],
    output: &mut [T],
) {
    large::rows(long.is_shared(), (input, bins(n)), (output, n), |y, x| match long {
        LongReal::Prime(prime) => prime.inverse(scale, y, x),
        LongReal::Complex(long) if n.is_multiple_of(2) => {
            let pairs = bytemuck::cast_slice_mut(x);
            pack(token, long.is_shared(), y, table, T::of(scale), pairs);
            long.again(true, 1.0, pairs);
        }
        LongReal::Complex(long) => large::spare(n, |work| {
            mirror(y, work);
            long.again(true, scale, work);
            x.iter_mut().zip(&*work).for_each(|(x, z)| *x = z.re);
        }),
    });
}

/// The complex transform within.
pub(in crate::fft) fn inner(n: usize, level: SimdLevel) -> Key {
    Key { inverse: true, ..rfft::packed::inner(n, level) }
}

/// Numbers of scratch that [`block`] takes more than the plan.
pub(in crate::fft) fn extra(n: usize) -> usize {
    if n.is_multiple_of(2) { n / 2 } else { n }
}

/// Transforms rows on this thread.
#[allow(clippy::too_many_arguments, reason = "the parts of a plan, and rows")]
pub(in crate::fft) fn block<T: Float>(
    fft: &dyn Fft<T>,
    n: usize,
    token: Level,
    scale: f64,
    table: &[Complex<T>],
    scratch: &mut [Complex<T>],
    y: &[Complex<T>],
    x: &mut [T],
) {
    let f = T::of(scale);
    let (work, scratch) = scratch.split_at_mut(extra(n));
    let rows = y.chunks_exact(bins(n)).zip(x.chunks_exact_mut(n));
    if n.is_multiple_of(2) {
        for (y, x) in rows {
            pack(token, false, y, table, f, work);
            fft.process_immutable_with_scratch(work, bytemuck::cast_slice_mut(x), scratch);
        }
        return;
    }
    // There is no packing of an odd length.
    for (y, x) in rows {
        mirror(y, work);
        fft.process_with_scratch(work, scratch);
        x.iter_mut().zip(&*work).for_each(|(x, z)| *x = z.re * f);
    }
}

/// The whole spectrum of an odd number of bins.
fn mirror<T: Float>(y: &[Complex<T>], z: &mut [Complex<T>]) {
    z[0] = Complex::new(y[0].re, T::zero());
    z[1..y.len()].copy_from_slice(&y[1..]);
    z[y.len()..].iter_mut().zip(y[1..].iter().rev()).for_each(|(z, y)| *z = y.conj());
}

/// From the one-sided spectrum `y[..=h]` to the spectrum of the pairs `x[2j] + i·x[2j+1]`, times 2: the sum of a bin and
/// its mirror is that of the even numbers, their difference, turned back by half a step, that of the odd ones. Over all
/// threads where the row is `shared` out.
fn pack<T: Float>(token: Level, shared: bool, y: &[Complex<T>], table: &[Complex<T>], f: T, z: &mut [Complex<T>]) {
    let h = z.len();
    let (first, last) = (y[0].re * f, y[h].re * f);
    z[0] = Complex::new(first + last, first - last);
    if h.is_multiple_of(2) {
        let middle = y[h / 2];
        let two = T::of(2.0) * f;
        z[h / 2] = Complex::new(middle.re * two, -middle.im * two);
    }
    let mirrored = (h - 1) / 2;
    let (low, high) = z[1..].split_at_mut(mirrored);
    // Where h is even, `high` begins with the number in the middle.
    let high = &mut high[(h + 1) % 2..];
    let (from_low, from_high) = (&y[1..][..mirrored], &y[h - mirrored..h]);
    let to = low.chunks_mut(PIECE).zip(high.rchunks_mut(PIECE));
    let from = from_low.chunks(PIECE).zip(from_high.rchunks(PIECE));
    share::for_each(shared, to.zip(from).zip(table.chunks(PIECE)), |(((low, high), (a, b)), table)| {
        dispatch!(token, simd => pack_mirrored(simd, [a, b], table, f, [low, high]));
    });
}

/// Bins and those that mirror them, the last of which is the first's. Compiled for each level.
#[inline(always)]
fn pack_mirrored<S: Simd, T: Float>(
    _: S,
    [from_low, from_high]: [&[Complex<T>]; 2],
    table: &[Complex<T>],
    f: T,
    [low, high]: [&mut [Complex<T>]; 2],
) {
    let places = low.iter_mut().zip(high.iter_mut().rev());
    for (((to_a, to_b), (&a, &b)), w) in places.zip(from_low.iter().zip(from_high.iter().rev())).zip(table) {
        let even = Complex::new((a.re + b.re) * f, (a.im - b.im) * f);
        let odd = Complex::new((a.re - b.re) * f, (a.im + b.im) * f);
        // The table has exp(−2πi·k/n), and its conjugate turns back.
        let turned = Complex::new(odd.re * w.re + odd.im * w.im, odd.im * w.re - odd.re * w.im);
        *to_a = Complex::new(even.re - turned.im, even.im + turned.re);
        *to_b = Complex::new(even.re + turned.im, turned.re - even.im);
    }
}
