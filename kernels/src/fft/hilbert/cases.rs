//! Inputs to try the transform on.

use super::{Hilbert, Output};
use crate::case::{Case, uniform_f32};
use crate::fft::batch_of;
use gapwave_columns::Array;

/// Lengths: tiny ones, even and odd, both sides of powers of two, smooth ones and primes.
const LENGTHS: [usize; 24] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 34, 60, 100, 127, 128, 255, 256, 257, 400, 1000, 4096, 65_536, 65_537];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for output in [Output::Analytic, Output::Envelope] {
        let kernel = Hilbert { output };
        for (k, n) in LENGTHS.into_iter().enumerate() {
            let batch = if n > 4096 { 1 } else { [1, 3, 7][k % 3] };
            let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
            let x = uniform_f32(k as u64, batch * n);
            let name = format!("{output:?} of {shape:?}");
            if n <= 1000 {
                // Squares, so that the lower half of the significand is not empty.
                let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
                let wide = Array::new(shape.clone(), wide).expect("batch times n numbers");
                cases.push(Case::new(format!("{name} float64"), kernel, vec![wide]));
            }
            cases.push(Case::new(name, kernel, vec![Array::new(shape, x).expect("batch times n numbers")]));
        }
        for n in [9usize, 64] {
            let impulse = (0..n).map(|i| if i == n / 3 { 1.0f32 } else { 0.0 }).collect::<Vec<_>>();
            cases.push(Case::new(format!("{output:?}, impulse of {n}"), kernel, vec![Array::from(impulse)]));
        }
        // The squares of these are infinite, or nothing.
        for size in [1e30f32, 1e-25] {
            let x = uniform_f32(5, 100).into_iter().map(|x| x * size).collect::<Vec<_>>();
            cases.push(Case::new(format!("{output:?}, numbers of {size:e}"), kernel, vec![Array::from(x)]));
        }
        let none = Array::new([0, 16], Vec::<f32>::new()).expect("no numbers");
        cases.push(Case::new(format!("{output:?}, no rows of 16"), kernel, vec![none]));
        cases.push(Case::new(format!("{output:?}, zeros"), kernel, vec![Array::from(vec![0.0f32; 12])]));
    }
    cases
}

/// Frames, and long signals; about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, [batch, n]): (usize, [usize; 2])| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        Case::new(format!("{batch} × {n}"), Hilbert::default(), vec![x])
    };
    [[4096, 1024], [4, 1 << 20], [10_000, 400]].map(|s| batch_of(s, size)).into_iter().enumerate().map(case).collect()
}
