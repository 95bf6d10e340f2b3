//! The elliptic functions that elliptic filters are made of, for a parameter m = k² and its complement 1 − m. Both are
//! given: near 1 the one says nothing of the other.

use std::f64::consts::{FRAC_PI_2, PI};

/// The arithmetic-geometric mean.
fn agm(mut a: f64, mut b: f64) -> f64 {
    // The number of equal digits doubles each time; the bound is for what is not finite.
    for _ in 0..64 {
        if (a - b).abs() <= f64::EPSILON * a {
            break;
        }
        (a, b) = (0.5 * (a + b), (a * b).sqrt());
    }
    a
}

/// The complete integral of the first kind, K(m), from the complement.
pub(super) fn complete(complement: f64) -> f64 {
    FRAC_PI_2 / agm(1.0, complement.sqrt())
}

/// Carlson's symmetric integral R_F.
/// B. C. Carlson, *Computing elliptic integrals by duplication*, Numer. Math. 33 (1979).
fn carlson(mut x: f64, mut y: f64, mut z: f64) -> f64 {
    for _ in 0..64 {
        let mean = (x + y + z) / 3.0;
        let off = [x, y, z].map(|v| ((mean - v) / mean).abs()).into_iter().fold(0.0, f64::max);
        // What the series leaves out is of the sixth order.
        if off < 1e-3 {
            let (x, y, z) = (1.0 - x / mean, 1.0 - y / mean, 1.0 - z / mean);
            let (second, third) = (x * y - z * z, x * y * z);
            let series = 1.0 - second / 10.0 + third / 14.0 + second * second / 24.0 - 3.0 * second * third / 44.0;
            return series / mean.sqrt();
        }
        let (a, b, c) = (x.sqrt(), y.sqrt(), z.sqrt());
        let step = a * b + b * c + c * a;
        (x, y, z) = ((x + step) / 4.0, (y + step) / 4.0, (z + step) / 4.0);
    }
    f64::NAN
}

/// The u for which `sn(u | m)/cn(u | m) = w`, from the complement of m.
pub(super) fn inverse_sc(w: f64, complement: f64) -> f64 {
    w * carlson(1.0, 1.0 + complement * w * w, 1.0 + w * w)
}

/// sn, cn and dn of u, by descending Landen transformations.
/// Abramowitz and Stegun, *Handbook of Mathematical Functions*, 16.4 and 17.6.
pub(super) fn jacobi(u: f64, m: f64, complement: f64) -> [f64; 3] {
    let (mut a, mut b) = (1.0, complement.sqrt());
    let mut steps = Vec::new();
    let mut c = m.sqrt();
    while c > f64::EPSILON * a && steps.len() < 32 {
        let next: f64 = 0.5 * (a + b);
        c = 0.5 * (a - b);
        b = (a * b).sqrt();
        a = next;
        steps.push(c / a);
    }
    let mut phi = 2f64.powi(steps.len() as i32) * a * u;
    for ratio in steps.into_iter().rev() {
        phi = 0.5 * (phi + (ratio * phi.sin()).asin());
    }
    let (sn, cn) = phi.sin_cos();
    [sn, cn, (cn * cn + complement * sn * sn).sqrt()]
}

/// The m, and its complement, for which `K(1 − m)/K(m)` is the n-th part of that of `m1`: the degree equation, by the nome.
/// S. Orfanidis, *Lecture Notes on Elliptic Filter Design*, 2006, (49).
pub(super) fn degree(n: usize, m1: f64) -> (f64, f64) {
    let ratio = complete(m1) / complete(1.0 - m1);
    let nome = |q: f64| {
        let even: f64 = (0..12).map(|i| q.powi(i * (i + 1))).sum();
        let odd: f64 = 1.0 + 2.0 * (1..12).map(|i| q.powi(i * i)).sum::<f64>();
        16.0 * q * (even / odd).powi(4)
    };
    let m = nome((-PI * ratio / n as f64).exp());
    // The complement has the nome of the other ratio.
    (m, nome((-PI * n as f64 / ratio).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_inverse_to_each_other() {
        for m in [1e-12, 0.1, 0.5, 0.9, 0.999_999] {
            let k = complete(1.0 - m);
            for part in [0.01, 0.3, 0.5, 0.77, 0.99] {
                let [sn, cn, dn] = jacobi(part * k, m, 1.0 - m);
                assert!((sn * sn + cn * cn - 1.0).abs() < 1e-14 && (dn * dn + m * sn * sn - 1.0).abs() < 1e-14);
                let back = inverse_sc(sn / cn, 1.0 - m) / k;
                assert!((back / part - 1.0).abs() < 1e-12, "{m} {part}: {back}");
            }
        }
    }

    #[test]
    fn values_from_tables() {
        // Abramowitz and Stegun, tables 17.1 and 17.5 (K at m = 0.5; F at 30°, m = sin² 30°).
        assert!((complete(0.5) - 1.854_074_677_301_371_9).abs() < 1e-15);
        let w = 30f64.to_radians().tan();
        assert!((inverse_sc(w, 0.75) - 0.529_428_627_051_905_8).abs() < 1e-15);
        let (m, complement) = degree(1, 0.3);
        assert!((m - 0.3).abs() < 1e-14 && (complement - 0.7).abs() < 1e-14);
    }
}
