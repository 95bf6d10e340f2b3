//! What the filter is tried on.

use super::Hampel;
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use crate::signal::window::Mode;
use gapwave_columns::Array;

/// Numbers of which every tenth or so is far off.
fn spiky(seed: u64, n: usize) -> Vec<f32> {
    uniform_f32(seed, n).into_iter().map(|x| if x > 0.8 { 100.0 * x } else { x }).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let k = Hampel::new([1, 3, 7, 11, 25][i % 5]);
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(spiky(1, n)) };
        cases.push(Case::new(format!("{n} numbers, {}", k.window), k, vec![x]));
    }
    for mode in Mode::ALL {
        for (n, window, n_sigma) in [(2, 7, 1.0), (100, 7, 1.0), (100, 31, 2.5), (50, 5, 0.0)] {
            let k = Hampel { window, n_sigma, mode, cval: 0.5 };
            cases.push(Case::new(format!("{n}, {window}, {mode:?}"), k, vec![Array::from(spiky(2, n))]));
        }
    }
    let x = Array::new([100, 5], spiky(3, 500)).expect("as many");
    cases.push(Case::new("5 channels", Hampel::new(9), vec![x]));
    let mut odd = spiky(4, 400);
    odd[100] = f32::NAN;
    odd[200] = f32::INFINITY;
    odd[300..310].fill(f32::INFINITY);
    odd[350..360].fill(0.0);
    cases.push(Case::new("no numbers among them", Hampel::new(7), vec![Array::from(odd)]));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    [7, 51]
        .into_iter()
        .map(|window| {
            Case::new(format!("{} by {window}", case::count(n)), Hampel::new(window), vec![Array::from(spiky(1, n))])
        })
        .collect()
}
