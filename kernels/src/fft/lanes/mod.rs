//! Transforms of several rows at once, one in each lane of a vector.
//!
//! A field of `n` points has a vector of real and one of imaginary parts for each point. Nothing crosses lanes, so every
//! instruction of a transform does as much as the vectors are wide, whatever the length. What it costs is bringing the
//! numbers of one point of all rows together, which columns of an array are already.
//!
//! The transform is decimated in time and done where it is: points are put in [`Lanes::places`], in which the digits of
//! their number stand the other way round, and come out in order.

pub(in crate::fft) mod butterflies;

use super::engine::{self, Float};
use super::oracle::root;
use crate::SimdLevel;
use butterflies::{Wide, dft};
use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFrom, dispatch};
use gapwave_columns::Complex;
use std::sync::Arc;

/// Bytes of a field that stay in a core's first cache: passes over as many go before the rest is touched.
const NEAR: usize = 32 << 10;

/// The largest prime factor of lengths. Beyond it, summing as the definition stands takes longer than Bluestein's algorithm.
pub(in crate::fft) const LARGEST: usize = 127;

/// How a length without a prime factor above [`LARGEST`] is transformed, forward.
pub(in crate::fft) struct Lanes<T> {
    /// Points.
    pub(in crate::fft) n: usize,
    /// Where each point is put.
    pub(in crate::fft) places: Vec<u32>,
    passes: Vec<Pass<T>>,
}

struct Pass<T> {
    radix: usize,
    /// Points of the transforms that it puts together.
    done: usize,
    /// `exp(−2πi·jk/(done·radix))` for `1 ≤ k < radix` of each `j < done`, real and imaginary part.
    turns: Vec<T>,
    /// Cosine and sine of `2π·k/radix`, of radices without a butterfly of their own.
    roots: Vec<T>,
}

/// The radices of a length, in the order of the passes; `None` where it has another prime factor.
fn radices(mut n: usize) -> Option<Vec<usize>> {
    let mut radices = Vec::new();
    for p in (3..=LARGEST).rev().step_by(2) {
        // Primes only: the factors of a composite number have their own turn.
        while n.is_multiple_of(p) && (2..p).all(|d| p % d != 0) {
            radices.push(p);
            n /= p;
        }
    }
    if !n.is_power_of_two() {
        return None;
    }
    let log = n.ilog2();
    let (eights, rest) = match log % 3 {
        0 => (log / 3, &[][..]),
        1 if log > 1 => (log / 3 - 1, &[4, 4][..]),
        1 => (0, &[2][..]),
        _ => (log / 3, &[4][..]),
    };
    radices.extend(std::iter::repeat_n(8, eights as usize));
    radices.extend(rest);
    Some(radices)
}

impl<T: Float> Lanes<T> {
    /// `None` where the length has a prime factor above [`LARGEST`], or is none.
    pub(in crate::fft) fn of(n: usize) -> Option<Lanes<T>> {
        u32::try_from(n).ok().filter(|&n| n > 0)?;
        let mut done = 1;
        let mut places = vec![0];
        let mut passes = Vec::new();
        for radix in radices(n)? {
            let whole = (done * radix) as u64;
            let exponents = (0..done as u64).flat_map(|j| (1..radix as u64).map(move |k| j * k));
            let turns = exponents.map(|e| root(e, whole)).flat_map(|w| [T::of(w.re), T::of(w.im)]).collect();
            // Point i of the longer transform is point i / radix of its part i % radix.
            places = (0..done * radix).map(|i| (i % radix * done) as u32 + places[i / radix]).collect();
            let own = if radix > 13 { radix as u64 } else { 0 };
            let roots = (0..own).map(|k| root(k, own)).flat_map(|w| [T::of(w.re), T::of(-w.im)]).collect();
            passes.push(Pass { radix, done, turns, roots });
            done *= radix;
        }
        Some(Lanes { n, places, passes })
    }

    /// The same, kept: of the last few lengths.
    pub(in crate::fft) fn kept(n: usize) -> Option<Arc<Lanes<T>>> {
        T::lanes().get(n, 16, || Lanes::of(n).map(Arc::new).ok_or(())).ok()
    }

    /// Transforms a field of `n` points where it is.
    #[inline(always)]
    pub(in crate::fft) fn run<S: Simd>(&self, simd: S, field: &mut [T]) {
        let width = 2 * T::Lanes::<S>::LEN;
        let near = NEAR / (width * size_of::<T>());
        let within = self.passes.iter().take_while(|p| p.done * p.radix <= near).count();
        let (first, rest) = self.passes.split_at(within);
        if let Some(last) = first.last() {
            for part in field.chunks_exact_mut(last.done * last.radix * width) {
                for pass in first {
                    pass.run(simd, part);
                }
            }
        }
        for pass in rest {
            pass.run(simd, field);
        }
    }
}

