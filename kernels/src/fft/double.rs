//! Transforms in double-double arithmetic (pairs of f64, about 32 digits), to judge results of double precision.

use gapwave_columns::Complex64;
use std::ops::{Add, Mul, Neg, Sub};

/// The unevaluated sum of two f64, the second no more than half a unit in the last place of the first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Dd(f64, f64);

/// 2π.
const TAU: Dd = Dd(std::f64::consts::TAU, 2.449_293_598_294_706_4e-16);

impl Dd {
    fn exact_sum(a: f64, b: f64) -> Dd {
        let s = a + b;
        let t = s - a;
        Dd(s, (a - (s - t)) + (b - t))
    }

    fn exact_product(a: f64, b: f64) -> Dd {
        let p = a * b;
        Dd(p, a.mul_add(b, -p))
    }

    fn over(self, d: f64) -> Dd {
        let q = self.0 / d;
        let p = Dd::exact_product(q, d);
        let rest = (self.0 - p.0) - p.1 + self.1;
        Dd::exact_sum(q, rest / d)
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
struct Cd {
    re: Dd,
    im: Dd,
}

impl Cd {
    const ZERO: Cd = Cd { re: Dd(0.0, 0.0), im: Dd(0.0, 0.0) };

    fn add(self, o: Cd) -> Cd {
        Cd { re: self.re + o.re, im: self.im + o.im }
    }

    fn mul(self, o: Cd) -> Cd {
        Cd { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

/// `exp(−2πi·k/n)` for `k < n`: the angle is brought below π/4 by symmetry, then Taylor's series.
fn root(k: usize, n: usize) -> Cd {
    let eighth = 8 * k / n;
    // Distance, in k, to the nearest multiple of a quarter turn, times 4 so that it stays whole.
    let quarter = eighth.div_ceil(2);
    let off = 4 * k as i64 - (quarter * n) as i64;
    let x = (TAU * Dd(off as f64, 0.0)).over(4.0 * n as f64);
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
    let (c, s) = match quarter % 4 {
        0 => (c, s),
        1 => (-s, c),
        2 => (-c, -s),
        _ => (s, -c),
    };
    Cd { re: c, im: -s }
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
