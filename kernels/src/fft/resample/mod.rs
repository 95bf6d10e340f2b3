//! # `fft/resample`
//!
//! ## What
//! A real signal of `n` numbers as one of `num` numbers over the same time, by its spectrum: `scipy.signal.resample`.
//!
//! ## Definition
//! Along the last axis, with `X` the discrete Fourier transform of `x` and `m = min(n, num)`,
//! `y[j] = 1/n · Σ_{|k| < m/2} X[k]·exp(2πi·j·k/num)`, and where m is even and `num ≠ n` the term of the frequency `m/2`
//! besides: `X[m/2]·cos(π·j·m/num)`, which a longer result has in full and a shorter one, where the two bins of that
//! frequency meet in one, as `2·Re X[m/2]·cos(π·j)`. The signal is taken as one period; there is no window and nothing
//! is padded. `num = n` gives `x` itself.
//!
//! ## Layout
//! In `float32` or `float64`, `[n]` or `[batch, n]` with one signal a row; out the same type, `[num]` or `[batch, num]`.
//! A signal of no numbers has no period and is refused, and so are missing values. `float64` runs on the CPU only,
//! unless the user asked for f32.
//!
//! ## Accuracy
//! As [`crate::fft::c2c`] of both lengths together, that of the first times `2·√(n/num)` where the result is shorter: for
//! noise, of which that much is left out, and for the bin that two meet in. It is relative to the signal: where nearly all
//! of that is in frequencies that are left out, its roundoff is what remains.
//!
//! ## Cost
//! Reads and writes each number once; a real transform of length n and an inverse one of length `num`.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::resample::Resample};
//! let x = Array::from(vec![1.0f64, -1.0, 1.0, -1.0]);
//! let k = Resample::new(8)?;
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! let y = y.finish(8)?;
//! let wave = [1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0];
//! assert!(y.as_slice::<f64>()?.iter().zip(wave).all(|(y, w)| (y - w).abs() < 1e-15));
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! R. Schafer, L. Rabiner, "A digital signal processing approach to interpolation", Proc. IEEE 61, 1973.
//! `scipy.signal.resample`, for the unpaired bin.

mod cases;
mod cpu;
mod gpu;

use super::blocks::{reach_of, rows_of};
use super::{admit, batch_and_length, bound, flops, oracle};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// A signal of another number of samples over the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resample {
    /// Numbers of a result, at least 1.
    pub num: usize,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/resample",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "a periodic signal with another number of samples, by its spectrum",
    params: &[Param { name: "num", kind: ParamKind::Int, help: "numbers of the result" }],
    parse: |t| {
        let k = parse_params::<Resample>("fft/resample", t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

/// What becomes of the bins of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Crop {
    /// Bins taken; those beyond are left out or zero.
    keep: usize,
    /// The bin that was or becomes its own mirror image, if there is one, and its factor.
    pair: Option<(usize, f64)>,
}

impl Resample {
    /// Results of `num` numbers.
    ///
    /// # Errors
    /// Where `num` is 0.
    pub fn new(num: usize) -> Result<Self> {
        let k = Resample { num };
        k.check()?;
        Ok(k)
    }

    fn check(&self) -> Result<()> {
        match self.num {
            0 => Err(Error::Param { kernel: ENTRY.id.into(), why: "num must be at least 1".into() }),
            _ => Ok(()),
        }
    }

    fn crop(&self, n: usize) -> Crop {
        let m = n.min(self.num);
        // Longer: the bin is split in two. Shorter: two bins meet in one.
        let factor = if self.num > n { 0.5 } else { 2.0 };
        Crop { keep: m / 2 + 1, pair: (m % 2 == 0 && self.num != n).then_some((m / 2, factor)) }
    }
}

impl Kernel for Resample {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let x = admit(ENTRY.id, ins, &[DType::F32, DType::F64])?;
        let (batch, n) = batch_and_length(&x.shape);
        if n == 0 {
            return Err(Error::Refused { kernel: ENTRY.id, why: "a signal of no numbers cannot be resampled".into() });
        }
        let y = rows_of(x, x.dtype, self.num)?;
        Ok(Io::new(ins, vec![y], reach_of(x)).flops(flops(batch, n) / 2 + flops(batch, self.num) / 2))
    }

    /// The definition with both halves of the spectrum.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let (x, num) = (&ins[0], self.num);
        let (_, n) = batch_and_length(x.shape());
        let wide: Vec<_> = crate::real(x).into_iter().map(|re| Complex64::new(re, 0.0)).collect();
        let dft = match x.dtype() {
            DType::F32 => oracle::wide,
            _ => oracle::double,
        };
        let m = n.min(num);
        let other = |row: &[Complex64]| {
            let mut y = vec![Complex64::new(0.0, 0.0); num];
            // Frequencies below m/2, both signs; then those at m/2, which have half of an unpaired bin each.
            y[0] = row[0];
            for k in 1..m.div_ceil(2) {
                y[k] = row[k];
                y[num - k] = row[n - k];
            }
            if m > 0 && m % 2 == 0 {
                let half = if n == m { 0.5 } else { 1.0 };
                y[m / 2] += row[m / 2] * half;
                y[num - m / 2] += row[n - m / 2] * half;
            }
            y
        };
        let spectra: Vec<_> = dft(&wide, n, false, 1.0).chunks_exact(n).flat_map(other).collect();
        let y: Vec<f64> = dft(&spectra, num, true, 1.0 / n as f64).iter().map(|z| z.re).collect();
        let mut shape = x.shape().to_vec();
        if let Some(last) = shape.last_mut() {
            *last = num;
        }
        Ok(vec![Array::new(shape, y)?])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let (_, n) = batch_and_length(&ins[0].shape);
        let [there, back] = [n, self.num].map(|n| match bound(ins[0].dtype, n) {
            Tolerance::Norm { l2, .. } => l2,
            _ => 0.0,
        });
        let left_out = if self.num < n { 2.0 * (n as f64 / self.num as f64).sqrt() } else { 1.0 };
        let l2 = left_out * there + back;
        Tolerance::Norm { l2, linf: 4.0 * l2 }
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
