//! # `fft/istft`
//!
//! ## What
//! A real signal from its short-time Fourier transform: the inverse of [`crate::fft::stft`] with complex output.
//!
//! ## Definition
//! Frame `i` is the inverse real transform of row `i`, `f_i = s⁻¹ · irfft(z[i], nperseg)`, with the factor `s` that
//! `fft/stft` has for the same scaling: 1 with `"none"`, `1/Σw` with `"spectrum"`, `1/√(fs·Σw²)` with `"density"`. Frames are
//! windowed once more and added where they lie, and the sum is divided by that of the squared windows:
//!
//! `x[t] = Σ_i w[t − i·hop]·f_i[t − i·hop] / Σ_i w[t − i·hop]²` over the frames that reach `t`
//!
//! (D. Griffin, J. Lim), which of all signals is the one whose transform is nearest to `z`. Near the ends, where few frames
//! reach, the divisor may vanish; it is left out where it is 1e-10 or less, so that `x` is what `fft/stft` saw wherever it is
//! more. This is `scipy.signal.istft` with `input_onesided=True, boundary=False`. A window and a hop under which the
//! divisor, far from the ends, is 1e-10 or less anywhere (SciPy's `check_NOLA`) are refused: what lies there is lost.
//!
//! The imaginary parts of bin 0 and, where nperseg is even, of the last one are taken as 0. A NaN or infinity in a row of `z`
//! reaches all numbers of its frame.
//!
//! ## Layout
//! In `complex64` or `complex128`, `[frames, nperseg/2 + 1]`; out `float32` or `float64`, `[(frames − 1)·hop + nperseg]`, and
//! nothing for no frames. Another number of bins is refused, and so are missing values. `complex128` runs on the CPU only,
//! unless the user asked for f32, and so do frames of which more than 32,768 reach one number. Never cut into chunks: frames overlap in what comes out.
//!
//! ## Accuracy
//! As [`crate::fft::irfft`], and some roundoffs of the sums, in the norm of the result. Near the ends an error is as many times
//! larger as the window is small there.
//!
//! ## Cost
//! Reads the spectra and writes the signal once; a frame costs what `fft/irfft` does.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::{Istft, Stft}};
//! let run = |k: &dyn Kernel, x: &Array| -> Result<Array, gapwave_kernels::Error> {
//!     let io = k.infer(&[x.meta()])?;
//!     let mut y = ArrayMut::zeros(&io.outs[0])?;
//!     k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//!     Ok(y.finish(io.outs[0].rows())?)
//! };
//! let x = Array::from((0..64).map(|i| (i % 7) as f32).collect::<Vec<_>>());
//! let back = run(&Istft::new(16, 8), &run(&Stft::new(16, 8), &x)?)?;
//! let pairs = x.as_slice::<f32>()?.iter().zip(back.as_slice::<f32>()?);
//! assert!(pairs.skip(1).all(|(a, b)| (a - b).abs() < 1e-4)); // a Hann window begins with 0
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! D. Griffin, J. Lim, "Signal estimation from modified short-time Fourier transform", IEEE Trans. ASSP 32, 1984.
//! `scipy.signal.istft`, `check_NOLA`.

mod cases;
mod cpu;
mod gpu;
mod weights;

use super::stft::{FS, Scaling, Stft, WINDOW};
use super::window::Window;
use super::{Irfft, bound, flops, rfft::bins};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// The inverse short-time Fourier transform.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Istft {
    /// Numbers of a frame.
    pub nperseg: usize,
    /// Numbers from one frame's start to the next; `nperseg` or fewer.
    pub hop: usize,
    /// What each frame was multiplied by.
    #[serde(default)]
    pub window: Window,
    /// What spectra were multiplied by.
    #[serde(default)]
    pub scaling: Scaling,
    /// Samples per unit of time, for densities.
    #[serde(default = "one")]
    pub fs: f64,
}

