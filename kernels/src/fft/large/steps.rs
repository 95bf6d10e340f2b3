//! Long transforms: the four-step method, on vectors of columns.
//!
//! With n = a·b, number `j = b·i + q` and bin `k = r + a·s`, the transform is: transforms of length `a` over `i` for
//! each of the `b` columns q, a product with the n-th root of unity of `q·r`, then transforms of length `b` over `q`
//! for each r, which end in the bins `r + a·s`. Columns q stand beside each other in memory, and so do the bins of
//! neighbouring r: both steps take as many at once as there are lanes, and tiles of numbers are turned on the way from
//! the one to the other. Memory is gone through twice, some cache lines at a time.

use super::super::engine::Float;
use super::super::lanes::butterflies::Wide;
use super::super::lanes::{Lanes, aligned, load_pairs, store_pairs, transpose, width};
use super::super::oracle::root;
use super::{SHARED, spare};
use crate::memory::prefetch;
use crate::{SimdLevel, share};
use fearless_simd::{Simd, SimdBase, SimdFrom, dispatch};
use gapwave_columns::{Complex, Complex64};

/// Bytes read or written at once where memory is crossed: eight cache lines.
const RUN: usize = 512;
/// Bytes of the fields that a thread works on at a time: within its own second-level cache.
const NEAR: usize = 1 << 20;
/// Rows that are asked for before they are used.
const AHEAD: usize = 4;

/// How a long length is transformed at a level.
pub(in crate::fft) struct Steps<T> {
    level: SimdLevel,
    /// Lanes of a vector.
    wide: usize,
    /// Whether it is shared out over threads.
    pub(super) shared: bool,
    first: Lanes<T>,
    second: Lanes<T>,
    /// Roots between the steps. The exponent `q·r` is that of a group's first column, and what its lane adds.
    /// `exp(−2πi·q·r/n)` of `q` = 0, wide, 2·wide … and each r.
    of_group: Vec<T>,
    /// The same of `q` < wide, as vectors of lanes, for each r.
    of_lane: Vec<T>,
}

/// The lengths of the two steps: near each other, and multiples of the number of lanes where that can be.
fn split(n: usize, wide: usize) -> Option<(usize, usize)> {
    let waste = |n: usize| n.next_multiple_of(wide) as f64 / n as f64;
    let divisors = (1..=n.isqrt()).filter(|a| n.is_multiple_of(*a) && a * a >= n / 64);
    let pairs = divisors.flat_map(|a| [(a, n / a), (n / a, a)]);
    // Half of the work is done for each step; a step that is twice as long has one more level of butterflies at most.
    let cost = |(a, b): (usize, usize)| (waste(a) + waste(b)) * (1.0 + 0.01 * (a as f64 / b as f64).log2().abs());
    pairs.min_by(|&x, &y| cost(x).total_cmp(&cost(y)))
}

impl<T: Float> Steps<T> {
    /// `None` where the length has a prime factor that is too large for a step.
    pub(super) fn of(n: usize, level: SimdLevel) -> Option<Steps<T>> {
        let wide = width::<T>(level);
        let (a, b) = split(n, wide)?;
        let (first, second) = (Lanes::of(a)?, Lanes::of(b)?);
        let shared = n >= SHARED;
        let n = n as u64;
        // Two levels of roots in f64: a sine for each of them would take longer than the transform.
        let fine = 1u64 << (n.ilog2().div_ceil(2));
        let coarse: Vec<_> = (0..n.div_ceil(fine)).map(|k| root(k * fine, n)).collect();
        let fine: Vec<_> = (0..fine).map(|k| root(k, n)).collect();
        let turn = |q: usize, r: usize| {
            let e = (q as u64 * r as u64 % n) as usize;
            coarse[e / fine.len()] * fine[e % fine.len()]
        };
        let parts = |w: Complex64| [T::of(w.re), T::of(w.im)];
        let of_group = (0..b).step_by(wide).flat_map(|q| (0..a).flat_map(move |r| parts(turn(q, r)))).collect();
        let lanes = |r: usize| {
            let of = |part: usize| (0..wide).map(move |q| parts(turn(q, r))[part]);
            of(0).chain(of(1))
        };
        let of_lane = (0..a).flat_map(lanes).collect();
        Some(Steps { level, wide, shared, first, second, of_group, of_lane })
    }

    /// `y = scale · DFT(x)`.
    pub(super) fn run(&self, inverse: bool, scale: f64, x: &[Complex<T>], y: &mut [Complex<T>]) {
        spare::<T>(self.between(), |temp| {
            let temp = bytemuck::cast_slice_mut(temp);
            self.columns(inverse, bytemuck::cast_slice(x), temp);
            self.rows(inverse, scale, temp, bytemuck::cast_slice_mut(y));
        });
    }

