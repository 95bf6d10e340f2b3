//! On the CPU: Bluestein's algorithm near the unit circle, the sums themselves elsewhere.

use super::super::blocks::blocks;
use super::super::engine::{self, Float, Key};
use super::super::kept::Kept;
use super::spiral::Spiral;
use crate::{SimdLevel, share};
use fearless_simd::dispatch;
use gapwave_columns::{Complex, Complex64};
use std::convert::Infallible;
use std::sync::Arc;

/// Tables kept of each precision, and the longest that are.
const KEPT: usize = 4;
const LONGEST: usize = 1 << 20;
/// Numbers summed by Horner's rule before the factor is made anew.
const HORNER: usize = 8;
/// Points that a thread takes at a time.
const POINTS: usize = 64;

/// What the algorithm multiplies by.
pub(super) struct Chirps<T> {
    /// Each number of the signal.
    weights: Vec<Complex<T>>,
    /// Each bin of its transform: that of the chirp, divided by the length.
    spectrum: Vec<Complex<T>>,
    /// Each point of the result.
    turns: Vec<Complex<T>>,
}

type KeptChirps<T> = Kept<(Spiral, usize, SimdLevel), Chirps<T>>;

/// Precisions that have tables kept.
pub(super) trait Chirped: Float {
    fn chirps() -> &'static KeptChirps<Self>;
}

macro_rules! chirped {
    ($t:ty) => {
        impl Chirped for $t {
            fn chirps() -> &'static KeptChirps<Self> {
                static CHIRPS: KeptChirps<$t> = Kept::new();
                &CHIRPS
            }
        }
    };
}
chirped!(f32);
chirped!(f64);

/// A number of a signal, real or complex.
pub(super) trait Sample<T>: Copy + Send + Sync {
    fn times(self, w: Complex<T>) -> Complex<T>;
    fn wide(self) -> Complex64;
}

impl<T: Float> Sample<T> for T {
    fn times(self, w: Complex<T>) -> Complex<T> {
        Complex::new(self * w.re, self * w.im)
    }

    fn wide(self) -> Complex64 {
        Complex64::new(Float::wide(self), 0.0)
    }
}

impl<T: Float> Sample<T> for Complex<T> {
    fn times(self, w: Complex<T>) -> Complex<T> {
        Complex::new(self.re * w.re - self.im * w.im, self.re * w.im + self.im * w.re)
    }

    fn wide(self) -> Complex64 {
        Complex64::new(self.re.wide(), self.im.wide())
    }
}

/// Tables for convolutions of `length` numbers, in f64 and rounded once.
pub(super) fn chirps(s: &Spiral, length: usize, level: SimdLevel) -> [Vec<Complex64>; 3] {
    let mut chirp = vec![Complex64::new(0.0, 0.0); length];
    for i in 0..s.n.max(s.m) {
        let h = s.chirp(i).inv() / length as f64;
        if i < s.m {
            chirp[i] = h;
        }
        if i > 0 && i < s.n {
            chirp[length - i] = h;
        }
    }
    let mut spectrum = vec![Complex64::new(0.0, 0.0); length];
    engine::transform::<f64>(Key { n: length, inverse: false, level }, 1.0, &chirp, &mut spectrum);
    let weights = (0..s.n).map(|j| s.factor(j, 0) * s.chirp(j)).collect();
    let turns = (0..s.m).map(|k| s.chirp(k)).collect();
    [weights, spectrum, turns]
}

/// The shortest length of two and at most one three that has room for `n` numbers.
fn length(n: usize) -> usize {
    let power = n.next_power_of_two();
    if power / 4 * 3 >= n && power >= 4 { power / 4 * 3 } else { power }
}

/// Transforms rows of `s.n` numbers into rows of `s.m`.
pub(super) fn transform<T: Chirped, A: Sample<T>>(s: &Spiral, level: SimdLevel, x: &[A], y: &mut [Complex<T>]) {
    if x.is_empty() {
        return;
    }
    if !s.near_circle() {
        return direct(s, x, y);
    }
    let Some(length) = s.convolved().map(length) else { return };
    let make = || {
        let narrow = |z: &Complex64| Complex::new(T::of(z.re), T::of(z.im));
        let [weights, spectrum, turns] = chirps(s, length, level).map(|t| t.iter().map(narrow).collect());
        Ok(Arc::new(Chirps { weights, spectrum, turns }))
    };
    let made = if length <= LONGEST { T::chirps().get::<Infallible>((*s, length, level), KEPT, make) } else { make() };
    let Ok(tables) = made;
    let Chirps { weights, spectrum, turns } = &*tables;
    blocks((x, s.n), (y, s.m), 2 * length, |x, y, work| {
        let (a, b) = work.split_at_mut(work.len() / 2);
        for (x, a) in x.chunks_exact(s.n).zip(a.chunks_exact_mut(length)) {
            dispatch!(level.token(), simd => multiply(simd, x, weights, a));
            a[s.n..].fill(Complex::new(T::zero(), T::zero()));
        }
        engine::transform(Key { n: length, inverse: false, level }, 1.0, a, b);
        for (b, a) in b.chunks_exact(length).zip(a.chunks_exact_mut(length)) {
            dispatch!(level.token(), simd => multiply(simd, b, spectrum, a));
        }
        engine::transform(Key { n: length, inverse: true, level }, 1.0, a, b);
        for (b, y) in b.chunks_exact(length).zip(y.chunks_exact_mut(s.m)) {
            dispatch!(level.token(), simd => multiply(simd, &b[..s.m], turns, y));
        }
    });
}

/// `z[i] = x[i]·w[i]`, compiled for each level.
#[inline(always)]
fn multiply<S: fearless_simd::Simd, T: Float, A: Sample<T>>(_: S, x: &[A], w: &[Complex<T>], z: &mut [Complex<T>]) {
    z.iter_mut().zip(x).zip(w).for_each(|((z, x), w)| *z = x.times(*w));
}

/// The sums, in f64 whatever the precision. There is no vector code: it is for spirals that die away.
fn direct<T: Float, A: Sample<T>>(s: &Spiral, x: &[A], y: &mut [Complex<T>]) {
    let wide: Vec<Complex64> = x.iter().map(|x| x.wide()).collect();
    for (x, y) in wide.chunks_exact(s.n).zip(y.chunks_exact_mut(s.m)) {
        share::for_each(true, y.chunks_mut(POINTS).enumerate(), |(block, y)| {
            for (i, y) in y.iter_mut().enumerate() {
                let z = sum(s, x, block * POINTS + i);
                *y = Complex::new(T::of(z.re), T::of(z.im));
            }
        });
    }
}

fn sum(s: &Spiral, x: &[Complex64], k: usize) -> Complex64 {
    let point = s.factor(1, k);
    let part = |(block, x): (usize, &[Complex64])| {
        x.iter().rev().fold(Complex64::new(0.0, 0.0), |sum, x| sum * point + x) * s.factor(block * HORNER, k)
    };
    x.chunks(HORNER).enumerate().map(part).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_and_smooth() {
        for n in 1..5000 {
            let l = length(n);
            assert!(l >= n && l < 2 * n.max(2), "{l} for {n}");
            assert!(l.is_power_of_two() || (l % 3 == 0 && (l / 3).is_power_of_two()));
        }
    }
}
