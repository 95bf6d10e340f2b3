//! Filters that look at some rows before and after each: how a signal goes on past its ends, and how its rows are shared
//! out.

use super::sample::Sample;
use crate::kernel::{Io, Reach};
use crate::{Error, Result, Tolerance, share};
use gapwave_columns::{DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Numbers a block makes at least: 64 KiB of f32.
const BLOCK: usize = 1 << 14;
/// Bytes of the rows of a block of many channels, which are gathered within the second cache.
const TILE: usize = 256 << 10;
/// Most channels: a recursive filter carries a state for each, however few rows there are.
const CHANNELS: usize = 1 << 20;
/// Numbers of a signal up to which it is not shared out.
const SERIAL: usize = 1 << 14;

/// How a signal goes on past its ends: `scipy.ndimage`'s names and meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As it went, backwards, the last number twice: `d c b a | a b c d | d c b a`.
    #[default]
    Reflect,
    /// As it went, backwards, the last number once: `d c b | a b c d | c b a`.
    Mirror,
    /// With the last number: `a a a | a b c d | d d d`.
    Nearest,
    /// With one number, `cval`, which is rounded to the signal's type.
    Constant,
    /// From the other end: `b c d | a b c d | a b c`. The signal is then never cut into chunks.
    Wrap,
}

impl Mode {
    /// All of them, in the order of [`Mode::NAMES`].
    pub const ALL: [Mode; 5] = [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Constant, Mode::Wrap];
    /// All names, as parameters have them.
    pub const NAMES: &[&str] = &["reflect", "mirror", "nearest", "constant", "wrap"];

    /// The row that stands at `i` for a signal of `n > 0` rows; `None` for `cval`.
    pub(super) fn at(self, i: isize, n: usize) -> Option<usize> {
        let len = n as isize;
        if (0..len).contains(&i) {
            return Some(i as usize);
        }
        let folded = |period: isize, turn: isize| {
            let i = i.rem_euclid(period);
            (if i < len { i } else { turn - i }) as usize
        };
        match self {
            Mode::Constant => None,
            Mode::Nearest => Some(i.clamp(0, len - 1) as usize),
            Mode::Wrap => Some(i.rem_euclid(len) as usize),
            Mode::Reflect => Some(folded(2 * len, 2 * len - 1)),
            Mode::Mirror if n == 1 => Some(0),
            Mode::Mirror => Some(folded(2 * len - 2, 2 * len - 2)),
        }
    }
}

/// The rows a number is made of, and what stands where there are none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) mode: Mode,
    pub(super) cval: f64,
}

/// Makes numbers of a signal: `y[i]` of `x[i .. i + before + after + 1]`.
pub(super) trait Make: Sync {
    fn make<T: Sample>(&self, x: &[T], y: &mut [T]);
}

/// Numbers of a row.
pub(super) fn channels(shape: &[usize]) -> usize {
    shape.get(1).copied().unwrap_or(1)
}

/// How far sums in f64 may be off: their rounding to f32, or `rel` of themselves; and `abs`, for what cancels in them.
pub(super) fn near(ins: &[Meta], rel: f64, abs: f64) -> Tolerance {
    let narrow = ins.iter().any(|m| m.dtype == DType::F32);
    Tolerance::Near { rel: if narrow { f64::from(f32::EPSILON) } else { rel }, abs }
}

/// Admits signals: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same.
pub(super) fn infer(kernel: &'static str, ins: &[Meta], reach: Reach, flops: u64) -> Result<Io> {
    let taken = |m: &Meta| matches!(m.dtype, DType::F32 | DType::F64) && matches!(m.shape.len(), 1 | 2) && !m.nullable;
    if ins.is_empty() || !ins.iter().all(taken) {
        let got: Vec<_> = ins
            .iter()
            .map(|m| format!("{} {:?}{}", m.dtype, m.shape, if m.nullable { " with missing values" } else { "" }))
            .collect();
        let why = format!(
            "takes float32 or float64 [rows] or [rows, channels] without missing values, got {}",
            got.join(", ")
        );
        return Err(Error::Refused { kernel, why });
    }
    if let Some(m) = ins.iter().find(|m| channels(&m.shape) > CHANNELS) {
        return Err(Error::Refused {
            kernel,
            why: format!("{} channels: there are up to {CHANNELS}", channels(&m.shape)),
        });
    }
    let numbers: u64 = ins.iter().map(|m| m.elements() as u64).sum();
    Ok(Io::new(ins, ins.to_vec(), reach).flops(numbers.saturating_mul(flops)))
}

