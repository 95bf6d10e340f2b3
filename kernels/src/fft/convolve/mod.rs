//! # `fft/convolve`
//!
//! ## What
//! The convolution or correlation of signals with one array: by the definition, by one product of spectra, or by products
//! of the spectra of blocks.
//!
//! ## Definition
//! For `x` of `n` numbers and `h` of `m`, `y[t] = Σ_j h[j]·x[t − j]` over `j = 0 … m − 1` for `t = 0 … n + m − 2`, `x` being
//! 0 beyond its ends. With `correlate` the conjugates of `h` stand there the other way round:
//! `y[t] = Σ_j conj(h[m − 1 − j])·x[t − j]`.
//!
//! `mode = "full"` keeps all of them, `"same"` the `n` that begin at `t = ⌊(m − 1)/2⌋`, and `"valid"` those in which the
//! shorter array lies wholly within the longer one, whichever that is: `|n − m| + 1` that begin at `min(n, m) − 1`. These are
//! `scipy.signal.convolve` and `scipy.signal.correlate` of `x` and `h` along the last axis.
//!
//! `method` says how, and changes roundoff only:
//! - `"direct"`: the sums as they stand.
//! - `"fft"`: the transform of `x`, times that of `h`, transformed back. A circular convolution becomes a linear one where the
//!   arrays are followed by zeros, so both are transformed with at least so many that what wraps around falls on numbers
//!   that are not kept (n + m − 1 in all for `"full"`); this padding is part of the definition of a linear convolution and
//!   leaves no trace in the result. The length is the next even product of 2, 3, 5, 7 and 11, on GPUs the next power of two.
//! - `"overlap_save"`: the same for blocks of `x` of a power of two `B ≥ m` that overlap by `m − 1`, each of which gives
//!   `B − m + 1` numbers; `h` is transformed once.
//! - `"auto"`: the one of least cost, from the lengths alone, thus the same on every processor: a quarter of 2 operations a
//!   term of the direct sums, `L·(2.5·log₂L + 4)` a transform of L real numbers, of which `"fft"` takes one for `h` and two a
//!   row, `"overlap_save"` one for `h` and two a block, each a fifth dearer for every doubling of L beyond 2¹⁶. Complex
//!   numbers take four times as many operations directly, twice as many by spectra. `B` is the one of least cost too.
//!
//! ## Layout
//! In: `x`, `[n]` or `[batch, n]` with one signal a row; `h`, `[m]`, the same for all rows. Both are of one type: `float32`,
//! `float64`, `complex64` or `complex128`, and so is the result, with the rows of `x`. `n = 0` and `m = 0` are refused, as by
//! SciPy, and so are missing values. The 64-bit types run on the CPU only, unless the user asked for f32. Never cut into
//! chunks: the arrays have different lengths.
//!
//! A NaN or infinity in `x` reaches the `m` numbers that it is a term of with `"direct"`, a whole block with
//! `"overlap_save"`, the whole row with `"fft"`; one in `h` reaches everything.
//!
//! ## Accuracy
//! Errors are relative to the norm of the result, as long as its terms do not cancel: three transforms' (see
//! [`crate::fft::c2c`]) and two products', or the direct sums', whose terms are added 128 (256 on a GPU) at a time.
//!
//! ## Cost
//! Reads `x` and `h` and writes the result once. The direct sums take `2·min(n, m)` operations a number, transforms about
//! `5·log₂B` (four times and twice that for complex numbers). `"fft"` holds a row and its spectrum in memory, on a CPU
//! `"overlap_save"` only some blocks for each thread, on a GPU all of them.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::convolve::{Convolve, Mode}};
//! let (x, h) = (Array::from(vec![1.0f32, 2.0, 3.0, 4.0]), Array::from(vec![1.0f32, 1.0]));
//! let k = Convolve { mode: Mode::Valid, ..Convolve::default() };
//! let io = k.infer(&[x.meta(), h.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view(), h.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<f32>()?, [3.0, 5.0, 7.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! T. Stockham, "High-speed convolution and correlation", AFIPS Spring Joint Computer Conference 28, 1966. A. Oppenheim,
//! R. Schafer, "Discrete-Time Signal Processing", 8.7. `scipy.signal.convolve`, `correlate`, `oaconvolve`.

