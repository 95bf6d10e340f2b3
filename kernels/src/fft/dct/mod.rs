//! # `fft/dct`
//!
//! ## What
//! The discrete cosine transform of real numbers, types II and III, of any length: `scipy.fft.dct`.
//!
//! ## Definition
//! Along the last axis, type II is `y[k] = f · 2·Σ_j x[j]·cos(π·k·(2j+1)/(2n))` and type III
//! `y[j] = f · (x[0] + 2·Σ_{k≥1} x[k]·cos(π·k·(2j+1)/(2n)))`. The factor `f` is 1 with `norm = "backward"`, `1/√(2n)`
//! with `"ortho"`, `1/(2n)` with `"forward"`. With `orthogonalize`, which is the default where `norm = "ortho"` and not
//! otherwise, type II divides `y[0]` by √2 and type III multiplies `x[0]` by it: with `"ortho"` both are orthogonal then.
//!
//! Types II and III are each other's inverse, [`Dct::inverse`] gives it: type III of the type II with the norm exchanged
//! (`"backward"` and `"forward"`; `"ortho"` stays). That is `scipy.fft.idct`.
//!
//! ## Layout
//! In `float32` or `float64`, `[n]` or `[batch, n]` with one transform a row; out the same, and nothing for `n = 0`.
//! Missing values are refused. `float64` runs on the CPU only, unless the user asked for f32.
//!
//! ## Accuracy
//! As [`crate::fft::c2c`] of the same length, and two units of roundoff for the turn by a quarter of a step.
//!
//! ## Cost
//! Reads and writes each number once; one real transform of length n (Makhoul's order: the even numbers forwards, then
//! the odd ones backwards), not of 2n or 4n.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::dct::Dct};
//! let x = Array::from(vec![1.0f64, 1.0, 1.0, 1.0]);
//! let k = Dct::default();
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(4)?.as_slice::<f64>()?, [8.0, 0.0, 0.0, 0.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! N. Ahmed, T. Natarajan, K. Rao, "Discrete cosine transform", IEEE Trans. Comput. 23, 1974. J. Makhoul, "A fast cosine
//! transform in one and two dimensions", IEEE Trans. ASSP 28, 1980.

mod cases;
mod cpu;
mod gpu;

use super::blocks::{reach_of, rows_of};
use super::{Norm, admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

/// The discrete cosine transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dct {
    /// Which of the transforms.
    #[serde(default, rename = "type")]
    pub kind: DctType,
    /// Which direction is divided by twice the length.
    #[serde(default)]
    pub norm: Norm,
    /// Whether the constant term is weighed by √2; `None`: where `norm` is `ortho`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orthogonalize: Option<bool>,
}

/// Which cosine transform; as a parameter the number 2 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub enum DctType {
    /// Type II, "the" cosine transform.
    #[default]
    Two,
    /// Type III, its inverse.
    Three,
}

impl TryFrom<i64> for DctType {
    type Error = String;

    fn try_from(n: i64) -> Result<Self, String> {
        match n {
            2 => Ok(DctType::Two),
            3 => Ok(DctType::Three),
            _ => Err(format!("type must be 2 or 3, not {n}")),
        }
    }
}

