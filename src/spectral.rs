//! Spectra of signals of any length, frame by frame.

use crate::{Control, Error, Provenance, Result, Session};
use gapwave_columns::Chunk;
use gapwave_datasets::{Sink, Source};
use gapwave_kernels::fft::Stft;
use gapwave_kernels::fft::stft::Output;
use gapwave_kernels::real;

/// A power spectrum, averaged over frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Psd {
    /// Frequency of each bin, in cycles per unit of time.
    pub frequency: Vec<f64>,
    /// Mean power of each bin: V²/Hz with [`Scaling::Density`](gapwave_kernels::fft::stft::Scaling::Density), V² with
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

/// Sums of rows, in f64 with the roundoff carried along, so that a million frames are as good as ten.
#[derive(Default)]
struct Sums {
    sums: Vec<[f64; 2]>,
    rows: u64,
}

impl Sink for Sums {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        if chunk.rows() == 0 {
            return Ok(());
        }
        let width = chunk.cols[0].shape().get(1).copied().unwrap_or(1).max(1);
        self.sums.resize(width, [0.0; 2]);
        for row in real(&chunk.cols[0]).chunks_exact(width) {
            for ([sum, lost], x) in self.sums.iter_mut().zip(row) {
                // Kahan's summation.
                let y = x - *lost;
                let t = *sum + y;
                *lost = (t - *sum) - y;
                *sum = t;
            }
        }
        self.rows += chunk.rows() as u64;
        Ok(())
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        Ok(())
    }
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
    let mut sums = Sums::default();
    let provenance = session.drive(&kernel, source, &[column], &mut sums, control)?;
    if sums.rows == 0 {
        return Err(Error::Usage(format!(
            "the signal has {} values, a frame has {}: frames must be shorter",
            provenance.rows, frames.nperseg
        )));
    }
    let power: Vec<f64> = sums.sums.iter().map(|[sum, _]| sum / sums.rows as f64).collect();
    if let Some(bin) = power.iter().position(|p| !p.is_finite()) {
        let why =
            format!("bin {bin} is {}: the signal has values that are no numbers; fill the gaps first", power[bin]);
        return Err(Error::Usage(why));
    }
    let step = frames.fs / frames.nperseg as f64;
    let frequency = (0..power.len()).map(|k| k as f64 * step).collect();
    Ok((Psd { frequency, power, frames: sums.rows }, provenance))
}
