//! What the z-transforms at points of a spiral share, however the points were given.

use super::super::blocks::{reach_of, rows_of};
use super::super::double::Cd;
use super::super::turns::Turns;
use super::super::{admit, batch_and_length, flops};
use super::{cpu, gpu};
use crate::kernel::Io;
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Complex32, Complex64, DType, Meta, Out, View};

/// A factor: its angle, and the logarithm of its amplitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::fft) struct Step {
    pub(in crate::fft) turns: Turns,
    pub(in crate::fft) log: f64,
}

/// The points `start·step^{−k}` for `k < m`, and the numbers of a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::fft) struct Spiral {
    pub(in crate::fft) n: usize,
    pub(in crate::fft) m: usize,
    pub(in crate::fft) step: Step,
    pub(in crate::fft) start: Step,
}

impl Spiral {
    /// What number `j` is multiplied by at point `k`.
    pub(super) fn factor(&self, j: usize, k: usize) -> Complex64 {
        let Spiral { step, start, .. } = self;
        let turns = step.turns.times(k as u128).plus(start.turns.negated()).times(j as u128);
        turns.unit() * self.log_factor(j, k).exp()
    }

    /// The logarithm of its amplitude. It is linear in `j` and in `k`: its extremes are at the corners.
    fn log_factor(&self, j: usize, k: usize) -> f64 {
        j as f64 * (k as f64 * self.step.log - self.start.log)
    }

    /// `step^{i²/2}`.
    pub(super) fn chirp(&self, i: usize) -> Complex64 {
        let turns = self.step.turns.half().times((i as u128).wrapping_mul(i as u128));
        turns.unit() * ((i as f64).powi(2) * self.step.log / 2.0).exp()
    }

    /// Whether Bluestein's algorithm loses no more than a factor e of its precision: all its factors
    /// `step^{±i²/2}` are that near to 1.
    pub(super) fn near_circle(&self) -> bool {
        let last = self.n.max(self.m).saturating_sub(1) as f64;
        self.step.log.abs() * last * last <= 2.0
    }

    /// Numbers of Bluestein's convolution, at least.
    pub(super) fn convolved(&self) -> Option<usize> {
        self.n.checked_add(self.m).map(|sum| sum - 1)
    }

    fn corners(&self) -> [f64; 3] {
        let (j, k) = (self.n.saturating_sub(1), self.m.saturating_sub(1));
        [0.0, self.log_factor(j, 0), self.log_factor(j, k)]
    }
}

pub(in crate::fft) fn infer(kernel: &'static str, ins: &[Meta], spiral: impl Fn(usize) -> Spiral) -> Result<Io> {
    let x = admit(kernel, ins, &[DType::F32, DType::F64, DType::Complex64, DType::Complex128])?;
    let refused = |why: String| Err(Error::Refused { kernel, why });
    let (batch, n) = batch_and_length(&x.shape);
    if n == 0 {
        return refused("a signal of no numbers has no z-transform".into());
    }
    let s = spiral(n);
    let single = matches!(x.dtype, DType::F32 | DType::Complex64);
    let most = if single { 30 } else { 290 };
    let log = s.corners().into_iter().fold(0.0, f64::max);
    if log > f64::from(most) * std::f64::consts::LN_10 {
        let tens = log / std::f64::consts::LN_10;
        return refused(format!("numbers would be multiplied by up to 1e{tens:.0}, the limit is 1e{most}"));
    }
    // Four rows of the convolution must be countable in bytes.
    let Some(length) = s.convolved().and_then(usize::checked_next_power_of_two).filter(|l| l.checked_mul(64).is_some())
    else {
        return refused(format!("{n} numbers at {} points are beyond all memory", s.m));
    };
    let y = rows_of(x, if single { DType::Complex64 } else { DType::Complex128 }, s.m)?;
    let flops = if s.near_circle() {
        flops(batch, length).saturating_mul(2)
    } else {
        (8.0 * batch as f64 * n as f64 * s.m as f64) as u64
    };
    Ok(Io::new(ins, vec![y], reach_of(x)).flops(flops))
}

pub(in crate::fft) fn tolerance(x: &Meta, spiral: impl Fn(usize) -> Spiral) -> Tolerance {
    let (_, n) = batch_and_length(&x.shape);
    let s = spiral(n);
    let unit = if matches!(x.dtype, DType::F32 | DType::Complex64) { -24 } else { -52 };
    let length = s.convolved().unwrap_or(n).max(2) as f64;
    // Factors are made in f64 whatever the precision; below exp(−700) there is nothing to be wrong.
    let logs = ((n - 1) as f64 * (s.start.log.abs() + (s.m - 1) as f64 * s.step.log.abs())).min(700.0);
    let l2 = (2.0 * length.log2().sqrt() + 3.0) * f64::powi(2.0, unit) + 2.0 * logs * f64::EPSILON;
    Tolerance::Norm { l2, linf: 4.0 * l2 }
}

/// The sums at the points whose reciprocals `point` gives, from the number of a point and how many there are.
pub(in crate::fft) fn oracle(x: &Array, m: Option<usize>, point: impl Fn(usize, usize) -> Cd) -> Result<Vec<Array>> {
    let (_, n) = batch_and_length(x.shape());
    let m = m.unwrap_or(n);
    let wide: Vec<Complex64> = match x.dtype() {
        DType::Complex64 => {
            x.as_slice::<Complex32>()?.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect()
        }
        DType::Complex128 => x.as_slice::<Complex64>()?.to_vec(),
        _ => crate::real(x).into_iter().map(|x| Complex64::new(x, 0.0)).collect(),
    };
    let points: Vec<Cd> = (0..m).map(|k| point(k, m)).collect();
    let y: Vec<_> = wide.chunks_exact(n.max(1)).flat_map(|row| points.iter().map(|z| z.polynomial(row))).collect();
    let mut shape = x.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = m;
    }
    Ok(vec![Array::new(shape, y)?])
}

pub(in crate::fft) fn run(
    kernel: &'static str,
    cx: &Cpu,
    ins: &[View<'_>],
    outs: &mut [Out<'_>],
    spiral: impl Fn(usize) -> Spiral,
) -> Result<()> {
    let ([x], [y]) = (ins, outs) else {
        return Err(Error::Refused { kernel, why: "takes one input and one output".into() });
    };
    let (_, n) = batch_and_length(x.shape());
    let s = spiral(n);
    match x.dtype() {
        DType::F32 => cpu::transform::<f32, f32>(&s, cx.level, x.as_slice()?, y.as_mut_slice()?),
        DType::F64 => cpu::transform::<f64, f64>(&s, cx.level, x.as_slice()?, y.as_mut_slice()?),
        DType::Complex64 => cpu::transform::<f32, Complex32>(&s, cx.level, x.as_slice()?, y.as_mut_slice()?),
        _ => cpu::transform::<f64, Complex64>(&s, cx.level, x.as_slice()?, y.as_mut_slice()?),
    }
    Ok(())
}

pub(in crate::fft) fn plan(x: &Meta, caps: &Caps, spiral: impl Fn(usize) -> Spiral) -> Option<Result<Plan>> {
    let (_, n) = batch_and_length(&x.shape);
    let s = spiral(n);
    let single = matches!(x.dtype, DType::F32 | DType::Complex64);
    (single && s.near_circle()).then(|| gpu::plan(&s, x, caps))
}
