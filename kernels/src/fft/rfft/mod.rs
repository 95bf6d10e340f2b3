//! # `fft/rfft`
//!
//! ## What
//! The one-sided discrete Fourier transform of real numbers, of any length.
//!
//! ## Definition
//! Along the last of `axes`, by default the array's last one, `y[k] = f · Σ_j x[j] · exp(−2πi·j·k/n)` for `k = 0 … n/2`;
//! the rest of the spectrum is the mirrored conjugate. Then the complex transform along the other axes: NumPy's `rfftn`.
//! The factor `f` is 1 with `norm = "backward"`, `1/√n` with `"ortho"`, `1/n` with `"forward"`, n the product of the
//! lengths of all axes.
//!
//! ## Layout
//! In `float32` or `float64`, of any number of axes, `[n]` or `[batch, n]` for instance; out `complex64` or `complex128`,
//! with `n/2 + 1` bins along the last of `axes`, and none for `n = 0`. Missing values are refused. `float64` runs on the
//! CPU only, unless the user asked for f32.
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

pub(super) use gpu::{append, one_sided};

use super::axes::{Axes, Line, numbers};
use super::engine::{self, Key};
use super::{AXES, NORM, Norm, admit, along, bound_along, flops, oracle, reach};
use crate::kernel::{Class, Entry, Io, Kernel, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex, Complex64, DType, Meta, Out, View};
use packed::Tables;
use serde::{Deserialize, Serialize};

/// The one-sided discrete Fourier transform of real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rfft {
    /// Which direction is divided by the length.
    #[serde(default)]
    pub norm: Norm,
    /// The axes that are transformed, the one-sided one last.
    #[serde(default, skip_serializing_if = "Axes::is_last")]
    pub axes: Axes,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/rfft",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "one-sided Fourier transform of real numbers, any length",
    params: &[NORM, AXES],
    parse: |t| Ok(Box::new(parse_params::<Rfft>("fft/rfft", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

/// Bins of the one-sided spectrum of `n` numbers.
pub fn bins(n: usize) -> usize {
    if n == 0 { 0 } else { n / 2 + 1 }
}

/// What is transformed: the axis that is real on one side, the others, and the factor of all.
pub(super) struct Layout {
    /// As real numbers.
    pub(super) real: Line,
    /// The complex ones, the last one named first, of the array with bins.
    pub(super) others: Vec<Line>,
    /// The shape of that.
    pub(super) bins: Vec<usize>,
    pub(super) scale: f64,
}

/// `shape` is that of the real numbers.
pub(super) fn layout(kernel: &'static str, axes: Axes, shape: &[usize], norm: Norm, inverse: bool) -> Result<Layout> {
    let mut axes = axes.of(kernel, shape.len())?;
    let scale = norm.scale(numbers(shape, &axes), inverse);
    let last = axes.pop().expect("an axis at least");
    let real = Line::of(shape, last);
    let mut half = shape.to_vec();
    half[last] = bins(real.n);
    let others = axes.iter().rev().map(|&a| Line::of(&half, a)).collect();
    Ok(Layout { real, others, bins: half, scale })
}

impl Rfft {
    fn layout(&self, shape: &[usize]) -> Result<Layout> {
        layout(ENTRY.id, self.axes, shape, self.norm, false)
    }

    fn run<T: Tables>(&self, cx: &Cpu, shape: &[usize], x: &[T], y: &mut [Complex<T>]) -> Result<()> {
        let Layout { real: line, others, scale, .. } = self.layout(shape)?;
        let Line { n, inner, .. } = line;
        match inner {
            1 => packed::transform(n, cx.level, scale, x, y),
            _ => along::columns(y, Line { n: bins(n), ..line }, |first, width, rows| {
                let (o, q) = (first / inner, first % inner);
                engine::with_work(n.div_ceil(2) * width + bins(n) * width, |work| {
                    let (a, b) = work.split_at_mut(n.div_ceil(2) * width);
                    let a = &mut bytemuck::cast_slice_mut::<_, T>(a)[..n * width];
                    for i in 0..n {
                        let row = &x[(o * n + i) * inner + q..][..width];
                        row.iter().enumerate().for_each(|(c, &x)| a[c * n + i] = x);
                    }
                    packed::transform(n, cx.level, scale, a, b);
                    for (k, row) in rows.iter_mut().enumerate() {
                        row.iter_mut().enumerate().for_each(|(c, z)| *z = b[c * bins(n) + k]);
                    }
                });
            }),
        }
        for line in others {
            along::in_place(Key { n: line.n, inverse: false, level: cx.level }, 1.0, line, y);
        }
        Ok(())
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
        let dtype = if x.dtype == DType::F32 { DType::Complex64 } else { DType::Complex128 };
        let axes = self.axes.of(ENTRY.id, x.shape.len())?;
        let mut y = Meta::new(dtype, self.layout(&x.shape)?.bins);
        y.len = x.len;
        y.check_size()?;
        let n = numbers(&x.shape, &axes);
        let count = x.elements().checked_div(n).unwrap_or(0);
        Ok(Io::new(ins, vec![y], reach(&axes)).flops(flops(count, n) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let Layout { real: line, others, bins: shape, scale } = self.layout(x.shape())?;
        let define = if x.dtype() == DType::F32 { oracle::wide } else { oracle::double };
        let wide: Vec<_> = crate::real(x).into_iter().map(|re| Complex64::new(re, 0.0)).collect();
        let n = line.n;
        let mut y = oracle::along(&wide, line, bins(n), |rows| {
            let full = define(rows, n, false, scale);
            full.chunks_exact(n.max(1)).flat_map(|row| &row[..bins(n)]).copied().collect()
        });
        for line in others {
            y = oracle::along(&y, line, line.n, |rows| define(rows, line.n, false, 1.0));
        }
        Ok(vec![Array::new(shape, y)?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let shape = &ins[0].shape;
        self.axes.of(ENTRY.id, shape.len()).map_or(Tolerance::Exact, |axes| bound_along(ins[0].dtype, shape, &axes))
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x], [y]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        match x.dtype() {
            DType::F32 => self.run::<f32>(cx, x.shape(), x.as_slice()?, y.as_mut_slice()?),
            _ => self.run::<f64>(cx, x.shape(), x.as_slice()?, y.as_mut_slice()?),
        }
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::F32).then(|| self.plan(&ins[0], caps))
    }
}
