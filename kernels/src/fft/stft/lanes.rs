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
    /// a distance of `row`: real and imaginary parts in turn, or powers.
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
        let mut first = 0;
        for window in self.window.chunks(wide) {
            let mut tile = [zero; 16];
            let whole = window.len() == wide;
            if whole {
                let weights = T::Lanes::<S>::from_slice(simd, window);
                // Of a number that is known when this is compiled: the tile is in registers then. Where there are fewer
                // frames, the last one stands for those that there are not.
                for (t, to) in tile.iter_mut().enumerate().take(wide) {
                    let at = t.min(count - 1) * hop + first;
                    *to = T::Lanes::<S>::from_slice(simd, &x[at..][..wide]) * weights;
                }
            } else {
                for (t, to) in tile.iter_mut().enumerate().take(count) {
                    for (i, &w) in window.iter().enumerate() {
                        to[i] = x[t * hop + first + i] * w;
                    }
                }
            }
            transpose(&mut tile);
            if self.n.is_multiple_of(2) && whole {
                let places = &self.lanes.places[first / 2..][..wide / 2];
                for i in 0..wide / 2 {
                    let z = Wide { re: tile[2 * i], im: tile[2 * i + 1] };
                    z.store(&mut field[places[i] as usize * 2 * wide..][..2 * wide]);
                }
            } else if self.n.is_multiple_of(2) {
                let places = &self.lanes.places[first / 2..][..window.len() / 2];
                for (i, &place) in places.iter().enumerate() {
                    let z = Wide { re: tile[2 * i], im: tile[2 * i + 1] };
                    z.store(&mut field[place as usize * 2 * wide..][..2 * wide]);
                }
            } else {
                for (i, &place) in self.lanes.places[first..][..window.len()].iter().enumerate() {
                    Wide { re: tile[i], im: zero }.store(&mut field[place as usize * 2 * wide..][..2 * wide]);
                }
            }
            first += window.len();
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
        for (block, field) in field[..bins * 2 * wide].chunks(wide * 2 * wide).enumerate() {
            let here = field.len() / (2 * wide);
            let (mut re, mut im) = ([zero; 16], [zero; 16]);
            if here == wide {
                for i in 0..wide {
                    (re[i], im[i]) = self.bin::<S, POWER>(simd, &field[i * 2 * wide..], block * wide + i);
                }
            } else {
                for i in 0..here {
                    (re[i], im[i]) = self.bin::<S, POWER>(simd, &field[i * 2 * wide..], block * wide + i);
                }
            }
            transpose(&mut re);
            if !POWER {
                transpose(&mut im);
            }
            if here == wide && count == wide {
                for t in 0..wide {
                    if POWER {
                        re[t].store_slice(&mut y[t * row + block * wide..][..wide]);
                    } else {
                        let z = Wide { re: re[t], im: im[t] };
                        store_pairs::<S, T>(simd, z, false, &mut y[t * row + 2 * block * wide..][..2 * wide]);
                    }
                }
                continue;
            }
            for (t, y) in y.chunks_exact_mut(row).enumerate().take(count) {
                if !POWER {
                    let z = Wide { re: re[t], im: im[t] };
                    store_pairs::<S, T>(simd, z, false, &mut y[2 * block * wide..][..2 * here]);
                } else if here == wide {
                    re[t].store_slice(&mut y[block * wide..][..wide]);
                } else {
                    y[block * wide..][..here].copy_from_slice(&re[t].as_slice()[..here]);
                }
            }
        }
    }
}
