//! Long transforms, over all threads.

mod convolved;
mod steps;

use super::engine::Float;
use crate::SimdLevel;
use convolved::Convolved;
use gapwave_columns::Complex;
use rayon::prelude::*;
use std::sync::{Arc, PoisonError};
use steps::Steps;

/// Shortest length that goes this way; what is shorter stays in a second-level cache anyway.
const SHORTEST: usize = 1 << 16;
/// Complex numbers of memory that are kept between transforms: fresh memory costs as much as the transform.
const SPARE: usize = 32 << 20;
/// Plans kept.
const PLANS: usize = 8;

/// How a long length is transformed at a level.
pub(super) enum Long<T> {
    Steps(Steps<T>),
    Convolved(Convolved<T>),
}

/// The plan of a length at a level, where it goes this way. The choice depends on nothing else, so that a row's bits
/// depend neither on its batch nor on the number of threads.
pub(super) fn plan<T: Float>(n: usize, level: SimdLevel) -> Option<Arc<Long<T>>> {
    (n >= SHORTEST).then(|| T::long().always((n, level), PLANS, || Arc::new(Long::of(n, level))))
}

impl<T: Float> Long<T> {
    fn of(n: usize, level: SimdLevel) -> Long<T> {
        match Steps::of(n, level) {
            Some(steps) => Long::Steps(steps),
            None => Long::Convolved(Convolved::of(n, level)),
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
}

/// Calls `f` with memory for `n` numbers, holding anything. The largest that was used last is kept for the next
/// transform, of any thread; others at the same time get their own. No lock is held meanwhile.
fn spare<T: Float>(n: usize, f: impl FnOnce(&mut [Complex<T>])) {
    let lock = || T::spare().lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = std::mem::take(&mut *lock());
    if memory.len() < n {
        memory = vec![Complex::new(T::zero(), T::zero()); n];
    }
    f(&mut memory[..n]);
    if memory.len() <= SPARE {
        let mut kept = lock();
        if kept.len() < memory.len() {
            *kept = memory;
        }
    }
}

/// Calls `f` with pieces of `data`, over the threads of the pool if it has several.
fn for_each<T: Send>(data: &mut [T], piece: usize, f: impl Fn((usize, &mut [T])) + Sync + Send) {
    if rayon::current_num_threads() == 1 {
        data.chunks_mut(piece).enumerate().for_each(f);
    } else {
        data.par_chunks_mut(piece).enumerate().for_each(f);
    }
}
