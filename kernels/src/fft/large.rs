//! Long transforms over several threads: the four-step method.
//!
//! With n = a·b, number `j = b·i + q` and bin `k = r + a·s`, the transform is: transforms of length `a` over `i` for
//! each of the `b` columns q, a product with the n-th root of unity of `q·r`, then transforms of length `b` over `q`
//! for each r, which end in the bins `r + a·s`. Both steps take some columns at a time through a buffer that stays in
//! a core's own cache, so memory is gone through twice; rustfft alone goes through it more often and on one thread.

use super::engine::{self, Float, Key};
use super::kept::Kept;
use super::oracle::root;
use crate::SimdLevel;
use fearless_simd::dispatch;
use gapwave_columns::{Complex, Complex64};
use rayon::prelude::*;
use std::sync::Arc;

/// Shortest length worth it: a step then has a quarter of a million numbers to share out.
const SHORTEST: usize = 1 << 19;
/// Fewest threads. The method takes 1.4 to 1.7 times the CPU time of rustfft on one thread (2¹⁹ to 2²⁴, AVX-512), and
/// on two busy cores it was slower by the clock as often as faster.
const THREADS: usize = 4;
/// Bytes read or written at once where memory is crossed: eight cache lines.
const RUN: usize = 512;
/// Rows that are read together while columns are gathered.
const TILE: usize = 8;
/// Roots that are made from one coarse and one fine factor each.
const FINE: usize = 32;

/// The lengths of the two steps, where `n` is long and has divisors near its root. The choice depends on nothing but
/// `n` and whether there are enough threads, so that a row's bits do not depend on its batch.
pub(super) fn split(n: usize) -> Option<(usize, usize)> {
    if n < SHORTEST || rayon::current_num_threads() < THREADS {
        return None;
    }
    let a = (1..=n.isqrt()).rev().take_while(|a| a * a >= n / 16).find(|a| n.is_multiple_of(*a))?;
    Some((a, n / a))
}

/// Transforms `x` into `y`, by way of `temp`, all of `a·b` numbers.
pub(super) fn transform<T: Float>(
    key: Key,
    (a, b): (usize, usize),
    scale: f64,
    x: &[Complex<T>],
    y: &mut [Complex<T>],
    temp: &mut [Complex<T>],
) {
    let width = RUN / size_of::<Complex<T>>();
    let turns = Turns::of(a * b, key.inverse);
    // `temp` has the columns q in groups of `width`, in each group the rows r.
    temp.par_chunks_mut(a * width).enumerate().for_each(|(group, temp)| {
        let first = group * width;
        let columns = width.min(b - first);
        engine::with_work(columns * padded::<T>(a), |work| {
            // Some rows at a time, so that whole cache lines are written.
            for (tile, rows) in x.chunks(TILE * b).enumerate() {
                for (c, column) in work.chunks_exact_mut(padded::<T>(a)).enumerate() {
                    for (z, row) in column[tile * TILE..a].iter_mut().zip(rows.chunks_exact(b)) {
                        *z = row[first + c];
                    }
                }
            }
            engine::with(Key { n: a, ..key }, 0, |fft, scratch| {
                for (c, column) in work.chunks_exact_mut(padded::<T>(a)).enumerate() {
                    fft.process_with_scratch(&mut column[..a], scratch);
                    turns.apply(key.level, first + c, &mut column[..a]);
                }
            });
            for (r, row) in temp.chunks_exact_mut(columns).enumerate() {
                for (z, column) in row.iter_mut().zip(work.chunks_exact(padded::<T>(a))) {
                    *z = column[r];
                }
            }
        });
    });
    // The pieces of `y` that each group of rows r ends in, one in every row of `a` bins.
    let mut pieces: Vec<Vec<&mut [Complex<T>]>> = (0..a.div_ceil(width)).map(|_| Vec::with_capacity(b)).collect();
    for row in y.chunks_exact_mut(a) {
        for (piece, pieces) in row.chunks_mut(width).zip(&mut pieces) {
            pieces.push(piece);
        }
    }
    let factor = T::of(scale);
    let temp = &*temp;
    pieces.into_par_iter().enumerate().for_each(|(group, mut pieces)| {
        let first = group * width;
        let rows = width.min(a - first);
        engine::with_work(rows * padded::<T>(b), |work| {
            for (block, temp) in temp.chunks(a * width).enumerate() {
                let (columns, q) = (temp.len() / a, block * width);
                let runs = temp[first * columns..(first + rows) * columns].chunks_exact(columns);
                for (run, row) in runs.zip(work.chunks_exact_mut(padded::<T>(b))) {
                    row[q..q + columns].copy_from_slice(run);
                }
            }
            engine::with(Key { n: b, ..key }, 0, |fft, scratch| {
                for row in work.chunks_exact_mut(padded::<T>(b)) {
                    fft.process_with_scratch(&mut row[..b], scratch);
                }
            });
            for (s, piece) in pieces.iter_mut().enumerate() {
                for (z, row) in piece.iter_mut().zip(work.chunks_exact(padded::<T>(b))) {
                    *z = Complex::new(row[s].re * factor, row[s].im * factor);
                }
            }
        });
    });
}

