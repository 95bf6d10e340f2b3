//! # `fft/stft`
//!
//! ## What
//! The short-time Fourier transform of a real signal: the one-sided spectra of windowed frames, or their powers (the
//! spectrogram).
//!
//! ## Definition
//! Frame `i` is `x[i·hop .. i·hop + nperseg]`; there are `⌊(n − nperseg)/hop⌋ + 1` of them, none where the signal is
//! shorter than a frame, and nothing is padded. From each frame its mean (`detrend = "constant"`) or its line of least
//! squares (`"linear"`) is subtracted if asked for, then it is multiplied by the window `w` and transformed:
//! `y[i, k] = s · Σ_j w[j]·frame[j]·exp(−2πi·j·k/nperseg)` for `k = 0 … nperseg/2`. The factor `s` is 1 with
//! `scaling = "none"`, `1/Σw` with `"spectrum"` and `1/√(fs·Σw²)` with `"density"`.
//!
//! With `output = "power"` the result is `|y|²`, twice that for the bins that stand for their mirror images too (all but
//! 0 and, where nperseg is even, the last) unless `scaling = "none"`: `scipy.signal.spectrogram` in its two scalings.
//! `output = "complex"` is `scipy.signal.stft` with `boundary=None, padded=False`.
//!
//! ## Layout
//! In `float32` or `float64`, `[n]`; out `[frames, nperseg/2 + 1]`, `complex64` or `complex128`, or `float32` or `float64`
//! for powers. Missing values are refused. `float64` runs on the CPU only, unless the user asked for f32, and so does
//! `detrend`: a GPU's f32 would lose a small signal on a large offset.
//!
//! ## Accuracy
//! Complex: as [`crate::fft::rfft`], and one roundoff of the window's product. Powers: eight times that in the norm of a
//! frame, because the error of a small bin counts as much as that of the largest, whose own is doubled by the square.
//!
//! ## Cost
//! Reads the signal and writes the spectra once, where `hop ≤ nperseg`; a frame costs what `fft/rfft` does. On the CPU as many
//! frames as a vector has lanes are transformed at once, unless a trend is taken from them.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, fft::stft::{Output, Stft}};
//! let x = Array::from((0..64).map(|i| (i as f32 * std::f32::consts::FRAC_PI_4).sin()).collect::<Vec<_>>());
//! let k = Stft { output: Output::Power, ..Stft::new(16, 8) };
//! let io = k.infer(&[x.meta()])?;
//! assert_eq!(io.outs[0].shape, [7, 9]);
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! let y = y.finish(7)?;
//! let frame = &y.as_slice::<f32>()?[..9];
//! assert!((0..9).all(|k| frame[k] <= frame[2])); // an eighth of the sampling rate
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! J. Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform", IEEE Trans. ASSP
//! 25, 1977. G. Heinzel, A. Rüdiger, R. Schilling, "Spectrum and spectral density estimation by the DFT", 2002.

mod cases;
mod cpu;
mod gpu;
mod lanes;

use super::window::Window;
use super::{bound, flops, oracle, rfft::bins};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// What is subtracted from each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detrend {
    /// Nothing.
    #[default]
    None,
    /// Its mean.
    Constant,
    /// Its straight line of least squares.
    Linear,
}

/// What spectra are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scaling {
    /// Nothing.
    #[default]
    None,
    /// A tone has its amplitude's half, its power in V².
    Spectrum,
    /// Noise has its density, in V²/Hz as power.
    Density,
}

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The spectra.
    #[default]
    Complex,
    /// The squares of their amplitudes.
    Power,
}

/// The short-time Fourier transform.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stft {
    /// Numbers of a frame.
    pub nperseg: usize,
    /// Numbers from one frame's start to the next.
    pub hop: usize,
    /// What each frame is multiplied by.
    #[serde(default)]
    pub window: Window,
    /// What is subtracted from each frame.
    #[serde(default)]
    pub detrend: Detrend,
    /// What spectra are multiplied by.
    #[serde(default)]
    pub scaling: Scaling,
    /// Samples per unit of time, for densities.
    #[serde(default = "one")]
    pub fs: f64,
    /// What comes out.
    #[serde(default)]
    pub output: Output,
}

fn one() -> f64 {
    1.0
}