impl<T: Float> Pass<T> {
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, field: &mut [T]) {
        // A function of its own for each radix, compiled for the level: there are many callers.
        macro_rules! apart {
            ($r:literal) => {
                simd.vectorize(
                    #[inline(always)]
                    || self.butterflies::<$r, S>(simd, field),
                )
            };
        }
        match self.radix {
            2 => apart!(2),
            3 => apart!(3),
            4 => apart!(4),
            5 => apart!(5),
            7 => apart!(7),
            8 => apart!(8),
            11 => apart!(11),
            13 => apart!(13),
            _ => simd.vectorize(
                #[inline(always)]
                || self.any(simd, field),
            ),
        }
    }

    #[inline(always)]
    fn butterflies<const R: usize, S: Simd>(&self, simd: S, field: &mut [T]) {
        let width = 2 * T::Lanes::<S>::LEN;
        let splat = |x| T::Lanes::<S>::simd_from(simd, x);
        let stride = self.done * width;
        for whole in field.chunks_exact_mut(R * stride) {
            if self.done == 1 {
                let mut z = [Wide { re: splat(T::of(0.0)), im: splat(T::of(0.0)) }; R];
                for k in 0..R {
                    z[k] = Wide::load(simd, &whole[k * width..][..width]);
                }
                dft::<R, S, T>(simd, &mut z);
                for k in 0..R {
                    z[k].store(&mut whole[k * width..][..width]);
                }
                continue;
            }
            for (j, turns) in self.turns.chunks_exact(2 * (R - 1)).enumerate() {
                let mut z = [Wide::load(simd, &whole[j * width..][..width]); R];
                for k in 1..R {
                    let w = Wide { re: splat(turns[2 * k - 2]), im: splat(turns[2 * k - 1]) };
                    z[k] = Wide::load(simd, &whole[k * stride + j * width..][..width]).times(w);
                }
                dft::<R, S, T>(simd, &mut z);
                for k in 0..R {
                    z[k].store(&mut whole[k * stride + j * width..][..width]);
                }
            }
        }
    }
}

impl<T: Float> Pass<T> {
    /// Butterflies of any odd radix: see [`butterflies::dft`] of an odd one.
    #[inline(always)]
    fn any<S: Simd>(&self, simd: S, field: &mut [T]) {
        let width = 2 * T::Lanes::<S>::LEN;
        let splat = |x| T::Lanes::<S>::simd_from(simd, x);
        let (radix, stride) = (self.radix, self.done * width);
        let half = radix / 2;
        let zero = Wide { re: splat(T::of(0.0)), im: splat(T::of(0.0)) };
        let (mut sums, mut differences) = ([zero; LARGEST / 2], [zero; LARGEST / 2]);
        for whole in field.chunks_exact_mut(radix * stride) {
            for (j, turns) in self.turns.chunks_exact(2 * (radix - 1)).enumerate() {
                let turned = |whole: &[T], k: usize| {
                    let z = Wide::<T::Lanes<S>>::load(simd, &whole[k * stride + j * width..][..width]);
                    z.times(Wide { re: splat(turns[2 * k - 2]), im: splat(turns[2 * k - 1]) })
                };
                let first = Wide::<T::Lanes<S>>::load(simd, &whole[j * width..][..width]);
                let mut all = first;
                for k in 1..=half {
                    let (a, b) = (turned(whole, k), turned(whole, radix - k));
                    (sums[k - 1], differences[k - 1]) = (a.plus(b), a.minus(b));
                    all = all.plus(sums[k - 1]);
                }
                all.store(&mut whole[j * width..][..width]);
                for k in 1..=half {
                    let (mut u, mut v) = (first, zero);
                    let mut at = 0;
                    for (sum, difference) in sums[..half].iter().zip(&differences[..half]) {
                        at = if at + k >= radix { at + k - radix } else { at + k };
                        let (c, s) = (splat(self.roots[2 * at]), splat(self.roots[2 * at + 1]));
                        u = Wide { re: sum.re.mul_add(c, u.re), im: sum.im.mul_add(c, u.im) };
                        v = Wide { re: difference.re.mul_add(s, v.re), im: difference.im.mul_add(s, v.im) };
                    }
                    u.minus_i(v).store(&mut whole[k * stride + j * width..][..width]);
                    u.plus_i(v).store(&mut whole[(radix - k) * stride + j * width..][..width]);
                }
            }
        }
    }
}

/// Lanes of a level's widest vectors.
pub(in crate::fft) fn width<T: Float>(level: SimdLevel) -> usize {
    dispatch!(level.token(), simd => width_at::<_, T>(simd))
}

#[inline(always)]
fn width_at<S: Simd, T: Float>(_: S) -> usize {
    T::Lanes::<S>::LEN
}

/// The tile of `LEN` by `LEN` numbers on its other side.
#[inline(always)]
pub(in crate::fft) fn transpose<S: Simd, V: SimdFloat<S>>(tile: &mut [V; 16]) {
    let half = V::LEN / 2;
    let mut stride = 1;
    while stride < V::LEN {
        let old = *tile;
        for i in 0..half {
            (tile[2 * i], tile[2 * i + 1]) = old[i].interleave(old[i + half]);
        }
        stride *= 2;
    }
}

