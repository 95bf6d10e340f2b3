//! Long transforms, over all threads.

mod convolved;
mod numbers;
mod prime;
mod steps;

use super::engine::{self, Float};
use crate::{SimdLevel, share};
use convolved::Convolved;
use gapwave_columns::Complex;
pub(super) use prime::Prime;
use std::sync::{Arc, PoisonError};
use steps::Steps;

/// Shortest length that goes this way; what is shorter stays in a second-level cache anyway.
const SHORTEST: usize = 1 << 16;
/// Shortest length that is shared out over threads. Waking them, and reading what another core has written, took as long
/// as it saved below (two cores, called from outside of the pool): 2¹⁸ numbers took 1.3 times as long.
const SHARED: usize = 300_000;
/// Shortest length with a large prime factor that does, unless it is prime itself: Bluestein's algorithm is of the whole
/// length, rustfft's of the prime factor only.
const SHORTEST_COMPOSITE: usize = 1 << 19;
/// Shortest prime length of real rows that goes this way: 1.4 times as fast there, and level at 1009.
const SHORTEST_PRIME: usize = 1 << 11;
/// Complex numbers of memory that are kept between transforms: fresh memory costs as much as the transform.
const SPARE: usize = 32 << 20;
/// Plans kept, and the sum of lengths that they may be of where they are all of one: a plan takes up to 24 bytes a number
/// in f32.
const PLANS: usize = 8;
const POINTS: usize = 16 << 20;

/// How a long length is transformed at a level.
pub(super) enum Long<T> {
    Steps(Steps<T>),
    Convolved(Convolved<T>),
}

/// The plan of a length at a level, where it goes this way. The choice depends on nothing else, so that a row's bits
/// depend neither on its batch nor on the number of threads.
pub(super) fn plan<T: Float>(n: usize, level: SimdLevel) -> Option<Arc<Long<T>>> {
    let make = || Long::of(n, level).map(Arc::new).ok_or(());
    if n < SHORTEST { None } else { T::long().get((n, level), (POINTS / n).clamp(1, PLANS), make).ok() }
}

/// How long rows of real numbers are transformed, and one-sided spectra back.
pub(super) enum LongReal<T> {
    /// By the complex transform of pairs, or of an odd length.
    Complex(Arc<Long<T>>),
    Prime(Arc<Prime<T>>),
}

/// The plan for rows of `n` real numbers. Like that of complex ones, it depends on nothing else.
pub(super) fn plan_real<T: Float>(n: usize, level: SimdLevel) -> Option<LongReal<T>> {
    let make = || Prime::of(n, level).map(Arc::new).ok_or(());
    if n < SHORTEST_PRIME {
        return None;
    }
    let prime = T::prime().get((n, level), (POINTS / n).clamp(1, PLANS), make).ok().map(LongReal::Prime);
    let points = if n.is_multiple_of(2) { n / 2 } else { n };
    prime.or_else(|| plan(points, level).map(LongReal::Complex))
}

impl<T: Float> LongReal<T> {
    /// Whether a transform is shared out over threads.
    pub(super) fn is_shared(&self) -> bool {
        match self {
            LongReal::Complex(long) => long.is_shared(),
            LongReal::Prime(prime) => prime.is_shared(),
        }
    }
}

impl<T: Float> Long<T> {
    fn of(n: usize, level: SimdLevel) -> Option<Long<T>> {
        let steps = Steps::of(n, level).map(Long::Steps);
        let worth = n >= SHORTEST_COMPOSITE || numbers::is_prime(n as u64);
        steps.or_else(|| worth.then(|| Long::Convolved(Convolved::of(n, level))))
    }

    /// Whether a transform is shared out over threads: rows of a batch are each one thread's otherwise.
    pub(super) fn is_shared(&self) -> bool {
        match self {
            Long::Steps(steps) => steps.shared,
            Long::Convolved(way) => way.steps.shared,
        }
    }

    /// `y = scale · DFT(x)`.
    pub(super) fn run(&self, inverse: bool, scale: f64, x: &[Complex<T>], y: &mut [Complex<T>]) {
        match self {
            Long::Steps(steps) => steps.run(inverse, scale, x, y),
            Long::Convolved(way) => spare(way.room(), |work| {
                let ends = way.begin(inverse, x, work);
                way.end(inverse, scale, ends, work, y);
            }),
        }
    }

    /// The same where the numbers are.
    pub(super) fn again(&self, inverse: bool, scale: f64, z: &mut [Complex<T>]) {
        match self {
            Long::Steps(steps) => steps.again(inverse, scale, z),
            Long::Convolved(way) => spare(way.room(), |work| {
                let ends = way.begin(inverse, z, work);
                way.end(inverse, scale, ends, work, z);
            }),
        }
    }

    /// [`Long::run`] of rows of `n`.
    pub(super) fn run_rows(&self, inverse: bool, scale: f64, x: &[Complex<T>], y: &mut [Complex<T>], n: usize) {
        rows(self.is_shared(), (x, n), (y, n), |x, y| self.run(inverse, scale, x, y));
    }

    /// [`Long::again`] of rows of `n`.
    pub(super) fn again_rows(&self, inverse: bool, scale: f64, z: &mut [Complex<T>], n: usize) {
        // There is nothing but the rows themselves: of each, nothing goes in.
        let none = vec![(); z.len() / n];
        rows(self.is_shared(), (&none, 1), (z, n), |_, z| self.again(inverse, scale, z));
    }
}

/// Calls `f` for each row of `width_in` numbers of `x` and the one of `width_out` of `y` that it becomes: for one after the
/// other where a transform is `shared` out, for several at once otherwise.
pub(super) fn rows<A: Sync, B: Send>(
    shared: bool,
    (x, width_in): (&[A], usize),
    (y, width_out): (&mut [B], usize),
    f: impl Fn(&[A], &mut [B]) + Sync + Send,
) {
    let few = y.len() <= width_out.max(engine::SERIAL);
    let mut all = || x.chunks_exact(width_in).zip(y.chunks_exact_mut(width_out)).for_each(|(x, y)| f(x, y));
    match () {
        () if rayon::current_num_threads() == 1 || (few && !shared) => all(),
        // Into the pool once, not at each step.
        () if shared => rayon::scope(|_| all()),
        () => {
            let rows = x.chunks_exact(width_in).zip(y.chunks_exact_mut(width_out));
            share::for_each(true, rows, |(x, y)| f(x, y));
        }
    }
}

/// Calls `f` with memory for `n` numbers, holding anything. What was used last is kept for the next transforms, of any
/// thread. No lock is held meanwhile.
pub(super) fn spare<T: Float>(n: usize, f: impl FnOnce(&mut [Complex<T>])) {
    let lock = || T::spare().lock().unwrap_or_else(PoisonError::into_inner);
    let found = {
        let mut kept = lock();
        let at = kept.iter().position(|m| m.len() >= n);
        at.map(|at| kept.swap_remove(at))
    };
    let mut memory = found.unwrap_or_else(|| bytemuck::zeroed_vec(n));
    f(&mut memory[..n]);
    if memory.len() <= SPARE {
        let mut kept = lock();
        kept.push(memory);
        while kept.iter().map(Vec::len).sum::<usize>() > SPARE {
            kept.remove(0);
        }
    }
}
