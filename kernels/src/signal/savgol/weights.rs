//! Polynomials that are orthogonal over a window.

/// Polynomials of rising degree, the sum of whose squares over the numbers of a window is 1, and of whose products 0.
///
/// A polynomial that fits the window best is `Σ_k cₖ·pₖ` with `cₖ = Σ_j pₖ(j)·x[j]`: nothing is solved, and no digits are
/// lost to powers.
pub(super) struct Basis {
    /// Their values at the numbers of the window.
    values: Vec<Vec<f64>>,
    /// How each follows from those before: `x·pₖ₋₁` less so much of each of them, divided by a length.
    steps: Vec<(Vec<f64>, f64)>,
    middle: f64,
    half: f64,
}

impl Basis {
    pub(super) fn new(window: usize, polyorder: usize) -> Basis {
        // Places between −1 and 1, so that powers of them neither grow nor vanish.
        let middle = 0.5 * (window as f64 - 1.0);
        let half = middle.max(0.5);
        let places: Vec<f64> = (0..window).map(|j| (j as f64 - middle) / half).collect();
        let mut values = vec![vec![1.0 / (window as f64).sqrt(); window]];
        let mut steps = Vec::with_capacity(polyorder);
        for degree in 0..polyorder {
            let mut next: Vec<f64> = places.iter().zip(&values[degree]).map(|(x, p)| x * p).collect();
            // In exact arithmetic only the last but one would have a part in it. The others grow from roundoff as the
            // degree comes near the window, so all are taken off, and twice, because the first time leaves roundoff too.
            let mut parts = vec![0.0; degree + 1];
            for _ in 0..2 {
                for (part, p) in parts.iter_mut().zip(&values) {
                    let dot: f64 = next.iter().zip(p).map(|(a, b)| a * b).sum();
                    next.iter_mut().zip(p).for_each(|(a, b)| *a -= dot * b);
                    *part += dot;
                }
            }
            let length = next.iter().map(|p| p * p).sum::<f64>().sqrt();
            next.iter_mut().for_each(|p| *p /= length);
            values.push(next);
            steps.push((parts, length));
        }
        Basis { values, steps, middle, half }
    }

    /// The derivative of this order of each at number `at` of the window, which may lie between numbers; `delta` is their
    /// distance.
    pub(super) fn at(&self, deriv: usize, delta: f64, at: f64) -> Vec<f64> {
        if deriv == 0 && at.fract() == 0.0 && at >= 0.0 && (at as usize) < self.values[0].len() {
            // There they are known, and are orthogonal to the last digit.
            return self.values.iter().map(|p| p[at as usize]).collect();
        }
        let x = (at - self.middle) / self.half;
        // All derivatives up to it: that of x·p is x·p⁽ᵈ⁾ + d·p⁽ᵈ⁻¹⁾.
        let mut all: Vec<Vec<f64>> = vec![vec![0.0; deriv + 1]];
        all[0][0] = self.values[0][0];
        for (parts, length) in &self.steps {
            let last = &all[parts.len() - 1];
            let derivative = |d: usize| {
                let lower = if d == 0 { 0.0 } else { d as f64 * last[d - 1] };
                let off: f64 = parts.iter().zip(&all).map(|(part, p)| part * p[d]).sum();
                (x * last[d] + lower - off) / length
            };
            let next = (0..=deriv).map(derivative).collect();
            all.push(next);
        }
        let scale = (delta * self.half).powi(deriv as i32);
        all.iter().map(|p| p[deriv] / scale).collect()
    }

    /// The weights of the numbers of a window for the value of the best polynomial there.
    pub(super) fn weights(&self, deriv: usize, delta: f64, at: f64) -> Vec<f64> {
        let mut weights = vec![0.0; self.values[0].len()];
        for (there, p) in self.at(deriv, delta, at).iter().zip(&self.values) {
            weights.iter_mut().zip(p).for_each(|(w, p)| *w += there * p);
        }
        weights
    }

    /// How much of each is in the numbers of a window.
    pub(super) fn parts(&self, x: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
        self.values.iter().map(|p| p.iter().zip(x.clone()).map(|(p, x)| p * x).sum()).collect()
    }
}

/// The weights whose sum with `window` numbers, `delta` apart, is the value (with `deriv` the derivative of that order) at
/// number `at` of the polynomial of degree `polyorder` that fits them best: `scipy.signal.savgol_coeffs(…, use="dot")`.
///
/// ```
/// use gapwave_kernels::signal::savgol::savgol_weights;
/// let w = savgol_weights(5, 2, 0, 1.0, 2.0);
/// assert!((w[2] - 17.0 / 35.0).abs() < 1e-15);
/// ```
pub fn savgol_weights(window: usize, polyorder: usize, deriv: usize, delta: f64, at: f64) -> Vec<f64> {
    match window {
        0 => Vec::new(),
        _ => Basis::new(window, polyorder.min(window - 1)).weights(deriv.min(polyorder + 1), delta, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_of_every_degree_is_its_own_best() {
        // With as many coefficients as numbers any numbers are met.
        for window in [1, 2, 5, 21, 31, 65] {
            let basis = Basis::new(window, window - 1);
            for at in 0..window {
                let weights = basis.weights(0, 1.0, at as f64);
                for (j, w) in weights.iter().enumerate() {
                    let want = if j == at { 1.0 } else { 0.0 };
                    assert!((w - want).abs() < 1e-12, "{window}, {at}, {j}: {w}");
                }
            }
        }
    }
}
