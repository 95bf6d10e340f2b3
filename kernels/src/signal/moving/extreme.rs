//! The least and the largest.

use super::{Entry, PARAMS, Sample, Statistic, bench, cases, parse};
use crate::kernel::Class;
use crate::signal::sorted;
use crate::signal::window::Mode;
use crate::{SimdLevel, Tolerance};
use fearless_simd::{Simd, dispatch};
use gapwave_columns::Meta;

/// The least.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Least;

/// The largest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Largest;

macro_rules! extreme {
    ($name:ident, $entry:ident, $id:literal, $help:literal, $largest:literal) => {
        /// The registry's entry.
        pub static $entry: Entry = Entry {
            id: $id,
            version: 1,
            class: Class::Exact,
            part: false,
            help: $help,
            params: PARAMS,
            parse: parse::<$name>,
            cases: cases::<$name>,
            bench: bench::<$name>,
        };

        impl Statistic for $name {
            const ENTRY: &'static Entry = &$entry;
            const MODE: Mode = Mode::Reflect;
            const ODD: bool = false;

            fn definition(window: &mut [f64]) -> f64 {
                window.sort_by(f64::total_cmp);
                window[if $largest { window.len() - 1 } else { 0 }] + 0.0
            }

            fn tolerance(_: &[Meta]) -> Tolerance {
                Tolerance::Exact
            }

            fn flops(size: usize) -> u64 {
                u64::from(usize::BITS - size.leading_zeros())
            }

            fn make<T: Sample>(level: SimdLevel, size: usize, x: &[T], y: &mut [T]) {
                sorted::with_nan(size, x, y, |x, y| {
                    dispatch!(level.token(), simd => extremes::<_, T, $largest>(simd, size, x, y));
                });
            }
        }
    };
}
extreme!(Least, LEAST, "signal/min", "least number of a sliding window", false);
extreme!(Largest, LARGEST, "signal/max", "largest number of a sliding window", true);

/// Of 1, 2, 4, … numbers that follow each other, and at last of two such that overlap.
#[inline(always)]
fn extremes<S: Simd, T: Sample, const LARGEST: bool>(_: S, size: usize, x: &[T], y: &mut [T]) {
    let zero = T::of(0.0);
    let mut some = vec![zero; x.len()];
    some.iter_mut().zip(x).for_each(|(to, &x)| *to = x + zero);
    let mut twice = vec![zero; x.len()];
    let mut width = 1;
    while 2 * width <= size {
        pairs::<T, LARGEST>(&mut twice, &some, width);
        std::mem::swap(&mut some, &mut twice);
        width *= 2;
    }
    pairs::<T, LARGEST>(y, &some, size - width);
}

#[inline(always)]
fn pairs<T: Sample, const LARGEST: bool>(to: &mut [T], x: &[T], apart: usize) {
    to.iter_mut()
        .zip(x.iter().zip(&x[apart..]))
        .for_each(|(to, (&a, &b))| *to = if (a < b) == LARGEST { b } else { a });
}
