//! Filters by what they shall let through: Butterworth, Chebyshev, elliptic, notch and peak as second-order sections, and
//! weights by the window method.
//!
//! A design is a plain function. What it gives goes into a kernel that filters, or wherever else sections are taken:
//! rows of `b0 b1 b2 a0 a1 a2` with `a0 = 1`, the transfer function being the product of
//! `(b0 + b1·z⁻¹ + b2·z⁻²)/(1 + a1·z⁻¹ + a2·z⁻²)`.
//!
//! Names, units and meanings are SciPy's (`scipy.signal.iirfilter`, `iirnotch`, `iirpeak`, `output="sos"`), except that
//! ripples and attenuations belong to the shape. Frequencies are in the unit of the sampling rate `fs`.

mod elliptic;
mod fir;
mod sections;
mod zpk;

use crate::{Error, Result};
pub use fir::firwin;
use gapwave_columns::Complex64;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
pub use zpk::Zpk;

/// `b0 b1 b2 a0 a1 a2`
pub type Section = [f64; 6];

/// Orders up to which filters are designed: the coefficients of longer ones have no digits left.
pub const MOST_ORDER: usize = 64;

/// What a filter's response is like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// As flat as can be where it lets through; 3 dB down at the cut-off.
    Butterworth,
    /// Ripples where it lets through.
    Chebyshev1 {
        /// Their height, in decibels below 1. The cut-off is where they end.
        ripple: f64,
    },
    /// Ripples where it stops.
    Chebyshev2 {
        /// How far below 1 they stay, in decibels. The cut-off is where they begin.
        attenuation: f64,
    },
    /// Ripples on both sides, and the steepest edge. Cauer's.
    Elliptic {
        /// Height of those where it lets through, in decibels below 1. The cut-off is where they end.
        ripple: f64,
        /// How far below 1 those where it stops stay, in decibels.
        attenuation: f64,
    },
}

/// What a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// What is below a frequency.
    Low(f64),
    /// What is above.
    High(f64),
    /// What is between two.
    Pass(f64, f64),
    /// What is not.
    Stop(f64, f64),
}

impl Band {
    fn map(self, f: impl Fn(f64) -> f64) -> Band {
        match self {
            Band::Low(w) => Band::Low(f(w)),
            Band::High(w) => Band::High(f(w)),
            Band::Pass(a, b) => Band::Pass(f(a), f(b)),
            Band::Stop(a, b) => Band::Stop(f(a), f(b)),
        }
    }

