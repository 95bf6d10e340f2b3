//! # `signal/upfirdn`, `signal/resample`
//!
//! ## What
//! A signal at another rate, by a filter with a finite impulse response: `up/down` times as many numbers.
//!
//! ## Definition
//! `signal/upfirdn` puts `up − 1` zeros behind each number, sums with the weights `taps`, and keeps every `down`-th result:
//! `y[m] = Σ_k taps[m·down − k·up]·x[k]` for `m = 0 … ⌈((n − 1)·up + len(taps))/down⌉ − 1`, `scipy.signal.upfirdn`.
//!
//! `signal/resample` takes the filter of [`firwin`](super::design::firwin) with `20·max(up, down) + 1` weights and its edge at
//! the lower of the two rates' halves, takes its delay off and gives `⌈n·up/down⌉` numbers:
//! `scipy.signal.resample_poly` with `padtype="constant"`, the signal being 0 past its ends. Its weights are rounded to f64
//! whatever the signal. What `up` and `down` have in common is taken off first; a ratio of 1 gives the signal itself.
//!
//! ## Layout
//! In: one or more arrays of f32 or f64, `[rows]` or `[rows, channels]`, without validity; out the same with other rows. Rows
//! are time, and each channel is a signal. Never cut into chunks: the result has other rows.
//!
//! ## Accuracy
//! Sums are in f64: f32 results are within a unit in the last place of the exact ones, f64 results within 1e-12 of the terms.
//! The bits do not depend on the number of threads.
//!
//! ## Cost
//! Each number is read and written once; a result takes 2 operations for each `up`-th weight.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, signal::polyphase::Resample};
//! let x = Array::from(vec![1.0f32; 300]);
//! let k = Resample::new(3, 2);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert!((y.finish(450)?.as_slice::<f32>()?[225] - 1.0).abs() < 1e-3);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `scipy.signal.upfirdn`, `scipy.signal.resample_poly`. P. Vaidyanathan, *Multirate Systems and Filter Banks*, 4.3.

mod cases;
mod engine;
mod resample;
mod upfirdn;

use super::window;
use crate::kernel::{Io, Reach};
use crate::{Cpu, Error, Result, Tolerance};
use engine::Ratio;
use gapwave_columns::{Array, DType, Meta, Out, View};
pub use resample::{RESAMPLE, Resample};
pub use upfirdn::{UPFIRDN, Upfirdn};

/// Largest factors: filters for them have up to 2²⁰ weights.
const MOST: usize = 50_000;

fn check(kernel: &str, up: usize, down: usize) -> Result<()> {
    if (1..=MOST).contains(&up) && (1..=MOST).contains(&down) {
        return Ok(());
    }
    let why = format!("up {up}, down {down}: both are 1 to {MOST}, without what they have in common");
    Err(Error::Param { kernel: kernel.into(), why })
}

/// Signals in, and out with the rows that `len` makes of theirs.
fn infer(kernel: &'static str, ins: &[Meta], flops: u64, len: impl Fn(usize) -> Option<usize>) -> Result<Io> {
    let mut io = window::infer(kernel, ins, Reach::Whole, flops)?;
    for out in &mut io.outs {
        let rows = out.shape[0];
        let Some(rows) = len(rows) else {
            return Err(Error::Refused { kernel, why: format!("the result of {rows} rows has too many") });
        };
        out.shape[0] = rows;
    }
    io.cost.write = io.outs.iter().map(Meta::bytes).sum();
    Ok(io)
}

fn run(ratio: &Ratio<'_>, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
    for (x, y) in ins.iter().zip(outs) {
        let channels = window::channels(x.shape());
        match x.dtype() {
            DType::F32 => ratio.run::<f32>(cx.level, channels, x.as_slice()?, y.as_mut_slice()?),
            _ => ratio.run::<f64>(cx.level, channels, x.as_slice()?, y.as_mut_slice()?),
        }
    }
    Ok(())
}

/// The definition, channel by channel; `len` rows of each.
fn oracle(ratio: &Ratio<'_>, ins: &[Array], len: impl Fn(usize) -> usize) -> Result<Vec<Array>> {
    ins.iter()
        .map(|x| {
            let (rows, channels) = (x.rows(), window::channels(x.shape()));
            let numbers = crate::tolerance::real(x);
            let mut y = vec![0.0; len(rows) * channels];
            for channel in 0..channels * usize::from(rows > 0) {
                let one: Vec<f64> = numbers.iter().skip(channel).step_by(channels).copied().collect();
                let made = ratio.definition(&one, len(rows));
                y.iter_mut().skip(channel).step_by(channels).zip(made).for_each(|(to, y)| *to = y);
            }
            let mut shape = x.shape().to_vec();
            shape[0] = len(rows);
            Ok(Array::new(shape, y)?)
        })
        .collect()
}

fn tolerance(taps: &[f64], ins: &[Meta]) -> Tolerance {
    let size = taps.iter().map(|w| w.abs()).sum::<f64>();
    window::near(ins, 1e-12, 1e-12 * size)
}
