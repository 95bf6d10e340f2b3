//! Spectra of two signals together.

use super::sums::Sums;
use super::{finite, frequencies, some_frames};
use crate::{Control, Provenance, Result, Session};
use gapwave_columns::{Array, Chunk, Complex32, Complex64, DType, Meta, Out, View};
use gapwave_datasets::{Sink, Source};
use gapwave_kernels::fft::Stft;
use gapwave_kernels::fft::stft::{Output, Scaling};
use gapwave_kernels::{Class, Cpu, Entry, Error as Refusal, Io, Kernel, Tolerance, parse_params};

type Refused<T> = gapwave_kernels::Result<T>;

/// The spectra of the frames of two signals, side by side: `fft/stft` for each.
#[derive(Debug, Clone, Copy)]
struct Both(Stft);

static ENTRY: Entry = Entry {
    id: "spectral/csd",
    version: 1,
    class: Class::Tolerant,
    part: true,
    help: "spectra of windowed frames of two signals",
    params: &[],
    parse: |t| Ok(Box::new(Both(parse_params("spectral/csd", t)?))),
    cases: Vec::new,
    bench: |_| Vec::new(),
};

fn two<T>(all: &[T]) -> Refused<[&T; 2]> {
    match all {
        [x, y] => Ok([x, y]),
        _ => Err(Refusal::Refused { kernel: ENTRY.id, why: format!("takes two signals, got {}", all.len()) }),
    }
}

impl Kernel for Both {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        self.0.params()
    }

    fn infer(&self, ins: &[Meta]) -> Refused<Io> {
        let [x, y] = two(ins)?.map(|meta| self.0.infer(std::slice::from_ref(meta)));
        let (x, y) = (x?, y?);
        let flops = x.cost.flops + y.cost.flops;
        Ok(Io::new(ins, x.outs.into_iter().chain(y.outs).collect(), x.reach).flops(flops))
    }

    fn oracle(&self, ins: &[Array]) -> Refused<Vec<Array>> {
        let [x, y] = two(ins)?.map(|a| self.0.oracle(std::slice::from_ref(a)));
        Ok(x?.into_iter().chain(y?).collect())
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        self.0.tolerance(ins)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Refused<()> {
        for (x, y) in ins.iter().zip(outs) {
            self.0.cpu(cx, std::slice::from_ref(x), std::slice::from_mut(y))?;
        }
        Ok(())
    }
}

/// The products of two signals' spectra on their way into a mean: powers of both, real and imaginary part.
struct Products(Sums<4>);

/// The products of a bin.
fn products(x: Complex64, y: Complex64) -> [f64; 4] {
    let xy = x.conj() * y;
    [x.norm_sqr(), y.norm_sqr(), xy.re, xy.im]
}

trait Wide: Copy + Sync {
    fn wide(self) -> Complex64;
}

impl Wide for Complex32 {
    fn wide(self) -> Complex64 {
        Complex64::new(self.re.into(), self.im.into())
    }
}

impl Wide for Complex64 {
    fn wide(self) -> Complex64 {
        self
    }
}

impl Products {
    fn add<X: Wide, Y: Wide>(&mut self, width: usize, x: &[X], y: &[Y]) {
        self.0.add(x.len() / width.max(1), width, |row, bin, sums| {
            let from = row * width + bin;
            for ((sum, x), y) in sums.iter_mut().zip(&x[from..]).zip(&y[from..]) {
                let made = products(x.wide(), y.wide());
                sum.iter_mut().zip(made).for_each(|(sum, p)| *sum += p);
            }
        });
    }
}

impl Sink for Products {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        let [x, y] = chunk.cols.as_slice() else { return Ok(()) };
        let width = x.shape().get(1).copied().unwrap_or(1);
        match (x.dtype(), y.dtype()) {
            (DType::Complex64, DType::Complex64) => {
                self.add::<Complex32, Complex32>(width, x.as_slice()?, y.as_slice()?);
            }
            (DType::Complex64, _) => self.add::<Complex32, Complex64>(width, x.as_slice()?, y.as_slice()?),
            (_, DType::Complex64) => self.add::<Complex64, Complex32>(width, x.as_slice()?, y.as_slice()?),
            _ => self.add::<Complex64, Complex64>(width, x.as_slice()?, y.as_slice()?),
        }
        Ok(())
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        Ok(())
    }
}

/// The spectra of two signals and of both together, averaged over frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Cross {
    /// Frequency of each bin, in cycles per unit of time.
    pub frequency: Vec<f64>,
    /// Mean of `conj(X)·Y`: its phase is that of the second signal less that of the first. In V²/Hz with
    /// [`Scaling::Density`](gapwave_kernels::fft::stft::Scaling::Density), in V² with `Spectrum`.
    pub csd: Vec<Complex64>,
    /// Mean power of the first signal.
    pub first: Vec<f64>,
    /// Mean power of the second signal.
    pub second: Vec<f64>,
    /// Frames that were averaged.
    pub frames: u64,
}

