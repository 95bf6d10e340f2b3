//! Second-order sections from zeros and poles.

use super::{Section, Zpk};
use gapwave_columns::Complex64;

/// Roots of which the imaginary part is rounding become real, and of each conjugate pair the one above is left, as the mean of
/// both: complex ones first, by real part, then the real ones.
fn sorted(roots: &[Complex64]) -> Vec<Complex64> {
    let is_real = |z: &&Complex64| z.im.abs() <= 100.0 * f64::EPSILON * z.norm();
    let by_real = |a: &Complex64, b: &Complex64| a.re.total_cmp(&b.re).then(a.im.abs().total_cmp(&b.im.abs()));
    let half = |above: bool| {
        let mut half: Vec<Complex64> = roots.iter().filter(|z| !is_real(z) && (z.im > 0.0) == above).copied().collect();
        half.sort_by(by_real);
        // Pairs one above the other, whose real parts differ by rounding, go by the imaginary part.
        let alike = |a: &Complex64, b: &Complex64| (a.re - b.re).abs() <= 100.0 * f64::EPSILON * a.norm();
        half.chunk_by_mut(alike).for_each(|same| same.sort_by(|a, b| a.im.abs().total_cmp(&b.im.abs())));
        half
    };
    let mut all: Vec<_> = half(true).iter().zip(half(false)).map(|(a, b)| (a + b.conj()) * 0.5).collect();
    let mut reals: Vec<_> = roots.iter().filter(is_real).map(|z| Complex64::new(z.re, 0.0)).collect();
    reals.sort_by(by_real);
    all.extend(reals);
    all
}

fn is_real(z: &Complex64) -> bool {
    z.im == 0.0
}

/// Takes out what is nearest to a measure's least.
fn take(
    roots: &mut Vec<Complex64>,
    of: impl Fn(&Complex64) -> bool,
    measure: impl Fn(&Complex64) -> f64,
) -> Option<Complex64> {
    let candidates = roots.iter().enumerate().filter(|(_, z)| of(z));
    let at = candidates.min_by(|a, b| measure(a.1).total_cmp(&measure(b.1))).map(|(at, _)| at)?;
    Some(roots.remove(at))
}

/// `1, −(a + b), a·b`
fn polynomial(a: Complex64, b: Complex64) -> [f64; 3] {
    [1.0, -(a + b).re, (a * b).re]
}

impl Zpk {
    /// The filter as sections of two poles and two zeros each, those nearest to the unit circle last and with the zeros
    /// nearest to them, so that none amplifies much: `pairing = "nearest"` of `scipy.signal.zpk2sos`.
    pub(super) fn sections(&self) -> Vec<Section> {
        let zero = Complex64::new(0.0, 0.0);
        // Even, so that real roots are an even number too: none is left alone.
        let length = self.poles.len().max(self.zeros.len()).next_multiple_of(2);
        let filled = |roots: &[Complex64]| {
            let mut roots = roots.to_vec();
            roots.resize(length, zero);
            sorted(&roots)
        };
        let (mut poles, mut zeros) = (filled(&self.poles), filled(&self.zeros));
        let mut sections = Vec::new();
        let from_circle = |z: &Complex64| (1.0 - z.norm()).abs();
        while let Some(p) = take(&mut poles, |_| true, from_circle) {
            let near = |z: &Complex64| (z - p).norm();
            let q = if is_real(&p) { take(&mut poles, is_real, from_circle).unwrap_or(zero) } else { p.conj() };
            let z = take(&mut zeros, |_| true, near).unwrap_or(zero);
            let y = if is_real(&z) { take(&mut zeros, is_real, near).unwrap_or(zero) } else { z.conj() };
            let ([b0, b1, b2], [a0, a1, a2]) = (polynomial(z, y), polynomial(p, q));
            sections.push([b0, b1, b2, a0, a1, a2]);
        }
        sections.reverse();
        match sections.first_mut() {
            Some(first) => first[..3].iter_mut().for_each(|b| *b *= self.gain),
            None => sections.push([self.gain, 0.0, 0.0, 1.0, 0.0, 0.0]),
        }
        sections
    }
}
