//! Transforms in double-double arithmetic (pairs of f64, about 32 digits), to judge results of double precision.

use gapwave_columns::Complex64;
use std::ops::{Add, Mul, Neg, Sub};

/// The unevaluated sum of two f64, the second no more than half a unit in the last place of the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dd(pub(super) f64, pub(super) f64);

/// 2π.
const TAU: Dd = Dd(std::f64::consts::TAU, 2.449_293_598_294_706_4e-16);

impl Dd {
    pub(super) fn exact_sum(a: f64, b: f64) -> Dd {
        let s = a + b;
        let t = s - a;
        Dd(s, (a - (s - t)) + (b - t))
    }

    pub(super) fn exact_product(a: f64, b: f64) -> Dd {
        let p = a * b;
        Dd(p, a.mul_add(b, -p))
    }

    fn over(self, d: f64) -> Dd {
        let q = self.0 / d;
        let p = Dd::exact_product(q, d);
        let rest = (self.0 - p.0) - p.1 + self.1;
        Dd::exact_sum(q, rest / d)
    }

    pub(super) fn divided_by(self, d: Dd) -> Dd {
        let first = self.0 / d.0;
        let rest = self - d * Dd(first, 0.0);
        let second = rest.0 / d.0;
        let rest = rest - d * Dd(second, 0.0);
        Dd::exact_sum(first, second) + Dd(rest.0 / d.0, 0.0)
    }

    /// A positive number's root: one step of Newton's method doubles the digits.
    fn sqrt(self) -> Dd {
        let root = self.0.sqrt();
        Dd(root, 0.0) + (self - Dd::exact_product(root, root)).over(2.0 * root)
    }
}

impl Add for Dd {
    type Output = Dd;
    fn add(self, o: Dd) -> Dd {
        let (s, t) = (Dd::exact_sum(self.0, o.0), Dd::exact_sum(self.1, o.1));
        let s = Dd::exact_sum(s.0, s.1 + t.0);
        Dd::exact_sum(s.0, s.1 + t.1)
    }
}

impl Neg for Dd {
    type Output = Dd;
    fn neg(self) -> Dd {
        Dd(-self.0, -self.1)
    }
}

impl Sub for Dd {
    type Output = Dd;
    fn sub(self, o: Dd) -> Dd {
        self + -o
    }
}