impl From<DctType> for i64 {
    fn from(kind: DctType) -> i64 {
        match kind {
            DctType::Two => 2,
            DctType::Three => 3,
        }
    }
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/dct",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "cosine transform of real numbers, types II and III, any length",
    params: &[
        Param { name: "type", kind: ParamKind::Int, help: "2, or 3 for its inverse [default: 2]" },
        Param {
            name: "norm",
            kind: ParamKind::Choice(Norm::WORDS),
            help: "which direction is divided by 2n, as in SciPy [default: backward]",
        },
        Param {
            name: "orthogonalize",
            kind: ParamKind::Bool,
            help: "weigh the constant term by √2 [default: with norm ortho]",
        },
    ],
    parse: |t| Ok(Box::new(parse_params::<Dct>("fft/dct", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

impl Dct {
    /// The transform that takes this one's results back.
    pub fn inverse(&self) -> Dct {
        let kind = match self.kind {
            DctType::Two => DctType::Three,
            DctType::Three => DctType::Two,
        };
        let norm = match self.norm {
            Norm::Backward => Norm::Forward,
            Norm::Ortho => Norm::Ortho,
            Norm::Forward => Norm::Backward,
        };
        Dct { kind, norm, orthogonalize: self.orthogonalize }
    }

    /// The factor of all results of length `n`.
    fn scale(&self, n: usize) -> f64 {
        self.norm.scale(n.saturating_mul(2), false)
    }

    /// What the constant term is multiplied by besides: an output of type II, an input of type III.
    fn first(&self) -> f64 {
        match (self.orthogonalize.unwrap_or(self.norm == Norm::Ortho), self.kind) {
            (false, _) => 1.0,
            (true, DctType::Two) => FRAC_1_SQRT_2,
            (true, DctType::Three) => SQRT_2,
        }
    }
}

impl Kernel for Dct {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let x = admit(ENTRY.id, ins, &[DType::F32, DType::F64])?;
        let (batch, n) = batch_and_length(&x.shape);
        let y = rows_of(x, x.dtype, n)?;
        Ok(Io::new(ins, vec![y], reach_of(x)).flops(flops(batch, n) / 2))
    }

    /// Type II is the Fourier transform of the numbers followed by themselves backwards, turned by half a number; type
    /// III the real part of that of the numbers, turned first and followed by zeros. Both of length 2n.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (_, n) = batch_and_length(x.shape());
        let turn = |k: usize| oracle::root(k as u64, 4 * n as u64);
        let extend = |row: &[f64]| -> Vec<Complex64> {
            match self.kind {
                DctType::Two => row.iter().chain(row.iter().rev()).map(|&x| Complex64::new(x, 0.0)).collect(),
                DctType::Three => {
                    let weight = |k: usize| if k == 0 { self.first() } else { 2.0 };
                    let turned = row.iter().enumerate().map(|(k, &x)| turn(k) * (weight(k) * x));
                    turned.chain((0..n).map(|_| Complex64::new(0.0, 0.0))).collect()
                }
            }
        };
        let long: Vec<_> = crate::real(x).chunks_exact(n.max(1)).flat_map(extend).collect();
        let spectrum = match x.dtype() {
            DType::F32 => oracle::wide(&long, 2 * n, false, self.scale(n)),
            _ => oracle::double(&long, 2 * n, false, self.scale(n)),
        };
        let narrow = |row: &[Complex64]| -> Vec<f64> {
            let real = |(k, z): (usize, &Complex64)| match self.kind {
                DctType::Two => (z * turn(k)).re * if k == 0 { self.first() } else { 1.0 },
                DctType::Three => z.re,
            };
            row[..n].iter().enumerate().map(real).collect()
        };
        let y: Vec<f64> = spectrum.chunks_exact((2 * n).max(1)).flat_map(narrow).collect();
        Ok(vec![Array::new(x.shape().to_vec(), y)?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let (_, n) = batch_and_length(&ins[0].shape);
        let Tolerance::Norm { l2, linf } = bound(ins[0].dtype, n) else { return Tolerance::Exact };
        let unit = if ins[0].dtype == DType::F32 { f64::powi(2.0, -24) } else { f64::powi(2.0, -52) };
        Tolerance::Norm { l2: l2 + 2.0 * unit, linf: linf + 8.0 * unit }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x], [y]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        let (_, n) = batch_and_length(x.shape());
        match x.dtype() {
            DType::F32 => cpu::transform::<f32>(self, n, cx.level, x.as_slice()?, y.as_mut_slice()?),
            _ => cpu::transform::<f64>(self, n, cx.level, x.as_slice()?, y.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::F32).then(|| self.plan(&ins[0], caps))
    }
}
