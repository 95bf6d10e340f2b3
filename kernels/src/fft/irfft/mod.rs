//! # `fft/irfft`
//!
//! ## What
//! Real numbers from their one-sided discrete Fourier transform, of any length: the inverse of [`crate::fft::rfft`].
//!
//! ## Definition
//! The complex inverse transform along all but the last of `axes`, then along that one, by default the array's last,
//! `x[j] = f · Σ_{k<n} y[k] · exp(+2πi·j·k/n)`, where `y[n−k]` is the conjugate of `y[k]` for the bins that are not given:
//! NumPy's `irfftn`. The imaginary parts of bin 0 and, where n is even, of bin `n/2` do not count. The factor `f` is `1/n`
//! with `norm = "backward"`, `1/√n` with `"ortho"`, 1 with `"forward"`, n the product of the lengths of all axes.
//!
//! ## Layout
//! In `complex64` or `complex128`, of any number of axes, `[n/2 + 1]` or `[batch, n/2 + 1]` for instance; out `float32` or
//! `float64` with n numbers along the last of `axes`. Two lengths have as many bins: `n` says which, and is `2·(bins − 1)` if it is not given. Bins are never added or left
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
pub(super) mod packed;

pub(super) use gpu::append;

use super::axes::{Axes, Line, numbers};
use super::engine::{self, Key};
use super::rfft::packed::Tables;
use super::rfft::{self, Layout, bins};
use super::{AXES, NORM, Norm, admit, along, bound_along, flops, oracle, reach};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
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
    /// The axes that are transformed, the one-sided one last.
    #[serde(default, skip_serializing_if = "Axes::is_last")]
    pub axes: Axes,
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
        NORM,
        AXES,
    ],
    parse: |t| Ok(Box::new(parse_params::<Irfft>("fft/irfft", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

/// The whole spectrum of rows of `n` numbers from its bins.
fn mirrored(y: &[Complex64], n: usize) -> Vec<Complex64> {
    let row = |y: &[Complex64]| {
        let bin = |k: usize| if 2 * k % n == 0 { Complex64::new(y[k].re, 0.0) } else { y[k] };
        (0..n).map(|k| if k <= n / 2 { bin(k) } else { bin(n - k).conj() }).collect::<Vec<_>>()
    };
    y.chunks_exact(bins(n).max(1)).flat_map(row).collect()
}

impl Irfft {
    /// Numbers of each transform of `bins` bins.
    fn length(&self, bins: usize) -> usize {
        self.n.unwrap_or_else(|| bins.saturating_sub(1).saturating_mul(2))
    }

    /// The shape of the real numbers.
    fn shape(&self, bins: &[usize]) -> Result<Vec<usize>> {
        let axes = self.axes.of(ENTRY.id, bins.len())?;
        let last = *axes.last().expect("an axis at least");
        let mut shape = bins.to_vec();
        shape[last] = self.length(bins[last]);
        Ok(shape)
    }

    fn layout(&self, bins: &[usize]) -> Result<Layout> {
        rfft::layout(ENTRY.id, self.axes, &self.shape(bins)?, self.norm, true)
    }

    fn run<T: Tables>(&self, cx: &Cpu, shape: &[usize], y: &[Complex<T>], x: &mut [T]) -> Result<()> {
        let Layout { real: line, mut others, scale, .. } = self.layout(shape)?;
        if others.is_empty() {
            back(cx, line, scale, y, x);
            return Ok(());
        }
        // Along the other axes first, in the order in which they were named; the input is not written.
        let mut z = y.to_vec();
        others.reverse();
        for line in others {
            along::in_place(Key { n: line.n, inverse: true, level: cx.level }, 1.0, line, &mut z);
        }
        back(cx, line, scale, &z, x);
        Ok(())
    }
}

/// Bins to real numbers along an axis.
fn back<T: Tables>(cx: &Cpu, line: Line, scale: f64, y: &[Complex<T>], x: &mut [T]) {
    let Line { n, inner, .. } = line;
    if inner == 1 {
        return packed::transform(n, cx.level, scale, y, x);
    }
    along::columns(x, line, |first, width, rows| {
        let (o, q) = (first / inner, first % inner);
        let bins = bins(n);
        engine::with_work(n.div_ceil(2) * width + bins * width, |work| {
            let (a, b) = work.split_at_mut(bins * width);
            let b = &mut bytemuck::cast_slice_mut::<_, T>(b)[..n * width];
            for k in 0..bins {
                let row = &y[(o * bins + k) * inner + q..][..width];
                row.iter().enumerate().for_each(|(c, &z)| a[c * bins + k] = z);
            }
            packed::transform(n, cx.level, scale, a, b);
            for (i, row) in rows.iter_mut().enumerate() {
                row.iter_mut().enumerate().for_each(|(c, x)| *x = b[c * n + i]);
            }
        });
    });
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
        let axes = self.axes.of(ENTRY.id, y.shape.len())?;
        let given = y.shape[*axes.last().expect("an axis at least")];
        let n = self.length(given);
        if bins(n) != given {
            let why = match self.n {
                Some(n) => format!("the spectrum of {n} numbers has {} bins, got {given}", bins(n)),
                None => format!("{given} bin is the spectrum of one number: say n = 1"),
            };
            return Err(Error::Refused { kernel: ENTRY.id, why });
        }
        let dtype = if y.dtype == DType::Complex64 { DType::F32 } else { DType::F64 };
        let mut x = Meta::new(dtype, self.shape(&y.shape)?);
        x.len = y.len;
        x.check_size()?;
        let numbers = numbers(&x.shape, &axes);
        let count = x.elements().checked_div(numbers).unwrap_or(0);
        Ok(Io::new(ins, vec![x], reach(&axes)).flops(flops(count, numbers) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let y = &ins[0];
        let Layout { real: line, others, scale, .. } = self.layout(y.shape())?;
        let n = line.n;
        let single = y.dtype() == DType::Complex64;
        let define = if single { oracle::wide } else { oracle::double };
        let mut z: Vec<Complex64> = match single {
            true => y.as_slice::<Complex32>()?.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect(),
            false => y.as_slice::<Complex64>()?.to_vec(),
        };
        for line in others.into_iter().rev() {
            z = oracle::along(&z, line, line.n, |rows| define(rows, line.n, true, 1.0));
        }
        let x = oracle::along(&z, Line { n: bins(n), ..line }, n, |rows| {
            define(&mirrored(rows, n), n, true, scale).iter().map(|z| z.re).collect::<Vec<f64>>()
        });
        Ok(vec![Array::new(self.shape(y.shape())?, x)?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let axes = self.axes.of(ENTRY.id, ins[0].shape.len());
        let shape = self.shape(&ins[0].shape);
        axes.and_then(|axes| Ok(bound_along(ins[0].dtype, &shape?, &axes))).unwrap_or(Tolerance::Exact)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([y], [x]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        match y.dtype() {
            DType::Complex64 => self.run::<f32>(cx, y.shape(), y.as_slice()?, x.as_mut_slice()?),
            _ => self.run::<f64>(cx, y.shape(), y.as_slice()?, x.as_mut_slice()?),
        }
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::Complex64).then(|| self.plan(&ins[0], caps))
    }
}
