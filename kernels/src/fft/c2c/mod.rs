//! # `fft/c2c`
//!
//! ## What
//! The discrete Fourier transform of complex numbers, of any length, forward or inverse.
//!
//! ## Definition
//! Along the last axis, `y[k] = f · Σ_j x[j] · exp(∓2πi·j·k/n)`: minus forward, plus inverse. The factor `f` is
//! NumPy's: with `norm = "backward"` 1 forward and `1/n` inverse, with `"ortho"` `1/√n` both ways, with `"forward"`
//! `1/n` forward and 1 inverse.
//!
//! ## Layout
//! In `complex64` or `complex128`, `[n]` or `[batch, n]` with one transform a row; out the same. Missing values are
//! refused. `complex128` runs on the CPU only.
//!
//! ## Accuracy
//! The relative Euclidean error of a transform is at most `u·√log₂n` where n is a power of two and `2·u·√log₂n`
//! otherwise, the largest error at most four times that, with `u = 2⁻²⁴` for `complex64` and, because rustfft makes
//! its roots of unity in f64 too, `u = 2⁻⁵²` for `complex128`. On the CPU the first bound also holds for lengths
//! without a prime factor above 11.
//!
//! ## Cost
//! Reads and writes each number once; `5·n·log₂n` operations. On the GPU, powers of two up to 4096 (2048 at WebGPU's
//! minimum) take one pass over the data, up to 2²⁰ (2¹⁸) two, beyond three; any other length goes through
//! Bluestein's algorithm, two transforms of at least twice the length.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut, Complex32};
//! use gapwave_kernels::{Cpu, Kernel, fft::c2c::C2c};
//! let x = Array::from([1.0, 2.0, 4.0].map(|re| Complex32::new(re, 0.0)).to_vec());
//! let k = C2c::default();
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert!((y.finish(3)?.as_slice::<Complex32>()?[0].re - 7.0).abs() < 1e-6);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! C. Van Loan, *Computational Frameworks for the Fast Fourier Transform*, SIAM, 1992. L. Bluestein, "A linear
//! filtering approach to the computation of discrete Fourier transform", IEEE Trans. Audio Electroacoust. 18, 1970.

mod cases;

use super::engine::{self, Key};
use super::gpu::{self, Signal};
use super::{Norm, admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// The discrete Fourier transform of complex numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct C2c {
    /// The sign of the exponent.
    #[serde(default)]
    pub direction: Direction,
    /// Which direction is divided by the length.
    #[serde(default)]
    pub norm: Norm,
}

/// The sign of the exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// `exp(−2πi·jk/n)`.
    #[default]
    Forward,
    /// `exp(+2πi·jk/n)`.
    Inverse,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/c2c",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "Fourier transform of complex numbers, any length",
    params: &[
        Param {
            name: "direction",
            kind: ParamKind::Choice(&["forward", "inverse"]),
            help: "sign of the exponent [default: forward]",
        },
        Param {
            name: "norm",
            kind: ParamKind::Choice(Norm::WORDS),
            help: "which direction is divided by n, as in NumPy [default: backward]",
        },
    ],
    parse: |t| Ok(Box::new(parse_params::<C2c>("fft/c2c", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

impl C2c {
    /// The forward transform, not scaled.
    pub fn forward() -> Self {
        Self::default()
    }

    /// The inverse transform, divided by n.
    pub fn inverse() -> Self {
        C2c { direction: Direction::Inverse, norm: Norm::Backward }
    }

    /// The same with another factor.
    pub fn norm(self, norm: Norm) -> Self {
        C2c { norm, ..self }
    }

    fn inverts(&self) -> bool {
        self.direction == Direction::Inverse
    }

    fn scale(&self, n: usize) -> f64 {
        self.norm.scale(n, self.inverts())
    }
}

impl Kernel for C2c {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let x = admit(ENTRY.id, ins, &[DType::Complex64, DType::Complex128])?;
        let (batch, n) = batch_and_length(&x.shape);
        let reach = if x.shape.len() == 1 { Reach::Whole } else { Reach::Rows };
        Ok(Io::new(ins, vec![x.clone()], reach).flops(flops(batch, n)))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (_, n) = batch_and_length(x.shape());
        let y = match x.dtype() {
            DType::Complex64 => oracle::single(x.as_slice::<Complex32>()?, n, self.inverts(), self.scale(n)),
            _ => oracle::double(x.as_slice::<Complex64>()?, n, self.inverts(), self.scale(n)),
        };
        Ok(vec![Array::new(x.shape().to_vec(), y)?])
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
        let key = Key { n, inverse: self.inverts(), level: cx.level };
        match x.dtype() {
            DType::Complex64 => {
                engine::transform::<f32>(key, self.scale(n), x.as_slice::<Complex32>()?, y.as_mut_slice()?);
            }
            _ => engine::transform::<f64>(key, self.scale(n), x.as_slice::<Complex64>()?, y.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::Complex64).then(|| self.plan(&ins[0], caps))
    }
}

impl C2c {
    fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let (batch, n) = batch_and_length(&x.shape);
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, x), plan.output(0, x));
        let signal = Signal { n, batch, inverse: self.inverts(), scale: self.scale(n), keep: n };
        gpu::append(&mut plan, caps, input, output, signal)?;
        Ok(plan)
    }
}
