//! What the filter is tried on.

use super::{Ends, Savgol};
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use gapwave_columns::Array;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let k = [Savgol::new(1, 0), Savgol::new(5, 2), Savgol::new(7, 3), Savgol::new(31, 4)][i % 4];
        let k = if n < k.window { Savgol { mode: Ends::Nearest, ..k } } else { k };
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers, {}", k.window), k, vec![x]));
    }
    for mode in [Ends::Interp, Ends::Mirror, Ends::Nearest, Ends::Constant, Ends::Wrap] {
        for (n, window, polyorder, deriv) in [(11, 11, 3, 0), (80, 15, 4, 1), (80, 9, 2, 2)] {
            let k = Savgol { mode, deriv, delta: 0.5, cval: 0.25, ..Savgol::new(window, polyorder) };
            let name = format!("{n}, {window}, {polyorder}, {deriv}, {mode:?}");
            cases.push(Case::new(name, k, vec![Array::from(uniform_f64(2, n))]));
        }
    }
    let x = Array::new([100, 5], uniform_f32(3, 500)).expect("as many");
    cases.push(Case::new("5 channels", Savgol::new(9, 2), vec![x]));
    cases.push(Case::new(
        "a derivative above the degree",
        Savgol { deriv: 3, ..Savgol::new(9, 2) },
        vec![Array::from(uniform_f32(4, 20))],
    ));
    let mut holes = uniform_f64(5, 400);
    (holes[0], holes[200], holes[300]) = (f64::NAN, f64::INFINITY, f64::NAN);
    cases.push(Case::new("no numbers among them", Savgol::new(7, 2), vec![Array::from(holes)]));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    let k = Savgol::new(11, 3);
    vec![Case::new(format!("{} by 11", case::count(n)), k, vec![Array::from(uniform_f32(1, n))])]
}