mod cases;
mod cpu;
mod direct;
mod gpu;
mod oracle;
mod shape;

use super::batch_and_length;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use cpu::Number;
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};
use shape::Shape;
pub use shape::{Method, Mode};

/// Convolution or correlation of signals with one array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolve {
    /// Which numbers are kept.
    #[serde(default)]
    pub mode: Mode,
    /// Whether `h` is reversed and conjugated first.
    #[serde(default)]
    pub correlate: bool,
    /// How it is computed.
    #[serde(default)]
    pub method: Method,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/convolve",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "convolution or correlation of signals with one array",
    params: &[
        Param {
            name: "mode",
            kind: ParamKind::Choice(&["full", "same", "valid"]),
            help: "which numbers are kept, as in SciPy [default: full]",
        },
        Param { name: "correlate", kind: ParamKind::Bool, help: "correlate instead [default: false]" },
        Param {
            name: "method",
            kind: ParamKind::Choice(&["auto", "direct", "fft", "overlap_save"]),
            help: "how it is computed [default: auto, the cheapest for the lengths]",
        },
    ],
    parse: |t| Ok(Box::new(parse_params::<Convolve>("fft/convolve", t)?)),
    cases: cases::cases,
    bench: cases::bench,
};

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}

/// Most terms of a row that the oracle sums as they stand, where single precision leaves it the choice.
const SUMMED: usize = 1 << 18;
const TYPES: [DType; 4] = [DType::F32, DType::F64, DType::Complex64, DType::Complex128];

impl Convolve {
    /// The lengths, if arrays of these types and shapes can be convolved.
    fn shape(&self, x: &Meta, h: &Meta) -> Result<Shape> {
        if !TYPES.contains(&x.dtype) || x.dtype != h.dtype {
            let why = "takes x and h of one type, float32, float64, complex64 or complex128";
            return Err(refused(format!("{why}, got {} and {}", x.dtype, h.dtype)));
        }
        if x.nullable || h.nullable {
            return Err(refused("takes no missing values: fill the gaps first (impute)".into()));
        }
        if !matches!(x.shape.len(), 1 | 2) || h.shape.len() != 1 {
            let why = format!("takes x [n] or [batch, n] and h [m], got {:?} and {:?}", x.shape, h.shape);
            return Err(refused(why));
        }
        let ((batch, n), m) = (batch_and_length(&x.shape), h.shape[0]);
        if n == 0 || m == 0 {
            return Err(refused(format!("needs one number or more in x and in h, got {n} and {m}")));
        }
        // Room for all of them as complex128 and, in whole powers of two, for their transforms.
        let all = n.checked_add(m).filter(|&all| all <= isize::MAX as usize / 64);
        all.ok_or_else(|| refused(format!("{n} and {m} numbers are more than can be addressed")))?;
        let complex = matches!(x.dtype, DType::Complex64 | DType::Complex128);
        Ok(Shape { batch, n, m, mode: self.mode, complex })
    }

    /// The method for these lengths, `auto` resolved.
    fn method_of(&self, shape: &Shape) -> Method {
        if self.method == Method::Auto { shape.choose() } else { self.method }
    }

    /// The method that is used for rows of `n` numbers and `h` of `m`: never [`Method::Auto`].
    ///
    /// # Errors
    /// [`Error::Refused`] for arrays that cannot be convolved.
    pub fn resolved(&self, x: &Meta, h: &Meta) -> Result<Method> {
        Ok(self.method_of(&self.shape(x, h)?))
    }

