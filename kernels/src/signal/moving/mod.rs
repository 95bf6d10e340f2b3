//! # `signal/median`, `signal/mean`, `signal/min`, `signal/max`
//!
//! ## What
//! A statistic of a window that slides over the signal.
//!
//! ## Definition
//! `y[i]` is the median, mean, least or largest of the `window` numbers from `x[i − ⌊window/2⌋]` on. The median's window is
//! odd. Past its ends the signal goes on as `mode` says; for the median that is with zeros unless said, as in
//! `scipy.signal.medfilt`, for the others by reflection, as in `scipy.ndimage`. A window with a NaN in it gives NaN. Medians,
//! minima and maxima of zeros are +0.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time, and
//! each channel is a signal. With `mode = "wrap"` never cut into chunks.
//!
//! ## Accuracy
//! Exact but for the mean: sums are in f64 and of pairs, pairs of pairs and so on, so f32 results are within a unit in the last
//! place of the largest number of the window, f64 results within 1e-14 of it times the logarithm of the window.
//!
//! ## Cost
//! Each number is read and written once. Operations a number: medians of up to 255 numbers 4 a number of the window, in
//! vectors whose lanes are stretches of the signal, longer ones about 10 that wait for memory in the first cache, whatever
//! the length; means 2 and minima and maxima 1 for each doubling of the window.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, signal::moving::Median};
//! let x = Array::from(vec![1.0f32, 9.0, 2.0, 3.0]);
//! let k = Median::new(3);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(4)?.as_slice::<f32>()?, [1.0, 2.0, 3.0, 2.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `scipy.signal.medfilt`; `scipy.ndimage.median_filter`, `uniform_filter1d`, `minimum_filter1d`, `maximum_filter1d`. The long
//! medians: J. Suomela, *Median Filtering is Equivalent to Sorting*, 2014.

mod cases;
mod extreme;
mod linked;
mod mean;
mod median;

use super::sample::Sample;
use super::window::{self, Make, Mode, Window};
use crate::kernel::{Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Case, Cpu, Error, Result, SimdLevel, Tolerance};
pub use extreme::{LARGEST, LEAST, Largest, Least};
use gapwave_columns::{Array, Meta, Out, View};
pub use mean::{MEAN, TheMean};
pub use median::{MEDIAN, TheMedian};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::marker::PhantomData;

/// Longest window: what is read around a chunk stays small.
const MOST: usize = 1 << 20;

/// What is taken of a window.
pub trait Statistic: Debug + Copy + Default + Send + Sync + 'static {
    /// The registry's entry.
    const ENTRY: &'static Entry;
    /// How a signal goes on past its ends unless said.
    const MODE: Mode;
    /// Whether windows have a middle.
    const ODD: bool;

    /// Of one window of numbers, in any order. It may be rearranged.
    fn definition(window: &mut [f64]) -> f64;
    /// How far results may be from that.
    fn tolerance(ins: &[Meta]) -> Tolerance;
    /// Operations a number for a window of this size.
    fn flops(size: usize) -> u64;
    #[doc(hidden)]
    fn make<T: Sample>(level: SimdLevel, size: usize, x: &[T], y: &mut [T]);
}

/// A statistic of a window that slides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "S: Statistic")]
pub struct Moving<S: Statistic> {
    /// Numbers of the window.
    pub window: usize,
    /// How a signal goes on past its ends.
    #[serde(default = "default_mode::<S>")]
    pub mode: Mode,
    /// What stands there with [`Mode::Constant`].
    #[serde(default)]
    pub cval: f64,
    #[serde(skip)]
    statistic: PhantomData<S>,
}

/// The middle one in order.
pub type Median = Moving<TheMedian>;
/// The arithmetic mean.
pub type Mean = Moving<TheMean>;
/// The least.
pub type Min = Moving<Least>;
/// The largest.
pub type Max = Moving<Largest>;

fn default_mode<S: Statistic>() -> Mode {
    S::MODE
}

/// What all of them take.
const PARAMS: &[Param] = &[
    Param { name: "window", kind: ParamKind::Int, help: "numbers of the window; the median's is odd" },
    Param {
        name: "mode",
        kind: ParamKind::Choice(Mode::NAMES),
        help: "how the signal goes on past its ends [default: constant for the median, else reflect]",
    },
    Param { name: "cval", kind: ParamKind::Float, help: "what stands there with constant [default: 0]" },
];

fn parse<S: Statistic>(t: toml::Table) -> Result<Box<dyn Kernel>> {
    let k: Moving<S> = parse_params(S::ENTRY.id, t)?;
    k.check()?;
    Ok(Box::new(k))
}

impl<S: Statistic> Moving<S> {
    /// Of so many numbers.
    pub fn new(window: usize) -> Self {
        Moving { window, mode: S::MODE, cval: 0.0, statistic: PhantomData }
    }

    /// The same, going on past the signal's ends like this.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: S::ENTRY.id.into(), why });
        if !(1..=MOST).contains(&self.window) {
            return refused(format!("a window of {} numbers: there are 1 to {MOST}", self.window));
        }
        if S::ODD && self.window % 2 == 0 {
            return refused(format!("a window of {} numbers has no middle: take an odd number", self.window));
        }
        Ok(())
    }

    fn shape(&self) -> Window {
        Window::centred(self.window, self.mode, self.cval)
    }
}

/// The statistic at a level.
struct At<S> {
    level: SimdLevel,
    size: usize,
    statistic: PhantomData<S>,
}

impl<S: Statistic> Make for At<S> {
    fn make<T: Sample>(&self, x: &[T], y: &mut [T]) {
        S::make(self.level, self.size, x, y);
    }
}

impl<S: Statistic> Kernel for Moving<S> {
    fn entry(&self) -> &'static Entry {
        S::ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        window::infer(S::ENTRY.id, ins, self.shape().reach(), S::flops(self.window))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        window::by_channel(ins, |x| {
            let seen = self.shape().extended(x);
            let value = |seen: &[f64]| {
                if seen.iter().any(|x| x.is_nan()) { f64::NAN } else { S::definition(&mut seen.to_vec()) }
            };
            seen.windows(self.window).map(value).take(x.len()).collect()
        })
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        S::tolerance(ins)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let at = At { level: cx.level, size: self.window, statistic: PhantomData::<S> };
        self.shape().run(ins, outs, &at)
    }
}

fn cases<S: Statistic>() -> Vec<Case> {
    cases::cases::<S>()
}

fn bench<S: Statistic>(size: Option<usize>) -> Vec<Case> {
    cases::bench::<S>(size)
}
