//! What the filters take.

use super::Common;
use crate::cli::failure::Failure;
use clap::ValueEnum;
use gapwave_kernels::Kernel;
use gapwave_kernels::fft::Window;
use gapwave_kernels::signal::Mode;
use gapwave_kernels::signal::design::{self, Band, Section, Shape};
use gapwave_kernels::signal::moving::{Moving, Statistic};
use gapwave_kernels::signal::savgol::Ends;
use gapwave_kernels::signal::sosfilt::Sosfilt;
use gapwave_kernels::signal::sosfiltfilt::Sosfiltfilt;

/// A filter, and what is said of it.
pub(super) struct Chosen {
    pub(super) kernel: Box<dyn Kernel>,
    pub(super) said: Vec<String>,
}

pub(super) fn plain(kernel: impl Kernel + 'static) -> Chosen {
    Chosen { kernel: Box::new(kernel), said: Vec::new() }
}

/// What a recursive filter lets through.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Through {
    /// What is below the cut-off
    Low,
    /// What is above
    High,
    /// What is between two
    Pass,
    /// What is not
    Stop,
}

#[derive(clap::Args, Debug)]
pub(super) struct Frequencies {
    /// Where the filter's edge is: one frequency, or two for pass and stop, below half of --fs
    #[arg(
        long,
        value_name = "F[,F2]",
        value_delimiter = ',',
        required = true,
        num_args = 1,
        allow_negative_numbers = true
    )]
    pub(super) cutoff: Vec<f64>,
    /// What it lets through
    #[arg(long, value_enum, default_value = "low")]
    pub(super) band: Through,
    #[command(flatten)]
    pub(super) rate: Rate,
}

#[derive(clap::Args, Debug)]
pub(super) struct Rate {
    /// Rows per unit of time; frequencies are in cycles per that unit [default: that of the file where it has one, as
    /// sound does, else 1]
    #[arg(long, value_name = "FS", allow_negative_numbers = true)]
    pub(super) fs: Option<f64>,
}

impl Frequencies {
    pub(super) fn band(&self) -> Result<Band, Failure> {
        Ok(match (self.band, &self.cutoff[..]) {
            (Through::Low, &[f]) => Band::Low(f),
            (Through::High, &[f]) => Band::High(f),
            (Through::Pass, &[a, b]) => Band::Pass(a, b),
            (Through::Stop, &[a, b]) => Band::Stop(a, b),
            (Through::Low | Through::High, all) => {
                return Err(Failure::usage(format!("--cutoff has {} frequencies: this band has one edge", all.len())));
            }
            (Through::Pass | Through::Stop, all) => {
                let why = format!("--cutoff has {} frequencies: this band has two edges, F,F2", all.len());
                return Err(Failure::usage(why));
            }
        })
    }
}

#[derive(clap::Args, Debug)]
pub(super) struct Iir<S: clap::Args> {
    #[command(flatten)]
    pub(super) common: Common,
    /// Order of the filter; with two edges it has twice as many poles
    #[arg(long, value_name = "N")]
    pub(super) order: usize,
    #[command(flatten)]
    pub(super) shape: S,
    #[command(flatten)]
    pub(super) frequencies: Frequencies,
    #[command(flatten)]
    pub(super) phase: Phase,
}

#[derive(clap::Args, Debug)]
pub(super) struct Phase {
    /// Forward and backward in time: no delay, and the response squared. Needs the whole signal in memory
    #[arg(long)]
    pub(super) zero_phase: bool,
}

/// What a shape needs beside the order.
pub(super) trait Shaped {
    fn shape(&self) -> Shape;
}

#[derive(clap::Args, Debug)]
pub(super) struct Plain {}

#[derive(clap::Args, Debug)]
pub(super) struct Ripple {
    /// Height of the ripples where it lets through, in decibels
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub(super) ripple: f64,
}

#[derive(clap::Args, Debug)]
pub(super) struct Attenuation {
    /// How far below 1 the ripples stay where it stops, in decibels
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub(super) attenuation: f64,
}

#[derive(clap::Args, Debug)]
pub(super) struct Both {
    #[command(flatten)]
    pub(super) ripple: Ripple,
    #[command(flatten)]
    pub(super) attenuation: Attenuation,
}

impl Shaped for Plain {
    fn shape(&self) -> Shape {
        Shape::Butterworth
    }
}

impl Shaped for Ripple {
    fn shape(&self) -> Shape {
        Shape::Chebyshev1 { ripple: self.ripple }
    }
}

impl Shaped for Attenuation {
    fn shape(&self) -> Shape {
        Shape::Chebyshev2 { attenuation: self.attenuation }
    }
}

impl Shaped for Both {
    fn shape(&self) -> Shape {
        Shape::Elliptic { ripple: self.ripple.ripple, attenuation: self.attenuation.attenuation }
    }
}

impl<S: clap::Args + Shaped> Iir<S> {
    pub(super) fn kernel(&self, fs: f64) -> Result<Chosen, Failure> {
        let sos = design::iir(self.order, self.shape.shape(), self.frequencies.band()?, fs)?;
        Ok(recursive(sos, self.phase.zero_phase))
    }
}

/// Poles from which on a filter rings for so long that f32 would lose its digits.
pub(super) const RINGING: f64 = 0.998;

pub(super) fn recursive(sos: Vec<Section>, zero_phase: bool) -> Chosen {
    let radius = design::radius(&sos);
    let mut said = Vec::new();
    if radius > RINGING {
        said.push(format!("poles at {radius:.6} of the unit circle: computed in f64 on the CPU"));
    }
    let kernel: Box<dyn Kernel> =
        if zero_phase { Box::new(Sosfiltfilt::new(sos)) } else { Box::new(Sosfilt::new(sos)) };
    Chosen { kernel, said }
}

