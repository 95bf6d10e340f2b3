//! # `fft/zoom`
//!
//! ## What
//! The spectrum of a signal in a band of frequencies, at as many points as are wanted: `scipy.signal.zoom_fft`.
//!
//! ## Definition
//! Along the last axis, `y[k] = Σ_j x[j]·exp(−2πi·j·f_k/fs)` at `m` frequencies `f_k = f1 + k·(f2 − f1)/m`, or with
//! `endpoint` `f1 + k·(f2 − f1)/(m − 1)`, so that `f2` is the last. Without `m` there are as many as numbers. Frequencies
//! are in the units of `fs`, the sampling rate, which is 2 if it is not given: 1 is half the sampling rate. Any are taken,
//! negative ones and those beyond `fs` too.
//!
//! ## Layout
//! In `float32`, `float64`, `complex64` or `complex128`, `[n]` or `[batch, n]` with one signal a row; out `complex64` or
//! `complex128`, `[m]` or `[batch, m]`. Refused: `n = 0` and missing values. Double precision runs on the CPU only, unless
//! the user asked for f32.
//!
//! ## Accuracy
//! As [`crate::fft::czt`] on the unit circle. The frequencies are made from the parameters in double-double arithmetic:
//! a point is no less exact for being the millionth of a signal of millions.
//!
//! ## Cost
//! Reads each number and writes each point once; two complex transforms of at least `n + m − 1`.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut, Complex64};
//! use gapwave_kernels::{Cpu, Kernel, fft::zoom::Zoom};
//! // 50.25 Hz at a rate of 1000 Hz, looked at between 49 and 51 Hz in steps of 1/8 Hz.
//! let wave = |i: usize| (i as f64 * 0.05025 * std::f64::consts::TAU).cos();
//! let x = Array::from((0..1000).map(wave).collect::<Vec<_>>());
//! let k = Zoom { m: Some(16), fs: 1000.0, ..Zoom::new(49.0, 51.0)? };
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! let y = y.finish(16)?;
//! let y = y.as_slice::<Complex64>()?;
//! assert!((0..16).all(|k| y[k].norm() <= y[10].norm()));
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! As [`crate::fft::czt`].

mod cases;

use super::czt::spiral::{self, Spiral, Step};
use super::double::{Cd, Dd};
use super::turns::Turns;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// The spectrum in a band of frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zoom {
    /// The first frequency and the last, in the units of `fs`. As a parameter `fn`.
    #[serde(rename = "fn")]
    pub band: [f64; 2],
    /// Points; `None`: as many as numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<usize>,
    /// Samples per unit of time.
    #[serde(default = "two")]
    pub fs: f64,
    /// Whether the last frequency is one of the points.
    #[serde(default)]
    pub endpoint: bool,
}

fn two() -> f64 {
    2.0
}

const ID: &str = "fft/zoom";

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: ID,
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "spectrum in a band of frequencies, at any number of points",
    params: &[
        Param { name: "fn", kind: ParamKind::Toml, help: "[f1, f2]: the band, in the units of fs" },
        Param { name: "m", kind: ParamKind::Int, help: "points [default: as many as numbers]" },
        Param { name: "fs", kind: ParamKind::Float, help: "samples per unit of time [default: 2]" },
        Param { name: "endpoint", kind: ParamKind::Bool, help: "f2 is one of the points [default: false]" },
    ],
    parse: |t| {
        let k = parse_params::<Zoom>(ID, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Zoom {
    /// The band from `f1` up to `f2`, where 1 is half the sampling rate.
    ///
    /// # Errors
    /// Where a frequency is not finite.
    pub fn new(f1: f64, f2: f64) -> Result<Self> {
        let k = Zoom { band: [f1, f2], m: None, fs: 2.0, endpoint: false };
        k.check()?;
        Ok(k)
    }

    fn check(&self) -> Result<()> {
        let Zoom { band: [f1, f2], m, fs, .. } = *self;
        // Beyond these, frequencies are no angles any more; below, quotients have no digits left.
        let fits = |f: f64| f == 0.0 || (f.is_finite() && (1e-100..=1e100).contains(&f.abs()));
        let why = if m == Some(0) {
            "m must be at least 1".into()
        } else if !(fs > 0.0 && fits(fs)) {
            format!("fs must be 1e-100 to 1e100, not {fs}")
        } else if !(fits(f1) && fits(f2)) {
            format!("fn must be two frequencies of 0 or 1e-100 to 1e100, not [{f1}, {f2}]")
        } else {
            return Ok(());
        };
        Err(Error::Param { kernel: ID.into(), why })
    }

    /// The band's width in sampling rates, divided by the steps in it.
    fn step(&self, m: usize) -> Dd {
        let steps = if self.endpoint { (m - 1).max(1) } else { m };
        Dd::exact_sum(self.band[1], -self.band[0]).divided_by(Dd::exact_product(self.fs, steps as f64))
    }

    fn start(&self) -> Dd {
        Dd(self.band[0], 0.0).divided_by(Dd(self.fs, 0.0))
    }

    fn spiral(&self, n: usize) -> Spiral {
        let m = self.m.unwrap_or(n);
        let circle = |turns| Step { turns, log: 0.0 };
        let step = if m == 0 { Turns::ZERO } else { Turns::of(self.step(m)).negated() };
        Spiral { n, m, step: circle(step), start: circle(Turns::of(self.start())) }
    }
}

impl Kernel for Zoom {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        spiral::infer(ID, ins, |n| self.spiral(n))
    }

    /// The definition by Horner's rule in double-double arithmetic, each frequency made by itself.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        spiral::oracle(&ins[0], self.m, |k, m| Cd::turned(-(self.start() + self.step(m) * Dd(k as f64, 0.0))))
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        spiral::tolerance(&ins[0], |n| self.spiral(n))
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        spiral::run(ID, cx, ins, outs, |n| self.spiral(n))
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        spiral::plan(ins.first()?, caps, |n| self.spiral(n))
    }
}
