//! Spectra of signals of any length, frame by frame: of one ([`welch`], [`periodogram`]), of two together ([`csd`],
//! [`coherence`]).

mod cross;
mod sums;
mod tempo;

pub use cross::{Coherence, Cross, coherence, csd};
pub use tempo::{Alternate, Envelope, Tempo, TempoSearch, tempo};

use crate::{Control, Error, Provenance, Result, Session};
use gapwave_columns::{Array, Chunk, DType};
use gapwave_datasets::{Sink, Source};
use gapwave_kernels::fft::stft::{Detrend, Output, Scaling};
use gapwave_kernels::fft::{Stft, Window};
use gapwave_kernels::real;
use sums::Sums;

/// A power spectrum, averaged over frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Psd {
    /// Frequency of each bin, in cycles per unit of time.
    pub frequency: Vec<f64>,
    /// Mean power of each bin: V²/Hz with [`Scaling::Density`], V² with
    /// `Spectrum`.
    pub power: Vec<f64>,
    /// Frames that were averaged.
    pub frames: u64,
}

impl Psd {
    /// The bin of the most power, that of the mean aside.
    pub fn peak(&self) -> Option<usize> {
        (1..self.power.len()).max_by(|&a, &b| self.power[a].total_cmp(&self.power[b]))
    }
}

/// Frames' powers on their way into a mean.
struct Powers(Sums<1>);

impl Sink for Powers {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        let Some(powers) = chunk.cols.first() else { return Ok(()) };
        let (rows, width) = (powers.rows(), powers.shape().get(1).copied().unwrap_or(1));
        match powers.dtype() {
            DType::F32 => {
                let all = powers.as_slice::<f32>()?;
                self.0.add(rows, width, |row, bin, sums| {
                    let from = &all[row * width + bin..];
                    sums.iter_mut().zip(from).for_each(|([sum], x)| *sum += f64::from(*x));
                });
            }
            _ => {
                let all = powers.as_slice::<f64>()?;
                self.0.add(rows, width, |row, bin, sums| {
                    let from = &all[row * width + bin..];
                    sums.iter_mut().zip(from).for_each(|([sum], x)| *sum += x);
                });
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        Ok(())
    }
}

/// That no number of a spectrum is none.
fn finite(spectrum: impl IntoIterator<Item = f64>) -> Result<()> {
    match spectrum.into_iter().enumerate().find(|(_, p)| !p.is_finite()) {
        None => Ok(()),
        Some((bin, p)) => Err(Error::Usage(format!(
            "bin {bin} is {p}: the signal has values that are no numbers, or too large ones; fill the gaps first"
        ))),
    }
}

/// That there were frames.
fn some_frames(frames: u64, values: u64, nperseg: usize) -> Result<()> {
    if frames > 0 {
        return Ok(());
    }
    Err(Error::Usage(format!("the signal has {values} values, a frame has {nperseg}: frames must be shorter")))
}

/// The frequencies of the bins of frames.
fn frequencies(bins: usize, nperseg: usize, fs: f64) -> Vec<f64> {
    let step = fs / nperseg as f64;
    (0..bins).map(|k| k as f64 * step).collect()
}

/// The mean power of the frames of a signal: Welch's method, as `scipy.signal.welch` and `csd` have it with
/// `average="mean"`. `column` of the source is the signal, `float32` or `float64` `[n]`; it streams, whatever its length.
/// `frames` says how it is cut, windowed and scaled; its `output` does not matter.
///
/// # Example
/// ```
/// use gapwave::kernels::fft::{Stft, stft::{Detrend, Scaling}};
/// use gapwave::{Array, Chunk, Control, Session, datasets::MemorySource, spectral::welch};
/// let x: Vec<f64> = (0..4096).map(|i| (i as f64 * std::f64::consts::TAU / 8.0).sin()).collect();
/// let mut source = MemorySource::new(Chunk::new([("x", Array::from(x))])?);
/// let frames = Stft { fs: 48.0, scaling: Scaling::Density, detrend: Detrend::Constant, ..Stft::new(256, 128) };
/// let (psd, _) = welch(&Session::cpu()?, &mut source, 0, &frames, &Control::new())?;
/// assert_eq!(psd.frequency[psd.peak().unwrap()], 6.0); // an eighth of 48
/// # Ok::<(), gapwave::Error>(())
/// ```
///
/// # Errors
/// Where there is no such column, it has gaps or is shorter than a frame, and those of [`Session::drive`].
///
/// # References
/// P. Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE Trans. Audio Electroacoust. 15,
/// 1967.
pub fn welch(
    session: &Session,
    source: &mut dyn Source,
    column: usize,
    frames: &Stft,
    control: &Control,
) -> Result<(Psd, Provenance)> {
    let kernel = Stft { output: Output::Power, ..*frames };
    let mut powers = Powers(Sums::new(session));
    let provenance = session.drive(&kernel, source, &[column], &mut powers, control)?;
    let count = powers.0.rows();
    some_frames(count, provenance.rows, frames.nperseg)?;
    let power: Vec<f64> = powers.0.finish().iter().map(|[sum]| sum / count as f64).collect();
    finite(power.iter().copied())?;
    let frequency = frequencies(power.len(), frames.nperseg, frames.fs);
    Ok((Psd { frequency, power, frames: count }, provenance))
}

/// How [`periodogram`] takes a signal; the default is SciPy's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Periodogram {
    /// What the signal is multiplied by.
    pub window: Window,
    /// What is subtracted from it before.
    pub detrend: Detrend,
    /// What its powers are multiplied by.
    pub scaling: Scaling,
    /// Samples per unit of time.
    pub fs: f64,
}

impl Default for Periodogram {
    fn default() -> Self {
        let (window, detrend) = (Window::Boxcar, Detrend::Constant);
        Periodogram { window, detrend, scaling: Scaling::Density, fs: 1.0 }
    }
}

/// The power of a whole signal as one frame, `float32` or `float64` `[n]`: `scipy.signal.periodogram`. It has the finest
/// resolution there is, `fs/n`, and its noise does not become less with more samples: for that there is [`welch`]. All of
/// the signal is in memory.
///
/// # Example
/// ```
/// use gapwave::{Array, Session, spectral::{Periodogram, periodogram}};
/// let x: Vec<f64> = (0..1000).map(|i| (i as f64 * std::f64::consts::TAU / 8.0).sin()).collect();
/// let (psd, _) = periodogram(&Session::cpu()?, &Array::from(x), &Periodogram::default())?;
/// assert_eq!((psd.frequency[psd.peak().unwrap()], psd.frames), (0.125, 1));
/// # Ok::<(), gapwave::Error>(())
/// ```
///
/// # Errors
/// Where the signal is empty or has gaps, and those of [`Session::run`].
///
/// # References
/// A. Schuster, "On the investigation of hidden periodicities", Terrestrial Magnetism 3, 1898.
pub fn periodogram(session: &Session, signal: &Array, how: &Periodogram) -> Result<(Psd, Provenance)> {
    let n = signal.rows();
    if n == 0 {
        return Err(Error::Usage("the signal has no values, and so no periodogram".into()));
    }
    let Periodogram { window, detrend, scaling, fs } = *how;
    let kernel = Stft { window, detrend, scaling, fs, output: Output::Power, ..Stft::new(n, n) };
    let output = session.run(&kernel, signal)?;
    let power = real(output.array());
    finite(power.iter().copied())?;
    let frequency = frequencies(power.len(), n, fs);
    Ok((Psd { frequency, power, frames: 1 }, output.provenance().clone()))
}