    /// The same where the numbers are.
    pub(super) fn again(&self, inverse: bool, scale: f64, z: &mut [Complex<T>]) {
        spare(self.between(), |temp| self.again_in(inverse, scale, z, temp));
    }

    /// The same by way of `temp`.
    pub(super) fn again_in(&self, inverse: bool, scale: f64, z: &mut [Complex<T>], temp: &mut [Complex<T>]) {
        let temp = bytemuck::cast_slice_mut(temp);
        self.columns(inverse, bytemuck::cast_slice(z), temp);
        self.rows(inverse, scale, temp, bytemuck::cast_slice_mut(z));
    }

    /// Complex numbers between the steps.
    pub(super) fn between(&self) -> usize {
        self.padded(self.first.n) * self.padded(self.second.n)
    }

    fn padded(&self, n: usize) -> usize {
        n.next_multiple_of(self.wide)
    }

    /// Vectors that are worked on at a time, where the length is `n`.
    fn together(&self, n: usize) -> usize {
        let vector = self.wide * size_of::<Complex<T>>();
        (NEAR / (n * vector)).clamp(1, (RUN / vector).max(1))
    }

    /// The first step. `temp` has the columns in blocks of as many as are worked on at a time, of each block for each
    /// vector of r the columns, as a vector of real and one of imaginary parts.
    fn columns(&self, inverse: bool, x: &[T], temp: &mut [T]) {
        let columns = self.together(self.first.n) * self.wide;
        let work = |(block, temp): (usize, &mut [T])| {
            aligned(self.first.n * columns, |work| {
                let first = block * columns;
                dispatch!(self.level.token(), simd => self.columns_of(simd, inverse, x, first, work, temp));
            });
        };
        share::for_each(self.shared, temp.chunks_mut(self.padded(self.first.n) * columns * 2).enumerate(), work);
    }

    #[inline(always)]
    fn columns_of<S: Simd>(&self, simd: S, inverse: bool, x: &[T], q: usize, work: &mut [T], temp: &mut [T]) {
        let (a, b) = (self.first.n, self.second.n);
        let wide = T::Lanes::<S>::LEN;
        let width = 2 * wide;
        let columns = temp.len() / (self.padded(a) * 2);
        let here = columns.min(b - q);
        let groups = columns / wide;
        for (i, &place) in self.first.places.iter().enumerate() {
            let row = &x[2 * (i * b + q)..][..2 * here];
            if i + AHEAD < a {
                prefetch(&x[2 * ((i + AHEAD) * b + q)..][..2 * here]);
            }
            for (g, from) in row.chunks(width).enumerate() {
                let to = &mut work[(g * a + place as usize) * width..][..width];
                load_pairs::<S, T>(simd, from, inverse).store(to);
            }
        }
        for (g, field) in work.chunks_exact_mut(a * width).take(groups).enumerate() {
            self.first.run(simd, field);
            let of_group = &self.of_group[(q / wide + g) * a * 2..][..a * 2];
            let tiles =
                field.chunks(wide * width).zip(of_group.chunks(2 * wide)).zip(self.of_lane.chunks(wide * width));
            for (((tile, of_group), of_lane), temp) in tiles.zip(temp.chunks_exact_mut(columns * 2 * wide)) {
                self.turn_tile(simd, tile, of_group, of_lane, &mut temp[g * wide * width..][..wide * width]);
            }
        }
    }

    /// Numbers of some r, a vector of columns each, times their roots, to vectors of those r, one for each column.
    #[inline(always)]
    fn turn_tile<S: Simd>(&self, simd: S, tile: &[T], of_group: &[T], of_lane: &[T], to: &mut [T]) {
        let wide = T::Lanes::<S>::LEN;
        let width = 2 * wide;
        let zero = T::Lanes::<S>::simd_from(simd, T::of(0.0));
        let (mut re, mut im) = ([zero; 16], [zero; 16]);
        // Of a number that is known when this is compiled, but for the last tile: it is in registers then.
        if tile.len() == wide * width {
            for t in 0..wide {
                let z = turned(simd, &tile[t * width..], &of_group[2 * t..], &of_lane[t * width..]);
                (re[t], im[t]) = (z.re, z.im);
            }
        } else {
            for t in 0..tile.len() / width {
                let z = turned(simd, &tile[t * width..], &of_group[2 * t..], &of_lane[t * width..]);
                (re[t], im[t]) = (z.re, z.im);
            }
        }
        transpose(&mut re);
        transpose(&mut im);
        for t in 0..wide {
            Wide { re: re[t], im: im[t] }.store(&mut to[t * width..][..width]);
        }
    }

