//! On the CPU: blocks of rows, or sums in registers.

use super::direct::{self, Lanes};
use super::shape::{Cut, Shape};
use crate::fft::engine::{self, Key};
use crate::fft::irfft::packed as back;
use crate::fft::rfft::bins;
use crate::fft::rfft::packed::{self, Tables};
use crate::{SimdLevel, share};
use gapwave_columns::{Complex, Complex32, Complex64, Element};

/// Numbers of the blocks that are worked on together: with their spectra they stay in a second-level cache, and they are
/// too few for transforms to be shared out once more.
const TOGETHER: usize = 1 << 13;
/// Operations below which work is not spread over threads.
const SERIAL: f64 = 200_000.0;

/// Numbers that can be convolved: real ones with one-sided spectra, complex ones with whole ones.
pub(super) trait Number: Element {
    type Real: Lanes + Tables;

    fn conj(self) -> Self;
    /// Bins of the spectrum of `n` numbers.
    fn bins(n: usize) -> usize;
    fn forward(n: usize, level: SimdLevel, scale: f64, x: &[Self], y: &mut [Complex<Self::Real>]);
    fn inverse(n: usize, level: SimdLevel, y: &[Complex<Self::Real>], x: &mut [Self]);
    /// `y[i] = Σ_j taps[j]·x[origin + i + j]`, `x` being 0 beyond its ends.
    fn sums(level: SimdLevel, x: &[Self], origin: isize, taps: &[Self], y: &mut [Self]);
}

macro_rules! number {
    ($real:ty, $complex:ty) => {
        impl Number for $real {
            type Real = $real;

            fn conj(self) -> Self {
                self
            }
            fn bins(n: usize) -> usize {
                bins(n)
            }
            fn forward(n: usize, level: SimdLevel, scale: f64, x: &[Self], y: &mut [Complex<$real>]) {
                packed::transform(n, level, scale, x, y);
            }
            fn inverse(n: usize, level: SimdLevel, y: &[Complex<$real>], x: &mut [Self]) {
                back::transform(n, level, 1.0, y, x);
            }
            fn sums(level: SimdLevel, x: &[Self], origin: isize, taps: &[Self], y: &mut [Self]) {
                direct::real(level, x, origin, taps, y);
            }
        }

        impl Number for $complex {
            type Real = $real;

            fn conj(self) -> Self {
                Complex::conj(&self)
            }
            fn bins(n: usize) -> usize {
                n
            }
            fn forward(n: usize, level: SimdLevel, scale: f64, x: &[Self], y: &mut [Complex<$real>]) {
                engine::transform(Key { n, inverse: false, level }, scale, x, y);
            }
            fn inverse(n: usize, level: SimdLevel, y: &[Complex<$real>], x: &mut [Self]) {
                engine::transform(Key { n, inverse: true, level }, 1.0, y, x);
            }
            fn sums(level: SimdLevel, x: &[Self], origin: isize, taps: &[Self], y: &mut [Self]) {
                direct::complex(level, x, origin, taps, y);
            }
        }
    };
}
number!(f32, Complex32);
number!(f64, Complex64);

/// The numbers `from .. from + to.len()` of a row, 0 beyond its ends.
pub(super) fn window<T: Element>(x: &[T], from: isize, to: &mut [T]) {
    let end = |k: isize| k.clamp(0, to.len() as isize) as usize;
    let (first, last) = (end(-from), end(x.len() as isize - from));
    let zero = <T as bytemuck::Zeroable>::zeroed();
    if first >= last {
        return to.fill(zero);
    }
    to[..first].fill(zero);
    to[first..last].copy_from_slice(&x[(from + first as isize) as usize..][..last - first]);
    to[last..].fill(zero);
}

/// Calls `work` with the row, the first number and the place of each part of `step` numbers of the rows of `y`, over
/// the threads of the pool where there are enough operations.
fn spread<T: Element>(y: &mut [T], len: usize, step: usize, ops: f64, work: impl Fn(usize, usize, &mut [T]) + Sync) {
    let mut parts = Vec::new();
    for (row, y) in y.chunks_mut(len).enumerate() {
        parts.extend(y.chunks_mut(step).enumerate().map(|(k, part)| (row, k * step, part)));
    }
    share::for_each(ops >= SERIAL, parts.into_iter(), |(row, at, part)| work(row, at, part));
}

/// Memory for some blocks of `size` numbers as the numbers themselves, and what is left of it.
fn split<T: Number>(work: &mut [Complex<T::Real>], numbers: usize) -> (&mut [T], &mut [Complex<T::Real>]) {
    let (blocks, rest) = work.split_at_mut(room::<T>(numbers));
    (&mut bytemuck::cast_slice_mut(blocks)[..numbers], rest)
}

/// Complex numbers that take as much memory.
fn room<T: Number>(numbers: usize) -> usize {
    (numbers * size_of::<T>()).div_ceil(size_of::<Complex<T::Real>>())
}

/// The rows of `x` convolved with `h` by their spectra.
pub(super) fn by_spectra<T: Number>(level: SimdLevel, shape: Shape, cut: Cut, x: &[T], h: &[T], y: &mut [T]) {
    let Cut { size, step, skip, origin, .. } = cut;
    let bins = T::bins(size);
    let zero = <T::Real as bytemuck::Zeroable>::zeroed();
    let mut spectrum = vec![Complex::new(zero, zero); bins];
    engine::with_work(room::<T>(size), |work| {
        let (padded, _) = split::<T>(work, size);
        window(h, 0, padded);
        // The factor of the inverse transform goes with h.
        T::forward(size, level, 1.0 / size as f64, padded, &mut spectrum);
    });
    let together = (TOGETHER / size).max(1);
    spread(y, shape.kept().1, step * together, shape.cut_ops(&cut), |row, at, part| {
        let x = &x[row * shape.n..][..shape.n];
        let numbers = part.len().div_ceil(step) * size;
        engine::with_work(room::<T>(numbers) + numbers / size * bins, |work| {
            let (blocks, spectra) = split::<T>(work, numbers);
            for (k, block) in blocks.chunks_exact_mut(size).enumerate() {
                window(x, origin + (at + k * step) as isize, block);
            }
            T::forward(size, level, 1.0, blocks, spectra);
            spectra.chunks_exact_mut(bins).for_each(|z| engine::multiply(level, z, &spectrum));
            T::inverse(size, level, spectra, blocks);
            for (to, block) in part.chunks_mut(step).zip(blocks.chunks_exact(size)) {
                to.copy_from_slice(&block[skip..][..to.len()]);
            }
        });
    });
}

/// The rows of `x` convolved with `h` by the definition.
pub(super) fn by_sums<T: Number>(level: SimdLevel, shape: Shape, x: &[T], h: &[T], y: &mut [T]) {
    let (start, len) = shape.kept();
    let reversed = |a: &[T]| a.iter().rev().copied().collect::<Vec<_>>();
    let taps = reversed(h);
    spread(y, len, direct::PART, shape.direct_ops(), |row, at, part| {
        let x = &x[row * shape.n..][..shape.n];
        let origin = |taps: usize| (start + at) as isize - (taps as isize - 1);
        // Convolution does not mind which is which: the shorter one gives the terms of the sums.
        if shape.n < shape.m {
            T::sums(level, h, origin(shape.n), &reversed(x), part);
        } else {
            T::sums(level, x, origin(shape.m), &taps, part);
        }
    });
}