pub(super) const WINDOW: Param = Param {
    name: "window",
    kind: ParamKind::Toml,
    help: "hann, kaiser:8.6, …: SciPy's periodic windows [default: hann]",
};
pub(super) const FS: Param =
    Param { name: "fs", kind: ParamKind::Float, help: "samples per unit of time [default: 1]" };

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "fft/stft",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "spectra or powers of windowed frames of a signal",
    params: &[
        Param { name: "nperseg", kind: ParamKind::Int, help: "numbers of a frame" },
        Param { name: "hop", kind: ParamKind::Int, help: "numbers from one frame to the next" },
        WINDOW,
        Param {
            name: "detrend",
            kind: ParamKind::Choice(&["none", "constant", "linear"]),
            help: "what is subtracted from each frame [default: none]",
        },
        Param {
            name: "scaling",
            kind: ParamKind::Choice(&["none", "spectrum", "density"]),
            help: "what spectra are multiplied by [default: none]",
        },
        FS,
        Param {
            name: "output",
            kind: ParamKind::Choice(&["complex", "power"]),
            help: "spectra, or the squares of their amplitudes [default: complex]",
        },
    ],
    parse: |t| {
        let k = parse_params::<Stft>("fft/stft", t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Stft {
    /// Frames of `nperseg` numbers, one every `hop`, through a Hann window; nothing scaled.
    pub fn new(nperseg: usize, hop: usize) -> Self {
        Stft {
            nperseg,
            hop,
            window: Window::default(),
            detrend: Detrend::None,
            scaling: Scaling::None,
            fs: 1.0,
            output: Output::Complex,
        }
    }

    /// Frames of a signal of `n` numbers.
    pub fn frames(&self, n: usize) -> usize {
        if n < self.nperseg { 0 } else { (n - self.nperseg) / self.hop.max(1) + 1 }
    }

    fn check(&self) -> Result<()> {
        let why = match self {
            Stft { nperseg: 0, .. } => "nperseg must be at least 1".to_owned(),
            Stft { hop: 0, .. } => "hop must be at least 1".to_owned(),
            Stft { nperseg, hop, .. } if *nperseg.max(hop) > isize::MAX as usize => {
                "nperseg and hop must be below 2⁶³".to_owned()
            }
            Stft { fs, .. } if !(fs.is_finite() && *fs > 0.0) => format!("fs must be more than 0, not {fs}"),
            _ => return Ok(()),
        };
        Err(Error::Param { kernel: ENTRY.id.into(), why })
    }

    /// What spectra are multiplied by, with the window's values.
    fn factor(&self, window: &[f64]) -> f64 {
        match self.scaling {
            Scaling::None => 1.0,
            Scaling::Spectrum => 1.0 / window.iter().sum::<f64>(),
            Scaling::Density => 1.0 / (self.fs * window.iter().map(|w| w * w).sum::<f64>()).sqrt(),
        }
    }

    /// What the squared amplitudes of bin `k` are multiplied by.
    fn weight(&self, k: usize) -> f64 {
        let alone = k == 0 || 2 * k == self.nperseg;
        if self.scaling == Scaling::None || alone { 1.0 } else { 2.0 }
    }
}

impl Kernel for Stft {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let x = super::admit(ENTRY.id, ins, &[DType::F32, DType::F64])?;
        let [n] = *x.shape.as_slice() else {
            return Err(Error::Refused { kernel: ENTRY.id, why: format!("takes [n], got {:?}", x.shape) });
        };
        let dtype = match (x.dtype, self.output) {
            (DType::F32, Output::Complex) => DType::Complex64,
            (_, Output::Complex) => DType::Complex128,
            (real, Output::Power) => real,
        };
        let frames = self.frames(n);
        let y = Meta::new(dtype, [frames, bins(self.nperseg)]);
        y.check_size()?;
        let reach = Reach::Frames { size: self.nperseg, hop: self.hop };
        Ok(Io::new(ins, vec![y], reach).flops(flops(frames, self.nperseg) / 2))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = crate::real(&ins[0]);
        let (n, frames) = (self.nperseg, self.frames(x.len()));
        let window = if frames == 0 { Vec::new() } else { self.window.values(n) };
        let s = self.factor(&window);
        let mut wide = Vec::with_capacity(frames * n);
        for i in 0..frames {
            let mut frame = x[i * self.hop..][..n].to_vec();
            cpu::subtract(self.detrend, &mut frame);
            wide.extend(frame.iter().zip(&window).map(|(x, w)| Complex64::new(x * w, 0.0)));
        }
        let full = match ins[0].dtype() {
            // Twice as precise as the result is enough: see `oracle::wide`.
            DType::F32 => oracle::wide(&wide, n, false, s),
            _ => oracle::double(&wide, n, false, s),
        };
        let bins = bins(n);
        let y = full.chunks_exact(n).flat_map(|row| &row[..bins]).copied();
        let shape = [frames, bins];
        Ok(vec![match self.output {
            Output::Complex => Array::new(shape, y.collect::<Vec<_>>())?,
            Output::Power => {
                let power = y.enumerate().map(|(i, z)| z.norm_sqr() * self.weight(i % bins));
                Array::new(shape, power.collect::<Vec<f64>>())?
            }
        }])
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let Tolerance::Norm { l2, linf } = bound(ins[0].dtype, self.nperseg) else { return Tolerance::Exact };
        let unit = if ins[0].dtype == DType::F32 { f64::powi(2.0, -24) } else { f64::powi(2.0, -52) };
        let (l2, linf) = (l2 + unit, linf + 4.0 * unit);
        match self.output {
            Output::Complex => Tolerance::Norm { l2, linf },
            Output::Power => Tolerance::Norm { l2: 8.0 * l2, linf: 8.0 * linf },
        }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x], [y]) = (ins, outs) else {
            return Err(Error::Refused { kernel: ENTRY.id, why: "takes one input and one output".into() });
        };
        // Only a window that fits into the signal is made: its length comes from outside.
        if self.frames(x.rows()) == 0 {
            return Ok(());
        }
        match (x.dtype(), self.output) {
            (DType::F32, Output::Complex) => {
                cpu::complex(self, cx.level, x.as_slice::<f32>()?, y.as_mut_slice::<Complex32>()?)
            }
            (_, Output::Complex) => cpu::complex(self, cx.level, x.as_slice::<f64>()?, y.as_mut_slice::<Complex64>()?),
            (DType::F32, Output::Power) => cpu::power(self, cx.level, x.as_slice::<f32>()?, y.as_mut_slice()?),
            (_, Output::Power) => cpu::power(self, cx.level, x.as_slice::<f64>()?, y.as_mut_slice()?),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        (ins.first()?.dtype == DType::F32 && self.detrend == Detrend::None).then(|| self.plan(&ins[0], caps))
    }
}
