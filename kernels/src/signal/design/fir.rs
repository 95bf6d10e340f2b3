//! Weights by the window method.

use super::{Band, check, refused};
use crate::Result;
use crate::fft::Window;
use std::f64::consts::PI;

/// Most weights: longer filters than this are transforms' work.
const MOST: usize = 1 << 20;

/// The weights of a filter with a linear phase: `scipy.signal.firwin` with `window`. The response is 1 at the middle of the
/// first band that is let through, which is frequency 0 or half of `fs` where the band reaches them, and about ½ at the
/// edges.
///
/// ```
/// use gapwave_kernels::fft::Window;
/// use gapwave_kernels::signal::design::{self, Band};
/// let taps = design::firwin(65, Band::Low(50.0), Window::Hamming, 1000.0)?;
/// assert!((taps.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
///
/// # Errors
/// `taps` is 0 or above 2²⁰, or even with a band that reaches half of `fs`, where such a filter is 0; an edge is not between
/// 0 and half of `fs`; edges do not rise; nothing of the middle of the first band comes through.
pub fn firwin(taps: usize, band: Band, window: Window, fs: f64) -> Result<Vec<f64>> {
    check(fs, &band.edges())?;
    if !(1..=MOST).contains(&taps) {
        return Err(refused(format!("{taps} weights: there are 1 to {MOST}")));
    }
    // Bands that are let through, with half the sampling rate as 1.
    let bands = match band.map(|f| 2.0 * f / fs) {
        Band::Low(w) => vec![(0.0, w)],
        Band::High(w) => vec![(w, 1.0)],
        Band::Pass(a, b) => vec![(a, b)],
        Band::Stop(a, b) => vec![(0.0, a), (b, 1.0)],
    };
    if taps % 2 == 0 && bands.iter().any(|(_, right)| *right == 1.0) {
        let why = format!("{taps} weights let nothing of half the sampling rate through: take an odd number");
        return Err(refused(why));
    }
    let middle = 0.5 * (taps - 1) as f64;
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    let part = |m: f64, (left, right): (f64, f64)| right * sinc(right * m) - left * sinc(left * m);
    let ideal = |i: usize| bands.iter().map(|&band| part(i as f64 - middle, band)).sum::<f64>();
    let mut weights: Vec<f64> = window.symmetric(taps).iter().enumerate().map(|(i, w)| w * ideal(i)).collect();
    let at = match bands[0] {
        (0.0, _) => 0.0,
        (_, 1.0) => 1.0,
        (left, right) => 0.5 * (left + right),
    };
    let gain: f64 = weights.iter().enumerate().map(|(i, w)| w * (PI * (i as f64 - middle) * at).cos()).sum();
    if gain == 0.0 || !gain.is_finite() {
        return Err(refused(format!(
            "{taps} weights with this window let nothing of the band's middle through: take more"
        )));
    }
    weights.iter_mut().for_each(|w| *w /= gain);
    Ok(weights)
}
