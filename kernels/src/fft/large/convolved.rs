//! Lengths with a large prime factor, by way of a convolution that other lengths do.
//!
//! Where n is prime and n − 1 is not made of large primes too, Rader's algorithm: with a generator g of the numbers modulo n,
//! `j = g^q` and `k = g^−m` make of the transform a cyclic convolution of length n − 1. Otherwise Bluestein's:
//! `jk = (j² + k² − (k − j)²)/2` makes it a convolution with a chirp, of any length of at least 2n − 1.

use super::super::engine::{self, Float};
use super::super::lengths::has_factors_to;
use super::super::oracle::root;
use super::super::turns::Turns;
use super::numbers::{generator, powers};
use super::steps::Steps;
use crate::{SimdLevel, share};
use fearless_simd::{Simd, dispatch};
use gapwave_columns::{Complex, Complex64};

/// Numbers of a piece that one thread takes at a time.
const PIECE: usize = 1 << 14;

pub(in crate::fft) struct Convolved<T> {
    level: SimdLevel,
    /// Of the length of the convolution.
    pub(super) steps: Steps<T>,
    /// The transform of what is convolved with, divided by the length.
    response: Vec<Complex<T>>,
    way: Way<T>,
}

enum Way<T> {
    /// `exp(−πi·j²/n)`.
    Bluestein(Vec<Complex<T>>),
    /// `g^q` for each q, and for each `k − 1` the m with `k = g^−m`.
    Rader { powers: Vec<u32>, places: Vec<u32> },
}

/// The least length of at least `2n − 1` whose steps are multiples of every number of lanes.
fn padded(n: usize) -> usize {
    let unit = 256;
    let mut units = (2 * n - 1).div_ceil(unit);
    while !has_factors_to(units, 7) {
        units += 1;
    }
    units * unit
}

impl<T: Float> Convolved<T> {
    pub(super) fn of(n: usize, level: SimdLevel) -> Convolved<T> {
        let rader = generator(n as u64).and_then(|g| Self::rader(n, g, level));
        rader.unwrap_or_else(|| Self::bluestein(n, level))
    }

    fn rader(n: usize, g: u64, level: SimdLevel) -> Option<Convolved<T>> {
        let f64s = Steps::<f64>::of(n - 1, level)?;
        let powers: Vec<u32> = powers(g, n as u64).take(n - 1).collect();
        let mut places = vec![0; n - 1];
        let mut response = vec![Complex64::new(0.0, 0.0); n - 1];
        for (q, &power) in powers.iter().enumerate() {
            let m = if q == 0 { 0 } else { n - 1 - q };
            places[power as usize - 1] = m as u32;
            response[m] = root(power.into(), n as u64);
        }
        Some(Self::new(level, f64s, response, Way::Rader { powers, places }))
    }

    fn bluestein(n: usize, level: SimdLevel) -> Convolved<T> {
        let length = padded(n);
        // Half a turn in n parts: j² of them, whole turns left out before anything is rounded.
        let half = Turns::part(n).half().negated();
        let chirp: Vec<Complex64> = (0..n as u128).map(|j| half.times(j * j).unit()).collect();
        let mut response = vec![Complex64::new(0.0, 0.0); length];
        for (j, w) in chirp.iter().enumerate() {
            response[j] = w.conj();
            response[(length - j) % length] = w.conj();
        }
        let f64s = Steps::of(length, level).expect("no factor above 7");
        Self::new(level, f64s, response, Way::Bluestein(chirp.iter().map(narrow).collect()))
    }

    fn new(level: SimdLevel, f64s: Steps<f64>, mut response: Vec<Complex64>, way: Way<T>) -> Self {
        let mut temp = vec![Complex64::new(0.0, 0.0); f64s.between()];
        f64s.again_in(false, 1.0 / response.len() as f64, &mut response, &mut temp);
        let steps = Steps::of(response.len(), level).expect("as that of f64");
        Convolved { level, steps, response: response.iter().map(narrow).collect(), way }
    }

    /// Numbers that it works in.
    pub(super) fn room(&self) -> usize {
        self.response.len() + self.steps.between()
    }