fn one() -> f64 {
    1.0
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/istft",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "a signal from the spectra of its windowed frames",
    params: &[
        Param { name: "nperseg", kind: ParamKind::Int, help: "numbers of a frame" },
        Param { name: "hop", kind: ParamKind::Int, help: "numbers from one frame to the next, nperseg or fewer" },
        WINDOW,
        Param {
            name: "scaling",
            kind: ParamKind::Choice(&["none", "spectrum", "density"]),
            help: "what spectra were multiplied by [default: none]",
        },
        FS,
    ],
    parse: |t| {
        let k = parse_params::<Istft>("fft/istft", t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

/// Most frames that reach one number on a GPU, where loops are limited.
const MOST: usize = 1 << 15;
/// Longest window that is made before there is data of its length.
const CHECKED: usize = 1 << 16;

impl Istft {
    /// Frames of `nperseg` numbers, one every `hop`, through a Hann window; nothing scaled.
    pub fn new(nperseg: usize, hop: usize) -> Self {
        Istft { nperseg, hop, window: Window::default(), scaling: Scaling::None, fs: 1.0 }
    }

    /// The transform whose inverse this is.
    pub fn forward(&self) -> Stft {
        let Istft { nperseg, hop, window, scaling, fs } = *self;
        Stft { window, scaling, fs, ..Stft::new(nperseg, hop) }
    }

    /// Numbers of a signal of that many frames, if they can be counted.
    pub fn length(&self, frames: usize) -> Option<usize> {
        match frames.checked_sub(1) {
            None => Some(0),
            Some(steps) => steps.checked_mul(self.hop)?.checked_add(self.nperseg),
        }
    }

    fn param(&self, why: String) -> Error {
        Error::Param { kernel: ENTRY.id.into(), why }
    }

    fn check(&self) -> Result<()> {
        let Istft { nperseg, hop, fs, .. } = *self;
        let why = if nperseg == 0 {
            "nperseg must be at least 1".to_owned()
        } else if nperseg > isize::MAX as usize {
            "nperseg must be below 2⁶³".to_owned()
        } else if hop == 0 || hop > nperseg {
            format!("hop must be 1 to nperseg ({nperseg}), not {hop}: nothing is known of what no frame reaches")
        } else if !(fs.is_finite() && fs > 0.0) {
            format!("fs must be more than 0, not {fs}")
        } else if nperseg <= CHECKED {
            return self.overlap(&self.window.values(nperseg));
        } else {
            return Ok(());
        };
        Err(self.param(why))
    }

    /// The error of a window and a hop that lose numbers.
    fn overlap(&self, window: &[f64]) -> Result<()> {
        let Some(at) = weights::lost(window, self.hop) else { return Ok(()) };
        Err(self.param(format!(
            "the squares of {} windows of {} every {} add up to nothing at number {at} of each hop: take a smaller hop \
             or a window without zeros",
            self.window, self.nperseg, self.hop
        )))
    }

    /// What frames are multiplied by beside the window, with its values.
    fn factor(&self, window: &[f64]) -> f64 {
        match self.scaling {
            Scaling::None => 1.0,
            Scaling::Spectrum => window.iter().sum(),
            Scaling::Density => (self.fs * window.iter().map(|w| w * w).sum::<f64>()).sqrt(),
        }
    }
}

impl Kernel for Istft {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let z = super::admit(ENTRY.id, ins, &[DType::Complex64, DType::Complex128])?;
        let refused = |why: String| Err(Error::Refused { kernel: ENTRY.id, why });
        let [frames, given] = *z.shape.as_slice() else {
            return refused(format!("takes [frames, bins], got {:?}", z.shape));
        };
        if given != bins(self.nperseg) {
            return refused(format!("frames of {} have {} bins, got {given}", self.nperseg, bins(self.nperseg)));
        }
        let dtype = if z.dtype == DType::Complex64 { DType::F32 } else { DType::F64 };
        let Some(n) = self.length(frames) else {
            return refused(format!("{frames} frames every {} are more than can be addressed", self.hop));
        };
        let x = Meta::new(dtype, [n]);
        x.check_size()?;
        Ok(Io::new(ins, vec![x], Reach::Whole).flops(flops(frames, self.nperseg) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let z = &ins[0];
        let (n, frames) = (self.nperseg, z.rows());
        if frames == 0 {
            return Ok(vec![Array::from(Vec::<f64>::new())]);
        }
        // The inverse transform has its own oracle.
        let rows = Irfft { n: Some(n), ..Irfft::default() }.oracle(ins)?.swap_remove(0).into_vec::<f64>()?;
        let window = self.window.values(n);
        let factor = self.factor(&window);
        let total = (frames - 1) * self.hop + n;
        let (mut sum, mut squares) = (vec![0.0; total], vec![0.0; total]);
        for (i, row) in rows.chunks_exact(n).enumerate() {
            for (j, w) in window.iter().enumerate() {
                sum[i * self.hop + j] += row[j] * factor * w;
                squares[i * self.hop + j] += w * w;
            }
        }
        let divided = sum.iter().zip(&squares).map(|(s, q)| if *q > weights::LEAST { s / q } else { *s });
        Ok(vec![Array::from(divided.collect::<Vec<f64>>())])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let real = if ins[0].dtype == DType::Complex64 { DType::F32 } else { DType::F64 };
        let Tolerance::Norm { l2, linf } = bound(real, self.nperseg) else { return Tolerance::Exact };
        let unit = if real == DType::F32 { f64::powi(2.0, -24) } else { f64::powi(2.0, -52) };
        // The window, the sum of so many frames, the divisor. The largest number of a long signal is not much larger than
        // others, but so is the largest error.
        let overlap = self.nperseg.div_ceil(self.hop.max(1)) as f64;
        let l2 = 2.0 * l2 + unit * (2.0 + overlap.sqrt());
        Tolerance::Norm { l2, linf: 4.0 * linf.max(4.0 * l2) }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([z], [x]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        // Only a window that there is data for is made: its length comes from outside.
        if z.rows() == 0 {
            return Ok(());
        }
        let window = self.window.values(self.nperseg);
        self.overlap(&window)?;
        match z.dtype() {
            DType::Complex64 => cpu::run::<f32>(self, cx.level, &window, z.as_slice::<Complex32>()?, x.as_mut_slice()?),
            _ => cpu::run::<f64>(self, cx.level, &window, z.as_slice::<Complex64>()?, x.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let overlap = self.nperseg.div_ceil(self.hop.max(1));
        (ins.first()?.dtype == DType::Complex64 && overlap <= MOST).then(|| self.plan(&ins[0], caps))
    }
}
