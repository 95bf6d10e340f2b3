//! # `signal/sosfiltfilt`
//!
//! ## What
//! A recursive filter (IIR) forward and backward in time: no delay, and the magnitude of the response squared.
//!
//! ## Definition
//! `scipy.signal.sosfiltfilt`: the signal is made longer by `padlen` numbers at both ends (`odd`: turned about its last
//! number, `2·x[0] − x[i]`; `even`: `x[i]`; `constant`: `x[0]`; `none`: not at all), filtered by the sections as
//! [`crate::signal::sosfilt`] does, from the state that a signal would have left that was its first number for ever, then
//! the same backward, and shortened again. `padlen` is 3 times `2·sections + 1` less the smaller of how many sections have
//! `b2 = 0` and how many have `a2 = 0`, unless given. Signals that are not longer than it are refused, and so are sections
//! with a pole at 1, which never settle. What is no number makes the whole signal none.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time, and
//! each channel is a signal. Never cut into chunks: the last number is where the way back begins.
//!
//! ## Accuracy
//! All arithmetic is in f64: f32 results are within a unit in the last place of the exact ones plus 1e-10 of the largest
//! number, f64 results within 1e-10 of it for poles to 0.999.
//!
//! ## Cost
//! Twice that of `signal/sosfilt`; holds the signal in f64.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::signal::{design::{self, Band, Shape}, sosfiltfilt::Sosfiltfilt};
//! use gapwave_kernels::{Cpu, Kernel};
//! let k = Sosfiltfilt::new(design::iir(2, Shape::Butterworth, Band::Low(5.0), 100.0)?);
//! let x = Array::from(vec![1.0f32; 200]);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert!(y.finish(200)?.as_slice::<f32>()?.iter().all(|y| (y - 1.0).abs() < 1e-6));
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `scipy.signal.sosfiltfilt`, `scipy.signal.sosfilt_zi`. F. Gustafsson, *Determining the initial states in forward-backward
//! filtering*, 1996, for other ends.

mod cases;

use super::design::Section;
use super::sample::{Sample, narrow_to};
use super::sosfilt::{Sosfilt, in_place};
use super::window;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Cpu, Error, Result, SimdLevel, Tolerance, share};
use fearless_simd::dispatch;
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// How a signal is made longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pad {
    /// Turned about its last number.
    #[default]
    Odd,
    /// As it went, backwards.
    Even,
    /// With its last number.
    Constant,
    /// Not at all.
    None,
}