impl Window {
    /// One that is centred, as SciPy has it: the half, rounded down, before.
    pub(super) fn centred(size: usize, mode: Mode, cval: f64) -> Window {
        Window { before: size / 2, after: size - 1 - size / 2, mode, cval }
    }

    /// How far it looks.
    pub(super) fn reach(&self) -> Reach {
        match self.mode {
            Mode::Wrap => Reach::Whole,
            // What stands before the first row is read from behind it.
            Mode::Mirror => {
                let most = self.before.max(self.after);
                Reach::Window { before: most, after: most }
            }
            _ => Reach::Window { before: self.before, after: self.after },
        }
    }

    /// What `f` makes of the window of each number of the signals.
    pub(super) fn run(&self, ins: &[View<'_>], outs: &mut [Out<'_>], f: &impl Make) -> Result<()> {
        for (x, y) in ins.iter().zip(outs) {
            let channels = channels(x.shape());
            match x.dtype() {
                DType::F32 => self.rows::<f32>(channels, x.as_slice()?, y.as_mut_slice()?, f),
                _ => self.rows::<f64>(channels, x.as_slice()?, y.as_mut_slice()?, f),
            }
        }
        Ok(())
    }

    fn rows<T: Sample>(&self, channels: usize, x: &[T], y: &mut [T], f: &impl Make) {
        if x.is_empty() {
            return;
        }
        let rows = x.len() / channels;
        let around = self.before + self.after;
        // Blocks so long that what they look at around them is little beside.
        let rows_of_block = match channels {
            1 => BLOCK,
            _ => (TILE / size_of::<T>() / channels).clamp(64, 4096),
        };
        let block = rows_of_block.max(4 * around).min(rows);
        share::for_each(x.len() > SERIAL, y.chunks_mut(block * channels).enumerate(), |(k, y)| {
            let first = k * block;
            let count = y.len() / channels;
            let inside = first >= self.before && first + count + self.after <= rows;
            if channels == 1 && inside {
                return f.make(&x[first - self.before..][..count + around], y);
            }
            let mut seen = vec![T::of(0.0); count + around];
            let mut made = vec![T::of(0.0); count];
            for channel in 0..channels {
                self.gather(x, (channel, channels), first, &mut seen);
                f.make(&seen, &mut made);
                y[channel..].iter_mut().step_by(channels).zip(&made).for_each(|(y, &made)| *y = made);
            }
        });
    }

    /// The numbers of a channel from `before` rows before `first` on.
    pub(super) fn gather<T: Sample>(&self, x: &[T], (channel, channels): (usize, usize), first: usize, to: &mut [T]) {
        let rows = x.len() / channels;
        let start = first as isize - self.before as isize;
        let end = |row: isize| (row - start).clamp(0, to.len() as isize) as usize;
        let (from, until) = (end(0), end(rows as isize));
        let there = x[channel..].iter().step_by(channels).skip((start + from as isize) as usize);
        to[from..until].iter_mut().zip(there).for_each(|(to, &x)| *to = x);
        let past = |i: usize| match self.mode.at(start + i as isize, rows) {
            Some(row) => x[row * channels + channel],
            None => T::of(self.cval),
        };
        (0..from).chain(until..to.len()).for_each(|i| to[i] = past(i));
    }

    /// The whole signal with what is past its ends, in f64: for definitions.
    pub(super) fn extended(&self, x: &[f64]) -> Vec<f64> {
        let mut to = vec![0.0; x.len() + self.before + self.after];
        if !x.is_empty() {
            self.gather(x, (0, 1), 0, &mut to);
        }
        to
    }
}

/// A definition, channel by channel: `f` of each channel's numbers in f64 gives as many.
pub(super) fn by_channel(
    ins: &[gapwave_columns::Array],
    f: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<gapwave_columns::Array>> {
    ins.iter()
        .map(|x| {
            let channels = channels(x.shape());
            let mut all = crate::tolerance::real(x);
            for channel in 0..channels {
                let one: Vec<f64> = all.iter().skip(channel).step_by(channels).copied().collect();
                all.iter_mut().skip(channel).step_by(channels).zip(f(&one)).for_each(|(to, y)| *to = y);
            }
            Ok(gapwave_columns::Array::new(x.shape(), all)?)
        })
        .collect()
}
