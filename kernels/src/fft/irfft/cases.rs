//! Inputs to try the transform on.

use super::{Irfft, bins};
use crate::case::{Case, uniform_f32};
use crate::fft::c2c::cases::along;
use crate::fft::{Axes, Norm, batch_of};
use gapwave_columns::{Array, Complex32, Complex64};

/// Lengths: tiny ones, even and odd, both sides of powers of two, smooth ones and primes.
const LENGTHS: [usize; 28] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 32, 34, 60, 100, 127, 128, 255, 256, 257, 400, 1000, 1024, 4096, 8192, 65_534,
    65_536, 65_537,
];

fn spectrum(seed: u64, bins: usize) -> Vec<Complex32> {
    uniform_f32(seed, 2 * bins).chunks_exact(2).map(|p| Complex32::new(p[0], p[1])).collect()
}

fn widen(y: &[Complex32]) -> Vec<Complex64> {
    // Squares, so that the lower half of the significand is not empty.
    let square = |x: f32| f64::from(x).powi(2) - 0.3;
    y.iter().map(|z| Complex64::new(square(z.re), square(z.im))).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        let batch = if n > 8192 { 1 } else { [1, 3, 7][k % 3] };
        let shape = if batch == 1 { vec![bins(n)] } else { vec![batch, bins(n)] };
        // An even length need not be said.
        let said = (n % 2 == 1 || k % 2 == 0).then_some(n);
        let norm = [Norm::Backward, Norm::Ortho, Norm::Forward][k % 3];
        let kernel = Irfft { n: said, norm, ..Irfft::default() };
        let y = spectrum(k as u64, batch * bins(n));
        let name = format!("{:?} to {n} of {shape:?}", kernel.norm);
        if n <= 4096 {
            let wide = Array::new(shape.clone(), widen(&y)).expect("batch times bins");
            cases.push(Case::new(format!("{name} complex128"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, y).expect("batch times bins")]));
    }
    for (k, (mut shape, axes)) in along().into_iter().enumerate() {
        let axes = Axes::new(axes).expect("axes");
        let last = axes.of("fft/irfft", shape.len()).expect("axes of the shape").pop().expect("an axis");
        let n = shape[last];
        shape[last] = bins(n);
        let numbers = shape.iter().product();
        let kernel = Irfft { n: Some(n), norm: [Norm::Backward, Norm::Ortho][k % 2], axes };
        let y = spectrum(k as u64, numbers);
        let name = format!("to {n} along {:?} of {shape:?}", axes.list());
        if numbers <= 1 << 14 {
            let wide = Array::new(shape.clone(), widen(&y)).expect("as many numbers");
            cases.push(Case::new(format!("{name} complex128"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, y).expect("as many numbers")]));
    }
    for n in [9usize, 64, 1024] {
        for k in [0, 1, n / 5, n / 2] {
            let tone = (0..bins(n)).map(|j| Complex32::new(0.0, 0.0) + if j == k { 1.0 } else { 0.0 });
            let kernel = Irfft { n: Some(n), norm: Norm::Ortho, ..Irfft::default() };
            cases.push(Case::new(format!("bin {k} of {n}"), kernel, vec![Array::from(tone.collect::<Vec<_>>())]));
        }
    }
    cases.push(Case::new(
        "no rows to 16",
        Irfft::default(),
        vec![Array::new([0, 9], Vec::<Complex32>::new()).expect("no numbers")],
    ));
    cases
}

/// As of the transform whose inverse it is: about four million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, [batch, n]): (usize, [usize; 2])| {
        let y = Array::new([batch, bins(n)], spectrum(k as u64, batch * bins(n))).expect("batch times bins");
        Case::new(format!("{batch} × {n}"), Irfft { n: Some(n), ..Irfft::default() }, vec![y])
    };
    [[4096, 1024], [4, 1 << 20], [10_000, 400]].map(|s| batch_of(s, size)).into_iter().enumerate().map(case).collect()
}
