//! CPU transforms: rustfft at a chosen SIMD level, with its plans and scratch memory kept.

use super::kept::Kept;
use super::lanes::Lanes;
use super::large::{self, Long, Prime};
use crate::{SimdLevel, memory, share};
use bytemuck::Pod;
use fearless_simd::{Simd, SimdFloat, SimdFloatElement, dispatch};
use gapwave_columns::{Complex, Element};
use rustfft::{Fft, FftDirection, FftNum, FftPlannerAvx, FftPlannerNeon, FftPlannerScalar, FftPlannerSse};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

/// Elements below which a batch is not spread over threads: about 20 µs of work. Waking them costs as much or, on virtual
/// cores, several times that, but where one batch follows another they are awake.
pub(super) const SERIAL: usize = 1 << 15;
/// Elements that a thread takes at a time: they stay in its own cache.
const BLOCK: usize = 1 << 12;
/// Plans kept, and the sum of their lengths: 16 Mi points of twiddles are 128 MiB in f32.
const PLANS: usize = 64;
const POINTS: usize = 16 << 20;
/// Complex numbers of scratch memory that a thread keeps: fresh memory costs as much as the transform.
const SCRATCH: usize = 8 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) n: usize,
    pub(super) inverse: bool,
    pub(super) level: SimdLevel,
}

type Plans<T> = Vec<(Key, Arc<dyn Fft<T>>)>;

/// What a thread keeps of its last transform, so that the next of the same length costs neither lock nor memory.
pub(super) struct Local<T: FftNum> {
    last: Option<(Key, Arc<dyn Fft<T>>)>,
    scratch: Vec<Complex<T>>,
    work: Vec<Complex<T>>,
}

/// Precisions that can be transformed.
pub(super) trait Float: FftNum + Element + SimdFloatElement + std::ops::MulAssign {
    /// The widest vectors of a level.
    type Lanes<S: Simd>: SimdFloat<S, Element = Self>;
    fn plans() -> &'static Mutex<Plans<Self>>;
    fn long() -> &'static Kept<(usize, SimdLevel), Long<Self>>;
    fn prime() -> &'static Kept<(usize, SimdLevel), Prime<Self>>;
    fn lanes() -> &'static Kept<usize, Lanes<Self>>;
    fn spare() -> &'static Mutex<Vec<Vec<Complex<Self>>>>;
    fn local() -> &'static LocalKey<RefCell<Local<Self>>>;
    fn of(x: f64) -> Self;
    fn wide(self) -> f64;
}

macro_rules! float {
    ($t:ty, $lanes:ident) => {
        impl Float for $t {
            type Lanes<S: Simd> = S::$lanes;
            fn plans() -> &'static Mutex<Plans<Self>> {
                static PLANS: Mutex<Plans<$t>> = Mutex::new(Vec::new());
                &PLANS
            }
            fn long() -> &'static Kept<(usize, SimdLevel), Long<Self>> {
                static LONG: Kept<(usize, SimdLevel), Long<$t>> = Kept::new();
                &LONG
            }
            fn prime() -> &'static Kept<(usize, SimdLevel), Prime<Self>> {
                static PRIME: Kept<(usize, SimdLevel), Prime<$t>> = Kept::new();
                &PRIME
            }
            fn lanes() -> &'static Kept<usize, Lanes<Self>> {
                static LANES: Kept<usize, Lanes<$t>> = Kept::new();
                &LANES
            }
            fn spare() -> &'static Mutex<Vec<Vec<Complex<Self>>>> {
                static SPARE: Mutex<Vec<Vec<Complex<$t>>>> = Mutex::new(Vec::new());
                &SPARE
            }
            fn local() -> &'static LocalKey<RefCell<Local<Self>>> {
                thread_local! {
                    static LOCAL: RefCell<Local<$t>> = const { RefCell::new(Local { last: None, scratch: Vec::new(), work: Vec::new() }) };
                }
                &LOCAL
            }
            fn of(x: f64) -> Self {
                x as $t
            }
            fn wide(self) -> f64 {
                self.into()
            }
        }
    };
}
float!(f32, f32s);
float!(f64, f64s);

/// Transforms rows of `n` points: `output[i] = scale · DFT(input[i])`. Both have whole rows, as many as each other.
pub(super) fn transform<T: Float>(key: Key, scale: f64, input: &[Complex<T>], output: &mut [Complex<T>]) {
    let n = key.n;
    if let Some(long) = large::plan::<T>(n, key.level) {
        return long.run_rows(key.inverse, scale, input, output, n);
    }
    let extra = extra::<T>(key);
    rows(key, extra, input, n, output, n, |fft, scratch, x, y| block(fft, key, scale, scratch, x, y));
}

