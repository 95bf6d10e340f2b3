//! What the filter is tried on.

use super::{Pad, Sosfiltfilt};
use crate::Case;
use crate::case::{self, uniform_f32, uniform_f64};
use crate::signal::design::{self, Band, Section, Shape};
use gapwave_columns::Array;

fn butter(order: usize, band: Band) -> Vec<Section> {
    design::iir(order, Shape::Butterworth, band, 100.0).expect("a design")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in [0, 16, 17, 100, 1000, 20_011].into_iter().enumerate() {
        let k = Sosfiltfilt::new(butter(1 + i % 4, Band::Low(10.0)));
        let x = if i % 2 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers"), k, vec![x]));
    }
    for padtype in [Pad::Odd, Pad::Even, Pad::Constant, Pad::None] {
        for padlen in [None, Some(0), Some(40)] {
            let k = Sosfiltfilt { padtype, padlen, ..Sosfiltfilt::new(butter(3, Band::Pass(5.0, 20.0))) };
            let x = Array::new([60, 5], uniform_f32(2, 300)).expect("as many");
            cases.push(Case::new(format!("{padtype:?}, {padlen:?}"), k, vec![x]));
        }
    }
    let mut holes = uniform_f64(3, 100);
    holes[50] = f64::NAN;
    cases.push(Case::new("no number", Sosfiltfilt::new(butter(2, Band::Low(10.0))), vec![Array::from(holes)]));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    let k = Sosfiltfilt::new(butter(4, Band::Low(10.0)));
    vec![Case::new(case::count(n), k, vec![Array::from(uniform_f32(1, n))])]
}
