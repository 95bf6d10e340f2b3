//! The weights of a window's numbers.

/// The weights whose sum with `window` numbers, `delta` apart, is the value (with `deriv` the derivative of that order) at
/// number `at` of the polynomial of degree `polyorder` that fits them best: `scipy.signal.savgol_coeffs(…, use="dot")`.
///
/// With polynomials pₖ that are orthogonal over the window, the weight of number j is `Σ_k pₖ⁽ᵈ⁾(at)·pₖ(j)/Σ_i pₖ(i)²`.
///
/// ```
/// use gapwave_kernels::signal::savgol::savgol_weights;
/// let w = savgol_weights(5, 2, 0, 1.0, 2.0);
/// assert!((w[2] - 17.0 / 35.0).abs() < 1e-15);
/// ```
pub fn savgol_weights(window: usize, polyorder: usize, deriv: usize, delta: f64, at: f64) -> Vec<f64> {
    let mut weights = vec![0.0; window];
    if deriv > polyorder {
        return weights;
    }
    // Places between −1 and 1, so that powers of them neither grow nor vanish.
    let middle = 0.5 * (window as f64 - 1.0);
    let half = middle.max(0.5);
    let places: Vec<f64> = (0..window).map(|j| (j as f64 - middle) / half).collect();
    let at = (at - middle) / half;
    // The last two polynomials at the places, and all their derivatives where they are asked for. They are of length 1,
    // so the recurrence x·pₖ = cₖ₊₁·pₖ₊₁ + cₖ·pₖ₋₁ has one coefficient a degree.
    let (mut here, mut before) = (vec![1.0 / (window as f64).sqrt(); window], vec![0.0; window]);
    let (mut there, mut earlier) = (vec![0.0; deriv + 1], vec![0.0; deriv + 1]);
    there[0] = here[0];
    let mut last = 0.0;
    for degree in 0..=polyorder {
        weights.iter_mut().zip(&here).for_each(|(w, p)| *w += there[deriv] * p);
        if degree == polyorder {
            break;
        }
        let mut next: Vec<f64> =
            places.iter().zip(here.iter().zip(&before)).map(|(x, (p, q))| x * p - last * q).collect();
        let length = next.iter().map(|p| p * p).sum::<f64>().sqrt();
        next.iter_mut().for_each(|p| *p /= length);
        let derivatives = (0..=deriv)
            .map(|d| {
                let lower = if d == 0 { 0.0 } else { d as f64 * there[d - 1] };
                (at * there[d] + lower - last * earlier[d]) / length
            })
            .collect();
        (before, here) = (here, next);
        (earlier, there) = (there, derivatives);
        last = length;
    }
    let scale = (delta * half).powi(deriv as i32);
    weights.iter_mut().for_each(|w| *w /= scale);
    weights
}
