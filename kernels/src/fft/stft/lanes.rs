//! Frames in the lanes of vectors: as many as there are lanes are windowed, turned so that each point of all of them is
//! one vector, transformed, and turned back. Neighbours of a frame are taken as one complex number where the length is
//! even, as in [`crate::fft::rfft`]; no lane sees another, so neither does a frame.

use super::super::engine::Float;
use super::super::lanes::butterflies::Wide;
use super::super::lanes::{Lanes, store_pairs, transpose};
use super::super::rfft::packed::{Tables, table};
use super::bins;
use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFrom};
use gapwave_columns::Complex;
use std::sync::Arc;

/// Longest frame: a field of longer ones is beyond a second-level cache.
const LONGEST: usize = 1 << 14;

/// Bytes from which on copies are made without reading what they overwrite, and after which a cache's sets repeat.
const PAGE: usize = 4096;

/// What frames of a length become.
pub(super) struct Frames<T> {
    n: usize,
    lanes: Arc<Lanes<T>>,
    turns: Arc<[Complex<T>]>,
    window: Vec<T>,
    /// What spectra are multiplied by; of powers each bin.
    pub(super) scale: T,
    pub(super) weights: Vec<T>,
}

impl<T: Float + Tables> Frames<T> {
    /// `None` where the length has a large prime factor, or is too long. The choice depends on nothing else.
    pub(super) fn of(n: usize, window: &[f64], scale: f64, weights: Vec<T>) -> Option<Frames<T>> {
        let points = if n.is_multiple_of(2) { n / 2 } else { n };
        let lanes = (n <= LONGEST).then(|| Lanes::kept(points)).flatten()?;
        let window = window.iter().map(|&w| T::of(w)).collect();
        Some(Frames { n, lanes, turns: table(n), window, scale: T::of(scale), weights })
    }

    /// Complex numbers of a field for so many lanes.
    pub(super) fn room(&self, lanes: usize) -> usize {
        (self.lanes.n + 1) * lanes
    }

    /// The distance of rows of `row` numbers in memory. Of long ones, whole cache lines, an odd number of them: they would
    /// compete for the same sets of the cache. Short ones follow each other, to be written out together.
    pub(super) fn distance(&self, row: usize) -> usize {
        let line = 64 / size_of::<T>();
        if row < PAGE / size_of::<T>() { row } else { (row.div_ceil(line) | 1) * line }
    }

    /// Transforms `count` frames that begin every `hop` numbers of `x`, no more than there are lanes, into rows of bins at
    /// a distance of `row`: real and imaginary parts in turn, or powers. There is room for as many rows as there are lanes.
    #[inline(always)]
    pub(super) fn run<S: Simd, const POWER: bool>(
        &self,
        simd: S,
        (x, hop, count): (&[T], usize, usize),
        field: &mut [T],
        (y, row): (&mut [T], usize),
    ) {
        self.load(simd, x, hop, count, field);
        self.lanes.run(simd, &mut field[..2 * self.lanes.n * T::Lanes::<S>::LEN]);
        self.unpack(simd, field);
        self.store::<S, POWER>(simd, field, count, row, y);
    }

    #[inline(always)]
    fn load<S: Simd>(&self, simd: S, x: &[T], hop: usize, count: usize, field: &mut [T]) {
        let wide = T::Lanes::<S>::LEN;
        let zero = T::Lanes::<S>::simd_from(simd, T::of(0.0));
        let whole = self.n - self.n % wide;
        // All that is in these loops is known when they are compiled, so that tiles are in registers.
        for first in (0..whole).step_by(wide) {
            let weights = T::Lanes::<S>::from_slice(simd, &self.window[first..][..wide]);
            let mut tile = [zero; 16];
            for (t, to) in tile.iter_mut().enumerate().take(wide) {
                // Where there are fewer frames, the last one stands for those that there are not: their lanes go nowhere.
                let at = t.min(count - 1) * hop + first;
                *to = T::Lanes::<S>::from_slice(simd, &x[at..][..wide]) * weights;
            }
            transpose(&mut tile);
            if self.n.is_multiple_of(2) {
                let places = &self.lanes.places[first / 2..][..wide / 2];
                for (pair, &place) in tile.chunks_exact(2).zip(places) {
                    let z = Wide { re: pair[0], im: pair[1] };
                    z.store(&mut field[place as usize * 2 * wide..][..2 * wide]);
                }
            } else {
                for (&re, &place) in tile.iter().zip(&self.lanes.places[first..][..wide]) {
                    Wide { re, im: zero }.store(&mut field[place as usize * 2 * wide..][..2 * wide]);
                }
            }
        }
        for i in whole..self.n {
            let point = if self.n.is_multiple_of(2) { i / 2 } else { i };
            let to = &mut field[self.lanes.places[point] as usize * 2 * wide..][..2 * wide];
            let (re, im) = to.split_at_mut(wide);
            let part = if self.n.is_multiple_of(2) && i % 2 == 1 { im } else { re };
            part.iter_mut().enumerate().take(count).for_each(|(t, to)| *to = x[t * hop + i] * self.window[i]);
            if !self.n.is_multiple_of(2) {
                to[wide..].fill(T::of(0.0));
            }
        }
    }

