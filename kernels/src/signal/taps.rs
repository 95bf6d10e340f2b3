//! Weighted sums of numbers that follow each other, in f64.

use super::sample::{Sample, eight, load, narrow_to, splat, store, widen};
use fearless_simd::{Simd, SimdBase, SimdFloat};

/// Vectors of results that are made together.
const VECTORS: usize = 8;
/// Lanes of the widest vector.
const WIDEST: usize = 8;

/// Results that are made at a time at least: with what they are made of they stay in the first cache.
const TILE: usize = 1024;

/// Numbers in f64, and room for what is made of them: whole groups of vectors of any level.
struct Room {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Room {
    /// For `len` results of `taps` numbers each.
    fn new(len: usize, taps: usize) -> Room {
        let padded = len.next_multiple_of(VECTORS * WIDEST);
        Room { x: vec![0.0; padded + taps - 1], y: vec![0.0; padded] }
    }

    /// `y[i] = Σ_j taps[j]·x[i + j]` for the first `len`, terms in that order wherever i is.
    #[inline(always)]
    fn correlate<S: Simd>(&mut self, simd: S, taps: &[f64], len: usize) {
        let lanes = S::f64s::LEN;
        // Taps by as many as there are lanes: what is read for the first vector's next taps is what the second one
        // needs for its first, so a number is read once for all vectors.
        let blocks = taps.len() / lanes;
        let rest = &taps[blocks * lanes..];
        for (group, y) in self.y.chunks_exact_mut(VECTORS * lanes).take(len.div_ceil(VECTORS * lanes)).enumerate() {
            let x = &self.x[group * VECTORS * lanes..];
            let mut sums = [splat(simd, 0.0); VECTORS];
            if blocks > 0 {
                for at in 0..blocks + VECTORS - 1 {
                    let mut seen = [sums[0]; WIDEST];
                    eight!(E, {
                        if E < S::f64s::LEN {
                            seen[E] = load(simd, x, at * lanes + E);
                        }
                    });
                    // What is left of the taps for each vector, none before the first and after the last.
                    let mut left: [&[f64]; VECTORS] = [&[]; VECTORS];
                    eight!(V, {
                        if let Some(block) = at.checked_sub(V).filter(|block| *block < blocks) {
                            left[V] = &taps[block * lanes..(block + 1) * lanes];
                        }
                    });
                    // Two numbers at a time for all vectors: a sum waits for its own last product.
                    eight!(E, {
                        if 2 * E < S::f64s::LEN {
                            eight!(V, {
                                if let Some(&[one, two]) = left[V].get(2 * E..2 * E + 2) {
                                    sums[V] = seen[(2 * E) % WIDEST].mul_add(splat(simd, one), sums[V]);
                                    sums[V] = seen[(2 * E + 1) % WIDEST].mul_add(splat(simd, two), sums[V]);
                                }
                            });
                        }
                    });
                }
            }
            for (j, &tap) in rest.iter().enumerate() {
                let tap = splat(simd, tap);
                let x = &x[blocks * lanes + j..][..VECTORS * S::f64s::LEN];
                eight!(V, {
                    sums[V] = load(simd, x, V * S::f64s::LEN).mul_add(tap, sums[V]);
                });
            }
            eight!(V, {
                store::<S>(sums[V], y, V * S::f64s::LEN);
            });
        }
    }
}

/// `y[i] = Σ_j taps[j]·x[i + j]`
#[inline(always)]
pub(super) fn correlate<S: Simd, T: Sample>(simd: S, taps: &[f64], x: &[T], y: &mut [T]) {
    let tile = TILE.max(2 * taps.len()).min(y.len());
    let mut room = Room::new(tile, taps.len());
    for (k, y) in y.chunks_mut(tile.max(1)).enumerate() {
        let x = &x[k * tile..][..y.len() + taps.len() - 1];
        widen(x, &mut room.x);
        room.correlate(simd, taps, y.len());
        narrow_to(&room.y, y);
    }
}