impl Mul for Dd {
    type Output = Dd;
    fn mul(self, o: Dd) -> Dd {
        let p = Dd::exact_product(self.0, o.0);
        Dd::exact_sum(p.0, p.1 + (self.0 * o.1 + self.1 * o.0))
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Cd {
    re: Dd,
    im: Dd,
}

impl Cd {
    const ZERO: Cd = Cd { re: Dd(0.0, 0.0), im: Dd(0.0, 0.0) };
    pub(super) const ONE: Cd = Cd { re: Dd(1.0, 0.0), im: Dd(0.0, 0.0) };

    pub(super) fn new(re: f64, im: f64) -> Cd {
        Cd { re: Dd(re, 0.0), im: Dd(im, 0.0) }
    }

    /// `exp(2πi·turns)`.
    pub(super) fn turned(turns: Dd) -> Cd {
        let quarter = (4.0 * turns.0).round();
        let (c, s) = small((turns - Dd(quarter / 4.0, 0.0)) * TAU);
        turn_quarters(quarter.rem_euclid(4.0) as usize, c, s)
    }

    /// Its angle in turns and the square of its amplitude. Neither part may be near the limits of f64.
    pub(super) fn polar(self) -> (Dd, Dd) {
        let guess = self.im.0.atan2(self.re.0) / std::f64::consts::TAU;
        // What is left is so small an angle that it is its own tangent.
        let rest = self.mul(Cd::turned(Dd(-guess, 0.0)));
        (Dd(guess, 0.0) + rest.im.divided_by(rest.re).divided_by(TAU), self.re * self.re + self.im * self.im)
    }

    pub(super) fn times(self, f: f64) -> Cd {
        Cd { re: self.re * Dd(f, 0.0), im: self.im * Dd(f, 0.0) }
    }

    /// The same direction with the amplitude 1.
    pub(super) fn on_circle(self) -> Cd {
        let size = (self.re * self.re + self.im * self.im).sqrt();
        Cd { re: self.re.divided_by(size), im: self.im.divided_by(size) }
    }

    pub(super) fn reciprocal(self) -> Cd {
        let square = self.re * self.re + self.im * self.im;
        Cd { re: self.re.divided_by(square), im: -self.im.divided_by(square) }
    }

    pub(super) fn power(self, mut k: usize) -> Cd {
        let (mut result, mut square) = (Cd::ONE, self);
        while k > 0 {
            if k % 2 == 1 {
                result = result.mul(square);
            }
            square = square.mul(square);
            k /= 2;
        }
        result
    }

    /// `Σ x[j]·self^j`.
    pub(super) fn polynomial(self, x: &[Complex64]) -> Complex64 {
        let sum = x.iter().rev().fold(Cd::ZERO, |sum, x| sum.mul(self).add(Cd::new(x.re, x.im)));
        Complex64::new(sum.re.0, sum.im.0)
    }

    fn add(self, o: Cd) -> Cd {
        Cd { re: self.re + o.re, im: self.im + o.im }
    }

    pub(super) fn mul(self, o: Cd) -> Cd {
        Cd { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

/// `exp(−2πi·k/n)` for `k < n`: the angle is brought below π/4 by symmetry.
pub(super) fn root(k: usize, n: usize) -> Cd {
    let eighth = 8 * k / n;
    // Distance, in k, to the nearest multiple of a quarter turn, times 4 so that it stays whole.
    let quarter = eighth.div_ceil(2);
    let off = 4 * k as i64 - (quarter * n) as i64;
    let x = (TAU * Dd(off as f64, 0.0)).over(4.0 * n as f64);
    let (c, s) = small(x);
    let Cd { re, im } = turn_quarters(quarter % 4, c, s);
    Cd { re, im: -im }
}

/// Cosine and sine of an angle of no more than π/4, by Taylor's series.
fn small(x: Dd) -> (Dd, Dd) {
    let x2 = x * x;
    let (mut s, mut c) = (x, Dd(1.0, 0.0));
    let (mut ts, mut tc) = (x, Dd(1.0, 0.0));
    for i in 1..16 {
        let i = f64::from(2 * i);
        tc = -(tc * x2).over(i * (i - 1.0));
        ts = -(ts * x2).over(i * (i + 1.0));
        c = c + tc;
        s = s + ts;
    }
    (c, s)
}

/// The direction of cosine `c` and sine `s`, so many quarters further.
fn turn_quarters(quarters: usize, c: Dd, s: Dd) -> Cd {
    match quarters {
        0 => Cd { re: c, im: s },
        1 => Cd { re: -s, im: c },
        2 => Cd { re: -c, im: -s },
        _ => Cd { re: s, im: -c },
    }
}

/// `y[k] = scale · Σ x[j]·exp(∓2πi·jk/n)`, split at each prime factor and summed directly there.
pub(super) fn dft_double(x: &[Complex64], inverse: bool, scale: f64) -> Vec<Complex64> {
    let n = x.len();
    // An inverse transform is a forward one with real and imaginary part exchanged before and after.
    let pair = |z: &Complex64| if inverse { (z.im, z.re) } else { (z.re, z.im) };
    let wide: Vec<Cd> = x.iter().map(pair).map(|(re, im)| Cd { re: Dd(re, 0.0), im: Dd(im, 0.0) }).collect();
    let roots: Vec<Cd> = (0..n).map(|k| root(k, n)).collect();
    let mut y = vec![Cd::ZERO; n];
    split(&wide, 1, &mut y, &roots);
    let f = Dd(scale, 0.0);
    let narrow = |z: &Cd| ((z.re * f).0, (z.im * f).0);
    y.iter().map(narrow).map(|(a, b)| if inverse { Complex64::new(b, a) } else { Complex64::new(a, b) }).collect()
}

/// The transform of every `step`-th number of `x`.
fn split(x: &[Cd], step: usize, y: &mut [Cd], roots: &[Cd]) {
    let n = y.len();
    if n == 1 {
        y[0] = x[0];
        return;
    }
    let p = (2..).find(|p| n.is_multiple_of(*p) || p * p > n).filter(|p| n.is_multiple_of(*p)).unwrap_or(n);
    let m = n / p;
    let mut parts = vec![Cd::ZERO; n];
    for (j, part) in parts.chunks_exact_mut(m).enumerate() {
        split(&x[j * step..], step * p, part, roots);
    }
    let turn = roots.len() / n;
    for (k, y) in y.iter_mut().enumerate() {
        *y = (0..p).fold(Cd::ZERO, |sum, j| sum.add(parts[j * m + k % m].mul(roots[j * k % n * turn])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_and_roots_are_right_to_thirty_digits() {
        for (re, im) in [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.3, 0.7), (-1e-8, 2.0), (1e50, -1e50)] {
            let z = Cd::new(re, im);
            let (turns, square) = z.polar();
            let (back, size) = (Cd::turned(turns), square.sqrt());
            let off = (back.re * size - z.re, back.im * size - z.im);
            assert!(off.0.0.abs().max(off.1.0.abs()) < 1e-29 * size.0, "{re} {im}: {off:?}");
            let one = z.mul(z.reciprocal());
            assert!((one.re - Dd(1.0, 0.0)).0.abs() < 1e-30 && one.im.0.abs() < 1e-30);
        }
        let w = root(5, 97);
        let (there, back) = (w.power(97 * 3 + 1), w.on_circle());
        assert!((there.re - back.re).0.abs() < 1e-28 && (there.im - back.im).0.abs() < 1e-28);
        let third = Dd(1.0, 0.0).divided_by(Dd(3.0, 0.0));
        assert!((third * Dd(3.0, 0.0) - Dd(1.0, 0.0)).0.abs() < 1e-31);
        let x = [Complex64::new(1.0, 0.0), Complex64::new(0.0, 2.0), Complex64::new(3.0, 0.0)];
        assert_eq!(Cd::new(2.0, 0.0).polynomial(&x), Complex64::new(13.0, 4.0));
    }

    #[test]
    fn roots_are_right_to_thirty_digits() {
        for n in [1, 2, 3, 5, 8, 12, 97, 1000] {
            for k in 0..n {
                let w = root(k, n);
                let one = w.re * w.re + w.im * w.im - Dd(1.0, 0.0);
                assert!(one.0.abs() < 1e-30, "|w| of {k}/{n}: {:e}", one.0);
                let (s, c) = (std::f64::consts::TAU * k as f64 / n as f64).sin_cos();
                assert!((w.re.0 - c).abs() < 1e-15 && (w.im.0 + s).abs() < 1e-15, "{k}/{n}");
            }
        }
        // √½ = 0.707106781186547524400844362104849039…: its second half.
        let w = root(1, 8);
        assert_eq!(w.re.0, std::f64::consts::FRAC_1_SQRT_2);
        assert!((w.re.1 - -4.833_646_656_726_457e-17).abs() < 1e-31, "{:e}", w.re.1);
    }
}