/// Transforms rows on this thread; `scratch` has [`extra`] numbers more than the plan needs.
pub(super) fn block<T: Float>(
    fft: &dyn Fft<T>,
    key: Key,
    scale: f64,
    scratch: &mut [Complex<T>],
    x: &[Complex<T>],
    y: &mut [Complex<T>],
) {
    let n = key.n;
    let pairs = extra::<T>(key);
    let alone = if pairs > 0 && (y.len() / n) % 2 == 1 { n } else { 0 };
    let (x, last_x) = x.split_at(x.len() - alone);
    let (paired, last_y) = y.split_at_mut(x.len());
    if !x.is_empty() {
        fft.process_immutable_with_scratch(x, paired, scratch);
    }
    if alone > 0 {
        let (pair, scratch) = scratch.split_at_mut(pairs);
        let (x, y) = pair.split_at_mut(2 * n);
        x[..n].copy_from_slice(last_x);
        x[n..].copy_from_slice(last_x);
        fft.process_immutable_with_scratch(x, y, scratch);
        last_y.copy_from_slice(&y[..n]);
    }
    multiply_all(scale, y);
}

/// Multiplies numbers by a factor, if it is one.
pub(super) fn multiply_all<T: Float>(scale: f64, data: &mut [Complex<T>]) {
    if scale == 1.0 {
        return;
    }
    let f = T::of(scale);
    for z in data {
        z.re *= f;
        z.im *= f;
    }
}

/// `z[k] *= w[k]`
pub(super) fn multiply<T: Float>(level: SimdLevel, z: &mut [Complex<T>], w: &[Complex<T>]) {
    dispatch!(level.token(), simd => multiply_at(simd, z, w));
}

/// Compiled for each level.
#[inline(always)]
fn multiply_at<S: Simd, T: Float>(_: S, z: &mut [Complex<T>], w: &[Complex<T>]) {
    for (z, w) in z.iter_mut().zip(w) {
        *z = Complex::new(z.re * w.re - z.im * w.im, z.re * w.im + z.im * w.re);
    }
}

/// Transforms rows of `n` points where they are, to the same bits as [`transform`]: some at a time through memory that stays
/// in a core's own cache.
pub(super) fn in_place<T: Float>(key: Key, scale: f64, data: &mut [Complex<T>]) {
    let n = key.n;
    if n == 0 || data.is_empty() {
        return;
    }
    if let Some(long) = large::plan::<T>(n, key.level) {
        return long.again_rows(key.inverse, scale, data, n);
    }
    let some = (BLOCK / n).max(1) * n;
    share::for_each(data.len() > some, data.chunks_mut(some), |data| {
        with_work(data.len(), |work| {
            work.copy_from_slice(data);
            transform(key, scale, work, data);
        });
    });
}

/// Calls `f` with `n` numbers of memory that this thread keeps for the purpose, holding anything. They are lent: other
/// work that this thread takes up meanwhile gets fresh ones.
pub(super) fn with_work<T: Float>(n: usize, f: impl FnOnce(&mut [Complex<T>])) {
    let mut work = T::local().with_borrow_mut(|local| std::mem::take(&mut local.work));
    if work.len() < n {
        work.resize(n, Complex::new(T::zero(), T::zero()));
    }
    f(&mut work[..n]);
    if work.len() <= SCRATCH {
        T::local().with_borrow_mut(|local| {
            if local.work.len() < work.len() {
                local.work = work;
            }
        });
    }
}

/// Numbers for a pair of rows and its transforms, where rustfft takes two rows at once and a last single one by other
/// arithmetic: that is so for the lengths that have a butterfly of their own in 128-bit registers. A last row is then
/// doubled, so that the bits of a row do not depend on how a batch was cut.
pub(super) fn extra<T>(key: Key) -> usize {
    let pairs = size_of::<T>() == 4 && key.n <= 32 && matches!(key.level, SimdLevel::Sse42 | SimdLevel::Neon);
    if pairs { 4 * key.n } else { 0 }
}

