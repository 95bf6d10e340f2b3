//! What moving statistics are tried on.

use super::{Moving, Statistic};
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use crate::signal::window::Mode;
use gapwave_columns::Array;

pub(super) fn cases<S: Statistic>() -> Vec<Case> {
    let mut cases = Vec::new();
    let windows: &[usize] =
        if S::ODD { &[1, 3, 5, 7, 9, 11, 13, 51, 255, 257] } else { &[1, 2, 3, 4, 5, 8, 11, 16, 51, 100, 257] };
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let window = windows[i % 8];
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers, {window}"), Moving::<S>::new(window), vec![x]));
    }
    // Few values, so that many are equal, and zeros of both signs.
    let few = |n| {
        let few = |x: f32| (x * 4.0).round() / 4.0 * if x > 0.5 { -1.0 } else { 1.0 };
        Array::from(uniform_f32(2, n).into_iter().map(few).collect::<Vec<f32>>())
    };
    for &window in windows {
        cases.push(Case::new(format!("{window} of 300"), Moving::<S>::new(window), vec![few(300)]));
    }
    for mode in Mode::ALL {
        for (window, n) in if S::ODD { [(5, 1), (5, 3), (51, 80)] } else { [(4, 1), (4, 3), (16, 80)] } {
            let mut k = Moving::<S>::new(window).mode(mode);
            k.cval = 0.25;
            cases.push(Case::new(format!("{window} of {n}, {mode:?}"), k, vec![few(n)]));
        }
    }
    for channels in [2, 3, 17] {
        let x = Array::new([100, channels], uniform_f64(3, 100 * channels)).expect("as many");
        cases.push(Case::new(format!("{channels} channels"), Moving::<S>::new(7), vec![x]));
    }
    let none = Array::new([0, 3], Vec::<f32>::new()).expect("none");
    cases.push(Case::new("no rows of three", Moving::<S>::new(7), vec![none]));
    let mut holes = uniform_f32(4, 700);
    for (i, v) in [(0, f32::NAN), (50, f32::NAN), (51, f32::NAN), (200, f32::INFINITY), (203, f32::NEG_INFINITY)] {
        holes[i] = v;
    }
    holes[699] = f32::NAN;
    for window in [5, 51, 301] {
        let x = vec![Array::from(holes.clone()), Array::from(uniform_f64(5, 700))];
        cases.push(Case::new(format!("{window}, no numbers among them"), Moving::<S>::new(window), x));
    }
    cases
}

pub(super) fn bench<S: Statistic>(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    [5, 11, 51, 1001]
        .into_iter()
        .map(|window| {
            let name = format!("{} by {window}", case::count(n));
            Case::new(name, Moving::<S>::new(window), vec![Array::from(uniform_f32(1, n))])
        })
        .collect()
}
