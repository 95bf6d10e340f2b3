//! Weighted sums of numbers that follow each other, in f64.

use super::sample::{Sample, eight, load, narrow_to, splat, store, widen};
use crate::SimdLevel;
use fearless_simd::{Simd, SimdBase, SimdFloat, dispatch};

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

    #[inline(never)]
    fn sums(&mut self, level: SimdLevel, taps: &[f64], len: usize) {
        dispatch!(level.token(), simd => self.correlate(simd, taps, len));
    }

    /// `y[i] = Σ_j taps[j]·x[i + j]` for the first `len`, terms in that order wherever i is.
    #[inline(always)]
    fn correlate<S: Simd>(&mut self, simd: S, taps: &[f64], len: usize) {
        let group = VECTORS * S::f64s::LEN;
        for (k, y) in self.y.chunks_exact_mut(group).take(len.div_ceil(group)).enumerate() {
            let x = &self.x[k * group..];
            let mut sums = [splat(simd, 0.0); VECTORS];
            let done = if taps.len() >= group { blocks(simd, taps, x, &mut sums) } else { 0 };
            for (j, &tap) in taps.iter().enumerate().skip(done) {
                let (tap, x) = (splat(simd, tap), &x[j..j + VECTORS * S::f64s::LEN]);
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

/// Adds the products of as many taps as are whole blocks of lanes, and says how many.
///
/// What is read for the first vector's next block of taps is what the second one needs for the block before: each number is
/// read once for all vectors, while its products are of one tap for each. In the first and last seven steps some vectors have
/// no taps; those are written out, because to ask for each product whether there is one took longer than the products.
#[inline(always)]
fn blocks<S: Simd>(simd: S, taps: &[f64], x: &[f64], sums: &mut [S::f64s; VECTORS]) -> usize {
    let lanes = S::f64s::LEN;
    let blocks = taps.len() / lanes;
    let mut seen = [sums[0]; WIDEST];
    macro_rules! step {
        ($at:expr, $v:ident: $some:expr) => {
            let at = $at;
            let numbers = &x[at * lanes..at * lanes + 2 * S::f64s::LEN - 1];
            eight!(E, {
                if E < S::f64s::LEN {
                    seen[E] = load(simd, numbers, E);
                }
            });
            // The taps of the last vector and, behind them, of those before.
            let first = (at + 1).saturating_sub(VECTORS);
            let taps = &taps[first * lanes..(at + 1).min(blocks) * lanes];
            eight!(E, {
                if E < S::f64s::LEN {
                    eight!($v, {
                        if $some {
                            let tap = taps[(at - $v - first) * S::f64s::LEN + E];
                            sums[$v] = seen[E].mul_add(splat(simd, tap), sums[$v]);
                        }
                    });
                }
            });
        };
    }
    eight!(K, {
        if K + 1 < VECTORS {
            step!(K, V: V < K + 1);
        }
    });
    for at in VECTORS - 1..blocks {
        step!(at, V: true);
    }
    eight!(K, {
        if K + 1 < VECTORS {
            step!(blocks + K, V: V + 1 > K + 1);
        }
    });
    blocks * lanes
}

/// `y[i] = Σ_j taps[j]·x[i + j]`
///
/// The sums are compiled once for each level, not once more for each type and each kernel: they are long.
pub(super) fn correlate<T: Sample>(level: SimdLevel, taps: &[f64], x: &[T], y: &mut [T]) {
    let tile = TILE.max(2 * taps.len()).min(y.len());
    let mut room = Room::new(tile, taps.len());
    for (k, y) in y.chunks_mut(tile.max(1)).enumerate() {
        let x = &x[k * tile..][..y.len() + taps.len() - 1];
        dispatch!(level.token(), _simd => widen(x, &mut room.x));
        room.sums(level, taps, y.len());
        dispatch!(level.token(), _simd => narrow_to(&room.y, y));
    }
}
