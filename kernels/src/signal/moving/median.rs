//! The middle one in order.

use super::{Entry, PARAMS, Sample, Statistic, bench, cases, linked, parse};
use crate::kernel::Class;
use crate::signal::sorted::{self, Pick};
use crate::signal::window::Mode;
use crate::{SimdLevel, Tolerance};
use fearless_simd::{Simd, dispatch};
use gapwave_columns::Meta;

/// Windows up to this size are kept in order; of longer ones blocks are sorted.
const SHORT: usize = 255;

/// The median.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TheMedian;

/// The registry's entry.
pub static MEDIAN: Entry = Entry {
    id: "signal/median",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "median of a sliding window",
    params: PARAMS,
    parse: parse::<TheMedian>,
    cases: cases::<TheMedian>,
    bench: bench::<TheMedian>,
};

struct Middle;

impl Pick for Middle {
    #[inline(always)]
    fn pick<S: Simd, T: Sample>(&self, _: S, sorted: &[T::Vector<S>], _: T::Vector<S>) -> T::Vector<S> {
        sorted[sorted.len() / 2]
    }
}

impl Statistic for TheMedian {
    const ENTRY: &'static Entry = &MEDIAN;
    const MODE: Mode = Mode::Constant;
    const ODD: bool = true;

    fn definition(window: &mut [f64]) -> f64 {
        window.sort_by(f64::total_cmp);
        window[window.len() / 2] + 0.0
    }

    fn tolerance(_: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn flops(size: usize) -> u64 {
        4 * size.min(SHORT) as u64
    }

    fn make<T: Sample>(level: SimdLevel, size: usize, x: &[T], y: &mut [T]) {
        sorted::with_nan(size, x, y, |x, y| {
            if size > SHORT {
                linked::medians(size, x, y);
            } else {
                dispatch!(level.token(), simd => sorted::slide(simd, size, &Middle, x, y));
            }
        });
    }
}