impl Cross {
    /// The part of each bin's power, from 0 to 1, that a linear filter could make of the other signal:
    /// `|csd|² / (first·second)`. NaN, as SciPy's, where one of them has no power. Of a single frame it is 1 everywhere.
    pub fn coherence(&self) -> Vec<f64> {
        let powers = self.first.iter().zip(&self.second);
        // Divided one after the other, as their product may be too small for a number.
        self.csd.iter().zip(powers).map(|(z, (x, y))| z.norm_sqr() / x / y).collect()
    }
}

/// How far two signals go together, frequency by frequency.
#[derive(Debug, Clone, PartialEq)]
pub struct Coherence {
    /// Frequency of each bin, in cycles per unit of time.
    pub frequency: Vec<f64>,
    /// From 0 to 1; NaN where one of the signals has no power.
    pub values: Vec<f64>,
    /// Frames that were averaged.
    pub frames: u64,
}

/// The cross spectral density of two columns of a source by Welch's method, and the powers of both, as
/// `scipy.signal.csd` has it. The columns are `float32` or `float64` `[n]`; they stream, whatever their length.
/// `frames` says how they are cut, windowed and scaled; its `output` does not matter. It runs on the CPU.
///
/// # Example
/// ```
/// use gapwave::kernels::fft::{Stft, stft::Scaling};
/// use gapwave::{Array, Chunk, Control, Session, datasets::MemorySource, spectral::csd};
/// let wave = |phase: f64| move |i: i32| (f64::from(i) * std::f64::consts::TAU / 8.0 + phase).sin();
/// let (a, b) = ((0..4096).map(wave(0.0)).collect::<Vec<_>>(), (0..4096).map(wave(0.5)).collect::<Vec<_>>());
/// let mut source = MemorySource::new(Chunk::new([("a", Array::from(a)), ("b", Array::from(b))])?);
/// let frames = Stft { scaling: Scaling::Spectrum, ..Stft::new(256, 128) };
/// let (cross, _) = csd(&Session::cpu()?, &mut source, [0, 1], &frames, &Control::new())?;
/// assert!((cross.csd[32].arg() - 0.5).abs() < 1e-9); // the second is half a radian ahead
/// assert!((cross.coherence()[32] - 1.0).abs() < 1e-9);
/// # Ok::<(), gapwave::Error>(())
/// ```
///
/// # Errors
/// Where there are no such columns, they have gaps or are shorter than a frame, and those of [`Session::drive`].
///
/// # References
/// G. Carter, C. Knapp, A. Nuttall, "Estimation of the magnitude-squared coherence function via overlapped fast Fourier
/// transform processing", IEEE Trans. Audio Electroacoust. 21, 1973.
pub fn csd(
    session: &Session,
    source: &mut dyn Source,
    columns: [usize; 2],
    frames: &Stft,
    control: &Control,
) -> Result<(Cross, Provenance)> {
    let kernel = Both(Stft { output: Output::Complex, ..*frames });
    let mut products = Products(Sums::new(session));
    let provenance = session.drive(&kernel, source, &columns, &mut products, control)?;
    let count = products.0.rows();
    some_frames(count, provenance.rows, frames.nperseg)?;
    let sums = products.0.finish();
    finite(sums.iter().flatten().copied())?;
    let bins = sums.len();
    let mean = |bin: usize, part: usize| {
        let sides = if bin == 0 || 2 * bin == frames.nperseg || frames.scaling == Scaling::None { 1.0 } else { 2.0 };
        sides * sums[bin][part] / count as f64
    };
    let cross = Cross {
        frequency: frequencies(bins, frames.nperseg, frames.fs),
        csd: (0..bins).map(|k| Complex64::new(mean(k, 2), mean(k, 3))).collect(),
        first: (0..bins).map(|k| mean(k, 0)).collect(),
        second: (0..bins).map(|k| mean(k, 1)).collect(),
        frames: count,
    };
    Ok((cross, provenance))
}

/// The magnitude-squared coherence of two columns of a source, as `scipy.signal.coherence` has it; [`csd`] says what they
/// may be.
///
/// # Errors
/// Those of [`csd`].
pub fn coherence(
    session: &Session,
    source: &mut dyn Source,
    columns: [usize; 2],
    frames: &Stft,
    control: &Control,
) -> Result<(Coherence, Provenance)> {
    let (cross, provenance) = csd(session, source, columns, frames, control)?;
    let values = cross.coherence();
    Ok((Coherence { frequency: cross.frequency, values, frames: cross.frames }, provenance))
}