    /// The convolution of `x`, in the beginning of `work`, and the sum of `x` where the way needs it. An inverse transform
    /// is a forward one of the conjugate, conjugated.
    pub(super) fn begin(&self, inverse: bool, x: &[Complex<T>], work: &mut [Complex<T>]) -> [Complex<T>; 2] {
        let (work, temp) = work.split_at_mut(self.response.len());
        let zero = Complex::new(T::zero(), T::zero());
        share::for_each(self.steps.shared, work.chunks_mut(PIECE).enumerate(), |(piece, z)| {
            let at = piece * PIECE;
            match &self.way {
                Way::Bluestein(chirp) => {
                    let n = chirp.len().saturating_sub(at).min(z.len());
                    let (z, rest) = z.split_at_mut(n);
                    rest.fill(zero);
                    if n > 0 {
                        let (x, w) = (&x[at..][..n], &chirp[at..][..n]);
                        dispatch!(self.level.token(), simd => product(simd, inverse, false, T::of(1.0), x, w, z));
                    }
                }
                Way::Rader { powers, .. } => {
                    let sign = if inverse { -T::of(1.0) } else { T::of(1.0) };
                    for (z, &p) in z.iter_mut().zip(&powers[at..]) {
                        let x = x[p as usize];
                        *z = Complex::new(x.re, x.im * sign);
                    }
                }
            }
        });
        self.steps.again_in(false, 1.0, work, temp);
        let first = if inverse { x[0].conj() } else { x[0] };
        let sum = first + work[0];
        share::for_each(self.steps.shared, work.chunks_mut(PIECE).enumerate(), |(piece, z)| {
            let w = &self.response[piece * PIECE..][..z.len()];
            engine::multiply(self.level, z, w);
        });
        self.steps.again_in(true, 1.0, work, temp);
        [first, sum]
    }

    /// The bins from the convolution.
    pub(super) fn end(
        &self,
        inverse: bool,
        scale: f64,
        [first, sum]: [Complex<T>; 2],
        work: &[Complex<T>],
        y: &mut [Complex<T>],
    ) {
        let f = T::of(scale);
        match &self.way {
            Way::Bluestein(chirp) => {
                share::for_each(self.steps.shared, y.chunks_mut(PIECE).enumerate(), |(piece, y)| {
                    let at = piece * PIECE;
                    let (z, w) = (&work[at..][..y.len()], &chirp[at..][..y.len()]);
                    dispatch!(self.level.token(), simd => product(simd, false, inverse, f, z, w, y));
                })
            }
            Way::Rader { places, .. } => {
                let sign = if inverse { -f } else { f };
                y[0] = Complex::new(sum.re * f, sum.im * sign);
                share::for_each(self.steps.shared, y[1..].chunks_mut(PIECE).enumerate(), |(piece, y)| {
                    for (y, &m) in y.iter_mut().zip(&places[piece * PIECE..]) {
                        let z = first + work[m as usize];
                        *y = Complex::new(z.re * f, z.im * sign);
                    }
                });
            }
        }
    }
}

pub(super) fn narrow<T: Float>(w: &Complex64) -> Complex<T> {
    Complex::new(T::of(w.re), T::of(w.im))
}

/// `y = f·x·w`, of the conjugate of x, or the conjugate of that.
#[inline(always)]
fn product<S: Simd, T: Float>(
    _: S,
    before: bool,
    after: bool,
    f: T,
    x: &[Complex<T>],
    w: &[Complex<T>],
    y: &mut [Complex<T>],
) {
    let (before, after) = (if before { -T::of(1.0) } else { T::of(1.0) }, if after { -f } else { f });
    for ((y, x), w) in y.iter_mut().zip(x).zip(w) {
        let im = x.im * before;
        *y = Complex::new((x.re * w.re - im * w.im) * f, (x.re * w.im + im * w.re) * after);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Long;
    use super::*;
    use crate::case::uniform;

    #[test]
    fn it_is_the_transform() {
        for n in [2, 3, 17, 97, 257, 2 * 131, 1009, 263, 2039] {
            let x: Vec<_> = (0..n as u64).map(|i| Complex64::new(uniform(1, i), uniform(2, i))).collect();
            for (level, inverse) in SimdLevel::available().into_iter().flat_map(|l| [(l, false), (l, true)]) {
                let ways = [Convolved::<f64>::bluestein(n, level), Convolved::of(n, level)];
                for (way, convolved) in ways.into_iter().enumerate() {
                    let long = Long::Convolved(convolved);
                    let mut y = x.clone();
                    long.run(inverse, 0.5, &x, &mut y);
                    let mut z = x.clone();
                    long.again(inverse, 0.5, &mut z);
                    assert!(y == z, "{n} at {level}: in place");
                    for (got, want) in y.iter().zip(crate::fft::oracle::direct(&x, n, inverse)) {
                        let off = (got - want * 0.5).norm();
                        assert!(off < 1e-15 * n as f64, "{n} at {level}, inverse {inverse}, way {way}: {off:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn ways_are_chosen_by_the_length() {
        let rader = |n| matches!(Convolved::<f32>::of(n, SimdLevel::best()).way, Way::Rader { .. });
        assert!(rader(257) && rader(1009) && rader(12_289));
        assert!(
            !rader(2 * 131) && !rader(263) && !rader(2039),
            "composite, and primes of which half the one before is"
        );
        assert_eq!(padded(746_497), 1_505_280);
    }
}
