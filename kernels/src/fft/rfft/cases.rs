//! Inputs to try the transform on.

use super::Rfft;
use crate::case::{Case, uniform_f32};
use crate::fft::c2c::cases::along;
use crate::fft::{Axes, Norm, batch_of};
use gapwave_columns::Array;

/// Lengths: tiny ones, even and odd, both sides of powers of two, smooth ones and primes.
const LENGTHS: [usize; 28] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 32, 34, 60, 100, 127, 128, 255, 256, 257, 400, 1000, 1024, 4096, 8192, 65_534,
    65_536, 65_537,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        let batch = if n > 8192 { 1 } else { [1, 3, 7][k % 3] };
        let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
        let kernel = Rfft { norm: [Norm::Backward, Norm::Ortho, Norm::Forward][k % 3], ..Rfft::default() };
        let x = uniform_f32(k as u64, batch * n);
        let name = format!("{:?} of {shape:?}", kernel.norm);
        if n <= 4096 {
            // Squares, so that the lower half of the significand is not empty.
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
            let wide = Array::new(shape.clone(), wide).expect("batch times n numbers");
            cases.push(Case::new(format!("{name} float64"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, x).expect("batch times n numbers")]));
    }
    for (k, (shape, axes)) in along().into_iter().enumerate() {
        let numbers = shape.iter().product();
        let axes = Axes::new(axes).expect("axes");
        let kernel = Rfft { norm: [Norm::Ortho, Norm::Backward][k % 2], axes };
        let x = uniform_f32(k as u64, numbers);
        let name = format!("along {:?} of {shape:?}", axes.list());
        if numbers <= 1 << 14 {
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
            let wide = Array::new(shape.clone(), wide).expect("as many numbers");
            cases.push(Case::new(format!("{name} float64"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, x).expect("as many numbers")]));
    }
    for n in [9usize, 64, 1024] {
        let impulse = (0..n).map(|i| if i == n / 3 { 1.0f32 } else { 0.0 }).collect::<Vec<_>>();
        cases.push(Case::new(format!("impulse of {n}"), Rfft::default(), vec![Array::from(impulse)]));
        let tone = (0..n).map(|j| crate::fft::oracle::root((j * (n / 5)) as u64, n as u64).re as f32);
        cases.push(Case::new(format!("tone of {n}"), Rfft::default(), vec![Array::from(tone.collect::<Vec<_>>())]));
    }
    cases.push(Case::new(
        "no rows of 16",
        Rfft::default(),
        vec![Array::new([0, 16], Vec::<f32>::new()).expect("no numbers")],
    ));
    cases
}

/// Batches of powers of two, and a length of audio frames; about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, [batch, n]): (usize, [usize; 2])| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        Case::new(format!("{batch} × {n}"), Rfft::default(), vec![x])
    };
    [[4096, 1024], [4, 1 << 20], [10_000, 400]].map(|s| batch_of(s, size)).into_iter().enumerate().map(case).collect()
}