    fn edges(self) -> Vec<f64> {
        match self {
            Band::Low(w) | Band::High(w) => vec![w],
            Band::Pass(a, b) | Band::Stop(a, b) => vec![a, b],
        }
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::Param { kernel: "design".into(), why: why.into() }
}

/// A sampling rate, and frequencies below its half in rising order.
fn check(fs: f64, edges: &[f64]) -> Result<()> {
    if !(fs.is_finite() && fs > 0.0) {
        return Err(refused(format!("the sampling rate is {fs}: it must be a positive number")));
    }
    if let Some(edge) = edges.iter().find(|&&edge| !(edge > 0.0 && edge < 0.5 * fs)) {
        let half = 0.5 * fs;
        return Err(refused(format!("a frequency of {edge} is not between 0 and half the sampling rate, {half}")));
    }
    if edges.windows(2).any(|e| e[0] >= e[1]) {
        return Err(refused(format!("the band's edges {edges:?} do not rise")));
    }
    Ok(())
}

/// The zeros, poles and gain of a digital filter of `order`: of twice as many poles where the band has two edges.
///
/// ```
/// use gapwave_kernels::signal::design::{self, Band, Shape};
/// let filter = design::zpk(2, Shape::Butterworth, Band::Low(100.0), 1000.0)?;
/// assert_eq!(filter.poles.len(), 2);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
///
/// # Errors
/// The order is 0 or above [`MOST_ORDER`], an edge is not between 0 and half of `fs`, edges do not rise, or decibels are not
/// positive or contradict each other.
pub fn zpk(order: usize, shape: Shape, band: Band, fs: f64) -> Result<Zpk> {
    if !(1..=MOST_ORDER).contains(&order) {
        return Err(refused(format!("the order is {order}: there are 1 to {MOST_ORDER}")));
    }
    check(fs, &band.edges())?;
    let decibels = match shape {
        Shape::Butterworth => vec![],
        Shape::Chebyshev1 { ripple: db } | Shape::Chebyshev2 { attenuation: db } => vec![db],
        Shape::Elliptic { ripple, attenuation } => vec![ripple, attenuation],
    };
    // Beyond 300 dB the other ripples are below what numbers can tell from 1.
    if let Some(db) = decibels.iter().find(|&&db| !(db > 0.0 && db <= 300.0)) {
        return Err(refused(format!("{db} dB: ripples and attenuations are between 0 and 300 dB")));
    }
    if let [ripple, attenuation] = decibels[..]
        && ripple >= attenuation
    {
        return Err(refused(format!("a ripple of {ripple} dB is not less than the attenuation of {attenuation} dB")));
    }
    // The bilinear transform bends frequencies: what is designed is bent the other way.
    let warped = band.map(|f| 4.0 * (PI * f / fs).tan());
    Ok(Zpk::prototype(order, shape).of_band(warped).bilinear())
}

/// The same as second-order sections, the ones nearest to ringing last.
///
/// ```
/// use gapwave_kernels::signal::design::{self, Band, Shape};
/// let sos = design::iir(4, Shape::Butterworth, Band::Pass(0.5, 40.0), 250.0)?;
/// assert_eq!(sos.len(), 4);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
///
/// # Errors
/// As [`zpk`].
pub fn iir(order: usize, shape: Shape, band: Band, fs: f64) -> Result<Vec<Section>> {
    Ok(zpk(order, shape, band, fs)?.sections())
}

/// The section that lets nothing of `frequency` through (`scipy.signal.iirnotch`). Its −3 dB band is `frequency/q` wide.
///
/// # Errors
/// The frequency is not between 0 and half of `fs`, or `q` is not positive.
pub fn notch(frequency: f64, q: f64, fs: f64) -> Result<Section> {
    let (angle, width) = resonance(frequency, q, fs)?;
    let gain = 1.0 / (1.0 + width);
    let cosine = -2.0 * angle.cos();
    Ok([gain, gain * cosine, gain, 1.0, gain * cosine, 2.0 * gain - 1.0])
}

/// The section that lets little but `frequency` through (`scipy.signal.iirpeak`).
///
/// # Errors
/// As [`notch`].
pub fn peak(frequency: f64, q: f64, fs: f64) -> Result<Section> {
    let (angle, width) = resonance(frequency, q, fs)?;
    let gain = 1.0 / (1.0 + width);
    Ok([1.0 - gain, 0.0, gain - 1.0, 1.0, -2.0 * gain * angle.cos(), 2.0 * gain - 1.0])
}

/// Angle of a frequency, and the tangent of half of its band's.
fn resonance(frequency: f64, q: f64, fs: f64) -> Result<(f64, f64)> {
    check(fs, &[frequency])?;
    if !(q.is_finite() && q > 0.0) {
        return Err(refused(format!("the quality is {q}: it must be a positive number")));
    }
    let angle = 2.0 * PI * frequency / fs;
    let width = angle / q;
    if width >= PI {
        return Err(refused(format!(
            "a band of {} around {frequency} goes beyond half the sampling rate",
            frequency / q
        )));
    }
    Ok((angle, (0.5 * width).tan()))
}

/// The response of sections at a frequency.
///
/// ```
/// use gapwave_kernels::signal::design::{self, Band, Shape};
/// let sos = design::iir(4, Shape::Butterworth, Band::Low(100.0), 1000.0)?;
/// assert!((design::response(&sos, 100.0, 1000.0).norm() - 0.5f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
pub fn response(sos: &[Section], frequency: f64, fs: f64) -> Complex64 {
    let z = Complex64::cis(-2.0 * PI * frequency / fs);
    let of = |[b0, b1, b2, a0, a1, a2]: &Section| (b0 + (b1 + b2 * z) * z) / (a0 + (a1 + a2 * z) * z);
    sos.iter().map(of).product()
}

/// The greatest distance of a pole from 0: below 1 the filter forgets, and as r^n after n numbers.
pub fn radius(sos: &[Section]) -> f64 {
    let of = |&[_, _, _, a0, a1, a2]: &Section| {
        let (half, product) = (-0.5 * a1 / a0, a2 / a0);
        let square = half * half - product;
        if square < 0.0 { product.sqrt() } else { half.abs() + square.sqrt() }
    };
    sos.iter().map(of).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_designed_is_refused() {
        let low = |order, fs| iir(order, Shape::Butterworth, Band::Low(10.0), fs);
        for (order, fs) in [(0, 100.0), (65, 100.0), (2, 20.0), (2, 0.0), (2, f64::NAN), (2, -1.0), (2, f64::INFINITY)]
        {
            assert!(low(order, fs).is_err(), "{order} {fs}");
        }
        let band = |band| iir(2, Shape::Butterworth, band, 100.0).is_err();
        assert!(band(Band::Pass(20.0, 10.0)) && band(Band::Stop(10.0, 10.0)) && band(Band::Low(f64::NAN)));
        assert!(band(Band::High(0.0)) && band(Band::High(-3.0)) && band(Band::Pass(10.0, 50.0)));
        let shape = |shape| iir(3, shape, Band::Low(10.0), 100.0).is_err();
        assert!(shape(Shape::Chebyshev1 { ripple: 0.0 }) && shape(Shape::Chebyshev2 { attenuation: -1.0 }));
        assert!(
            shape(Shape::Elliptic { ripple: 3.0, attenuation: 3.0 }) && shape(Shape::Chebyshev1 { ripple: f64::NAN })
        );
        assert!(
            notch(10.0, 0.0, 100.0).is_err() && peak(60.0, 1.0, 100.0).is_err() && notch(40.0, 0.5, 100.0).is_err()
        );
    }

    #[test]
    fn sections_have_the_response_that_was_asked_for() {
        let db = |sos: &[Section], f: f64| 20.0 * response(sos, f, 1000.0).norm().log10();
        for order in 1..=12 {
            for (band, inside, edges, outside) in [
                (Band::Low(120.0), [1e-9, 60.0], vec![120.0], [499.0, 400.0]),
                (Band::High(120.0), [499.999_999, 400.0], vec![120.0], [1.0, 10.0]),
                (Band::Pass(80.0, 160.0), [113.0, 100.0], vec![80.0, 160.0], [5.0, 450.0]),
                (Band::Stop(80.0, 160.0), [1e-9, 499.999_999], vec![80.0, 160.0], [115.166, 115.166]),
            ] {
                let sos = iir(order, Shape::Butterworth, band, 1000.0).unwrap();
                assert!(radius(&sos) < 1.0, "{order} {band:?}");
                assert!(inside.iter().all(|&f| db(&sos, f).abs() < 3.01), "{order} {band:?}");
                assert!(edges.iter().all(|&f| (db(&sos, f) + 3.0103).abs() < 1e-4), "{order} {band:?}");
                assert!(outside.iter().all(|&f| db(&sos, f) < -10.0 * order as f64), "{order} {band:?}");
                let one = iir(order, Shape::Chebyshev1 { ripple: 0.5 }, band, 1000.0).unwrap();
                assert!(edges.iter().all(|&f| (db(&one, f) + 0.5).abs() < 1e-6), "{order} {band:?}");
                let two = iir(order, Shape::Chebyshev2 { attenuation: 40.0 }, band, 1000.0).unwrap();
                assert!(edges.iter().all(|&f| (db(&two, f) + 40.0).abs() < 1e-6), "{order} {band:?}");
                let cauer = iir(order, Shape::Elliptic { ripple: 0.5, attenuation: 40.0 }, band, 1000.0).unwrap();
                assert!(edges.iter().all(|&f| (db(&cauer, f) + 0.5).abs() < 1e-6), "{order} {band:?}");
                let passed = (0..5000).map(|i| db(&cauer, 0.05 + 0.1 * i as f64)).fold(f64::MIN, f64::max);
                assert!(passed < 1e-6, "{order} {band:?}: {passed}");
            }
        }
        let (sharp, soft) = (notch(50.0, 30.0, 1000.0).unwrap(), peak(50.0, 30.0, 1000.0).unwrap());
        assert!(db(&[sharp], 50.0) < -200.0 && db(&[soft], 50.0).abs() < 1e-9);
    }
}