/// The distance of rows of `n` numbers in a buffer: a cache line more than a power of two, or their numbers would all
/// compete for one set of the cache.
fn padded<T>(n: usize) -> usize {
    n + 64 / size_of::<Complex<T>>()
}

/// The roots of unity between the steps, as a two-level table: `exp(∓2πi·e/n)` is one of the coarse roots times one of
/// the fine ones.
struct Turns {
    n: usize,
    inverse: bool,
    fine_log: u32,
    table: Arc<Table>,
}

struct Table {
    coarse: Vec<Complex64>,
    fine: Vec<Complex64>,
}

impl Turns {
    /// The tables of the last four lengths are kept.
    fn of(n: usize, inverse: bool) -> Turns {
        static KEPT: Kept<usize, Table> = Kept::new();
        let fine_log = n.ilog2().div_ceil(2);
        let table = KEPT.always(n, 4, || {
            let fine = 1u64 << fine_log;
            let n64 = n as u64;
            Arc::new(Table {
                coarse: (0..n64.div_ceil(fine)).map(|k| root(k * fine, n64)).collect(),
                fine: (0..fine).map(|k| root(k, n64)).collect(),
            })
        });
        Turns { n, inverse, fine_log, table }
    }

    fn root(&self, e: usize) -> Complex64 {
        let e = e % self.n;
        let w = self.table.coarse[e >> self.fine_log] * self.table.fine[e & ((1 << self.fine_log) - 1)];
        if self.inverse { w.conj() } else { w }
    }

    /// Multiplies number r of `row` by the root of `q·r`.
    fn apply<T: Float>(&self, level: SimdLevel, q: usize, row: &mut [Complex<T>]) {
        let narrow = |w: Complex64| Complex::new(T::of(w.re), T::of(w.im));
        let fine: [Complex<T>; FINE] = std::array::from_fn(|i| narrow(self.root(q * i)));
        for (i, part) in row.chunks_mut(FINE).enumerate() {
            let coarse = narrow(self.root(q * i * FINE));
            dispatch!(level.token(), simd => turn(simd, coarse, &fine, part));
        }
    }
}

/// `part[i] *= coarse · fine[i]`, compiled for each level.
#[inline(always)]
fn turn<S: fearless_simd::Simd, T: Float>(
    _: S,
    coarse: Complex<T>,
    fine: &[Complex<T>; FINE],
    part: &mut [Complex<T>],
) {
    for (z, f) in part.iter_mut().zip(fine) {
        let (re, im) = (coarse.re * f.re - coarse.im * f.im, coarse.re * f.im + coarse.im * f.re);
        *z = Complex::new(z.re * re - z.im * im, z.re * im + z.im * re);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;

    #[test]
    fn the_two_steps_are_one_transform() {
        // Group widths that do not divide the lengths among them.
        for (a, b) in [(8, 8), (3, 5), (48, 70), (1, 7), (33, 32), (64, 64)] {
            let n = a * b;
            let x: Vec<_> = (0..n as u64).map(|i| Complex64::new(uniform(1, i), uniform(2, i))).collect();
            for inverse in [false, true] {
                let key = Key { n, inverse, level: SimdLevel::best() };
                let (mut y, mut temp) = (x.clone(), x.clone());
                transform(key, (a, b), 0.5, &x, &mut y, &mut temp);
                for (got, want) in y.iter().zip(crate::fft::oracle::direct(&x, n, inverse)) {
                    assert!((got - want * 0.5).norm() < 1e-12 * n as f64, "{a}·{b}");
                }
            }
        }
    }

    #[test]
    fn lengths_are_split_near_their_root() {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool(THREADS - 1).install(|| split(1 << 20)), None, "too few threads");
        pool(THREADS).install(|| {
            assert_eq!(split(1 << 20), Some((1 << 10, 1 << 10)));
            assert_eq!(split(1 << 21), Some((1 << 10, 1 << 11)));
            assert_eq!(split(1_000_000), Some((1000, 1000)));
            assert_eq!(split(1_048_573), None, "a prime");
            assert_eq!(split(1 << 18), None);
        });
    }
}
