//! Inputs to try the transform on.

use super::Zoom;
use crate::case::{Case, uniform_f32};
use crate::fft::batch_of;
use crate::fft::czt::cases::signals;
use gapwave_columns::Array;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // Numbers and points: tiny ones, more of the one and of the other, sums on both sides of powers of two.
    let shapes = [[1, 1], [1, 5], [2, 2], [5, 1], [16, 17], [31, 97], [97, 31], [128, 129], [300, 256], [1009, 64]];
    let bands = [([0.0, 2.0], 2.0), ([0.1, 0.35], 1.0), ([-3.0, 20.5], 48.0), ([0.5, 0.5], 2.0), ([0.3, 0.301], 1.0)];
    for (i, [n, m]) in shapes.into_iter().enumerate() {
        let (band, fs) = bands[i % bands.len()];
        let kernel = Zoom { band, m: (n != m).then_some(m), fs, endpoint: i % 2 == 1 };
        for (name, x) in signals(i as u64, [1, 3, 7][i % 3], n) {
            cases.push(Case::new(format!("{m} points in {band:?} of {name}"), kernel, vec![x]));
        }
    }
    let kernel = Zoom { band: [0.1, 0.2], m: Some(20), fs: 1.0, endpoint: false };
    let none = Array::new([0, 16], Vec::<f32>::new()).expect("no numbers");
    cases.push(Case::new("20 points of no rows of 16", kernel, vec![none]));
    // A long signal: its last number is turned the square of its place times.
    let kernel = Zoom { m: Some(12), ..kernel };
    cases.push(Case::new("12 points of [65537]", kernel, vec![Array::from(uniform_f32(9, 65_537))]));
    cases
}

/// A band of as many points as numbers; about a million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, ([batch, n], m)): (usize, ([usize; 2], Option<usize>))| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        let kernel = Zoom { band: [0.1, 0.2], m, fs: 1.0, endpoint: false };
        Case::new(format!("{batch} × {n} at {}", m.unwrap_or(n)), kernel, vec![x])
    };
    // Few points of the long one: the sums that judge it are as many times as long.
    let shapes = [([1024, 1000], None), ([1, 1_000_000], Some(200))];
    shapes.map(|(s, m)| (batch_of(s, size), m)).into_iter().enumerate().map(case).collect()
}
