//! Real rows of a prime length n, at half the work of complex ones.
//!
//! Rader's algorithm with a generator g, and M = (n − 1)/2: `j = g^q` and `k = g^−m` make of the transform the cyclic
//! convolution of `a[q] = x[g^q]` with `w[t] = exp(−2πi·g^−t/n)`. Because `g^M = −1`, the real part of w has the period M,
//! and its imaginary part changes its sign after M; so do those of the result c. The even bins of a spectrum of 2M numbers
//! are those of what has the period M, the odd ones those of what changes its sign: the two parts do not mix, and
//! `d = a ∗ (re w + im w)` is `re c + im c`, a real convolution, from which `re c[m] = (d[m] + d[m+M])/2` and
//! `im c[m] = (d[m] − d[m+M])/2`. The inverse transform of a one-sided spectrum X is the same convolution, of
//! `a[q] = re X[g^q] + im X[g^q]`.
//!
//! A real convolution of 2M numbers is done by transforms of M pairs of them. What lies between, from the spectrum z of the
//! pairs of a to that of the pairs of d, is `P[k]·z[k] + Q[k]·conj(z[M−k])` where, with R the spectrum of what is convolved
//! with, `S, T = (R[k] ± R[k+M])/2` and θ = πk/M, `P = S − T·sin θ` and `Q = i·T·cos θ`.

use super::super::engine::Float;
use super::super::lanes::LARGEST;
use super::super::lengths::has_factors_to;
use super::super::oracle::root;
use super::convolved::narrow;
use super::numbers::{generator, powers};
use super::spare;
use super::steps::Steps;
use crate::{SimdLevel, share};
use fearless_simd::{Simd, dispatch};
use gapwave_columns::{Complex, Complex64};

/// Numbers of a piece that one thread takes at a time.
const PIECE: usize = 1 << 14;

/// What a number of pairs and the one that mirrors it become: P and Q of the one, and of the other.
type Factors<T> = [Complex<T>; 4];

pub(in crate::fft) struct Prime<T> {
    level: SimdLevel,
    /// Of M numbers.
    steps: Steps<T>,
    /// P and Q of the first number, and of the middle one, if there is one.
    ends: [[Complex<T>; 2]; 2],
    factors: Vec<Factors<T>>,
    /// `g^q` for each q < M: the next M are what is missing to n.
    powers: Vec<u32>,
    /// For each k − 1 < M the m with `k = g^−m`: that of n − k is M away from it.
    places: Vec<u32>,
}

impl<T: Float> Prime<T> {
    /// `None` where `n` is no odd prime, or M has a large prime factor.
    pub(super) fn of(n: usize, level: SimdLevel) -> Option<Prime<T>> {
        // First what is found out soonest: this is asked for each row of a length that has no such plan.
        let half = (n.max(1) - 1) / 2;
        if n.is_multiple_of(2) || !has_factors_to(half, LARGEST) {
            return None;
        }
        let g = generator(n as u64)?;
        let steps = Steps::<T>::of(half, level)?;
        let whole: Vec<u32> = powers(g, n as u64).take(n - 1).collect();
        let mut places = vec![0; half];
        let mut response = vec![0.0; n - 1];
        for (q, &power) in whole.iter().enumerate() {
            let m = if q == 0 { 0 } else { n - 1 - q };
            if let Some(place) = places.get_mut(power as usize - 1) {
                *place = m as u32;
            }
            let w = root(power.into(), n as u64);
            response[m] = w.re + w.im;
        }
        let factors = factors(level, &response)?;
        let [first, middle] = [0, half / 2].map(|k| factors[k].map(|w| narrow(&w)));
        let mirrored = (1..=(half - 1) / 2).map(|k| {
            let ([p, q], [r, s]) = (factors[k], factors[half - k]);
            [p, q, r, s].map(|w| narrow(&w))
        });
        let (ends, powers) = ([first, middle], whole[..half].to_vec());
        Some(Prime { level, steps, ends, factors: mirrored.collect(), powers, places })
    }

