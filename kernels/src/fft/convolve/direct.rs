//! The sums of the definition, some vectors of results at a time in registers.

use super::cpu::window;
use crate::SimdLevel;
use crate::fft::engine::{self, Float};
use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFloatElement, SimdFrom, dispatch};
use gapwave_columns::Complex;

/// Results that are made together: the part of a row that they look at stays in a cache.
pub(super) const PART: usize = 4096;
/// Vectors of results in registers: as many as hide the time of a fused multiply-add where two begin at once.
const VECTORS: usize = 8;
/// Terms that are summed before they are added to the rest, so that roundoff grows with the blocks and their length, not
/// with their product.
const TERMS: usize = 128;

/// Numbers with vectors.
pub(super) trait Lanes: Float + SimdFloatElement {
    type Vector<S: Simd>: SimdFloat<S, Element = Self>;
}

impl Lanes for f32 {
    type Vector<S: Simd> = S::f32s;
}

impl Lanes for f64 {
    type Vector<S: Simd> = S::f64s;
}

/// `y[i] = Σ_j taps[j]·x[origin + i + j]`, `x` being 0 beyond its ends; `y` has [`PART`] numbers or fewer.
pub(super) fn real<T: Lanes>(level: SimdLevel, x: &[T], origin: isize, taps: &[T], y: &mut [T]) {
    let padded = padded::<T>(y.len());
    with_room(padded + padded + taps.len() - 1, |room| {
        let (sum, seen) = room.split_at_mut(padded);
        window(x, origin, seen);
        sum.fill(T::zero());
        add(level, seen, taps, sum);
        y.copy_from_slice(&sum[..y.len()]);
    });
}

/// The same for complex numbers, as four real sums.
pub(super) fn complex<T: Lanes>(
    level: SimdLevel,
    x: &[Complex<T>],
    origin: isize,
    taps: &[Complex<T>],
    y: &mut [Complex<T>],
) where
    Complex<T>: gapwave_columns::Element,
{
    let padded = padded::<T>(y.len());
    let seen = padded + taps.len() - 1;
    let mut numbers = vec![Complex::new(T::zero(), T::zero()); seen];
    window(x, origin, &mut numbers);
    let part = |of: &[Complex<T>], f: fn(&Complex<T>) -> T| of.iter().map(f).collect::<Vec<T>>();
    let [re, im] = [part(&numbers, |z| z.re), part(&numbers, |z| z.im)];
    let [tap_re, tap_im, minus_im] = [part(taps, |z| z.re), part(taps, |z| z.im), part(taps, |z| -z.im)];
    let mut sum = vec![T::zero(); 2 * padded];
    let (sum_re, sum_im) = sum.split_at_mut(padded);
    add(level, &re, &tap_re, sum_re);
    add(level, &im, &minus_im, sum_re);
    add(level, &re, &tap_im, sum_im);
    add(level, &im, &tap_re, sum_im);
    y.iter_mut().zip(sum_re.iter().zip(&*sum_im)).for_each(|(y, (&re, &im))| *y = Complex::new(re, im));
}

/// Results rounded up to whole groups of vectors of any level: 64 bytes are the widest.
fn padded<T>(n: usize) -> usize {
    n.next_multiple_of(VECTORS * 64 / size_of::<T>())
}

/// Calls `f` with `n` numbers of this thread's memory, holding anything.
fn with_room<T: Float>(n: usize, f: impl FnOnce(&mut [T])) {
    engine::with_work::<T>(n.div_ceil(2), |work| f(&mut bytemuck::cast_slice_mut(work)[..n]));
}

/// `y[i] += Σ_j taps[j]·x[i + j]`; `y` is of whole groups.
fn add<T: Lanes>(level: SimdLevel, x: &[T], taps: &[T], y: &mut [T]) {
    dispatch!(level.token(), simd => add_at(simd, x, taps, y));
}

#[inline(always)]
fn add_at<S: Simd, T: Lanes>(simd: S, x: &[T], taps: &[T], y: &mut [T]) {
    let lanes = T::Vector::<S>::LEN;
    let zero = T::Vector::<S>::simd_from(simd, T::zero());
    for (group, y) in y.chunks_exact_mut(VECTORS * lanes).enumerate() {
        let x = &x[group * VECTORS * lanes..];
        for (block, taps) in taps.chunks(TERMS).enumerate() {
            let x = &x[block * TERMS..];
            let mut sums = [zero; VECTORS];
            for (j, &tap) in taps.iter().enumerate() {
                let tap = T::Vector::<S>::simd_from(simd, tap);
                let x = &x[j..][..VECTORS * lanes];
                for (sum, x) in sums.iter_mut().zip(x.chunks_exact(lanes)) {
                    *sum = T::Vector::<S>::from_slice(simd, x).mul_add(tap, *sum);
                }
            }
            for (sum, y) in sums.iter().zip(y.chunks_exact_mut(lanes)) {
                (*sum + T::Vector::<S>::from_slice(simd, y)).store_slice(y);
            }
        }
    }
}
