//! # `fft/czt`
//!
//! ## What
//! The chirp z-transform: the z-transform of a signal at points of a spiral, any part of the unit circle among them:
//! `scipy.signal.czt`.
//!
//! ## Definition
//! Along the last axis, `y[k] = Σ_j x[j]·z_k^{−j}` at `z_k = a·w^{−k}` for `k = 0 … m−1`: a is where the points begin, w how
//! they go on. Without `m` there are as many points as numbers, without `w` it is `exp(−2πi/m)`, without `a` it is 1; with
//! none of them the result is the discrete Fourier transform.
//!
//! `w` and `a` are complex numbers, `[re, im]`, or directions and radii, `{ turns = −0.001, radius = 1.0 }` (the radius may
//! be left out): most angles have no exact complex number, and what is missing counts `j·k` times. A complex number whose
//! squared amplitude is within 2⁻⁵⁰ of 1 is taken to be on the unit circle.
//!
//! ## Layout
//! In `float32`, `float64`, `complex64` or `complex128`, `[n]` or `[batch, n]` with one signal a row; out `complex64` or
//! `complex128`, `[m]` or `[batch, m]`. Refused: `n = 0`, missing values, and spirals so far from the circle that a factor
//! `a^{−j}·w^{jk}` is above 10³⁰ in single or 10²⁹⁰ in double precision. Double precision runs on the CPU only, unless the
//! user asked for f32, and so do spirals with `|ln|w||·(max(n, m) − 1)² > 2`.
//!
//! ## Accuracy
//! As Bluestein's algorithm, `2·u·√log₂(n + m)` and three roundoffs more, relative to a result as large as that of noise:
//! where the signal has next to nothing at the points, its roundoff is what remains. All angles are multiples of integers
//! in units of 2⁻¹²⁸ turns, so none of it grows with `j·k`. For factors far from 1 the roundoff of their logarithm counts,
//! as many times as that is large. The bound does not depend on how far the spiral goes from the circle.
//!
//! ## Cost
//! Reads each number and writes each point once; two complex transforms of at least `n + m − 1`. Bluestein's algorithm
//! divides by `|w|^{i²/2}` what it multiplies by that later, and loses the digits of the quotient. Where that is more than
//! a factor e, spirals are summed directly instead: `n·m` steps.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut, Complex64};
//! use gapwave_kernels::{Cpu, Kernel, fft::czt::{Czt, Point}};
//! let x = Array::from(vec![1.0f64, 2.0, 4.0]);
//! // At z = 2 and z = 1: 1 + 2/2 + 4/4 and 1 + 2 + 4.
//! let k = Czt::new(Some(2), Some(Point::Complex([2.0, 0.0])), Some(Point::Complex([2.0, 0.0])))?;
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! let y = y.finish(2)?;
//! let [at_2, at_1] = *y.as_slice::<Complex64>()? else { unreachable!() };
//! assert!((at_2.re - 3.0).abs() < 1e-14 && (at_1.re - 7.0).abs() < 1e-14);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! L. Rabiner, R. Schafer, C. Rader, "The chirp z-transform algorithm", IEEE Trans. Audio Electroacoust. 17, 1969.
//! L. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", ibid. 18, 1970.

pub(super) mod cases;
mod cpu;
mod gpu;
mod point;
pub(super) mod spiral;

use super::double::{self, Cd};
use super::turns::Turns;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
pub use point::Point;
use serde::{Deserialize, Serialize};
use spiral::{Spiral, Step};

/// The chirp z-transform.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Czt {
    /// Points; `None`: as many as numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<usize>,
    /// A point divided by the next; `None`: `exp(−2πi/m)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub w: Option<Point>,
    /// The first point; `None`: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<Point>,
}

const ID: &str = "fft/czt";

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: ID,
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "z-transform at points of a spiral (chirp z-transform)",
    params: &[
        Param { name: "m", kind: ParamKind::Int, help: "points [default: as many as numbers]" },
        Param {
            name: "w",
            kind: ParamKind::Toml,
            help: "a point divided by the next, [re, im] or { turns, radius } [default: exp(−2πi/m)]",
        },
        Param { name: "a", kind: ParamKind::Toml, help: "the first point, likewise [default: 1]" },
    ],
    parse: |t| {
        let k = parse_params::<Czt>(ID, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Czt {
    /// The transform at these points.
    ///
    /// # Errors
    /// Where `m` is 0, or a point is not finite or has an amplitude below 10⁻¹⁰⁰ or above 10¹⁰⁰.
    pub fn new(m: Option<usize>, w: Option<Point>, a: Option<Point>) -> Result<Self> {
        let k = Czt { m, w, a };
        k.check()?;
        Ok(k)
    }

    fn check(&self) -> Result<()> {
        let refused = |why| Err(Error::Param { kernel: ID.into(), why });
        if self.m == Some(0) {
            return refused("m must be at least 1".into());
        }
        for (name, point) in [("w", self.w), ("a", self.a)] {
            if let Some(why) = point.and_then(Point::fault) {
                return refused(format!("{name} {why}"));
            }
        }
        Ok(())
    }

    fn spiral(&self, n: usize) -> Spiral {
        let m = self.m.unwrap_or(n);
        let one = Step { turns: Turns::ZERO, log: 0.0 };
        let circle = Step { turns: Turns::part(m).negated(), log: 0.0 };
        Spiral { n, m, step: self.w.map_or(circle, Point::step), start: self.a.map_or(one, Point::step) }
    }
}

impl Kernel for Czt {
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

    /// The definition by Horner's rule in double-double arithmetic, from powers of the numbers that were given.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let (w, a) = (self.w.map(Point::double), self.a.map_or(Cd::ONE, Point::double).reciprocal());
        spiral::oracle(&ins[0], self.m, |k, m| {
            a.mul(match w {
                None => double::root(k, m),
                Some(w) => w.power(k),
            })
        })
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
