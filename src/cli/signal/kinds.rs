//! The filters, and what each takes.

use super::Common;
use crate::cli::failure::Failure;
use clap::ValueEnum;
use gapwave_kernels::Kernel;
use gapwave_kernels::fft::Window;
use gapwave_kernels::signal::design::{self, Band, Section, Shape};
use gapwave_kernels::signal::fir::Fir;
use gapwave_kernels::signal::hampel::Hampel;
use gapwave_kernels::signal::moving::{Moving, Statistic};
use gapwave_kernels::signal::polyphase::Resample;
use gapwave_kernels::signal::savgol::{Ends, Savgol};
use gapwave_kernels::signal::sosfilt::Sosfilt;
use gapwave_kernels::signal::sosfiltfilt::Sosfiltfilt;
use gapwave_kernels::signal::{Mode, moving};

/// A filter, and what is said of it.
pub(super) struct Chosen {
    pub(super) kernel: Box<dyn Kernel>,
    pub(super) said: Vec<String>,
}

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

/// What a recursive filter lets through.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Through {
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
struct Frequencies {
    /// Where the filter's edge is: one frequency, or two for pass and stop, below half of --fs
    #[arg(
        long,
        value_name = "F[,F2]",
        value_delimiter = ',',
        required = true,
        num_args = 1,
        allow_negative_numbers = true
    )]
    cutoff: Vec<f64>,
    /// What it lets through
    #[arg(long, value_enum, default_value = "low")]
    band: Through,
    #[command(flatten)]
    rate: Rate,
}

#[derive(clap::Args, Debug)]
struct Rate {
    /// Rows per unit of time; frequencies are in cycles per that unit [default: that of the file where it has one, as
    /// sound does, else 1]
    #[arg(long, value_name = "FS", allow_negative_numbers = true)]
    fs: Option<f64>,
}

