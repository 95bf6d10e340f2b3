//! The definition, more precise than what it is compared with.

use crate::fft::oracle::fast;
use gapwave_columns::Complex64;

/// A sum of products of f64 as if in twice the precision: what each product and each sum loses is summed beside it
/// (T. Ogita, S. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005).
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, a: f64, b: f64) {
        let product = a * b;
        let next = self.sum + product;
        let back = next - self.sum;
        self.lost += a.mul_add(b, -product) + ((self.sum - (next - back)) + (product - back));
        self.sum = next;
    }

    fn value(self) -> f64 {
        // Infinities lose NaN.
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// Numbers `start .. start + len` of `y[t] = Σ_j h[j]·x[t − j]`.
pub(super) fn convolve(x: &[Complex64], h: &[Complex64], (start, len): (usize, usize)) -> Vec<Complex64> {
    let at = |t: usize| {
        let (mut re, mut im) = (Sum::default(), Sum::default());
        for j in t.saturating_sub(x.len() - 1)..=t.min(h.len() - 1) {
            let (a, b) = (h[j], x[t - j]);
            re.add(a.re, b.re);
            re.add(-a.im, b.im);
            im.add(a.re, b.im);
            im.add(a.im, b.re);
        }
        Complex64::new(re.value(), im.value())
    };
    (start..start + len).map(at).collect()
}

/// The same by transforms in f64, for numbers of single precision in long arrays, whose sums would take minutes.
pub(super) fn by_transforms(x: &[Complex64], h: &[Complex64], (start, len): (usize, usize)) -> Vec<Complex64> {
    let n = (x.len() + h.len()).next_power_of_two();
    let spectrum = |a: &[Complex64]| {
        let mut padded = a.to_vec();
        padded.resize(n, Complex64::default());
        fast(padded, n, false)
    };
    let product = spectrum(x).iter().zip(spectrum(h)).map(|(a, b)| a * b / n as f64).collect();
    fast(product, n, true)[start..start + len].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::uniform;

    #[test]
    fn both_ways_agree() {
        let of = |seed, n| (0..n).map(|i| Complex64::new(uniform(seed, i), uniform(seed + 1, i))).collect::<Vec<_>>();
        for (n, m) in [(1, 1), (1000, 77), (300, 2000)] {
            let (x, h) = (of(1, n), of(3, m));
            for kept in [(0, x.len() + h.len() - 1), (h.len() / 2, x.len())] {
                let (a, b) = (convolve(&x, &h, kept), by_transforms(&x, &h, kept));
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).norm() < 1e-12), "{n} {m}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_where_terms_cancel() {
        let of = |x: &[f64]| x.iter().map(|&x| Complex64::new(x, 0.0)).collect::<Vec<_>>();
        let (x, h) = (of(&[1e20, 1.0, -1e20]), of(&[1.0, 1.0, 1.0]));
        let y: Vec<f64> = convolve(&x, &h, (0, 5)).iter().map(|z| z.re).collect();
        assert_eq!(y, [1e20, 1e20, 1.0, 1.0 - 1e20, -1e20]);
        assert_eq!(convolve(&x, &h, (2, 1))[0].re, 1.0);
    }
}
