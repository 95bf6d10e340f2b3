//! # `signal/fir`
//!
//! ## What
//! A filter with a finite impulse response (FIR): weighted sums of the last numbers.
//!
//! ## Definition
//! `y[n] = Σ_j taps[j]·x[n − j]`, the signal being 0 before its start: `scipy.signal.lfilter(taps, 1, x)`. With `centred` the
//! delay of `⌊(m − 1)/2⌋` numbers of m symmetric weights is taken off, `y[n] = Σ_j taps[j]·x[n + ⌊(m − 1)/2⌋ − j]`, the signal
//! being 0 past both ends: `scipy.signal.convolve(x, taps, "same")`. What is no number makes the numbers none that it is a
//! term of.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same. Rows are time, and
//! each channel is a signal.
//!
//! ## Accuracy
//! Sums are in f64, terms in the order of the weights: f32 results are within a unit in the last place of the exact ones and
//! 1e-12 of the largest term's size. The bits depend neither on the chunks nor on the number of threads.
//!
//! ## Cost
//! Each number is read and written once; 2 operations a number and weight. From about 500 weights on
//! [`crate::fft::convolve`], which takes the whole signal, is faster.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, signal::fir::Fir};
//! let x = Array::from(vec![1.0f32, 2.0, 4.0]);
//! let k = Fir::new(vec![0.5, 0.5]);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<f32>()?, [0.5, 1.5, 3.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `scipy.signal.lfilter`, `scipy.signal.firwin`.

mod cases;

use super::sample::Sample;
use super::taps;
use super::window::{self, Make, Mode, Window};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Cpu, Error, Result, SimdLevel, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Most weights.
const MOST: usize = 1 << 20;

/// Weighted sums of the last numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fir {
    /// The weights, that of the newest number first.
    pub taps: Vec<f64>,
    /// Whether the filter's delay is taken off.
    #[serde(default)]
    pub centred: bool,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "signal/fir",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "weighted sums of the last numbers",
    params: &[
        Param { name: "taps", kind: ParamKind::Toml, help: "weights, [w0, w1, …], that of the newest number first" },
        Param { name: "centred", kind: ParamKind::Bool, help: "take the filter's delay off" },
    ],
    parse: |t| {
        let k: Fir = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Fir {
    /// A filter of these weights.
    pub fn new(taps: Vec<f64>) -> Self {
        Fir { taps, centred: false }
    }

    fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: ENTRY.id.into(), why });
        if !(1..=MOST).contains(&self.taps.len()) {
            return refused(format!("{} weights: there are 1 to {MOST}", self.taps.len()));
        }
        match self.taps.iter().position(|w| !w.is_finite()) {
            Some(i) => refused(format!("weight {i} is {}", self.taps[i])),
            None => Ok(()),
        }
    }

    fn shape(&self) -> Window {
        let around = self.taps.len() - 1;
        let after = if self.centred { around / 2 } else { 0 };
        Window { before: around - after, after, mode: Mode::Constant, cval: 0.0 }
    }

    /// The weights of the numbers of a window, the oldest first.
    fn reversed(&self) -> Vec<f64> {
        self.taps.iter().rev().copied().collect()
    }
}

/// The sums at a level.
struct At {
    level: SimdLevel,
    taps: Vec<f64>,
}

impl Make for At {
    fn make<T: Sample>(&self, x: &[T], y: &mut [T]) {
        taps::correlate(self.level, &self.taps, x, y);
    }
}

impl Kernel for Fir {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        window::infer(ENTRY.id, ins, self.shape().reach(), 2 * self.taps.len() as u64)
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let taps = self.reversed();
        window::by_channel(ins, |x| {
            let seen = self.shape().extended(x);
            let sum = |seen: &[f64]| seen.iter().zip(&taps).map(|(x, w)| x * w).sum();
            seen.windows(taps.len()).map(sum).take(x.len()).collect()
        })
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let size = self.taps.iter().map(|w| w.abs()).sum::<f64>();
        window::near(ins, 1e-12, 1e-12 * size)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        self.shape().run(ins, outs, &At { level: cx.level, taps: self.reversed() })
    }
}
