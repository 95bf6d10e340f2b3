//! # `fft/irfft`
//!
//! ## What
//! Real numbers from their one-sided discrete Fourier transform, of any length: the inverse of [`crate::fft::rfft`].
//!
//! ## Definition
//! Along the last axis, `x[j] = f · Σ_{k<n} y[k] · exp(+2πi·j·k/n)`, where `y[n−k]` is the conjugate of `y[k]` for the
//! bins that are not given. The imaginary parts of bin 0 and, where n is even, of bin `n/2` do not count. The factor `f`
//! is `1/n` with `norm = "backward"`, `1/√n` with `"ortho"`, 1 with `"forward"`.
//!
//! ## Layout
//! In `complex64` or `complex128`, `[n/2 + 1]` or `[batch, n/2 + 1]`; out `float32` or `float64`, `[n]` or `[batch, n]`.
//! Two lengths have as many bins: `n` says which, and is `2·(bins − 1)` if it is not given. Bins are never added or left
//! out: other numbers of them are refused. Missing values are refused. `complex128` runs on the CPU only, unless the user
//! asked for f32.
//!
//! ## Accuracy
//! As [`crate::fft::c2c`].
//!
//! ## Cost
//! Reads each bin and writes each number once; half the operations of the complex transform where n is even.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut, Complex32};
//! use gapwave_kernels::{Cpu, Kernel, fft::irfft::Irfft};
//! let y = Array::from([(0.0, 0.0), (2.0, 0.0), (0.0, 0.0)].map(|(re, im)| Complex32::new(re, im)).to_vec());
//! let k = Irfft::default();
//! let io = k.infer(&[y.meta()])?;
//! let mut x = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[y.view()], &mut [x.out()])?;
//! assert_eq!(x.finish(4)?.as_slice::<f32>()?, [1.0, 0.0, -1.0, 0.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! H. Sorensen, D. Jones, M. Heideman, C. Burrus, "Real-valued fast Fourier transform algorithms", IEEE Trans. ASSP
//! 35, 1987.

mod cases;
mod gpu;
mod packed;

use super::engine::Float;
use super::rfft::bins;
use super::{Norm, admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Real numbers from their one-sided discrete Fourier transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Irfft {
    /// Numbers of a transform; `None`: the even length of as many bins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
    /// Which direction is divided by the length.
    #[serde(default)]
    pub norm: Norm,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/irfft",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "real numbers from their one-sided Fourier transform, any length",
    params: &[
        Param { name: "n", kind: ParamKind::Int, help: "numbers of a transform [default: 2 × (bins − 1)]" },
        Param {
            name: "norm",
            kind: ParamKind::Choice(Norm::WORDS),
            help: "which direction is divided by n, as in NumPy [default: backward]",
        },
    ],
    parse: |t| Ok(Box::new(parse_params::<Irfft>("fft/irfft", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

/// The whole spectrum of rows of `n` numbers from its bins.
fn mirrored<T: Float>(y: &[Complex<T>], n: usize) -> Vec<Complex<T>> {
    let row = |y: &[Complex<T>]| {
        let bin = |k: usize| if 2 * k % n == 0 { Complex::new(y[k].re, T::zero()) } else { y[k] };
        (0..n).map(|k| if k <= n / 2 { bin(k) } else { bin(n - k).conj() }).collect::<Vec<_>>()
    };
    y.chunks_exact(bins(n).max(1)).flat_map(row).collect()
}

impl Irfft {
    /// Numbers of each transform of `bins` bins.
    fn length(&self, bins: usize) -> usize {
        self.n.unwrap_or_else(|| bins.saturating_sub(1).saturating_mul(2))
    }

    fn scale(&self, n: usize) -> f64 {
        self.norm.scale(n, true)
    }
}

impl Kernel for Irfft {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let y = admit(ENTRY.id, ins, &[DType::Complex64, DType::Complex128])?;
        let (batch, given) = batch_and_length(&y.shape);
        let n = self.length(given);
        if bins(n) != given {
            let why = match self.n {
                Some(n) => format!("the spectrum of {n} numbers has {} bins, got {given}", bins(n)),
                None => format!("{given} bin is the spectrum of one number: say n = 1"),
            };
            return Err(Error::Refused { kernel: ENTRY.id, why });
        }
        let dtype = if y.dtype == DType::Complex64 { DType::F32 } else { DType::F64 };
        let mut shape = y.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = n;
        }
        let mut x = Meta::new(dtype, shape);
        x.len = y.len;
        x.check_size()?;
        let reach = if y.shape.len() == 1 { Reach::Whole } else { Reach::Rows };
        Ok(Io::new(ins, vec![x], reach).flops(flops(batch, n) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let y = &ins[0];
        let n = self.length(batch_and_length(y.shape()).1);
        let scale = self.scale(n);
        let full = match y.dtype() {
            DType::Complex64 => oracle::single(&mirrored(y.as_slice::<Complex32>()?, n), n, true, scale),
            _ => oracle::double(&mirrored(y.as_slice::<Complex64>()?, n), n, true, scale),
        };
        let mut shape = y.shape().to_vec();
        if let Some(last) = shape.last_mut() {
            *last = n;
        }
        Ok(vec![Array::new(shape, full.iter().map(|z| z.re).collect::<Vec<f64>>())?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        bound(ins[0].dtype, self.length(batch_and_length(&ins[0].shape).1))
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([y], [x]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        let n = self.length(batch_and_length(y.shape()).1);
        match y.dtype() {
            DType::Complex64 => packed::transform::<f32>(n, cx.level, self.scale(n), y.as_slice()?, x.as_mut_slice()?),
            _ => packed::transform::<f64>(n, cx.level, self.scale(n), y.as_slice()?, x.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::Complex64).then(|| self.plan(&ins[0], caps))
    }
}
