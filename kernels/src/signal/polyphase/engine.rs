//! Numbers between numbers: zeros put in, weighted sums, and only some of them made.
//!
//! Of `up` results in turn each is the sum of other weights, and the numbers that those weigh are `down` apart from one turn
//! to the next. So the numbers are dealt out to `down` streams, of which each result's sums read numbers that follow each
//! other, whatever the ratio.

use super::super::sample::{Sample, eight, load, splat, store};
use crate::{SimdLevel, share};
use fearless_simd::{Simd, SimdBase, SimdFloat, dispatch};

/// Results of each phase that are made together at most, and at least: both are multiples of the lanes of a group of vectors.
const TURNS: usize = 256;
const LEAST: usize = VECTORS * 8;
/// Numbers that a block deals out, as far as it can be so few: half a second-level cache of f64.
const DEALT: usize = 1 << 17;
/// Vectors of results in registers.
const VECTORS: usize = 8;

/// What a filter between two rates is.
pub(super) struct Ratio<'a> {
    /// Zeros are put in so that there are so many times as many numbers …
    pub(super) up: usize,
    /// … of which every so many-th is kept …
    pub(super) down: usize,
    /// … after a filter of these weights …
    pub(super) taps: &'a [f64],
    /// … and the first so many.
    pub(super) skip: usize,
}

/// A result in each turn: `Σ taps[j]·x[first + j + turn·down]`, the weights from the oldest number's on.
struct Phase {
    first: isize,
    taps: Vec<f64>,
}

impl Ratio<'_> {
    /// `y[m] = Σ_k taps[skip + m·down − k·up]·x[k]`
    pub(super) fn definition(&self, x: &[f64], len: usize) -> Vec<f64> {
        let sum = |m: usize| {
            let at = self.skip + m * self.down;
            let last = (at / self.up).min(x.len() - 1);
            let first = (at + 1).saturating_sub(self.taps.len()).div_ceil(self.up);
            (first..=last).map(|k| self.taps[at - k * self.up] * x[k]).sum()
        };
        (0..len).map(sum).collect()
    }

    fn phases(&self) -> Vec<Phase> {
        let phase = |m: usize| {
            let at = (self.skip + m * self.down) as isize;
            // Numbers k with a weight: 0 ≤ at − k·up < taps.len().
            let last = at.div_euclid(self.up as isize);
            let first = -(self.taps.len() as isize - 1 - at).div_euclid(self.up as isize);
            let taps = (first..=last).map(|k| self.taps[(at - k * self.up as isize) as usize]).collect();
            Phase { first, taps }
        };
        (0..self.up).map(phase).collect()
    }

    /// Each channel of the rows of `x` into those of `y`.
    pub(super) fn run<T: Sample>(&self, level: SimdLevel, channels: usize, x: &[T], y: &mut [T]) {
        if x.is_empty() {
            return;
        }
        let phases = self.phases();
        // Short signals need not be dealt out further than they go.
        let fits = (DEALT / self.down / LEAST * LEAST).clamp(LEAST, TURNS);
        let turns = fits.min((y.len() / channels).div_ceil(self.up).next_multiple_of(LEAST));
        let block = turns * self.up * channels;
        share::for_each(y.len() > block, y.chunks_mut(block).enumerate(), |(k, y)| {
            for channel in 0..channels {
                let place = (channel, channels);
                dispatch!(level.token(), simd => self.block(simd, &phases, place, x, (k * turns, turns), y));
            }
        });
    }

    #[inline(always)]
    fn block<S: Simd, T: Sample>(
        &self,
        simd: S,
        phases: &[Phase],
        (channel, channels): (usize, usize),
        x: &[T],
        (turn, turns): (usize, usize),
        y: &mut [T],
    ) {
        let start = phases.iter().map(|p| p.first).min().unwrap_or(0) + (turn * self.down) as isize;
        let start = start.div_euclid(self.down as isize) * self.down as isize;
        let here = |p: &Phase| (p.first + (turn * self.down) as isize - start) as usize;
        let seen = phases.iter().map(|p| here(p) + p.taps.len()).max().unwrap_or(0);
        // Stream s has numbers start + s, start + s + down, …
        let long = turns + seen / self.down + 1;
        let mut streams = vec![0.0; long * self.down];
        let rows = x.len() / channels;
        let from = (-start).clamp(0, streams.len() as isize) as usize;
        let mut place = (from % self.down, from / self.down);
        let there = (rows as isize - start).clamp(from as isize, streams.len() as isize) as usize;
        for i in from..there {
            let (stream, at) = place;
            streams[stream * long + at] = x[(start + i as isize) as usize * channels + channel].wide();
            place = if stream + 1 == self.down { (0, at + 1) } else { (stream + 1, at) };
        }
        let mut made = vec![0.0; turns];
        for (p, phase) in phases.iter().enumerate() {
            sums(simd, &phase.taps, &streams, (here(phase), self.down, long), &mut made);
            let to = y[channel..].iter_mut().step_by(channels).skip(p).step_by(self.up);
            to.zip(&made).for_each(|(y, &made)| *y = T::of(made));
        }
    }
}

/// `y[i] = Σ_j taps[j]·streams[(first + j) mod down][(first + j)/down + i]`
#[inline(always)]
fn sums<S: Simd>(simd: S, taps: &[f64], streams: &[f64], (first, down, long): (usize, usize, usize), y: &mut [f64]) {
    let lanes = S::f64s::LEN;
    for (group, y) in y.chunks_exact_mut(VECTORS * lanes).enumerate() {
        let mut sums = [splat(simd, 0.0); VECTORS];
        let (mut stream, mut at) = (first % down, first / down);
        for &tap in taps {
            let x = &streams[stream * long + at + group * VECTORS * lanes..][..VECTORS * S::f64s::LEN];
            let tap = splat(simd, tap);
            eight!(V, {
                sums[V] = load(simd, x, V * S::f64s::LEN).mul_add(tap, sums[V]);
            });
            (stream, at) = if stream + 1 == down { (0, at + 1) } else { (stream + 1, at) };
        }
        eight!(V, {
            store::<S>(sums[V], y, V * S::f64s::LEN);
        });
    }
}