    /// From the transform to the one-sided spectrum, scaled.
    #[inline(always)]
    fn unpack<S: Simd>(&self, simd: S, field: &mut [T]) {
        let width = 2 * T::Lanes::<S>::LEN;
        let splat = |x| T::Lanes::<S>::simd_from(simd, x);
        let (zero, f) = (splat(T::of(0.0)), splat(self.scale));
        if !self.n.is_multiple_of(2) {
            for z in field.chunks_exact_mut(width).take(bins(self.n)) {
                let old = Wide::<T::Lanes<S>>::load(simd, z);
                Wide { re: old.re * f, im: old.im * f }.store(z);
            }
            let first = Wide::<T::Lanes<S>>::load(simd, &field[..width]);
            return Wide { re: first.re, im: zero }.store(&mut field[..width]);
        }
        let h = self.n / 2;
        let first = Wide::<T::Lanes<S>>::load(simd, &field[..width]);
        Wide { re: (first.re + first.im) * f, im: zero }.store(&mut field[..width]);
        Wide { re: (first.re - first.im) * f, im: zero }.store(&mut field[h * width..][..width]);
        let half = splat(T::of(0.5) * self.scale);
        for (k, w) in (1..=(h - 1) / 2).zip(&*self.turns) {
            let (a, b) = (k * width, (h - k) * width);
            let z = Wide::<T::Lanes<S>>::load(simd, &field[a..][..width]);
            let m = Wide::<T::Lanes<S>>::load(simd, &field[b..][..width]);
            let (even_re, even_im) = (z.re + m.re, z.im - m.im);
            let odd = Wide { re: z.im + m.im, im: m.re - z.re };
            let turned = odd.times(Wide { re: splat(w.re), im: splat(w.im) });
            let (re, im) = ((even_re + turned.re) * half, (even_im + turned.im) * half);
            Wide { re, im }.store(&mut field[a..][..width]);
            let (re, im) = ((even_re - turned.re) * half, (turned.im - even_im) * half);
            Wide { re, im }.store(&mut field[b..][..width]);
        }
        if h.is_multiple_of(2) {
            let z = Wide::<T::Lanes<S>>::load(simd, &field[h / 2 * width..][..width]);
            Wide { re: z.re * f, im: zero - z.im * f }.store(&mut field[h / 2 * width..][..width]);
        }
    }

    /// The parts of a bin, or its power and nothing.
    #[inline(always)]
    fn bin<S: Simd, const POWER: bool>(&self, simd: S, z: &[T], bin: usize) -> (T::Lanes<S>, T::Lanes<S>) {
        let splat = |x| T::Lanes::<S>::simd_from(simd, x);
        let z = Wide::<T::Lanes<S>>::load(simd, &z[..2 * T::Lanes::<S>::LEN]);
        if POWER {
            (z.re.mul_add(z.re, z.im * z.im) * splat(self.weights[bin]), splat(T::of(0.0)))
        } else {
            (z.re, z.im)
        }
    }

    #[inline(always)]
    fn store<S: Simd, const POWER: bool>(&self, simd: S, field: &[T], count: usize, row: usize, y: &mut [T]) {
        let wide = T::Lanes::<S>::LEN;
        let zero = T::Lanes::<S>::simd_from(simd, T::of(0.0));
        let bins = bins(self.n);
        let whole = bins - bins % wide;
        // As above. Rows of frames that there are not are room too.
        for first in (0..whole).step_by(wide) {
            let (mut re, mut im) = ([zero; 16], [zero; 16]);
            for (i, (re, im)) in re.iter_mut().zip(&mut im).enumerate().take(wide) {
                (*re, *im) = self.bin::<S, POWER>(simd, &field[(first + i) * 2 * wide..], first + i);
            }
            transpose(&mut re);
            if POWER {
                for (t, re) in re.iter().enumerate().take(wide) {
                    re.store_slice(&mut y[t * row + first..][..wide]);
                }
                continue;
            }
            transpose(&mut im);
            for (t, (&re, &im)) in re.iter().zip(&im).enumerate().take(wide) {
                let to = &mut y[t * row + 2 * first..][..2 * wide];
                store_pairs::<S, T>(simd, Wide { re, im }, false, to);
            }
        }
        for bin in whole..bins {
            let (re, im) = self.bin::<S, POWER>(simd, &field[bin * 2 * wide..], bin);
            let lanes = re.as_slice().iter().zip(im.as_slice());
            for ((&re, &im), y) in lanes.zip(y.chunks_mut(row)).take(count) {
                if POWER {
                    y[bin] = re;
                } else {
                    (y[2 * bin], y[2 * bin + 1]) = (re, im);
                }
            }
        }
    }
}
