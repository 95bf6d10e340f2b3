//! How a signal is cut into frames, as options.

use crate::cli::failure::Failure;
use gapwave_kernels::fft::stft::{Detrend, Scaling, Stft};
use gapwave_kernels::fft::window::Window;

#[derive(clap::Args, Debug)]
pub(super) struct FrameArgs {
    /// Rows per unit of time; frequencies are in cycles per that unit. A ratio is taken too: 365.25/7 for weeks of years
    /// [default: that of the file where it has one, as sound does, else 1]
    #[arg(long, value_name = "FS", value_parser = super::parse_ratio, allow_negative_numbers = true)]
    pub(super) fs: Option<f64>,
    /// Rows of a frame: longer ones tell closer frequencies apart, there are more of shorter ones
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(super) nperseg: usize,
    /// Rows that a frame shares with the next [default: half of a frame]
    #[arg(long, value_name = "N")]
    noverlap: Option<usize>,
    /// boxcar, bartlett, cosine, hann, hamming, blackman, nuttall, blackmanharris, flattop, tukey:A, kaiser:B, gaussian:S
    #[arg(long, value_name = "WINDOW", default_value = "hann")]
    window: Window,
    /// What is subtracted from each frame
    #[arg(long, value_name = "TREND", default_value = "constant", value_parser = ["none", "constant", "linear"])]
    detrend: String,
    /// density: power per unit of frequency, for noise; spectrum: power, for tones
    #[arg(long, value_name = "SCALING", default_value = "density", value_parser = ["density", "spectrum"])]
    pub(super) scaling: String,
}

/// Longest frame: a table of its bins would have tens of millions of columns.
const LONGEST: usize = 1 << 26;

impl FrameArgs {
    /// The frames, at a rate that is not known yet.
    pub(super) fn kernel(&self) -> Result<Stft, Failure> {
        let nperseg = self.nperseg;
        let overlap = self.noverlap.unwrap_or(nperseg / 2);
        if nperseg == 0 || overlap >= nperseg {
            let why = format!("--noverlap {overlap} must be less than --nperseg {nperseg}, and that at least 1");
            return Err(Failure::usage(why));
        }
        if nperseg > LONGEST {
            return Err(Failure::usage(format!("--nperseg {nperseg}: frames of at most {LONGEST} rows are taken")));
        }
        let detrend = match self.detrend.as_str() {
            "linear" => Detrend::Linear,
            "constant" => Detrend::Constant,
            _ => Detrend::None,
        };
        let scaling = if self.scaling == "spectrum" { Scaling::Spectrum } else { Scaling::Density };
        Ok(Stft { window: self.window, detrend, scaling, ..Stft::new(nperseg, nperseg - overlap) })
    }
}