    /// Whether a transform is shared out over threads.
    pub(in crate::fft) fn is_shared(&self) -> bool {
        self.steps.shared
    }

    /// The one-sided spectrum of a row, times `scale`.
    pub(in crate::fft) fn forward(&self, scale: f64, x: &[T], y: &mut [Complex<T>]) {
        let (half, shared) = (self.powers.len(), self.is_shared());
        self.convolve(
            |low, high| {
                share::for_each(shared, low.chunks_mut(PIECE).enumerate(), |(i, to)| {
                    to.iter_mut().zip(&self.powers[i * PIECE..]).for_each(|(to, &p)| *to = x[p as usize]);
                });
                share::for_each(shared, high.chunks_mut(PIECE).enumerate(), |(i, to)| {
                    to.iter_mut().zip(&self.powers[i * PIECE..]).for_each(|(to, &p)| *to = x[x.len() - p as usize]);
                });
            },
            |sum, d| {
                let (f, f_half) = (T::of(scale), T::of(0.5 * scale));
                y[0] = Complex::new((x[0] + sum) * f, T::zero());
                share::for_each(shared, y[1..].chunks_mut(PIECE).enumerate(), |(i, y)| {
                    for (y, &m) in y.iter_mut().zip(&self.places[i * PIECE..]) {
                        let (a, b) = (d[m as usize], d[other(m as usize, half)]);
                        *y = Complex::new(x[0] * f + (a + b) * f_half, (a - b) * f_half);
                    }
                });
            },
        );
    }

    /// The row of a one-sided spectrum, times `scale`.
    pub(in crate::fft) fn inverse(&self, scale: f64, y: &[Complex<T>], x: &mut [T]) {
        let (half, shared) = (self.powers.len(), self.is_shared());
        // Bin p, or the conjugate of what it mirrors.
        let bin = |p: usize| if p <= half { y[p] } else { y[2 * half + 1 - p].conj() };
        self.convolve(
            |low, high| {
                share::for_each(shared, low.chunks_mut(PIECE).enumerate(), |(i, to)| {
                    let powers = &self.powers[i * PIECE..];
                    to.iter_mut().zip(powers).for_each(|(to, &p)| (*to) = bin(p as usize).re + bin(p as usize).im);
                });
                share::for_each(shared, high.chunks_mut(PIECE).enumerate(), |(i, to)| {
                    let powers = &self.powers[i * PIECE..];
                    to.iter_mut().zip(powers).for_each(|(to, &p)| (*to) = bin(p as usize).re - bin(p as usize).im);
                });
            },
            |sum, d| {
                let (f, first) = (T::of(scale), y[0].re);
                let (start, rest) = x.split_at_mut(1);
                start[0] = (first + sum) * f;
                let (low, high) = rest.split_at_mut(half);
                share::for_each(shared, low.chunks_mut(PIECE).enumerate(), |(i, x)| {
                    let places = &self.places[i * PIECE..];
                    x.iter_mut().zip(places).for_each(|(x, &m)| *x = (first + d[m as usize]) * f);
                });
                share::for_each(shared, high.chunks_mut(PIECE).enumerate(), |(i, x)| {
                    // The first of them is n − M, the last n − 1.
                    let end = half - i * PIECE;
                    let places = self.places[end - x.len()..end].iter().rev();
                    x.iter_mut().zip(places).for_each(|(x, &m)| *x = (first + d[other(m as usize, half)]) * f);
                });
            },
        );
    }

    /// Lets `begin` write both halves of a, and gives the sum of it and d to `end`.
    fn convolve(&self, begin: impl FnOnce(&mut [T], &mut [T]), end: impl FnOnce(T, &[T])) {
        let half = self.powers.len();
        spare::<T>(half + self.steps.between(), |work| {
            let (z, temp) = work.split_at_mut(half);
            let (low, high) = bytemuck::cast_slice_mut(z).split_at_mut(half);
            begin(low, high);
            self.steps.again_in(false, 1.0, z, temp);
            let sum = z[0].re + z[0].im;
            self.multiply(z);
            self.steps.again_in(true, 1.0, z, temp);
            end(sum, bytemuck::cast_slice(z));
        });
    }