impl Frequencies {
    fn band(&self) -> Result<Band, Failure> {
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
    common: Common,
    /// Order of the filter; with two edges it has twice as many poles
    #[arg(long, value_name = "N")]
    order: usize,
    #[command(flatten)]
    shape: S,
    #[command(flatten)]
    frequencies: Frequencies,
    #[command(flatten)]
    phase: Phase,
}

#[derive(clap::Args, Debug)]
struct Phase {
    /// Forward and backward in time: no delay, and the response squared. Needs the whole signal in memory
    #[arg(long)]
    zero_phase: bool,
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
    ripple: f64,
}

#[derive(clap::Args, Debug)]
pub(super) struct Attenuation {
    /// How far below 1 the ripples stay where it stops, in decibels
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    attenuation: f64,
}

#[derive(clap::Args, Debug)]
pub(super) struct Both {
    #[command(flatten)]
    ripple: Ripple,
    #[command(flatten)]
    attenuation: Attenuation,
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
    fn kernel(&self, fs: f64) -> Result<Chosen, Failure> {
        let sos = design::iir(self.order, self.shape.shape(), self.frequencies.band()?, fs)?;
        Ok(recursive(sos, self.phase.zero_phase))
    }
}

/// Poles from which on a filter rings for so long that f32 would lose its digits.
const RINGING: f64 = 0.998;

fn recursive(sos: Vec<Section>, zero_phase: bool) -> Chosen {
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
    common: Common,
    /// The frequency
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    frequency: f64,
    /// Quality: the frequency divided by the width of the band, 3 dB down
    #[arg(long, value_name = "Q", default_value_t = 30.0, allow_negative_numbers = true)]
    quality: f64,
    #[command(flatten)]
    rate: Rate,
    #[command(flatten)]
    phase: Phase,
}

#[derive(clap::Args, Debug)]
pub(super) struct FirArgs {
    #[command(flatten)]
    common: Common,
    /// Weights; odd where the filter lets half of --fs through
    #[arg(long, value_name = "N")]
    taps: usize,
    /// Window of the design: hamming, hann, blackman, kaiser:BETA, …
    #[arg(long, value_name = "NAME", default_value = "hamming")]
    window: Window,
    #[command(flatten)]
    frequencies: Frequencies,
    /// Take the delay of half the weights off
    #[arg(long)]
    zero_phase: bool,
}

/// How a kind of sliding window goes on past the ends unless told.
pub(super) trait Beyond {
    fn mode(&self) -> (Mode, f64);
}

fn parse_mode(s: &str) -> Result<Mode, String> {
    let all = [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Constant, Mode::Wrap];
    let named = Mode::NAMES.iter().zip(all).find(|(name, _)| **name == s);
    named.map(|(_, mode)| mode).ok_or_else(|| format!("{s:?} is none of {}", Mode::NAMES.join(", ")))
}

#[derive(clap::Args, Debug)]
pub(super) struct ZeroPadded {
    /// How the signal goes on past its ends: reflect, mirror, nearest, constant (with --cval), wrap
    #[arg(long, value_name = "MODE", default_value = "constant", value_parser = parse_mode)]
    mode: Mode,
    #[command(flatten)]
    cval: Cval,
}

#[derive(clap::Args, Debug)]
pub(super) struct Reflected {
    /// How the signal goes on past its ends: reflect, mirror, nearest, constant (with --cval), wrap
    #[arg(long, value_name = "MODE", default_value = "reflect", value_parser = parse_mode)]
    mode: Mode,
    #[command(flatten)]
    cval: Cval,
}

#[derive(clap::Args, Debug)]
struct Cval {
    /// What stands past the ends with --mode constant
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    cval: f64,
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
    common: Common,
    /// Rows of the window
    #[arg(long, value_name = "K")]
    window: usize,
    #[command(flatten)]
    beyond: B,
}

impl<B: clap::Args + Beyond> Sliding<B> {
    fn kernel<S: Statistic>(&self) -> Chosen {
        let (mode, cval) = self.beyond.mode();
        let mut kernel = Moving::<S>::new(self.window).mode(mode);
        kernel.cval = cval;
        plain(kernel)
    }
}

#[derive(clap::Args, Debug)]
pub(super) struct SavgolArgs {
    #[command(flatten)]
    common: Common,
    /// Rows of the window, odd
    #[arg(long, value_name = "K")]
    window: usize,
    /// Degree of the polynomials
    #[arg(long, value_name = "P")]
    polyorder: usize,
    /// Order of the derivative
    #[arg(long, value_name = "D", default_value_t = 0)]
    deriv: usize,
    /// Time between rows, which derivatives are by
    #[arg(long, value_name = "X", default_value_t = 1.0, allow_negative_numbers = true)]
    delta: f64,
    /// What happens at the ends: interp (the first and last window's polynomials go on), mirror, nearest, constant, wrap
    #[arg(long, value_name = "MODE", default_value = "interp", value_parser = parse_ends)]
    mode: Ends,
    #[command(flatten)]
    cval: Cval,
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
    common: Common,
    /// Rows of the window, odd
    #[arg(long, value_name = "K")]
    window: usize,
    /// How many standard deviations from the median are no outlier, estimated as 1.4826 times the median distance
    #[arg(long, value_name = "S", default_value_t = 3.0, allow_negative_numbers = true)]
    n_sigma: f64,
    #[command(flatten)]
    beyond: Reflected,
}

#[derive(clap::Args, Debug)]
pub(super) struct ResampleArgs {
    #[command(flatten)]
    common: Common,
    /// Rows of the result …
    #[arg(long, value_name = "U")]
    up: usize,
    /// … for so many of the signal
    #[arg(long, value_name = "D")]
    down: usize,
    /// Window of the filter's design
    #[arg(long, value_name = "NAME", default_value = "kaiser:5")]
    window: Window,
}

fn plain(kernel: impl Kernel + 'static) -> Chosen {
    Chosen { kernel: Box::new(kernel), said: Vec::new() }
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
    #[cfg(feature = "cli")]
    pub(super) fn rates(&self) -> f64 {
        match self {
            Kind::Resample(args) => args.up as f64 / args.down as f64,
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
