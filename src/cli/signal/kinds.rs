//! The filters.

use super::Common;
use super::args::{
    Attenuation, Beyond, Both, Chosen, FirArgs, HampelArgs, Iir, Plain, Reflected, ResampleArgs, Resonance, Ripple,
    SavgolArgs, Sliding, ZeroPadded, plain, recursive,
};
use crate::cli::failure::Failure;
use gapwave_kernels::signal::design;
use gapwave_kernels::signal::fir::Fir;
use gapwave_kernels::signal::hampel::Hampel;
use gapwave_kernels::signal::moving;
use gapwave_kernels::signal::polyphase::Resample;
use gapwave_kernels::signal::savgol::Savgol;

#[derive(clap::Subcommand, Debug)]
pub(super) enum Kind {
    /// A Butterworth filter: as flat as can be where it lets through
    Butter(Iir<Plain>),
    /// A Chebyshev filter of type I: ripples where it lets through
    Cheby1(Iir<Ripple>),
    /// A Chebyshev filter of type II: ripples where it stops
    Cheby2(Iir<Attenuation>),
    /// An elliptic filter: ripples on both sides, and the steepest edge
    Ellip(Iir<Both>),
    /// Takes one frequency out
    Notch(Resonance),
    /// Lets one frequency through
    Peak(Resonance),
    /// Weighted sums of the last numbers, designed by the window method
    Fir(FirArgs),
    /// The median of a sliding window
    Median(Sliding<ZeroPadded>),
    /// The mean of a sliding window
    Mean(Sliding<Reflected>),
    /// The least number of a sliding window
    Min(Sliding<Reflected>),
    /// The largest number of a sliding window
    Max(Sliding<Reflected>),
    /// Polynomials that fit a sliding window, or their derivatives (Savitzky–Golay)
    Savgol(SavgolArgs),
    /// Outliers replaced by the median around them
    Hampel(HampelArgs),
    /// Another rate: up/down times as many rows, without what the new rate cannot hold; the whole signal in memory
    Resample(ResampleArgs),
}

/// The same expression for each kind.
macro_rules! each {
    ($self:ident, $args:ident => $value:expr) => {
        match $self {
            Kind::Butter($args) => $value,
            Kind::Cheby1($args) => $value,
            Kind::Cheby2($args) => $value,
            Kind::Ellip($args) => $value,
            Kind::Notch($args) | Kind::Peak($args) => $value,
            Kind::Fir($args) => $value,
            Kind::Median($args) => $value,
            Kind::Mean($args) | Kind::Min($args) | Kind::Max($args) => $value,
            Kind::Savgol($args) => $value,
            Kind::Hampel($args) => $value,
            Kind::Resample($args) => $value,
        }
    };
}

impl Kind {
    pub(super) fn common(&self) -> &Common {
        each!(self, args => &args.common)
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Butter(_) => "butter",
            Kind::Cheby1(_) => "cheby1",
            Kind::Cheby2(_) => "cheby2",
            Kind::Ellip(_) => "ellip",
            Kind::Notch(_) => "notch",
            Kind::Peak(_) => "peak",
            Kind::Fir(_) => "fir",
            Kind::Median(_) => "median",
            Kind::Mean(_) => "mean",
            Kind::Min(_) => "min",
            Kind::Max(_) => "max",
            Kind::Savgol(_) => "savgol",
            Kind::Hampel(_) => "hampel",
            Kind::Resample(_) => "resample",
        }
    }

    /// Whether the result has other rows.
    pub(super) fn changes_rate(&self) -> bool {
        matches!(self, Kind::Resample(_))
    }

    /// Rows of the result for one of the signal.
    pub(super) fn rates(&self) -> f64 {
        match self {
            Kind::Resample(args) => args.up as f64 / args.down.max(1) as f64,
            _ => 1.0,
        }
    }

    /// Rows per unit of time: as asked for, else as the file says.
    pub(super) fn fs(&self, file: Option<f64>) -> f64 {
        let asked = match self {
            Kind::Butter(args) => args.frequencies.rate.fs,
            Kind::Cheby1(args) => args.frequencies.rate.fs,
            Kind::Cheby2(args) => args.frequencies.rate.fs,
            Kind::Ellip(args) => args.frequencies.rate.fs,
            Kind::Notch(args) | Kind::Peak(args) => args.rate.fs,
            Kind::Fir(args) => args.frequencies.rate.fs,
            _ => None,
        };
        asked.or(file.filter(|fs| *fs > 0.0)).unwrap_or(1.0)
    }

    /// The kernel for a signal of so many rows per unit of time.
    pub(super) fn kernel(&self, fs: f64) -> Result<Chosen, Failure> {
        let chosen = match self {
            Kind::Butter(args) => args.kernel(fs)?,
            Kind::Cheby1(args) => args.kernel(fs)?,
            Kind::Cheby2(args) => args.kernel(fs)?,
            Kind::Ellip(args) => args.kernel(fs)?,
            Kind::Notch(args) => {
                recursive(vec![design::notch(args.frequency, args.quality, fs)?], args.phase.zero_phase)
            }
            Kind::Peak(args) => recursive(vec![design::peak(args.frequency, args.quality, fs)?], args.phase.zero_phase),
            Kind::Fir(args) => {
                let taps = design::firwin(args.taps, args.frequencies.band()?, args.window, fs)?;
                plain(Fir { taps, centred: args.zero_phase })
            }
            Kind::Median(args) => args.kernel::<moving::TheMedian>(),
            Kind::Mean(args) => args.kernel::<moving::TheMean>(),
            Kind::Min(args) => args.kernel::<moving::Least>(),
            Kind::Max(args) => args.kernel::<moving::Largest>(),
            Kind::Savgol(SavgolArgs { window, polyorder, deriv, delta, mode, cval, .. }) => plain(Savgol {
                deriv: *deriv,
                delta: *delta,
                mode: *mode,
                cval: cval.cval,
                ..Savgol::new(*window, *polyorder)
            }),
            Kind::Hampel(HampelArgs { window, n_sigma, beyond, .. }) => {
                let (mode, cval) = beyond.mode();
                plain(Hampel { window: *window, n_sigma: *n_sigma, mode, cval })
            }
            Kind::Resample(ResampleArgs { up, down, window, .. }) => {
                plain(Resample { up: *up, down: *down, window: *window })
            }
        };
        Ok(chosen)
    }
}