    /// The second step.
    fn rows(&self, inverse: bool, scale: f64, temp: &[T], y: &mut [T]) {
        let (a, b) = (self.first.n, self.second.n);
        let rows = self.together(b) * self.wide;
        // The pieces of `y` that each block of r ends in, one in every row of `a` bins.
        let mut pieces: Vec<Vec<&mut [T]>> = (0..a.div_ceil(rows)).map(|_| Vec::with_capacity(b)).collect();
        for row in y.chunks_exact_mut(2 * a) {
            row.chunks_mut(2 * rows).zip(&mut pieces).for_each(|(piece, pieces)| pieces.push(piece));
        }
        let factor = T::of(scale);
        let work = |(block, mut pieces): (usize, Vec<&mut [T]>)| {
            aligned(b * rows, |work| {
                let first = block * rows;
                dispatch!(self.level.token(), simd => self.rows_of(simd, inverse, factor, temp, first, work, &mut pieces));
            });
        };
        share::for_each(self.shared, pieces.into_iter().enumerate(), work);
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "what a step is about, and where")]
    fn rows_of<S: Simd>(
        &self,
        simd: S,
        inverse: bool,
        factor: T,
        temp: &[T],
        r: usize,
        work: &mut [T],
        pieces: &mut [&mut [T]],
    ) {
        let (a, b) = (self.first.n, self.second.n);
        let wide = T::Lanes::<S>::LEN;
        let width = 2 * wide;
        let groups = (pieces[0].len() / 2).div_ceil(wide);
        let block = self.together(a) * wide;
        for (from, places) in temp.chunks(self.padded(a) * block * 2).zip(self.second.places.chunks(block)) {
            let columns = from.len() / (self.padded(a) * 2);
            let from = from[r * columns * 2..].chunks_exact(columns * width);
            for (from, field) in from.zip(work.chunks_exact_mut(b * width)).take(groups) {
                for (from, &place) in from.chunks_exact(width).zip(places) {
                    Wide::<T::Lanes<S>>::load(simd, from).store(&mut field[place as usize * width..][..width]);
                }
            }
        }
        for field in work.chunks_exact_mut(b * width).take(groups) {
            self.second.run(simd, field);
        }
        let factor = T::Lanes::<S>::simd_from(simd, factor);
        for s in 0..b {
            if let Some(next) = pieces.get(s + AHEAD) {
                prefetch(next);
            }
            let piece = &mut *pieces[s];
            for (to, field) in piece.chunks_mut(width).zip(work.chunks_exact(b * width)) {
                let z = Wide::<T::Lanes<S>>::load(simd, &field[s * width..][..width]);
                store_pairs::<S, T>(simd, Wide { re: z.re * factor, im: z.im * factor }, inverse, to);
            }
        }
    }
}

/// A vector of columns of one r, times their roots.
#[inline(always)]
fn turned<S: Simd, T: Float>(simd: S, z: &[T], of_group: &[T], of_lane: &[T]) -> Wide<T::Lanes<S>> {
    let width = 2 * T::Lanes::<S>::LEN;
    let splat = |x| T::Lanes::<S>::simd_from(simd, x);
    let group = Wide { re: splat(of_group[0]), im: splat(of_group[1]) };
    Wide::load(simd, &z[..width]).times(Wide::load(simd, &of_lane[..width]).times(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;

    #[test]
    fn the_two_steps_are_one_transform() {
        // Steps that are no multiples of the lanes, nor blocks of columns of the width that is worked on.
        for n in [1, 12, 64, 15, 48 * 70, 33 * 32, 64 * 64, 5 * 5 * 5 * 7, 13 * 11 * 9] {
            let x: Vec<_> = (0..n as u64).map(|i| Complex64::new(uniform(1, i), uniform(2, i))).collect();
            for (level, inverse) in SimdLevel::available().into_iter().flat_map(|l| [(l, false), (l, true)]) {
                let long = Steps::<f64>::of(n, level).unwrap();
                let mut y = x.clone();
                long.run(inverse, 0.5, &x, &mut y);
                let mut z = x.clone();
                long.again(inverse, 0.5, &mut z);
                assert!(y == z, "{n} at {level}: in place");
                for (got, want) in y.iter().zip(crate::fft::oracle::direct(&x, n, inverse)) {
                    assert!((got - want * 0.5).norm() < 1e-15 * n as f64, "{n} at {level}, inverse {inverse}");
                }
            }
        }
    }

    #[test]
    fn lengths_are_split_near_their_root() {
        assert_eq!(split(1 << 20, 16), Some((1 << 10, 1 << 10)));
        assert_eq!(split(1 << 21, 8), Some((1 << 10, 1 << 11)));
        assert_eq!(split(1_000_000, 8), Some((1000, 1000)));
        assert_eq!(split(5usize.pow(9), 16), Some((5usize.pow(4), 5usize.pow(5))));
    }
}
