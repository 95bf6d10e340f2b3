//! # `signal/savgol`
//!
//! ## What
//! Numbers, or derivatives, of polynomials that fit the numbers of a sliding window best: Savitzky and Golay's filter.
//!
//! ## Definition
//! `y[i]` is the value (with `deriv` the derivative of that order, with steps of `delta`) at `i` of the polynomial of degree
//! `polyorder` with the least squares of differences from the `window` numbers around `x[i]`, an odd number. With
//! `mode = "interp"` the numbers in the first and last half of a window are those of the first and last whole window's
//! polynomial, and a signal shorter than a window is refused; the other modes say how it goes on past its ends. These are
//! `scipy.signal.savgol_filter`'s.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time, and
//! each channel is a signal. With `mode = "wrap"` never cut into chunks.
//!
//! ## Accuracy
//! Weights are products of polynomials that are orthogonal over the window, made in f64; sums are in f64. f32
//! results are within a unit in the last place of the exact ones plus 1e-12 of the sum of the terms' sizes. The bits depend
//! neither on the chunks nor on the number of threads.
//!
//! ## Cost
//! Each number is read and written once; 2 operations a number of the window.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, signal::savgol::Savgol};
//! // A parabola stays what it is.
//! let x = Array::from((0..20).map(|i| f64::from(i * i)).collect::<Vec<_>>());
//! let k = Savgol::new(5, 2);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert!((y.finish(20)?.as_slice::<f64>()?[7] - 49.0).abs() < 1e-12);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! A. Savitzky, M. Golay, 1964. `scipy.signal.savgol_filter`. G. Forsythe, *Generation and Use of Orthogonal Polynomials for
//! Data-Fitting*, 1957.

mod cases;
mod weights;

use super::sample::Sample;
use super::taps;
use super::window::{self, Make, Mode, Window};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Cpu, Error, Result, SimdLevel, Tolerance};
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};
use weights::Basis;
pub use weights::savgol_weights;

/// Longest window.
const MOST: usize = 1 << 16;
/// Highest degree: beyond it the values of the polynomials grow too large between the numbers.
const MOST_DEGREE: usize = 64;

/// What happens at the ends of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ends {
    /// The polynomials of the first and last window go on to them.
    #[default]
    Interp,
    /// The signal goes on as [`Mode::Mirror`] says.
    Mirror,
    /// The signal goes on as [`Mode::Nearest`] says.
    Nearest,
    /// The signal goes on as [`Mode::Constant`] says.
    Constant,
    /// The signal goes on as [`Mode::Wrap`] says.
    Wrap,
}

/// Polynomials that fit the numbers around each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Savgol {
    /// Numbers of the window.
    pub window: usize,
    /// Degree of the polynomials.
    pub polyorder: usize,
    /// Order of the derivative.
    #[serde(default)]
    pub deriv: usize,
    /// Distance of the numbers, which derivatives are by.
    #[serde(default = "one")]
    pub delta: f64,
    /// What happens at the ends of a signal.
    #[serde(default)]
    pub mode: Ends,
    /// What stands there with [`Ends::Constant`].
    #[serde(default)]
    pub cval: f64,
}

