//! # `fft/c2c`
//!
//! ## What
//! The discrete Fourier transform of complex numbers, of any length, forward or inverse.
//!
//! ## Definition
//! Along each of `axes`, by default the last one, `y[k] = f · Σ_j x[j] · exp(∓2πi·j·k/n)`: minus forward, plus inverse.
//! The factor `f` is NumPy's, with n the product of the lengths of all axes: with `norm = "backward"` 1 forward and `1/n`
//! inverse, with `"ortho"` `1/√n` both ways, with `"forward"` `1/n` forward and 1 inverse.
//!
//! ## Layout
//! In `complex64` or `complex128`, of any number of axes, `[n]` or `[batch, n]` for instance; out the same. `axes` names
//! one to three of them: `[-2, -1]` is a two-dimensional transform, `[0]` of `[n, batch]` transforms columns. Missing
//! values are refused. `complex128` runs on the CPU only.
//!
//! ## Accuracy
//! The relative Euclidean error of a transform is at most `u·√log₂n` where n is a power of two and `2·u·√log₂n`
//! otherwise, the largest error at most four times that, with `u = 2⁻²⁴` for `complex64` and, because rustfft makes
//! its roots of unity in f64 too, `u = 2⁻⁵²` for `complex128`. For noise the first bound also holds for lengths without
//! a prime factor above 11 (on GPUs 13).
//!
//! ## Cost
//! Reads and writes each number once an axis; `5·n·log₂n` operations. On the GPU, lengths without a prime factor above 13
//! take one pass over the data up to 4096 at WebGPU's minimum (8192 and more where workgroups have more memory), two up
//! to about 2²⁰, three beyond; any other length goes through Bluestein's algorithm, two transforms of at least twice the
//! length in one pass less. [`crate::fft::Recipe`] prints it.
//!
//! On the CPU, 2¹⁶ numbers and more are two steps of transforms of about the square root of the length, each through memory
//! once, from 300 000 on over all threads; prime factors up to 127 are summed as they stand, larger ones take a convolution. One length over and over is planned once:
//! [`C2c::planned`].
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

pub(super) mod cases;

use super::axes::{Axes, Line, numbers};
use super::engine::{self, Float, Key};
use super::gpu::{self, Job};
use super::{AXES, NORM, Norm, admit, along, bound_along, flops, oracle, reach};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::plan::Slice;
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex, Complex32, Complex64, DType, Meta, Out, View};
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
    /// The axes that are transformed.
    #[serde(default, skip_serializing_if = "Axes::is_last")]
    pub axes: Axes,
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
        NORM,
        AXES,
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
        C2c { direction: Direction::Inverse, ..Self::default() }
    }

    /// The same with another factor.
    pub fn norm(self, norm: Norm) -> Self {
        C2c { norm, ..self }
    }

    /// The same along other axes.
    pub fn axes(self, axes: Axes) -> Self {
        C2c { axes, ..self }
    }

    fn inverts(&self) -> bool {
        self.direction == Direction::Inverse
    }

    /// The axes to transform, the last one named first, and the factor of all of them.
    fn lines(&self, shape: &[usize]) -> Result<(Vec<Line>, f64)> {
        let mut axes = self.axes.of(ENTRY.id, shape.len())?;
        let n = numbers(shape, &axes);
        axes.reverse();
        Ok((axes.into_iter().map(|a| Line::of(shape, a)).collect(), self.norm.scale(n, self.inverts())))
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
        let axes = self.axes.of(ENTRY.id, x.shape.len())?;
        let n = numbers(&x.shape, &axes);
        let count = x.elements().checked_div(n).unwrap_or(0);
        Ok(Io::new(ins, vec![x.clone()], reach(&axes)).flops(flops(count, n)))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (lines, scale) = self.lines(x.shape())?;
        let single = x.dtype() == DType::Complex64;
        let mut y: Vec<Complex64> = match single {
            true => x.as_slice::<Complex32>()?.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect(),
            false => x.as_slice::<Complex64>()?.to_vec(),
        };
        let define = if single { oracle::wide } else { oracle::double };
        for (i, &line) in lines.iter().enumerate() {
            let factor = if i == 0 { scale } else { 1.0 };
            y = oracle::along(&y, line, line.n, |rows| define(rows, line.n, self.inverts(), factor));
        }
        Ok(vec![Array::new(x.shape().to_vec(), y)?])
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
            DType::Complex64 => self.run::<f32>(cx, x.shape(), x.as_slice()?, y.as_mut_slice()?),
            _ => self.run::<f64>(cx, x.shape(), x.as_slice()?, y.as_mut_slice()?),
        }
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::Complex64).then(|| self.plan(&ins[0], caps, false))
    }

    fn gpu_in_place(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::Complex64).then(|| self.plan(&ins[0], caps, true))
    }

    fn cpu_in_place(&self, cx: &Cpu, data: &mut Out<'_>) -> Option<Result<()>> {
        let work = |data: &mut Out<'_>| {
            let (lines, scale) = self.lines(&data.meta().shape)?;
            match data.meta().dtype {
                DType::Complex64 => self.again::<f32>(cx, &lines, scale, data.as_mut_slice()?),
                _ => self.again::<f64>(cx, &lines, scale, data.as_mut_slice()?),
            }
        };
        Some(work(data))
    }
}

