//! Inputs to try the transform on.

use super::{Dct, DctType};
use crate::case::{Case, uniform_f32};
use crate::fft::{Norm, batch_of};
use gapwave_columns::Array;

/// Lengths: tiny ones, even and odd, both sides of powers of two, smooth ones and primes.
const LENGTHS: [usize; 26] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 32, 34, 60, 100, 127, 128, 255, 256, 257, 400, 1000, 1024, 4096, 65_536, 65_537,
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        let batch = if n > 4096 { 1 } else { [1, 3, 7][k % 3] };
        let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
        let x = uniform_f32(k as u64, batch * n);
        for kind in [DctType::Two, DctType::Three] {
            let norm = [Norm::Backward, Norm::Ortho, Norm::Forward][(k + kind as usize) % 3];
            let kernel = Dct { kind, norm, orthogonalize: [None, Some(true), Some(false), None][k % 4] };
            let name = format!("{kind:?} {norm:?} {:?} of {shape:?}", kernel.orthogonalize);
            if n <= 1024 {
                // Squares, so that the lower half of the significand is not empty.
                let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
                let wide = Array::new(shape.clone(), wide).expect("batch times n numbers");
                cases.push(Case::new(format!("{name} float64"), kernel, vec![wide]));
            }
            let x = Array::new(shape.clone(), x.clone()).expect("batch times n numbers");
            cases.push(Case::new(name, kernel, vec![x]));
        }
    }
    for kind in [DctType::Two, DctType::Three] {
        let kernel = Dct { kind, ..Dct::default() };
        for n in [9usize, 64] {
            for at in [0, 1, n / 2, n - 1] {
                let impulse = (0..n).map(|i| if i == at { 1.0f32 } else { 0.0 }).collect::<Vec<_>>();
                cases.push(Case::new(format!("{kind:?}, impulse {at} of {n}"), kernel, vec![Array::from(impulse)]));
            }
        }
        let none = Array::new([0, 16], Vec::<f32>::new()).expect("no numbers");
        cases.push(Case::new(format!("{kind:?}, no rows of 16"), kernel, vec![none]));
        let none = Array::new([3, 0], Vec::<f32>::new()).expect("no numbers");
        cases.push(Case::new(format!("{kind:?}, 3 rows of 0"), kernel, vec![none]));
        let large = uniform_f32(5, 100).into_iter().map(|x| x * 1e36).collect::<Vec<_>>();
        cases.push(Case::new(format!("{kind:?}, near the largest"), kernel, vec![Array::from(large)]));
    }
    cases
}

/// Blocks of pictures, frames of sound and long signals; about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, [batch, n]): (usize, [usize; 2])| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        Case::new(format!("{batch} × {n}"), Dct::default(), vec![x])
    };
    [[4096, 1024], [4, 1 << 20], [10_000, 400]].map(|s| batch_of(s, size)).into_iter().enumerate().map(case).collect()
}
