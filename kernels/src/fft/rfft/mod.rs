//! # `fft/rfft`
//!
//! ## What
//! The one-sided discrete Fourier transform of real numbers, of any length.
//!
//! ## Definition
//! Along the last axis, `y[k] = f · Σ_j x[j] · exp(−2πi·j·k/n)` for `k = 0 … n/2`; the rest of the spectrum is the
//! mirrored conjugate. The factor `f` is 1 with `norm = "backward"`, `1/√n` with `"ortho"`, `1/n` with `"forward"`.
//!
//! ## Layout
//! In `float32` or `float64`, `[n]` or `[batch, n]` with one transform a row; out `complex64` or `complex128`,
//! `[n/2 + 1]` or `[batch, n/2 + 1]`, and nothing for `n = 0`. Missing values are refused. `float64` runs on the CPU
//! only, unless the user asked for f32.
//!
//! ## Accuracy
//! As [`crate::fft::c2c`], the norm taken over the one-sided spectrum.
//!
//! ## Cost
//! Reads each number and writes each bin once; half the operations of the complex transform where n is even, because
//! neighbours are taken as one complex number. An odd n is transformed as complex numbers.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut, Complex32};
//! use gapwave_kernels::{Cpu, Kernel, fft::rfft::Rfft};
//! let x = Array::from(vec![1.0f32, 0.0, -1.0, 0.0]);
//! let k = Rfft::default();
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<Complex32>()?[1], Complex32::new(2.0, 0.0));
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! H. Sorensen, D. Jones, M. Heideman, C. Burrus, "Real-valued fast Fourier transform algorithms", IEEE Trans. ASSP
//! 35, 1987.

mod cases;
mod gpu;
pub(super) mod packed;

pub(super) use gpu::append;

use super::{Norm, admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// The one-sided discrete Fourier transform of real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rfft {
    /// Which direction is divided by the length.
    #[serde(default)]
    pub norm: Norm,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/rfft",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "one-sided Fourier transform of real numbers, any length",
    params: &[Param {
        name: "norm",
        kind: ParamKind::Choice(Norm::WORDS),
        help: "which direction is divided by n, as in NumPy [default: backward]",
    }],
    parse: |t| Ok(Box::new(parse_params::<Rfft>("fft/rfft", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

/// Bins of the one-sided spectrum of `n` numbers.
pub fn bins(n: usize) -> usize {
    if n == 0 { 0 } else { n / 2 + 1 }
}

impl Rfft {
    fn scale(&self, n: usize) -> f64 {
        self.norm.scale(n, false)
    }
}

impl Kernel for Rfft {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let x = admit(ENTRY.id, ins, &[DType::F32, DType::F64])?;
        let (batch, n) = batch_and_length(&x.shape);
        let dtype = if x.dtype == DType::F32 { DType::Complex64 } else { DType::Complex128 };
        let mut shape = x.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = bins(n);
        }
        let mut y = Meta::new(dtype, shape);
        y.len = x.len;
        y.check_size()?;
        let reach = if x.shape.len() == 1 { Reach::Whole } else { Reach::Rows };
        Ok(Io::new(ins, vec![y], reach).flops(flops(batch, n) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (_, n) = batch_and_length(x.shape());
        let full = match x.dtype() {
            DType::F32 => {
                let wide: Vec<_> = x.as_slice::<f32>()?.iter().map(|&re| Complex32::new(re, 0.0)).collect();
                oracle::single(&wide, n, false, self.scale(n))
            }
            _ => {
                let wide: Vec<_> = x.as_slice::<f64>()?.iter().map(|&re| Complex64::new(re, 0.0)).collect();
                oracle::double(&wide, n, false, self.scale(n))
            }
        };
        let y: Vec<_> = full.chunks_exact(n.max(1)).flat_map(|row| &row[..bins(n)]).copied().collect();
        let mut shape = x.shape().to_vec();
        if let Some(last) = shape.last_mut() {
            *last = bins(n);
        }
        Ok(vec![Array::new(shape, y)?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let (_, n) = batch_and_length(&ins[0].shape);
        bound(ins[0].dtype, n)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x], [y]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        let (_, n) = batch_and_length(x.shape());
        match x.dtype() {
            DType::F32 => packed::transform::<f32>(n, cx.level, self.scale(n), x.as_slice()?, y.as_mut_slice()?),
            _ => packed::transform::<f64>(n, cx.level, self.scale(n), x.as_slice()?, y.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::F32).then(|| self.plan(&ins[0], caps))
    }
}