    fn run<T: Number>(&self, cx: &Cpu, shape: Shape, x: &View<'_>, h: &View<'_>, y: &mut Out<'_>) -> Result<()> {
        let (x, h, y) = (x.as_slice::<T>()?, h.as_slice::<T>()?, y.as_mut_slice::<T>()?);
        let mirrored: Vec<T>;
        let h = if self.correlate {
            mirrored = h.iter().rev().map(|h| h.conj()).collect();
            &mirrored
        } else {
            h
        };
        match self.method_of(&shape) {
            Method::Direct => cpu::by_sums(cx.level, shape, x, h, y),
            Method::Fft => cpu::by_spectra(cx.level, shape, shape.whole(), x, h, y),
            _ => cpu::by_spectra(cx.level, shape, shape.blocks(), x, h, y),
        }
        Ok(())
    }
}

/// The numbers of an array as complex ones.
fn wide(a: &Array) -> Result<Vec<Complex64>> {
    Ok(match a.dtype() {
        DType::Complex64 => {
            a.as_slice::<Complex32>()?.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect()
        }
        DType::Complex128 => a.as_slice::<Complex64>()?.to_vec(),
        _ => crate::real(a).into_iter().map(|x| Complex64::new(x, 0.0)).collect(),
    })
}

impl Kernel for Convolve {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let [x, h] = ins else {
            return Err(refused(format!("takes x and h, got {} arrays", ins.len())));
        };
        let shape = self.shape(x, h)?;
        let mut y = x.clone();
        if let Some(last) = y.shape.last_mut() {
            *last = shape.kept().1;
        }
        y.check_size()?;
        let ops = match self.method_of(&shape) {
            Method::Direct => shape.direct_ops(),
            Method::Fft => shape.cut_ops(&shape.whole()),
            _ => shape.cut_ops(&shape.blocks()),
        };
        Ok(Io::new(ins, vec![y], Reach::Whole).flops(ops as u64))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let shape = self.shape(&ins[0].meta(), &ins[1].meta())?;
        let (x, mut h) = (wide(&ins[0])?, wide(&ins[1])?);
        if self.correlate {
            h.reverse();
            h.iter_mut().for_each(|h| *h = h.conj());
        }
        let single = matches!(ins[0].dtype(), DType::F32 | DType::Complex64);
        let long = single && shape.n.saturating_mul(shape.m) > SUMMED;
        let row =
            |x| if long { oracle::by_transforms(x, &h, shape.kept()) } else { oracle::convolve(x, &h, shape.kept()) };
        let y: Vec<Complex64> = x.chunks_exact(shape.n).flat_map(row).collect();
        let mut kept = ins[0].shape().to_vec();
        if let Some(last) = kept.last_mut() {
            *last = shape.kept().1;
        }
        Ok(vec![match shape.complex {
            true => Array::new(kept, y)?,
            false => Array::new(kept, y.iter().map(|z| z.re).collect::<Vec<_>>())?,
        }])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let all = ins.iter().map(|m| batch_and_length(&m.shape).1).sum::<usize>();
        let unit = match ins[0].dtype {
            DType::F32 | DType::Complex64 => f64::powi(2.0, -24),
            _ => f64::powi(2.0, -52),
        };
        // Three transforms of lengths that are no powers of two, each 2·√log₂, and as much again for the rest.
        let l2 = 8.0 * unit * (all.max(2) as f64).log2().sqrt();
        Tolerance::Norm { l2, linf: 4.0 * l2 }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x, h], [y]) = (ins, outs) else {
            return Err(refused("takes two inputs and one output".into()));
        };
        let shape = self.shape(&x.meta(), &h.meta())?;
        if shape.batch == 0 {
            return Ok(());
        }
        match x.dtype() {
            DType::F32 => self.run::<f32>(cx, shape, x, h, y),
            DType::F64 => self.run::<f64>(cx, shape, x, h, y),
            DType::Complex64 => self.run::<Complex32>(cx, shape, x, h, y),
            _ => self.run::<Complex64>(cx, shape, x, h, y),
        }
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let [x, h] = ins else { return None };
        let single = matches!(x.dtype, DType::F32 | DType::Complex64);
        single.then(|| self.shape(x, h).and_then(|shape| self.plan(x, h, shape, caps)))
    }
}