/// Calls `f` for blocks of rows, `width_in` numbers wide in `input` and `width_out` wide in `output`, over the
/// threads of the pool, with the plan of `key` and scratch memory: `extra` numbers more than
/// [`Fft::process_immutable_with_scratch`] needs.
pub(super) fn rows<T: Float, A: Sync, B: Send + Pod>(
    key: Key,
    extra: usize,
    input: &[A],
    width_in: usize,
    output: &mut [B],
    width_out: usize,
    f: impl Fn(&dyn Fft<T>, &mut [Complex<T>], &[A], &mut [B]) + Sync,
) {
    let rows = output.len().checked_div(width_out).unwrap_or(0);
    if rows == 0 || width_in == 0 {
        return;
    }
    let threads = rayon::current_num_threads();
    if rows == 1 || output.len() < SERIAL {
        with(key, extra, |fft, scratch| f(fft, scratch, input, output));
        return;
    }
    // Blocks of one size whatever the number of threads, small enough to be shared out and to stay in a cache.
    let block = (BLOCK / width_out).max(1);
    let long = memory::is_long(output);
    let blocks = output.chunks_mut(block * width_out).zip(input.chunks(block * width_in));
    share::for_each(threads > 1, blocks, |(y, x)| {
        with(key, extra, |fft, scratch| {
            if !long {
                return f(fft, scratch, x, y);
            }
            with_work::<T>(size_of_val(y).div_ceil(size_of::<Complex<T>>()), |work| {
                let near = &mut bytemuck::cast_slice_mut(work)[..y.len()];
                f(fft, scratch, x, near);
                memory::copy_past(near, y);
            });
        });
    });
}

/// Calls `f` with the plan of `key` and this thread's scratch memory. Both are lent: other work that this thread takes up
/// meanwhile gets its own.
pub(super) fn with<T: Float, R>(key: Key, extra: usize, f: impl FnOnce(&dyn Fft<T>, &mut [Complex<T>]) -> R) -> R {
    let (last, mut scratch) =
        T::local().with_borrow_mut(|local| (local.last.take(), std::mem::take(&mut local.scratch)));
    let fft = last.filter(|(k, _)| *k == key).map_or_else(|| plan(key), |(_, fft)| fft);
    let need = fft.get_immutable_scratch_len().max(fft.get_inplace_scratch_len()) + extra;
    if scratch.len() < need {
        scratch.resize(need, Complex::new(T::zero(), T::zero()));
    }
    let result = f(fft.as_ref(), &mut scratch[..need]);
    T::local().with_borrow_mut(|local| {
        local.last = Some((key, fft));
        if local.scratch.len() < scratch.len() && scratch.len() <= SCRATCH {
            local.scratch = scratch;
        }
    });
    result
}

/// The plan of `key`, made where it is not kept yet. No lock is held while it is made or used.
pub(super) fn plan<T: Float>(key: Key) -> Arc<dyn Fft<T>> {
    let lock = || -> MutexGuard<'static, Plans<T>> { T::plans().lock().unwrap_or_else(PoisonError::into_inner) };
    let mut plans = lock();
    if let Some(at) = plans.iter().position(|(k, _)| *k == key) {
        // Least recently used first.
        let found = plans.remove(at);
        let fft = found.1.clone();
        plans.push(found);
        return fft;
    }
    drop(plans);
    let fft = make::<T>(key);
    let mut plans = lock();
    plans.push((key, fft.clone()));
    while plans.len() > PLANS || (plans.len() > 1 && plans.iter().map(|(k, _)| k.n).sum::<usize>() > POINTS) {
        plans.remove(0);
    }
    fft
}

/// rustfft has no AVX-512 code: its AVX code serves both levels.
fn make<T: Float>(key: Key) -> Arc<dyn Fft<T>> {
    let Key { n, inverse, level } = key;
    let direction = if inverse { FftDirection::Inverse } else { FftDirection::Forward };
    let found = match level {
        SimdLevel::Avx2 | SimdLevel::Avx512 => FftPlannerAvx::new().ok().map(|mut p| p.plan_fft(n, direction)),
        SimdLevel::Sse42 => FftPlannerSse::new().ok().map(|mut p| p.plan_fft(n, direction)),
        SimdLevel::Neon => FftPlannerNeon::new().ok().map(|mut p| p.plan_fft(n, direction)),
        SimdLevel::Scalar => None,
    };
    found.unwrap_or_else(|| FftPlannerScalar::new().plan_fft(n, direction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_kept_and_bounded() {
        let key = |n| Key { n, inverse: false, level: SimdLevel::Scalar };
        let a = plan::<f64>(key(12));
        assert!(Arc::ptr_eq(&a, &plan::<f64>(key(12))));
        for n in 100..100 + PLANS {
            plan::<f64>(key(n));
        }
        assert!(!Arc::ptr_eq(&a, &plan::<f64>(key(12))), "the oldest was dropped");
        assert!(f64::plans().lock().unwrap().len() <= PLANS);
    }
}
