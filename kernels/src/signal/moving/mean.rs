//! The arithmetic mean.

use super::{Entry, PARAMS, Sample, Statistic, bench, cases, parse};
use crate::kernel::Class;
use crate::signal::window::{self, Mode};
use crate::{SimdLevel, Tolerance};
use fearless_simd::{Simd, dispatch};
use gapwave_columns::Meta;

/// The mean.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TheMean;

/// The registry's entry.
pub static MEAN: Entry = Entry {
    id: "signal/mean",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "mean of a sliding window",
    params: PARAMS,
    parse: parse::<TheMean>,
    cases: cases::<TheMean>,
    bench: bench::<TheMean>,
};

impl Statistic for TheMean {
    const ENTRY: &'static Entry = &MEAN;
    const MODE: Mode = Mode::Reflect;
    const ODD: bool = false;

    fn definition(window: &mut [f64]) -> f64 {
        window.iter().sum::<f64>() / window.len() as f64
    }

    fn tolerance(ins: &[Meta]) -> Tolerance {
        window::near(ins, 1e-12, 1e-12)
    }

    fn flops(size: usize) -> u64 {
        2 * u64::from(usize::BITS - size.leading_zeros())
    }

    fn make<T: Sample>(level: SimdLevel, size: usize, x: &[T], y: &mut [T]) {
        dispatch!(level.token(), simd => means(simd, size, x, y));
    }
}

/// Sums of 1, 2, 4, … numbers that follow each other, of which each window is some.
#[inline(always)]
fn means<S: Simd, T: Sample>(_: S, size: usize, x: &[T], y: &mut [T]) {
    let mut some = vec![0.0; x.len()];
    some.iter_mut().zip(x).for_each(|(to, x)| *to = x.wide());
    let mut twice = vec![0.0; x.len()];
    let mut sums = vec![0.0; y.len()];
    let (mut width, mut summed) = (1, 0);
    loop {
        if size & width != 0 {
            add(&mut sums, &some[summed..]);
            summed += width;
        }
        if summed == size {
            break;
        }
        pairs(&mut twice, &some, width);
        std::mem::swap(&mut some, &mut twice);
        width *= 2;
    }
    let size = size as f64;
    y.iter_mut().zip(&sums).for_each(|(y, sum)| *y = T::of(sum / size));
}

#[inline(always)]
fn add(to: &mut [f64], x: &[f64]) {
    to.iter_mut().zip(x).for_each(|(to, x)| *to += x);
}

#[inline(always)]
fn pairs(to: &mut [f64], x: &[f64], apart: usize) {
    to.iter_mut().zip(x.iter().zip(&x[apart..])).for_each(|(to, (a, b))| *to = a + b);
}
