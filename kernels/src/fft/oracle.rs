//! The definition of the transform, more precise than what it is compared with.

use super::axes::Line;
use super::double::dft_double;
use gapwave_columns::Complex64;
use rustfft::{FftDirection, FftPlannerScalar};
use std::f64::consts::TAU;

/// Longest length for which single-precision input is summed directly.
const DIRECT: usize = 512;

/// `exp(−2πi·k/n)`.
pub(super) fn root(k: u64, n: u64) -> Complex64 {
    // The angle is made from the remainder, halved towards 0 by symmetry: no large argument ever reaches sin or cos.
    let k = k % n;
    let (k, sign) = if 2 * k > n { (n - k, 1.0) } else { (k, -1.0) };
    let (s, c) = (TAU * k as f64 / n as f64).sin_cos();
    Complex64::new(c, sign * s)
}

/// `y[k] = scale · Σ x[j]·exp(∓2πi·jk/n)` of each row of `n` numbers, to judge single precision: f64 throughout, summed as it
/// stands up to 512 points, by rustfft's scalar code beyond (tests compare the two).
pub(super) fn wide(x: &[Complex64], n: usize, inverse: bool, scale: f64) -> Vec<Complex64> {
    let mut y = if n <= DIRECT { direct(x, n, inverse) } else { fast(x.to_vec(), n, inverse) };
    y.iter_mut().for_each(|z| *z *= scale);
    y
}

/// The same for input of double precision, in double-double arithmetic: f64 sums would be no better than the result.
pub(super) fn double(x: &[Complex64], n: usize, inverse: bool, scale: f64) -> Vec<Complex64> {
    if n == 0 {
        return Vec::new();
    }
    x.chunks_exact(n).flat_map(|row| dft_double(row, inverse, scale)).collect()
}

/// Calls `f` with the rows of `n` numbers along an axis of `x`, which is `[outer, n, inner]`, and puts what it gives, of
/// `m` numbers a row, into an array `[outer, m, inner]`.
pub(super) fn along<A: Copy, B: Copy + Default>(
    x: &[A],
    Line { outer, n, inner }: Line,
    m: usize,
    f: impl FnOnce(&[A]) -> Vec<B>,
) -> Vec<B> {
    if outer == 0 || inner == 0 {
        return Vec::new();
    }
    let rows = (0..outer * inner).map(|r| (r / inner, r % inner));
    let gathered: Vec<A> = rows.clone().flat_map(|(o, q)| (0..n).map(move |i| x[(o * n + i) * inner + q])).collect();
    let made = f(&gathered);
    let mut y = vec![B::default(); outer * m * inner];
    for (row, (o, q)) in made.chunks_exact(m.max(1)).zip(rows) {
        row.iter().enumerate().for_each(|(k, &z)| y[(o * m + k) * inner + q] = z);
    }
    y
}

pub(super) fn direct(x: &[Complex64], n: usize, inverse: bool) -> Vec<Complex64> {
    if n == 0 {
        return Vec::new();
    }
    let roots: Vec<_> = (0..n as u64).map(|k| root(k, n as u64)).map(|w| if inverse { w.conj() } else { w }).collect();
    let sum = |row: &[Complex64], k: usize| row.iter().enumerate().map(|(j, z)| z * roots[j * k % n]).sum();
    x.chunks_exact(n).flat_map(|row| (0..n).map(|k| sum(row, k)).collect::<Vec<_>>()).collect()
}

pub(super) fn fast(mut x: Vec<Complex64>, n: usize, inverse: bool) -> Vec<Complex64> {
    let direction = if inverse { FftDirection::Inverse } else { FftDirection::Forward };
    if n > 0 && !x.is_empty() {
        FftPlannerScalar::new().plan_fft(n, direction).process(&mut x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;

    #[test]
    fn the_three_ways_agree() {
        for n in [1usize, 2, 3, 8, 12, 97, 128, 360, 512, 521] {
            let x: Vec<_> = (0..n as u64).map(|i| Complex64::new(uniform(1, i), uniform(2, i))).collect();
            for inverse in [false, true] {
                let (a, b) = (direct(&x, n, inverse), fast(x.clone(), n, inverse));
                let c = double(&x, n, inverse, 1.0);
                let norm: f64 = c.iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt();
                let off =
                    |y: &[Complex64]| y.iter().zip(&c).map(|(p, q)| (p - q).norm_sqr()).sum::<f64>().sqrt() / norm;
                assert!(off(&a) < 2e-15 * (n as f64).sqrt(), "direct {n}: {:e}", off(&a));
                assert!(off(&b) < 2e-15, "fast {n}: {:e}", off(&b));
            }
        }
    }
}
