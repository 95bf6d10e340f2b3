//! # `signal/hampel`
//!
//! ## What
//! Outliers replaced by the median of what is around them: the Hampel identifier.
//!
//! ## Definition
//! Of the `window` numbers around `x[i]`, an odd number, `m` is the median and `d` the median of their distances from `m`.
//! `y[i]` is `x[i]` where `|x[i] − m| ≤ n_sigma·1.4826·d` and `m` is finite, else `m`. 1.4826·d estimates the standard
//! deviation of normally distributed numbers, whatever a minority of them are. Past its ends the signal goes on as `mode`
//! says. A window with a NaN in it gives NaN. Numbers that are kept keep their bits, except that −0 becomes 0.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time, and
//! each channel is a signal. With `mode = "wrap"` never cut into chunks.
//!
//! ## Accuracy
//! Exact: distances and the comparison are in f64.
//!
//! ## Cost
//! Each number is read and written once; 6 operations a number of the window, in vectors of f64 whose lanes are stretches of
//! the signal.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, signal::hampel::Hampel};
//! let x = Array::from(vec![1.0f32, 1.1, 0.9, 90.0, 1.0, 1.1, 0.9]);
//! let k = Hampel::new(5);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(7)?.as_slice::<f32>()?[3], 1.1);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! F. Hampel, *The Influence Curve and Its Role in Robust Estimation*, 1974. R. Pearson et al., *Generalized Hampel Filters*,
//! 2016.

mod cases;

use super::sample::{Sample, narrow_to};
use super::sorted::{self, Pick};
use super::window::{self, Make, Mode, Window};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Cpu, Error, Result, SimdLevel, Tolerance};
use fearless_simd::{Select, Simd, SimdBase, SimdFrom, dispatch};
use gapwave_columns::{Array, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Standard deviations of normally distributed numbers in a median of distances.
const SCALE: f64 = 1.4826;
/// Longest window: its cost grows with it.
const MOST: usize = 4095;

/// Outliers replaced by the median around them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hampel {
    /// Numbers of the window.
    pub window: usize,
    /// How many estimated standard deviations from the median a number may be.
    #[serde(default = "three")]
    pub n_sigma: f64,
    /// How a signal goes on past its ends.
    #[serde(default)]
    pub mode: Mode,
    /// What stands there with [`Mode::Constant`].
    #[serde(default)]
    pub cval: f64,
}

fn three() -> f64 {
    3.0
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "signal/hampel",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "outliers replaced by the median around them",
    params: &[
        Param { name: "window", kind: ParamKind::Int, help: "numbers of the window, odd" },
        Param {
            name: "n_sigma",
            kind: ParamKind::Float,
            help: "standard deviations, as the median distance from the median estimates them, that are no outlier \
                   [default: 3]",
        },
        Param {
            name: "mode",
            kind: ParamKind::Choice(Mode::NAMES),
            help: "how the signal goes on past its ends [default: reflect]",
        },
        Param { name: "cval", kind: ParamKind::Float, help: "what stands there with constant [default: 0]" },
    ],
    parse: |t| {
        let k: Hampel = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Hampel {
    /// Of so many numbers, at three standard deviations.
    pub fn new(window: usize) -> Self {
        Hampel { window, n_sigma: 3.0, mode: Mode::default(), cval: 0.0 }
    }

    fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: ENTRY.id.into(), why });
        if self.window % 2 == 0 || self.window > MOST {
            return refused(format!("a window of {} numbers: it is an odd number up to {MOST}", self.window));
        }
        if !(self.n_sigma >= 0.0 && self.n_sigma.is_finite()) {
            return refused(format!("n_sigma is {}: it is a number from 0 on", self.n_sigma));
        }
        Ok(())
    }

    fn shape(&self) -> Window {
        Window::centred(self.window, self.mode, self.cval)
    }

    /// The definition, of one window.
    fn definition(&self, seen: &[f64]) -> f64 {
        let median = |mut x: Vec<f64>| {
            x.sort_by(f64::total_cmp);
            x[x.len() / 2] + 0.0
        };
        if seen.iter().any(|x| x.is_nan()) {
            return f64::NAN;
        }
        let x = seen[seen.len() / 2];
        let m = median(seen.to_vec());
        let d = median(seen.iter().map(|x| (x - m).abs()).collect());
        if m.is_finite() && (x - m).abs() <= self.n_sigma * SCALE * d { x + 0.0 } else { m }
    }
}

/// Where the middle one is kept: so many times the median distance from the median.
struct Kept {
    times: f64,
}

impl Pick for Kept {
    #[inline(always)]
    fn pick<S: Simd, T: Sample>(&self, simd: S, sorted: &[T::Vector<S>], x: T::Vector<S>) -> T::Vector<S> {
        let half = sorted.len() / 2;
        let (low, high) = (&sorted[..=half], &sorted[half..]);
        let m = high[0];
        // Distances below and above the median are both in order: of `half + 1` that are the least, `i` are above it.
        let mut d = T::Vector::<S>::simd_from(simd, T::of(f64::INFINITY));
        for (low, high) in low.iter().zip(high) {
            d = d.min((m - *low).max(*high - m));
        }
        let near = (x - m).abs().simd_le(d * T::Vector::<S>::simd_from(simd, T::of(self.times)));
        let finite = m.abs().simd_lt(T::Vector::<S>::simd_from(simd, T::of(f64::INFINITY)));
        finite.select(near.select(x, m), m)
    }
}

/// The filter at a level.
struct At {
    level: SimdLevel,
    size: usize,
    kept: Kept,
}

impl Make for At {
    fn make<T: Sample>(&self, x: &[T], y: &mut [T]) {
        let wide: Vec<f64> = x.iter().map(|x| x.wide()).collect();
        let mut made = vec![0.0; y.len()];
        sorted::with_nan(self.size, &wide, &mut made, |x, y| {
            dispatch!(self.level.token(), simd => sorted::slide(simd, self.size, &self.kept, x, y));
        });
        narrow_to(&made, y);
    }
}

impl Kernel for Hampel {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        window::infer(ENTRY.id, ins, self.shape().reach(), 6 * self.window as u64)
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        window::by_channel(ins, |x| {
            let seen = self.shape().extended(x);
            seen.windows(self.window).map(|seen| self.definition(seen)).take(x.len()).collect()
        })
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let at = At { level: cx.level, size: self.window, kept: Kept { times: self.n_sigma * SCALE } };
        self.shape().run(ins, outs, &at)
    }
}
