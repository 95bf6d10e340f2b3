//! Windows: what a frame is multiplied by before its transform.
//!
//! All are periodic, as spectra want them: the `n` values are the first of the symmetric window of `n + 1`
//! (`scipy.signal.get_window(name, n)`).

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};
use std::fmt;
use std::str::FromStr;

/// A window. As text a name, with a number behind a colon where it has one: `hann`, `kaiser:8.6`.
///
/// # Example
/// ```
/// use gapwave_kernels::fft::Window;
/// assert_eq!(Window::Hann.values(4), [0.0, 0.5, 1.0, 0.5]);
/// assert_eq!("kaiser:8.6".parse::<Window>()?, Window::Kaiser(8.6));
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Window {
    /// Ones.
    Boxcar,
    /// A triangle with zeros at its ends.
    Bartlett,
    /// Half a period of a sine.
    Cosine,
    /// A raised cosine.
    #[default]
    Hann,
    /// A raised cosine on a pedestal of 0.08.
    Hamming,
    /// Three cosine terms.
    Blackman,
    /// Four cosine terms, the least of sidelobes with a continuous first derivative.
    Nuttall,
    /// Four cosine terms, sidelobes below −92 dB.
    BlackmanHarris,
    /// Five cosine terms: amplitudes of tones between bins.
    Flattop,
    /// Flat with raised cosines on both sides, which take this part of it, 0 to 1.
    Tukey(f64),
    /// Near the most energy in the main lobe; β trades its width for sidelobes.
    Kaiser(f64),
    /// A Gaussian of this standard deviation in samples.
    Gaussian(f64),
}

/// Names of windows without a number.
const PLAIN: [(&str, Window); 9] = [
    ("boxcar", Window::Boxcar),
    ("bartlett", Window::Bartlett),
    ("cosine", Window::Cosine),
    ("hann", Window::Hann),
    ("hamming", Window::Hamming),
    ("blackman", Window::Blackman),
    ("nuttall", Window::Nuttall),
    ("blackmanharris", Window::BlackmanHarris),
    ("flattop", Window::Flattop),
];

impl Window {
    /// The values for frames of `n`.
    pub fn values(self, n: usize) -> Vec<f64> {
        if n <= 1 {
            return vec![1.0; n];
        }
        // As if there were n + 1, for the symmetric window's last one.
        let (last, x) = (n as f64, |i: usize| i as f64 / n as f64);
        // Terms of cosines, with signs in turn.
        let cosines = |terms: &[f64]| -> Vec<f64> {
            let sum = |i| terms.iter().enumerate().map(|(k, a)| a * (TAU * k as f64 * (x(i) - 0.5)).cos()).sum();
            (0..n).map(sum).collect()
        };
        match self {
            Window::Boxcar => vec![1.0; n],
            Window::Bartlett => (0..n).map(|i| 1.0 - (2.0 * x(i) - 1.0).abs()).collect(),
            Window::Cosine => (0..n).map(|i| (PI * (i as f64 + 0.5) / (last + 1.0)).sin()).collect(),
            Window::Hann => cosines(&[0.5, 0.5]),
            Window::Hamming => cosines(&[0.54, 0.46]),
            Window::Blackman => cosines(&[0.42, 0.5, 0.08]),
            Window::Nuttall => cosines(&[0.363_581_9, 0.489_177_5, 0.136_599_5, 0.010_641_1]),
            Window::BlackmanHarris => cosines(&[0.358_75, 0.488_29, 0.141_28, 0.011_68]),
            Window::Flattop => cosines(&[0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368]),
            Window::Tukey(part) => {
                let edge = part * last / 2.0;
                let at = |i: usize| {
                    // The distance to the nearer end.
                    let d = (i as f64).min(last - i as f64);
                    if d < edge { 0.5 * (1.0 - (PI * d / edge).cos()) } else { 1.0 }
                };
                (0..n).map(at).collect()
            }
            Window::Kaiser(beta) => {
                let top = bessel_i0(beta);
                let at = |i: usize| bessel_i0(beta * (1.0 - (2.0 * x(i) - 1.0).powi(2)).max(0.0).sqrt()) / top;
                (0..n).map(at).collect()
            }
            Window::Gaussian(std) => (0..n).map(|i| (-0.5 * ((i as f64 - last / 2.0) / std).powi(2)).exp()).collect(),
        }
    }

    /// The values of a symmetric window of `n`, as filters are designed with (`scipy.signal.get_window(…, fftbins=False)`).
    pub fn symmetric(self, n: usize) -> Vec<f64> {
        let mut values = self.values(n.saturating_sub(1));
        match values.first() {
            Some(&first) => values.push(first),
            None => values.resize(n, 1.0),
        }
        values
    }

    /// The same, or why the number makes none.
    fn checked(self) -> Result<Window> {
        let (name, fits, want) = match self {
            Window::Tukey(a) => ("tukey", (0.0..=1.0).contains(&a), "0 to 1"),
            Window::Kaiser(b) => ("kaiser", (0.0..=700.0).contains(&b), "0 to 700"),
            Window::Gaussian(s) => ("gaussian", s.is_finite() && s > 0.0, "more than 0"),
            _ => return Ok(self),
        };
        if fits { Ok(self) } else { Err(refused(format!("the number of {name} must be {want}"))) }
    }
}

fn refused(why: String) -> Error {
    Error::Param { kernel: "window".into(), why }
}

/// The modified Bessel function I₀ by its series, whose terms are all positive.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..1000 {
        term *= quarter / f64::from(k * k);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

impl FromStr for Window {
    type Err = Error;

    fn from_str(text: &str) -> Result<Window> {
        if let Some((_, window)) = PLAIN.iter().find(|(name, _)| *name == text) {
            return Ok(*window);
        }
        let number = |name: &str| text.strip_prefix(name)?.strip_prefix(':')?.trim().parse::<f64>().ok();
        let found = [
            number("tukey").map(Window::Tukey),
            number("kaiser").map(Window::Kaiser),
            number("gaussian").map(Window::Gaussian),
        ];
        let known = PLAIN.map(|(name, _)| name).join(", ");
        let why = || refused(format!("{text:?} is none of {known}, tukey:A, kaiser:B, gaussian:S"));
        found.into_iter().flatten().next().ok_or_else(why)?.checked()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::Tukey(a) => write!(f, "tukey:{a}"),
            Window::Kaiser(b) => write!(f, "kaiser:{b}"),
            Window::Gaussian(s) => write!(f, "gaussian:{s}"),
            plain => f.write_str(PLAIN.iter().find(|(_, w)| w == plain).map_or("", |(name, _)| name)),
        }
    }
}

impl TryFrom<String> for Window {
    type Error = Error;

    fn try_from(text: String) -> Result<Window> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> String {
        window.to_string()
    }
}
