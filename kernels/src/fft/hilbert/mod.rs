//! # `fft/hilbert`
//!
//! ## What
//! The analytic signal of real numbers, or its amplitude (the envelope), of any length: `scipy.signal.hilbert`.
//!
//! ## Definition
//! Along the last axis, `z = x + i·h`, where `h` is the Hilbert transform of `x` taken as one period: with `X` the discrete
//! Fourier transform of `x`, that of `h` is `−i·X[k]` for `0 < k < n/2`, `+i·X[k]` for `n/2 < k < n`, and 0 for `k = 0`
//! and, where n is even, `k = n/2`. Then `z` has no negative frequencies. With `output = "envelope"` the result is `|z|`.
//! Nothing is padded: `N = n` in SciPy's words. The real part of `z` is `x` to the bit.
//!
//! ## Layout
//! In `float32` or `float64`, `[n]` or `[batch, n]` with one signal a row; out as many `complex64` or `complex128`, or
//! `float32` or `float64` for envelopes, and nothing for `n = 0`. Missing values are refused. `float64` runs on the CPU
//! only, unless the user asked for f32.
//!
//! ## Accuracy
//! Twice that of [`crate::fft::c2c`], for the transform there and the one back.
//!
//! ## Cost
//! Reads and writes each number once; a real transform and an inverse one of length n.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::hilbert::{Hilbert, Output}};
//! let wave = |i: usize| 3.0 * (i as f64 * std::f64::consts::FRAC_PI_4).cos();
//! let x = Array::from((0..64).map(wave).collect::<Vec<_>>());
//! let k = Hilbert { output: Output::Envelope };
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert!(y.finish(64)?.as_slice::<f64>()?.iter().all(|y| (y - 3.0).abs() < 1e-12));
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! S. L. Marple, "Computing the discrete-time analytic signal via FFT", IEEE Trans. Signal Process. 47, 1999.

mod cases;
mod cpu;
mod gpu;

use super::blocks::{reach_of, rows_of};
use super::{admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The analytic signal.
    #[default]
    Analytic,
    /// Its amplitude.
    Envelope,
}

/// The analytic signal of real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hilbert {
    /// What comes out.
    #[serde(default)]
    pub output: Output,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/hilbert",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "analytic signal or envelope of real numbers, any length",
    params: &[Param {
        name: "output",
        kind: ParamKind::Choice(&["analytic", "envelope"]),
        help: "the analytic signal, or its amplitude [default: analytic]",
    }],
    parse: |t| Ok(Box::new(parse_params::<Hilbert>("fft/hilbert", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

impl Kernel for Hilbert {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let x = admit(ENTRY.id, ins, &[DType::F32, DType::F64])?;
        let (batch, n) = batch_and_length(&x.shape);
        let dtype = match (x.dtype, self.output) {
            (real, Output::Envelope) => real,
            (DType::F32, Output::Analytic) => DType::Complex64,
            (_, Output::Analytic) => DType::Complex128,
        };
        let y = rows_of(x, dtype, n)?;
        Ok(Io::new(ins, vec![y], reach_of(x)).flops(flops(batch, n)))
    }

    /// As it is usually written down: the whole spectrum without its negative half, the positive one doubled.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (_, n) = batch_and_length(x.shape());
        let wide: Vec<_> = crate::real(x).into_iter().map(|re| Complex64::new(re, 0.0)).collect();
        let dft = match x.dtype() {
            DType::F32 => oracle::wide,
            _ => oracle::double,
        };
        let mut spectrum = dft(&wide, n, false, 1.0);
        for (i, z) in spectrum.iter_mut().enumerate() {
            let k = i % n;
            *z *= if k == 0 || 2 * k == n {
                1.0
            } else if 2 * k < n {
                2.0
            } else {
                0.0
            };
        }
        let z = dft(&spectrum, n, true, 1.0 / n.max(1) as f64);
        let shape = x.shape().to_vec();
        Ok(vec![match self.output {
            Output::Analytic => Array::new(shape, z)?,
            Output::Envelope => Array::new(shape, z.iter().map(|z| z.norm()).collect::<Vec<f64>>())?,
        }])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let (_, n) = batch_and_length(&ins[0].shape);
        let Tolerance::Norm { l2, linf } = bound(ins[0].dtype, n) else { return Tolerance::Exact };
        Tolerance::Norm { l2: 2.0 * l2, linf: 2.0 * linf }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x], [y]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        let (_, n) = batch_and_length(x.shape());
        match (x.dtype(), self.output) {
            (DType::F32, Output::Analytic) => {
                cpu::analytic::<f32>(n, cx.level, x.as_slice()?, y.as_mut_slice()?);
            }
            (_, Output::Analytic) => cpu::analytic::<f64>(n, cx.level, x.as_slice()?, y.as_mut_slice()?),
            (DType::F32, Output::Envelope) => {
                cpu::envelope::<f32>(n, cx.level, x.as_slice()?, y.as_mut_slice()?);
            }
            (_, Output::Envelope) => cpu::envelope::<f64>(n, cx.level, x.as_slice()?, y.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::F32).then(|| self.plan(&ins[0], caps))
    }
}