/// Sections forward and backward in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sosfiltfilt {
    /// Rows of `b0 b1 b2 a0 a1 a2`, where `a0` is 1.
    pub sos: Vec<Section>,
    /// How the signal is made longer.
    #[serde(default)]
    pub padtype: Pad,
    /// By how many numbers at each end; SciPy's number where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padlen: Option<usize>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "signal/sosfiltfilt",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "recursive filter forward and backward, without delay",
    params: &[
        Param { name: "sos", kind: ParamKind::Toml, help: "sections, [[b0, b1, b2, 1, a1, a2], …]" },
        Param {
            name: "padtype",
            kind: ParamKind::Choice(&["odd", "even", "constant", "none"]),
            help: "how the signal is made longer at its ends [default: odd]",
        },
        Param { name: "padlen", kind: ParamKind::Int, help: "by how many numbers [default: by the filter's order]" },
    ],
    parse: |t| {
        let k: Sosfiltfilt = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

/// The state of each section once a signal that is 1 for ever has been filtered for ever: `scipy.signal.sosfilt_zi`.
///
/// # Errors
/// A section has a pole at 1.
pub fn sosfilt_zi(sos: &[Section]) -> Result<Vec<[f64; 2]>> {
    let mut scale = 1.0;
    let state = |(i, [b0, b1, b2, _, a1, a2]): (usize, &Section)| {
        let (settles, by) = (1.0 + a1 + a2, [b1 - a1 * b0, b2 - a2 * b0]);
        let first = (by[0] + by[1]) / settles;
        let zi = [scale * first, scale * ((1.0 + a1) * first - by[0])];
        scale *= (b0 + b1 + b2) / settles;
        if zi.iter().all(|z| z.is_finite()) && settles != 0.0 {
            return Ok(zi);
        }
        let why = format!("section {i} has a pole at 1, where a constant signal never settles");
        Err(Error::Param { kernel: ENTRY.id.into(), why })
    };
    sos.iter().enumerate().map(state).collect()
}

impl Sosfiltfilt {
    /// A filter of these sections.
    pub fn new(sos: Vec<Section>) -> Self {
        Sosfiltfilt { sos, padtype: Pad::Odd, padlen: None }
    }

    fn check(&self) -> Result<()> {
        Sosfilt::new(self.sos.clone()).check_as(ENTRY.id)?;
        sosfilt_zi(&self.sos).map(|_| ())
    }

    /// Numbers that are put at each end.
    pub fn edge(&self) -> usize {
        if self.padtype == Pad::None {
            return 0;
        }
        let zeros = |i: usize| self.sos.iter().filter(|s| s[i] == 0.0).count();
        let taps = 2 * self.sos.len() + 1 - zeros(2).min(zeros(5));
        self.padlen.unwrap_or(3 * taps)
    }

    fn admit(&self, rows: usize) -> Result<()> {
        let edge = self.edge();
        if rows == 0 || rows > edge {
            return Ok(());
        }
        let why = format!(
            "{rows} rows are not more than the {edge} that are put at each end: give a smaller padlen or padtype none"
        );
        Err(Error::Refused { kernel: ENTRY.id, why })
    }

    /// A signal made longer.
    fn extended<T: Sample>(&self, x: &[T]) -> Vec<f64> {
        let edge = self.edge();
        let (first, last) = (x[0].wide(), x[x.len() - 1].wide());
        let end = |end: f64, x: f64| match self.padtype {
            Pad::Odd => 2.0 * end - x,
            Pad::Even => x,
            Pad::Constant | Pad::None => end,
        };
        let mut all = Vec::with_capacity(x.len() + 2 * edge);
        all.extend(x[1..=edge].iter().rev().map(|x| end(first, x.wide())));
        all.extend(x.iter().map(|x| x.wide()));
        all.extend(x[x.len() - 1 - edge..x.len() - 1].iter().rev().map(|x| end(last, x.wide())));
        all
    }

    /// A signal made longer, both ways through a filter that begins at a state.
    fn both_ways(&self, y: &mut [f64], zi: &[[f64; 2]], filter: impl Fn(&mut [f64], &[[f64; 2]], bool)) {
        for (backward, first) in [(false, 0), (true, y.len() - 1)] {
            let settled: Vec<_> = zi.iter().map(|z| z.map(|z| z * y[first])).collect();
            filter(y, &settled, backward);
        }
    }

    fn run<T: Sample>(&self, level: SimdLevel, x: &View<'_>, y: &mut Out<'_>) -> Result<()> {
        let zi = sosfilt_zi(&self.sos)?;
        let channels = window::channels(x.shape());
        let (x, y) = (x.as_slice::<T>()?, y.as_mut_slice::<T>()?);
        let edge = self.edge();
        let make = |channel: usize| {
            let one: Vec<T>;
            let signal = if channels == 1 {
                x
            } else {
                one = x[channel..].iter().step_by(channels).copied().collect();
                &one
            };
            let mut y = self.extended(signal);
            self.both_ways(&mut y, &zi, |y, zi, backward| in_place(level, &self.sos, zi, backward, y));
            y
        };
        if channels == 1 {
            dispatch!(level.token(), _simd => narrow_to(&make(0)[edge..], y));
            return Ok(());
        }
        let mut made: Vec<Vec<f64>> = vec![Vec::new(); channels];
        share::for_each(x.len() > 1 << 14, made.iter_mut().enumerate(), |(channel, made)| *made = make(channel));
        for (channel, made) in made.iter().enumerate() {
            y[channel..].iter_mut().step_by(channels).zip(&made[edge..]).for_each(|(y, &made)| *y = T::of(made));
        }
        Ok(())
    }
}

impl Kernel for Sosfiltfilt {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        window::infer(ENTRY.id, ins, Reach::Whole, 18 * self.sos.len() as u64)
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter().try_for_each(|x| self.admit(x.rows()))?;
        let zi = sosfilt_zi(&self.sos)?;
        window::by_channel(ins, |x| {
            if x.is_empty() {
                return Vec::new();
            }
            let mut y = self.extended(x);
            self.both_ways(&mut y, &zi, |y, zi, backward| {
                for ([b0, b1, b2, _, a1, a2], &[mut s, mut t]) in self.sos.iter().zip(zi) {
                    let mut step = |z: &mut f64| {
                        let x = *z;
                        *z = b0 * x + s;
                        s = b1 * x - a1 * *z + t;
                        t = b2 * x - a2 * *z;
                    };
                    if backward { y.iter_mut().rev().for_each(&mut step) } else { y.iter_mut().for_each(&mut step) }
                }
            });
            y[self.edge()..][..x.len()].to_vec()
        })
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        window::near(ins, 1e-10, 1e-10)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        ins.iter().try_for_each(|x| self.admit(x.rows()))?;
        for (x, y) in ins.iter().zip(outs) {
            match (x.rows(), x.dtype()) {
                (0, _) => {}
                (_, DType::F32) => self.run::<f32>(cx.level, x, y)?,
                _ => self.run::<f64>(cx.level, x, y)?,
            }
        }
        Ok(())
    }
}
