//! Numbers of a signal.

use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFloatElement, SimdFrom};
use gapwave_columns::Element;

/// A number of a signal.
pub trait Sample: Element + SimdFloatElement {
    /// Vectors of them.
    type Vector<S: Simd>: SimdFloat<S, Element = Self>;

    /// The same number.
    fn wide(self) -> f64;
    /// The nearest number.
    fn of(x: f64) -> Self;
}

impl Sample for f32 {
    type Vector<S: Simd> = S::f32s;

    #[inline(always)]
    fn wide(self) -> f64 {
        self.into()
    }
    #[inline(always)]
    fn of(x: f64) -> Self {
        x as f32
    }
}

impl Sample for f64 {
    type Vector<S: Simd> = S::f64s;

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    #[inline(always)]
    fn of(x: f64) -> Self {
        x
    }
}

/// The numbers from `at` on as a vector. A function rather than a closure: those are compiled for the baseline, and
/// vectors of a higher level then go through memory.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, x: &[f64], at: usize) -> S::f64s {
    S::f64s::from_slice(simd, &x[at..at + S::f64s::LEN])
}

/// Puts a vector into the numbers from `at` on.
#[inline(always)]
pub(super) fn store<S: Simd>(v: S::f64s, x: &mut [f64], at: usize) {
    v.store_slice(&mut x[at..at + S::f64s::LEN]);
}

/// The same number in all lanes.
#[inline(always)]
pub(super) fn splat<S: Simd>(simd: S, x: f64) -> S::f64s {
    S::f64s::simd_from(simd, x)
}

/// As f64. A loop: what a closure does is compiled for the baseline.
#[inline(always)]
pub(super) fn widen<T: Sample>(from: &[T], to: &mut [f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from.wide();
    }
}

/// As the nearest of the signal's type.
#[inline(always)]
pub(super) fn narrow_to<T: Sample>(from: &[f64], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = T::of(*from);
    }
}

/// The block eight times, with a constant that is 0 to 7. As a loop it is unrolled too late, or not at all, for arrays of
/// vectors to be held in registers: that was 10 times slower.
macro_rules! eight {
    ($i:ident, $body:block) => {
        eight!(@ $i, $body, 0 1 2 3 4 5 6 7)
    };
    (@ $i:ident, $body:block, $($k:literal)*) => {
        $({
            const $i: usize = $k;
            $body
        })*
    };
}
pub(super) use eight;
