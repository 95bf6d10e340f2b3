//! # `signal/sosfilt`
//!
//! ## What
//! A recursive filter (IIR) as second-order sections, forward in time: `scipy.signal.sosfilt`.
//!
//! ## Definition
//! Each section `b0 b1 b2 1 a1 a2` makes of x, the output of the section before,
//! `y[n] = b0·x[n] + b1·x[n−1] + b2·x[n−2] − a1·y[n−1] − a2·y[n−2]`. Before the signal everything is 0, or what `zi` says:
//! for each section the two numbers of the direct form II transposed, `y[0] = b0·x[0] + zi₀` and
//! `y[1] = b0·x[1] + b1·x[0] − a1·y[0] + zi₁`, the same for all channels. `a0` must be 1. What is no number makes
//! everything after it none, as in SciPy; fill gaps first.
//!
//! ## Layout
//! In one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time. Carry,
//! for each input, `f64 [channels, words]`: of four and more channels the two numbers of each section and whether there was
//! anything; of fewer the last two numbers before the first section and after each, those of a block of 16 that was begun,
//! how many they are, and whether there was a whole block.
//!
//! ## Accuracy
//! All arithmetic is in f64: f32 results are within a unit in the last place of the exact ones, however near the poles
//! are to the unit circle; f64 results within 1e-12 of the largest number for poles to 0.999. The bits depend neither on
//! the chunks nor on the number of threads.
//!
//! ## Cost
//! Each element is read and written once; 9 operations a section by definition. On the CPU a signal by itself takes 2.3
//! vector operations of f64 a number and section (lanes are time), four and more channels beside each other 5 (lanes
//! are channels).
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::signal::{design::{self, Band, Shape}, sosfilt::Sosfilt};
//! use gapwave_kernels::{Cpu, Kernel};
//! let k = Sosfilt::new(design::iir(2, Shape::Butterworth, Band::Low(5.0), 100.0)?);
//! let x = Array::from(vec![1.0f32; 200]);
//! let io = k.infer(&[x.meta()])?;
//! let (carry, mut y, mut c) =
//!     (Array::zeros(&io.carry[0])?, ArrayMut::zeros(&io.outs[0])?, ArrayMut::zeros(&io.carry[0])?);
//! k.cpu(&Cpu::best(), &[x.view(), carry.view()], &mut [y.out(), c.out()])?;
//! assert!((y.finish(200)?.as_slice::<f32>()?[199] - 1.0).abs() < 1e-6);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `scipy.signal.sosfilt`. A. Oppenheim, R. Schafer, *Discrete-Time Signal Processing*, 6.3.

mod blocks;
mod cases;
mod cpu;
mod lanes;

use super::design::Section;
use super::window;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Cpu, Error, Result, Tolerance, share};
pub(super) use cpu::in_place;
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Most sections: a signal's state and plan stay small.
const MOST: usize = 256;

/// A recursive filter as second-order sections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sosfilt {
    /// Rows of `b0 b1 b2 a0 a1 a2`, where `a0` is 1.
    pub sos: Vec<Section>,
    /// The state of each section before the signal; zeros where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zi: Option<Vec<[f64; 2]>>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "signal/sosfilt",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "recursive filter as second-order sections",
    params: &[
        Param { name: "sos", kind: ParamKind::Toml, help: "sections, [[b0, b1, b2, 1, a1, a2], …]" },
        Param { name: "zi", kind: ParamKind::Toml, help: "state before the signal, [[s, t], …] [default: zeros]" },
    ],
    parse: |t| {
        let k: Sosfilt = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Sosfilt {
    /// A filter of these sections, with nothing before the signal.
    pub fn new(sos: Vec<Section>) -> Sosfilt {
        Sosfilt { sos, zi: None }
    }

    fn check(&self) -> Result<()> {
        self.check_as(ENTRY.id)
    }

    /// The same, for another kernel that filters by sections.
    pub(super) fn check_as(&self, kernel: &str) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: kernel.into(), why });
        if !(1..=MOST).contains(&self.sos.len()) {
            return refused(format!("{} sections: there are 1 to {MOST}", self.sos.len()));
        }
        for (i, section) in self.sos.iter().enumerate() {
            if section[3] != 1.0 || section.iter().any(|c| !c.is_finite()) {
                return refused(format!(
                    "section {i} is {section:?}: six finite numbers of which the fourth, a0, is 1"
                ));
            }
        }
        match &self.zi {
            Some(zi) if zi.len() != self.sos.len() || zi.iter().flatten().any(|z| !z.is_finite()) => refused(format!(
                "zi has {} rows for {} sections; both numbers of each are finite",
                zi.len(),
                self.sos.len()
            )),
            _ => Ok(()),
        }
    }
}

/// A signal before and after.
enum Numbers<'a> {
    F32(&'a [f32], &'a mut [f32]),
    F64(&'a [f64], &'a mut [f64]),
}

impl Kernel for Sosfilt {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let words = |m: &Meta| cpu::words(self.sos.len(), window::channels(&m.shape));
        let carry = ins.iter().map(|m| Meta::new(DType::F64, [window::channels(&m.shape), words(m)])).collect();
        Ok(window::infer(ENTRY.id, ins, Reach::Scan, 9 * self.sos.len() as u64)?.carry(carry))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter().map(|x| self.definition(x)).collect()
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        window::near(ins, 1e-12, 1e-12)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let n = ins.len() / 2;
        let (outs, carries) = outs.split_at_mut(n);
        let filter = (&self.sos[..], self.zi.as_deref());
        let mut jobs = Vec::with_capacity(n);
        for ((x, before), (y, after)) in ins[..n].iter().zip(&ins[n..]).zip(outs.iter_mut().zip(carries)) {
            let channels = window::channels(x.shape());
            let after = after.as_mut_slice()?;
            after.copy_from_slice(before.as_slice()?);
            jobs.push(match x.dtype() {
                DType::F32 => (channels, after, Numbers::F32(x.as_slice()?, y.as_mut_slice()?)),
                _ => (channels, after, Numbers::F64(x.as_slice()?, y.as_mut_slice()?)),
            });
        }
        share::for_each(n > 1, jobs.into_iter(), |(channels, state, numbers)| match numbers {
            Numbers::F32(x, y) => cpu::run(cx.level, filter, channels, x, state, y),
            Numbers::F64(x, y) => cpu::run(cx.level, filter, channels, x, state, y),
        });
        Ok(())
    }
}

impl Sosfilt {
    /// Number by number, the direct form II transposed.
    fn definition(&self, x: &Array) -> Result<Array> {
        let channels = window::channels(x.shape());
        let mut y: Vec<f64> = match x.dtype() {
            DType::F32 => x.as_slice::<f32>()?.iter().map(|&x| x.into()).collect(),
            _ => x.as_slice::<f64>()?.to_vec(),
        };
        for (i, [b0, b1, b2, _, a1, a2]) in self.sos.iter().enumerate() {
            for channel in 0..channels {
                let [mut s1, mut s2] = self.zi.as_ref().map_or([0.0; 2], |zi| zi[i]);
                for z in y.iter_mut().skip(channel).step_by(channels) {
                    let x = *z;
                    *z = b0 * x + s1;
                    s1 = b1 * x - a1 * *z + s2;
                    s2 = b2 * x - a2 * *z;
                }
            }
        }
        Ok(Array::new(x.shape(), y)?)
    }
}