    /// The spectrum of the pairs of d from that of a.
    fn multiply(&self, z: &mut [Complex<T>]) {
        let half = z.len();
        let alone = |z: &mut Complex<T>, [p, q]: [Complex<T>; 2]| *z = p * *z + q * z.conj();
        alone(&mut z[0], self.ends[0]);
        if half.is_multiple_of(2) {
            alone(&mut z[half / 2], self.ends[1]);
        }
        let (low, high) = z[1..].split_at_mut(self.factors.len());
        // Where M is even, `high` begins with the number in the middle.
        let high = &mut high[(half + 1) % 2..];
        let pieces = low.chunks_mut(PIECE).zip(high.rchunks_mut(PIECE)).zip(self.factors.chunks(PIECE));
        share::for_each(self.is_shared(), pieces, |((low, high), factors)| {
            dispatch!(self.level.token(), simd => multiply(simd, low, high, factors));
        });
    }
}

/// The number that is M away from m, of 2M.
fn other(m: usize, half: usize) -> usize {
    if m < half { m + half } else { m - half }
}

/// P and Q of each k < M, divided by M.
fn factors(level: SimdLevel, response: &[f64]) -> Option<Vec<[Complex64; 2]>> {
    let half = response.len() / 2;
    let turn = |k: usize| root(k as u64, 2 * half as u64);
    let mut pairs: Vec<_> = response.chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect();
    let steps = Steps::<f64>::of(half, level)?;
    steps.again_in(false, 1.0 / half as f64, &mut pairs, &mut vec![Complex64::new(0.0, 0.0); steps.between()]);
    let of = |k: usize| {
        let (z, m) = (pairs[k], pairs[(half - k) % half].conj());
        // R[k] = E + w·O and R[k + M] = E − w·O, where E and O are the spectra of the even numbers and of the odd ones.
        let (even, odd) = ((z + m) * 0.5, (z - m) * Complex64::new(0.0, -0.5));
        // w is exp(−iθ).
        let w = turn(k);
        let (s, t) = (even, w * odd);
        [s + t * w.im, t * Complex64::new(0.0, w.re)]
    };
    Some((0..half).map(of).collect())
}

/// Numbers and those that mirror them, the last of which is the first's. Compiled for each level.
#[inline(always)]
fn multiply<S: Simd, T: Float>(_: S, low: &mut [Complex<T>], high: &mut [Complex<T>], factors: &[Factors<T>]) {
    for ((a, b), &[p, q, r, s]) in low.iter_mut().zip(high.iter_mut().rev()).zip(factors) {
        let (z, m) = (*a, *b);
        *a = p * z + q * m.conj();
        *b = r * m + s * z.conj();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;

    #[test]
    fn it_is_the_transform_and_its_inverse() {
        for n in [3, 5, 7, 17, 97, 257, 1009, 2017] {
            let x: Vec<_> = (0..n as u64).map(|i| uniform(1, i)).collect();
            let wide: Vec<_> = x.iter().map(|&x| Complex64::new(x, 0.0)).collect();
            let want = crate::fft::oracle::direct(&wide, n, false);
            for level in SimdLevel::available() {
                let prime = Prime::<f64>::of(n, level).unwrap();
                let mut y = vec![Complex64::new(9.0, 9.0); n / 2 + 1];
                prime.forward(0.5, &x, &mut y);
                for (got, want) in y.iter().zip(&want) {
                    assert!((got - want * 0.5).norm() < 1e-15 * n as f64, "{n} at {level}");
                }
                let mut back = vec![9.0; n];
                prime.inverse(2.0 / n as f64, &y, &mut back);
                for (got, want) in back.iter().zip(&x) {
                    assert!((got - want).abs() < 1e-15 * n as f64, "{n} at {level}, back");
                }
            }
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for n in [0, 1, 2, 4, 9, 15, 263, 2039, 65_536] {
            assert!(Prime::<f32>::of(n, SimdLevel::best()).is_none(), "{n}");
        }
    }
}
