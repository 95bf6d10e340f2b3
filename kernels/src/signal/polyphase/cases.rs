//! What changes of rate are tried on.

use super::{Resample, Upfirdn};
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use gapwave_columns::Array;

/// Factors: none, one of both, small, and with something in common.
const RATIOS: [(usize, usize); 9] = [(1, 1), (2, 1), (1, 2), (3, 2), (2, 3), (5, 7), (6, 4), (16, 15), (147, 160)];

pub(super) fn upfirdn() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, (up, down)) in RATIOS.into_iter().enumerate() {
        for (taps, n) in [(1, 10), (2, 1), (7, 100), (100, 33), (41, 0)] {
            let k = Upfirdn { taps: uniform_f64(7, taps), up, down };
            let x = if i % 2 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
            cases.push(Case::new(format!("{n} numbers, {up}/{down}, {taps} weights"), k, vec![x]));
        }
    }
    cases
}

pub(super) fn resample() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let (up, down) = RATIOS[i % 8];
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers, {up}/{down}"), Resample::new(up, down), vec![x]));
    }
    for (up, down) in RATIOS {
        let x = Array::new([500, 3], uniform_f32(2, 1500)).expect("as many");
        cases.push(Case::new(format!("3 channels, {up}/{down}"), Resample::new(up, down), vec![x]));
    }
    let mut holes = uniform_f64(3, 3000);
    (holes[1000], holes[2999]) = (f64::NAN, f64::NAN);
    cases.push(Case::new("no numbers among them", Resample::new(3, 2), vec![Array::from(holes)]));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    [(3, 2), (1, 4), (147, 160)]
        .into_iter()
        .map(|(up, down)| {
            let name = format!("{}, {up}/{down}", case::count(n));
            Case::new(name, Resample::new(up, down), vec![Array::from(uniform_f32(1, n))])
        })
        .collect()
}
