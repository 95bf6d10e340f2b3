//! On the CPU: a real transform of the same length, between a new order of the numbers and a turn of the bins.

use super::super::blocks::blocks;
use super::super::engine::Float;
use super::super::irfft;
use super::super::kept::Kept;
use super::super::oracle::root;
use super::super::rfft::bins;
use super::super::rfft::packed::{self, Tables};
use super::{Dct, DctType};
use crate::SimdLevel;
use fearless_simd::dispatch;
use gapwave_columns::Complex;
use std::convert::Infallible;
use std::sync::Arc;

/// Tables kept of each precision.
const KEPT: usize = 16;

/// Precisions that have turns kept.
pub(super) trait Turned: Tables {
    fn turns() -> &'static Kept<usize, [Complex<Self>]>;
}

macro_rules! turned {
    ($t:ty) => {
        impl Turned for $t {
            fn turns() -> &'static Kept<usize, [Complex<Self>]> {
                static TURNS: Kept<usize, [Complex<$t>]> = Kept::new();
                &TURNS
            }
        }
    };
}
turned!(f32);
turned!(f64);

/// `exp(−πi·k/(2n))` for `k = 0 … n/2`.
fn turns<T: Turned>(n: usize) -> Arc<[Complex<T>]> {
    let make = || {
        let roots = (0..=n as u64 / 2).map(|k| root(k, 4 * n as u64));
        Ok(roots.map(|w| Complex::new(T::of(w.re), T::of(w.im))).collect())
    };
    let Ok(made) = T::turns().get::<Infallible>(n, KEPT, make);
    made
}

/// Transforms rows of `n` numbers.
pub(super) fn transform<T: Turned>(k: &Dct, n: usize, level: SimdLevel, input: &[T], output: &mut [T]) {
    if n == 0 || input.is_empty() {
        return;
    }
    let turns = turns::<T>(n);
    let (scale, first) = (k.scale(n), T::of(k.first()));
    match k.kind {
        DctType::Two => blocks((input, n), (output, n), bins(n), |x, y, spectra| {
            for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)) {
                fold(x, y);
            }
            packed::transform(n, level, 2.0 * scale, y, spectra);
            for (z, y) in spectra.chunks_exact(bins(n)).zip(y.chunks_exact_mut(n)) {
                dispatch!(level.token(), simd => turn(simd, z, &turns, y));
                y[0] = z[0].re * first;
            }
        }),
        DctType::Three => blocks((input, n), (output, n), bins(n) + n.div_ceil(2), |x, y, work| {
            let (spectra, folded) = work.split_at_mut(x.len() / n * bins(n));
            let folded = &mut bytemuck::cast_slice_mut::<_, T>(folded)[..x.len()];
            for (x, z) in x.chunks_exact(n).zip(spectra.chunks_exact_mut(bins(n))) {
                dispatch!(level.token(), simd => turn_back(simd, x, &turns, z));
                z[0] = Complex::new(x[0] * first, T::zero());
            }
            irfft::packed::transform(n, level, scale, spectra, folded);
            for (v, y) in folded.chunks_exact(n).zip(y.chunks_exact_mut(n)) {
                unfold(v, y);
            }
        }),
    }
}

/// The even numbers forwards, then the odd ones backwards.
fn fold<T: Float>(x: &[T], v: &mut [T]) {
    let (even, odd) = v.split_at_mut(x.len().div_ceil(2));
    even.iter_mut().zip(x.iter().step_by(2)).for_each(|(v, x)| *v = *x);
    odd.iter_mut().rev().zip(x[1..].iter().step_by(2)).for_each(|(v, x)| *v = *x);
}

fn unfold<T: Float>(v: &[T], y: &mut [T]) {
    let (even, odd) = v.split_at(y.len().div_ceil(2));
    y.iter_mut().step_by(2).zip(even).for_each(|(y, v)| *y = *v);
    y[1..].iter_mut().step_by(2).zip(odd.iter().rev()).for_each(|(y, v)| *y = *v);
}

/// From the one-sided spectrum `z` of the folded numbers, numbers 1 to n − 1 of type II: with `t` bin k turned by k
/// quarters of a step, `Re t` is number k and `−Im t` number n − k. Compiled for each level.
#[inline(always)]
fn turn<S: fearless_simd::Simd, T: Float>(_: S, z: &[Complex<T>], turns: &[Complex<T>], y: &mut [T]) {
    let n = y.len();
    let inner = (n - 1) / 2;
    if n.is_multiple_of(2) {
        y[n / 2] = z[n / 2].re * turns[n / 2].re;
    }
    let (low, high) = y.split_at_mut(n / 2 + 1);
    let low = &mut low[1..=inner];
    for (((a, b), z), w) in low.iter_mut().zip(high.iter_mut().rev()).zip(&z[1..]).zip(&turns[1..]) {
        *a = z.re * w.re - z.im * w.im;
        *b = -(z.re * w.im + z.im * w.re);
    }
}

/// The bins 1 to n/2 from the numbers of type II: the other way round. Where n is even the last bin's imaginary part is
/// not looked at.
#[inline(always)]
fn turn_back<S: fearless_simd::Simd, T: Float>(_: S, x: &[T], turns: &[Complex<T>], z: &mut [Complex<T>]) {
    for (((z, &a), &b), w) in z[1..].iter_mut().zip(&x[1..]).zip(x.iter().rev()).zip(&turns[1..]) {
        // (a − i·b) times the conjugate of w.
        *z = Complex::new(a * w.re - b * w.im, -(a * w.im) - b * w.re);
    }
}