#[derive(clap::Args, Debug)]
pub(super) struct Resonance {
    #[command(flatten)]
    pub(super) common: Common,
    /// The frequency
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub(super) frequency: f64,
    /// Quality: the frequency divided by the width of the band, 3 dB down
    #[arg(long, value_name = "Q", default_value_t = 30.0, allow_negative_numbers = true)]
    pub(super) quality: f64,
    #[command(flatten)]
    pub(super) rate: Rate,
    #[command(flatten)]
    pub(super) phase: Phase,
}

#[derive(clap::Args, Debug)]
pub(super) struct FirArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Weights; odd where the filter lets half of --fs through
    #[arg(long, value_name = "N")]
    pub(super) taps: usize,
    /// Window of the design: hamming, hann, blackman, kaiser:BETA, …
    #[arg(long, value_name = "NAME", default_value = "hamming")]
    pub(super) window: Window,
    #[command(flatten)]
    pub(super) frequencies: Frequencies,
    /// Take the delay of half the weights off
    #[arg(long)]
    pub(super) zero_phase: bool,
}

/// How a kind of sliding window goes on past the ends unless told.
pub(super) trait Beyond {
    fn mode(&self) -> (Mode, f64);
}

fn parse_mode(s: &str) -> Result<Mode, String> {
    let named = Mode::NAMES.iter().zip(Mode::ALL).find(|(name, _)| **name == s);
    named.map(|(_, mode)| mode).ok_or_else(|| format!("{s:?} is none of {}", Mode::NAMES.join(", ")))
}

#[derive(clap::Args, Debug)]
pub(super) struct ZeroPadded {
    /// How the signal goes on past its ends: reflect, mirror, nearest, constant (with --cval), wrap
    #[arg(long, value_name = "MODE", default_value = "constant", value_parser = parse_mode)]
    pub(super) mode: Mode,
    #[command(flatten)]
    pub(super) cval: Cval,
}

#[derive(clap::Args, Debug)]
pub(super) struct Reflected {
    /// How the signal goes on past its ends: reflect, mirror, nearest, constant (with --cval), wrap
    #[arg(long, value_name = "MODE", default_value = "reflect", value_parser = parse_mode)]
    pub(super) mode: Mode,
    #[command(flatten)]
    pub(super) cval: Cval,
}

#[derive(clap::Args, Debug)]
pub(super) struct Cval {
    /// What stands past the ends with --mode constant
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(super) cval: f64,
}

impl Beyond for ZeroPadded {
    fn mode(&self) -> (Mode, f64) {
        (self.mode, self.cval.cval)
    }
}

impl Beyond for Reflected {
    fn mode(&self) -> (Mode, f64) {
        (self.mode, self.cval.cval)
    }
}

#[derive(clap::Args, Debug)]
pub(super) struct Sliding<B: clap::Args> {
    #[command(flatten)]
    pub(super) common: Common,
    /// Rows of the window
    #[arg(long, value_name = "K")]
    pub(super) window: usize,
    #[command(flatten)]
    pub(super) beyond: B,
}

impl<B: clap::Args + Beyond> Sliding<B> {
    pub(super) fn kernel<S: Statistic>(&self) -> Chosen {
        let (mode, cval) = self.beyond.mode();
        let mut kernel = Moving::<S>::new(self.window).mode(mode);
        kernel.cval = cval;
        plain(kernel)
    }
}

#[derive(clap::Args, Debug)]
pub(super) struct SavgolArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Rows of the window, odd
    #[arg(long, value_name = "K")]
    pub(super) window: usize,
    /// Degree of the polynomials
    #[arg(long, value_name = "P")]
    pub(super) polyorder: usize,
    /// Order of the derivative
    #[arg(long, value_name = "D", default_value_t = 0)]
    pub(super) deriv: usize,
    /// Time between rows, which derivatives are by
    #[arg(long, value_name = "X", default_value_t = 1.0, allow_negative_numbers = true)]
    pub(super) delta: f64,
    /// What happens at the ends: interp (the first and last window's polynomials go on), mirror, nearest, constant, wrap
    #[arg(long, value_name = "MODE", default_value = "interp", value_parser = parse_ends)]
    pub(super) mode: Ends,
    #[command(flatten)]
    pub(super) cval: Cval,
}

fn parse_ends(s: &str) -> Result<Ends, String> {
    Ok(match s {
        "interp" => Ends::Interp,
        "mirror" => Ends::Mirror,
        "nearest" => Ends::Nearest,
        "constant" => Ends::Constant,
        "wrap" => Ends::Wrap,
        _ => return Err(format!("{s:?} is none of interp, mirror, nearest, constant, wrap")),
    })
}

#[derive(clap::Args, Debug)]
pub(super) struct HampelArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Rows of the window, odd
    #[arg(long, value_name = "K")]
    pub(super) window: usize,
    /// How many standard deviations from the median are no outlier, estimated as 1.4826 times the median distance
    #[arg(long, value_name = "S", default_value_t = 3.0, allow_negative_numbers = true)]
    pub(super) n_sigma: f64,
    #[command(flatten)]
    pub(super) beyond: Reflected,
}

#[derive(clap::Args, Debug)]
pub(super) struct ResampleArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Rows of the result …
    #[arg(long, value_name = "U")]
    pub(super) up: usize,
    /// … for so many of the signal
    #[arg(long, value_name = "D")]
    pub(super) down: usize,
    /// Window of the filter's design
    #[arg(long, value_name = "NAME", default_value = "kaiser:5")]
    pub(super) window: Window,
}
