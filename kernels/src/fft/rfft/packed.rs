//! Real transforms over the complex ones of a level.
//!
//! realfft does the same packing, but takes its complex transform from rustfft's automatic planner only, so it cannot
//! be held to a SIMD level, and it destroys its input, which would have to be copied first.

use super::super::engine::{self, Float, Key};
use super::super::kept::Kept;
use super::super::large::{self, LongReal};
use super::super::oracle::root;
use super::bins;
use crate::{SimdLevel, share};
use fearless_simd::{Level, Simd, dispatch};
use gapwave_columns::{Complex, Complex64};
use rustfft::Fft;
use std::sync::Arc;

/// Numbers of a long row that one thread takes at a time.
pub(in crate::fft) const PIECE: usize = 1 << 15;

/// Pairs of bins below which wide vectors are no gain: the transform has just been written, and a load that does not lie
/// within one of its stores waits for them.
const FEW: usize = 24;

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
    let key = inner(n, level);
    let table = table::<T>(n);
    let token = level.token();
    if let Some(long) = large::plan_real::<T>(n, level) {
        return long_rows(&long, n, token, scale, &table, input, output);
    }
    engine::rows(key, extra(n), input, n, output, bins(n), |fft, scratch, x, y| {
        block(fft, n, token, scale, &table, scratch, x, y);
    });
}

/// Transforms rows of a long length.
pub(in crate::fft) fn long_rows<T: Float>(
    long: &LongReal<T>,
    n: usize,
    token: Level,
    scale: f64,
    table: &[Complex<T>],
    input: &[T],
    output: &mut [Complex<T>],
) {
    large::rows(long.is_shared(), (input, n), (output, bins(n)), |x, y| match long {
        LongReal::Prime(prime) => prime.forward(scale, x, y),
        LongReal::Complex(long) if n.is_multiple_of(2) => {
            long.run(false, 1.0, bytemuck::cast_slice(x), &mut y[..n / 2]);
            unpack(token, long.is_shared(), y, table, T::of(scale));
        }
        LongReal::Complex(long) => {
            large::spare(n, |work| {
                work.iter_mut().zip(x).for_each(|(z, &x)| *z = Complex::new(x, T::zero()));
                long.again(false, scale, work);
                y.copy_from_slice(&work[..bins(n)]);
            });
            y[0].im = T::zero();
        }
    });
}

/// The complex transform within: of half the length, or of an odd one.
pub(in crate::fft) fn inner(n: usize, level: SimdLevel) -> Key {
    Key { n: if n.is_multiple_of(2) { n / 2 } else { n }, inverse: false, level }
}

/// Numbers of scratch that [`block`] takes more than the plan: there is no packing of an odd length.
pub(in crate::fft) fn extra(n: usize) -> usize {
    if n.is_multiple_of(2) { 0 } else { n }
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
    x: &[T],
    y: &mut [Complex<T>],
) {
    let f = T::of(scale);
    let rows = x.chunks_exact(n).zip(y.chunks_exact_mut(bins(n)));
    if n.is_multiple_of(2) {
        for (x, y) in rows {
            fft.process_immutable_with_scratch(bytemuck::cast_slice(x), &mut y[..n / 2], scratch);
            unpack(token, false, y, table, f);
        }
        return;
    }
    let (wide, scratch) = scratch.split_at_mut(n);
    for (x, y) in rows {
        for (z, &x) in wide.iter_mut().zip(x) {
            *z = Complex::new(x, T::zero());
        }
        fft.process_with_scratch(wide, scratch);
        if scale == 1.0 {
            y.copy_from_slice(&wide[..bins(n)]);
        } else {
            y.iter_mut().zip(&*wide).for_each(|(y, z)| *y = Complex::new(z.re * f, z.im * f));
        }
        y[0].im = T::zero();
    }
}

/// From the transform of pairs `x[2j] + i·x[2j+1]` in `y[..h]` to the one-sided spectrum in `y[..=h]`: the pairs'
/// even and odd parts are told apart by symmetry, the odd ones turned by half a step and added. Over all threads where the
/// row is `shared` out.
fn unpack<T: Float>(token: Level, shared: bool, y: &mut [Complex<T>], table: &[Complex<T>], f: T) {
    let h = y.len() - 1;
    let first = y[0];
    y[0] = Complex::new((first.re + first.im) * f, T::zero());
    y[h] = Complex::new((first.re - first.im) * f, T::zero());
    if h.is_multiple_of(2) {
        let z = y[h / 2];
        y[h / 2] = Complex::new(z.re * f, -z.im * f);
    }
    let mirrored = (h - 1) / 2;
    let (low, high) = y[1..h].split_at_mut(mirrored);
    // Where h is even, `high` begins with the number in the middle.
    let high = &mut high[(h + 1) % 2..];
    let half = T::of(0.5) * f;
    if mirrored < FEW {
        return unpack_pairs(low, high, table, half);
    }
    let pieces = low.chunks_mut(PIECE).zip(high.rchunks_mut(PIECE)).zip(table.chunks(PIECE));
    share::for_each(shared, pieces, |((low, high), table)| {
        dispatch!(token, simd => unpack_mirrored(simd, low, high, table, half));
    });
}

/// [`unpack_pairs`], compiled for each level.
#[inline(always)]
fn unpack_mirrored<S: Simd, T: Float>(
    _: S,
    low: &mut [Complex<T>],
    high: &mut [Complex<T>],
    table: &[Complex<T>],
    half: T,
) {
    unpack_pairs(low, high, table, half);
}

/// Numbers and those that mirror them, the last of which is the first's.
#[inline(always)]
fn unpack_pairs<T: Float>(low: &mut [Complex<T>], high: &mut [Complex<T>], table: &[Complex<T>], half: T) {
    for ((a, b), w) in low.iter_mut().zip(high.iter_mut().rev()).zip(table) {
        let (z, m) = (*a, *b);
        let even = Complex::new(z.re + m.re, z.im - m.im);
        let odd = Complex::new(z.im + m.im, m.re - z.re);
        let turned = Complex::new(odd.re * w.re - odd.im * w.im, odd.re * w.im + odd.im * w.re);
        *a = Complex::new((even.re + turned.re) * half, (even.im + turned.im) * half);
        *b = Complex::new((even.re - turned.re) * half, (turned.im - even.im) * half);
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