fn one() -> f64 {
    1.0
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "signal/savgol",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "polynomials that fit a sliding window (Savitzky–Golay)",
    params: &[
        Param { name: "window", kind: ParamKind::Int, help: "numbers of the window, odd" },
        Param { name: "polyorder", kind: ParamKind::Int, help: "degree of the polynomials, less than the window" },
        Param { name: "deriv", kind: ParamKind::Int, help: "order of the derivative [default: 0]" },
        Param { name: "delta", kind: ParamKind::Float, help: "distance of the numbers [default: 1]" },
        Param {
            name: "mode",
            kind: ParamKind::Choice(&["interp", "mirror", "nearest", "constant", "wrap"]),
            help: "what happens at the signal's ends [default: interp]",
        },
        Param { name: "cval", kind: ParamKind::Float, help: "what stands there with constant [default: 0]" },
    ],
    parse: |t| {
        let k: Savgol = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Savgol {
    /// The numbers themselves, with the polynomials going on to the ends.
    pub fn new(window: usize, polyorder: usize) -> Self {
        Savgol { window, polyorder, deriv: 0, delta: 1.0, mode: Ends::Interp, cval: 0.0 }
    }

    fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: ENTRY.id.into(), why });
        if self.window % 2 == 0 || self.window > MOST {
            return refused(format!("a window of {} numbers: it is an odd number up to {MOST}", self.window));
        }
        if self.polyorder >= self.window || self.polyorder > MOST_DEGREE {
            return refused(format!(
                "polynomials of degree {} for {} numbers: the degree is less than the window, and {MOST_DEGREE} at most",
                self.polyorder, self.window
            ));
        }
        if !self.delta.is_finite() || self.delta == 0.0 {
            return refused(format!("a distance of {} between numbers", self.delta));
        }
        Ok(())
    }

    fn shape(&self) -> Window {
        let mode = match self.mode {
            Ends::Mirror => Mode::Mirror,
            Ends::Nearest | Ends::Interp => Mode::Nearest,
            Ends::Constant => Mode::Constant,
            Ends::Wrap => Mode::Wrap,
        };
        Window::centred(self.window, mode, self.cval)
    }

    fn basis(&self) -> Basis {
        Basis::new(self.window, self.polyorder)
    }

    /// The order of the derivative, as far as one is not zero.
    fn order(&self) -> usize {
        self.deriv.min(self.polyorder + 1)
    }

    /// The weights for the value at number `at` of a window.
    fn weights(&self, at: usize) -> Vec<f64> {
        self.basis().weights(self.order(), self.delta, at as f64)
    }

    /// Signals that have no whole window.
    fn admit(&self, rows: usize) -> Result<()> {
        if self.mode != Ends::Interp || rows == 0 || rows >= self.window {
            return Ok(());
        }
        let why = format!(
            "{rows} rows are fewer than a window of {}: take a shorter one, or another mode than interp",
            self.window
        );
        Err(Error::Refused { kernel: ENTRY.id, why })
    }

    /// The rows at the ends of a signal of `rows`: where their window begins, and their places in it.
    fn ends(&self, rows: usize) -> Vec<(usize, std::ops::Range<usize>)> {
        match self.mode {
            Ends::Interp if rows > 0 => {
                let half = self.window / 2;
                vec![(0, 0..half), (rows - self.window, half + 1..self.window)]
            }
            _ => Vec::new(),
        }
    }

    fn finish<T: Sample>(&self, basis: &Basis, x: &View<'_>, y: &mut Out<'_>) -> Result<()> {
        let channels = window::channels(x.shape());
        let (rows, x, y) = (x.rows(), x.as_slice::<T>()?, y.as_mut_slice::<T>()?);
        for (start, places) in self.ends(rows) {
            let seen = &x[start * channels..(start + self.window) * channels];
            let part = |channel: usize| basis.parts(seen[channel..].iter().step_by(channels).map(|x| x.wide()));
            let parts: Vec<_> = (0..channels).map(part).collect();
            for place in places {
                let there = basis.at(self.order(), self.delta, place as f64);
                for (y, parts) in y[(start + place) * channels..].iter_mut().zip(&parts) {
                    *y = T::of(parts.iter().zip(&there).map(|(c, p)| c * p).sum());
                }
            }
        }
        Ok(())
    }
}

/// The sums at a level.
struct At {
    level: SimdLevel,
    weights: Vec<f64>,
}

impl Make for At {
    fn make<T: Sample>(&self, x: &[T], y: &mut [T]) {
        taps::correlate(self.level, &self.weights, x, y);
    }
}

impl Kernel for Savgol {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        // The first and last whole window must be there for the numbers at the ends.
        let reach = match self.mode {
            Ends::Interp => Reach::Window { before: self.window - 1, after: self.window - 1 },
            _ => self.shape().reach(),
        };
        window::infer(ENTRY.id, ins, reach, 2 * self.window as u64)
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter().try_for_each(|x| self.admit(x.rows()))?;
        let weights = self.weights(self.window / 2);
        let sum = |seen: &[f64], weights: &[f64]| seen.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
        window::by_channel(ins, |x| {
            let seen = self.shape().extended(x);
            let mut y: Vec<f64> = seen.windows(self.window).map(|seen| sum(seen, &weights)).take(x.len()).collect();
            for (start, place) in self.ends(x.len()).into_iter().flat_map(|(s, places)| places.map(move |p| (s, p))) {
                y[start + place] = sum(&x[start..], &self.weights(place));
            }
            y
        })
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let size = |at| self.weights(at).iter().map(|w| w.abs()).sum::<f64>();
        let size = size(0).max(size(self.window / 2));
        window::near(ins, 1e-12, 1e-12 * size)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        ins.iter().try_for_each(|x| self.admit(x.rows()))?;
        let basis = self.basis();
        let weights = basis.weights(self.order(), self.delta, (self.window / 2) as f64);
        self.shape().run(ins, outs, &At { level: cx.level, weights })?;
        for (x, y) in ins.iter().zip(outs) {
            match x.dtype() {
                DType::F32 => self.finish::<f32>(&basis, x, y)?,
                _ => self.finish::<f64>(&basis, x, y)?,
            }
        }
        Ok(())
    }
}