impl C2c {
    fn run<T: Float>(&self, cx: &Cpu, shape: &[usize], x: &[Complex<T>], y: &mut [Complex<T>]) -> Result<()> {
        let (lines, scale) = self.lines(shape)?;
        let [first, rest @ ..] = &*lines else { return Ok(()) };
        if first.inner > 1 {
            y.copy_from_slice(x);
            return self.again(cx, &lines, scale, y);
        }
        engine::transform(self.key(cx, first.n), scale, x, y);
        self.again(cx, rest, 1.0, y)
    }

    /// Transforms in place along axes, one after the other.
    fn again<T: Float>(&self, cx: &Cpu, lines: &[Line], scale: f64, z: &mut [Complex<T>]) -> Result<()> {
        for (i, line) in lines.iter().enumerate() {
            along::in_place(self.key(cx, line.n), if i == 0 { scale } else { 1.0 }, *line, z);
        }
        Ok(())
    }

    fn key(&self, cx: &Cpu, n: usize) -> Key {
        Key { n, inverse: self.inverts(), level: cx.level }
    }

    fn plan(&self, x: &Meta, caps: &Caps, in_place: bool) -> Result<Plan> {
        let mut plan = Plan::new();
        let input = if in_place { plan.output(0, x) } else { plan.input(0, x) };
        let output = plan.output(0, x);
        let (lines, scale) = self.lines(&x.shape)?;
        append_lines(&mut plan, caps, input, output, &lines, (self.inverts(), scale))?;
        Ok(plan)
    }
}

/// Adds complex transforms along axes of an array, one after the other, to a plan. `input` is not written.
pub(super) fn append_lines(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    lines: &[Line],
    (inverse, scale): (bool, f64),
) -> Result<()> {
    // An axis of one number changes nothing; one is left where nothing else is.
    let mut lines: Vec<_> = lines.iter().filter(|l| l.n != 1).collect();
    let one = Line { outer: (output.bytes / 8) as usize, n: 1, inner: 1 };
    if lines.is_empty() {
        lines.push(&one);
    }
    let count = lines.len();
    let mut between = None;
    let mut from = input;
    for (i, &&Line { outer, n, inner }) in lines.iter().enumerate() {
        let to = match (count - 1 - i).is_multiple_of(2) {
            true => output,
            false => *between.get_or_insert_with(|| plan.temp(output.bytes)),
        };
        let scale = if i + 1 == count { scale } else { 1.0 };
        gpu::transform(plan, caps, from, to, &Job { inner, inverse, scale, ..Job::rows(n, outer) })?;
        from = to;
    }
    Ok(())
}