/// Up to as many complex numbers as there are lanes. An inverse transform is a forward one with real and imaginary parts
/// exchanged before and after.
#[inline(always)]
pub(in crate::fft) fn load_pairs<S: Simd, T: Float>(simd: S, from: &[T], exchanged: bool) -> Wide<T::Lanes<S>> {
    let wide = T::Lanes::<S>::LEN;
    if from.len() < 2 * wide {
        let part = |p: usize| T::Lanes::<S>::from_fn(simd, |i| from.get(2 * i + p).copied().unwrap_or(T::of(0.0)));
        let p = usize::from(exchanged);
        return Wide { re: part(p), im: part(1 - p) };
    }
    let (low, high) = from.split_at(wide);
    let (re, im) = T::Lanes::<S>::from_slice(simd, low).deinterleave(T::Lanes::<S>::from_slice(simd, high));
    if exchanged { Wide { re: im, im: re } } else { Wide { re, im } }
}

#[inline(always)]
pub(in crate::fft) fn store_pairs<S: Simd, T: Float>(_: S, z: Wide<T::Lanes<S>>, exchanged: bool, to: &mut [T]) {
    let wide = T::Lanes::<S>::LEN;
    let (re, im) = if exchanged { (z.im, z.re) } else { (z.re, z.im) };
    if to.len() < 2 * wide {
        for (i, to) in to.chunks_exact_mut(2).enumerate() {
            (to[0], to[1]) = (re.as_slice()[i], im.as_slice()[i]);
        }
        return;
    }
    let (low, high) = to.split_at_mut(wide);
    let (a, b) = re.interleave(im);
    a.store_slice(low);
    b.store_slice(high);
}

/// Calls `f` with memory for `n` complex numbers that begins with a cache line, so that no vector lies across two.
pub(in crate::fft) fn aligned<T: Float>(n: usize, f: impl FnOnce(&mut [T])) {
    const LINE: usize = 64;
    engine::with_work::<T>(n + LINE / size_of::<Complex<T>>(), |work| {
        let work: &mut [T] = bytemuck::cast_slice_mut(work);
        let off = work.as_ptr().align_offset(LINE);
        f(&mut work[off..][..2 * n]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;
    use gapwave_columns::Complex64;

    #[inline(always)]
    fn check<S: Simd, T: Float>(simd: S, n: usize, tolerance: f64) {
        let lanes = Lanes::<T>::of(n).unwrap();
        let wide = T::Lanes::<S>::LEN;
        let number = |i: usize, lane: usize| {
            let at = 2 * (i * wide + lane) as u64;
            Complex64::new(T::of(uniform(3, at)).wide(), T::of(uniform(3, at + 1)).wide())
        };
        let mut field = vec![T::of(0.0); 2 * wide * n];
        for (i, &place) in lanes.places.iter().enumerate() {
            for lane in 0..wide {
                field[(2 * place as usize) * wide + lane] = T::of(number(i, lane).re);
                field[(2 * place as usize + 1) * wide + lane] = T::of(number(i, lane).im);
            }
        }
        lanes.run(simd, &mut field);
        for lane in 0..wide {
            let row: Vec<_> = (0..n).map(|i| number(i, lane)).collect();
            for (k, want) in crate::fft::oracle::direct(&row, n, false).into_iter().enumerate() {
                let got = Complex64::new(field[2 * k * wide + lane].wide(), field[(2 * k + 1) * wide + lane].wide());
                assert!((got - want).norm() < tolerance * n as f64, "bin {k} of {n}, lane {lane}: {got}, not {want}");
            }
        }
    }

    #[test]
    fn every_lane_is_a_transform() {
        for level in SimdLevel::available() {
            for n in [
                1,
                2,
                3,
                4,
                5,
                7,
                8,
                11,
                13,
                16,
                30,
                32,
                64,
                121,
                128,
                169,
                210,
                289,
                512,
                17 * 19,
                64 * 31,
                127 * 4,
                1001,
                1024,
                2310,
            ] {
                dispatch!(level.token(), simd => check::<_, f32>(simd, n, 1e-6));
                dispatch!(level.token(), simd => check::<_, f64>(simd, n, 1e-15));
            }
        }
        assert!(
            Lanes::<f32>::of(0).is_none() && Lanes::<f32>::of(131).is_none() && Lanes::<f32>::of(2 * 257).is_none()
        );
    }

    #[inline(always)]
    fn turned<S: Simd>(simd: S) {
        let mut tile = [S::f32s::simd_from(simd, 0.0); 16];
        let wide = S::f32s::LEN;
        (0..wide).for_each(|i| tile[i] = S::f32s::from_fn(simd, |j| (100 * i + j) as f32));
        transpose(&mut tile);
        for (i, row) in tile.iter().enumerate().take(wide) {
            assert!((0..wide).all(|j| row[j] == (100 * j + i) as f32), "{i}");
        }
    }

    #[test]
    fn a_tile_is_transposed() {
        for level in SimdLevel::available() {
            dispatch!(level.token(), simd => turned(simd));
        }
    }
}
