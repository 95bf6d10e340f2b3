//! Inputs to try the transform on.

use super::{C2c, Direction};
use crate::case::{Case, uniform};
use crate::fft::{Axes, Norm, batch_of};
use gapwave_columns::{Array, Complex32, Complex64};

/// Lengths: tiny ones, both sides of powers of two, smooth ones, primes, and where a GPU goes from one pass to two.
const LENGTHS: [usize; 28] = [
    0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 60, 100, 127, 128, 255, 256, 257, 400, 1000, 1024, 2048, 4096, 8192,
    65_535, 65_536, 65_537,
];

fn noise(seed: u64, n: usize) -> Vec<Complex32> {
    (0..n as u64).map(|i| Complex32::new(uniform(seed, 2 * i) as f32, uniform(seed, 2 * i + 1) as f32)).collect()
}

fn widen(x: &[Complex32]) -> Vec<Complex64> {
    // Squares, so that the lower half of the significand is not empty.
    x.iter().map(|z| Complex64::new(f64::from(z.re).powi(2) - 0.3, f64::from(z.im).powi(3))).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        let batch = if n > 8192 { 1 } else { [1, 3, 7][k % 3] };
        let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
        let x = noise(k as u64, batch * n);
        let directions = [Direction::Forward, Direction::Inverse];
        // The longest lengths once each, or a software adapter is at them for minutes.
        for direction in
            directions.into_iter().skip(if n > 8192 { k % 2 } else { 0 }).take(if n > 8192 { 1 } else { 2 })
        {
            let norm = [Norm::Backward, Norm::Ortho, Norm::Forward][(k + direction as usize) % 3];
            let kernel = C2c { direction, norm, ..C2c::default() };
            let name = format!("{direction:?} {norm:?} of {shape:?}");
            if n <= 4096 {
                let wide = Array::new(shape.clone(), widen(&x)).expect("batch times n numbers");
                cases.push(Case::new(format!("{name} complex128"), kernel, vec![wide]));
            }
            let x = Array::new(shape.clone(), x.clone()).expect("batch times n numbers");
            cases.push(Case::new(name, kernel, vec![x]));
        }
    }
    for n in [8usize, 12, 256, 4096] {
        let mut impulse = vec![Complex32::new(0.0, 0.0); n];
        impulse[n / 3] = Complex32::new(1.0, -0.5);
        cases.push(Case::new(format!("impulse of {n}"), C2c::forward(), vec![Array::from(impulse)]));
        let tone = (0..n).map(|j| {
            let w = crate::fft::oracle::root((j * (n / 4 + 1)) as u64, n as u64).conj();
            Complex32::new(w.re as f32, w.im as f32)
        });
        cases.push(Case::new(format!("tone of {n}"), C2c::forward(), vec![Array::from(tone.collect::<Vec<_>>())]));
    }
    for (k, (shape, axes)) in along().into_iter().enumerate() {
        let numbers = shape.iter().product();
        let axes = Axes::new(axes).expect("axes");
        let directions = [Direction::Forward, Direction::Inverse];
        let kernel = C2c { direction: directions[k % 2], norm: [Norm::Ortho, Norm::Backward][k / 2 % 2], axes };
        let x = noise(k as u64, numbers);
        let name = format!("{:?} along {:?} of {shape:?}", kernel.direction, axes.list());
        if numbers <= 1 << 14 {
            let wide = Array::new(shape.clone(), widen(&x)).expect("as many numbers");
            cases.push(Case::new(format!("{name} complex128"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, x).expect("as many numbers")]));
    }
    let empty = Array::new([0, 16], Vec::<Complex32>::new()).expect("no numbers");
    cases.push(Case::new("no rows of 16", C2c::inverse(), vec![empty]));
    let empty = Array::new([4, 0], Vec::<Complex32>::new()).expect("no numbers");
    cases.push(Case::new("4 rows of 0", C2c::forward(), vec![empty]));
    cases
}

/// Shapes and axes: inner batches that fill a workgroup's columns and that do not, passes along them, two and three
/// axes in any order, axes of one number.
pub(in crate::fft) fn along() -> Vec<(Vec<usize>, &'static [i8])> {
    vec![
        (vec![16, 3], &[0]),
        (vec![3, 1000, 2], &[1]),
        (vec![97, 40], &[0]),
        (vec![2, 4096, 5], &[-2]),
        (vec![8192, 3], &[0]),
        (vec![2053, 7], &[0]),
        (vec![12, 20], &[-2, -1]),
        (vec![3, 64, 64], &[-2, -1]),
        (vec![2, 31, 100], &[-1, -2]),
        (vec![100, 1, 30], &[0, 1]),
        (vec![6, 10, 15], &[-3, -2, -1]),
        (vec![2, 8, 9, 32], &[1, 2, 3]),
        (vec![32, 5, 7], &[2, 0]),
        (vec![1, 1], &[0, 1]),
        (vec![4, 0, 3], &[0, 1]),
    ]
}

/// Powers of two within and beyond a workgroup, a smooth length and a prime one; about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let shapes: [[usize; 2]; 7] =
        [[16_384, 256], [4096, 1024], [1024, 4096], [64, 65_536], [4, 1 << 20], [4000, 1000], [256, 16_381]];
    let case = |(k, [batch, n]): (usize, [usize; 2])| {
        let x = Array::new([batch, n], noise(k as u64, batch * n)).expect("batch times n numbers");
        Case::new(format!("{batch} × {n}"), C2c::default(), vec![x])
    };
    shapes.map(|s| batch_of(s, size)).into_iter().enumerate().map(case).collect()
}
