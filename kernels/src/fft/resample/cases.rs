//! Inputs to try the transform on.

use super::Resample;
use crate::case::{Case, uniform_f32};
use crate::fft::batch_of;
use gapwave_columns::Array;

/// Lengths before and after: tiny ones, every pair of even and odd, there and back, powers of two, primes, and rates of
/// sound.
const LENGTHS: [[usize; 2]; 26] = [
    [1, 1],
    [1, 2],
    [1, 7],
    [2, 1],
    [2, 3],
    [2, 4],
    [3, 2],
    [4, 2],
    [5, 2],
    [7, 7],
    [8, 8],
    [8, 12],
    [8, 13],
    [9, 12],
    [9, 13],
    [12, 8],
    [12, 9],
    [13, 8],
    [13, 9],
    [97, 1009],
    [1009, 97],
    [441, 480],
    [1000, 1024],
    [4096, 1024],
    [44_100, 48_000],
    [65_537, 8191],
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, [n, num]) in LENGTHS.into_iter().enumerate() {
        let batch = if n > 4096 { 1 } else { [1, 3, 7][k % 3] };
        let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
        let kernel = Resample { num };
        let x = uniform_f32(k as u64, batch * n);
        let name = format!("{shape:?} to {num}");
        if n.max(num) <= 1024 {
            // Squares, so that the lower half of the significand is not empty.
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
            let wide = Array::new(shape.clone(), wide).expect("batch times n numbers");
            cases.push(Case::new(format!("{name} float64"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, x).expect("batch times n numbers")]));
    }
    let none = Array::new([0, 16], Vec::<f32>::new()).expect("no numbers");
    cases.push(Case::new("no rows of 16 to 24", Resample { num: 24 }, vec![none]));
    // All of it in the bin that is its own mirror image, or becomes it.
    for (n, num) in [(16usize, 24), (16, 25), (24, 16), (16, 32)] {
        let alternating = (0..n).map(|j| if j * n.min(num) / n % 2 == 0 { 1.0f32 } else { -1.0 });
        let x = Array::from(alternating.collect::<Vec<_>>());
        cases.push(Case::new(format!("the last bin, {n} to {num}"), Resample { num }, vec![x]));
    }
    cases
}

/// Between the rates of sound and by powers of two; about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, ([batch, n], [a, b])): (usize, ([usize; 2], [usize; 2]))| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        let num = (n * a / b).max(1);
        Case::new(format!("{batch} × {n} to {num}"), Resample { num }, vec![x])
    };
    let shapes = [([4096, 1024], [1, 2]), ([4, 1 << 20], [2, 1]), ([95, 44_100], [160, 147])];
    shapes.map(|(shape, rates)| (batch_of(shape, size), rates)).into_iter().enumerate().map(case).collect()
}
