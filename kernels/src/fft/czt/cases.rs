//! Inputs to try the transform on.

use super::{Czt, Point};
use crate::case::{Case, uniform_f32};
use crate::fft::batch_of;
use gapwave_columns::{Array, Complex32, Complex64};

/// A signal of every type, with its name.
pub(in crate::fft) fn signals(seed: u64, batch: usize, n: usize) -> Vec<(String, Array)> {
    let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
    let numbers = uniform_f32(seed, 2 * batch * n);
    // Squares, so that the lower half of the significand is not empty.
    let square = |x: f32| f64::from(x).powi(2) - 0.3;
    let pairs = || numbers.chunks_exact(2);
    let made = [
        Array::new(shape.clone(), pairs().map(|p| p[0]).collect::<Vec<f32>>()),
        Array::new(shape.clone(), pairs().map(|p| square(p[0])).collect::<Vec<f64>>()),
        Array::new(shape.clone(), pairs().map(|p| Complex32::new(p[0], p[1])).collect::<Vec<_>>()),
        Array::new(shape.clone(), pairs().map(|p| Complex64::new(square(p[0]), square(p[1]))).collect::<Vec<_>>()),
    ];
    made.into_iter()
        .map(|x| x.expect("batch times n numbers"))
        .map(|x| (format!("{} {shape:?}", x.dtype()), x))
        .collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |seed: u64, batch: usize, n: usize, name: &str, k: Czt| {
        for (what, x) in signals(seed, batch, n) {
            cases.push(Case::new(format!("{name}, {:?} points of {what}", k.m.unwrap_or(n)), k, vec![x]));
        }
    };
    // Numbers and points: tiny ones, more of the one and of the other, sums on both sides of powers of two.
    let shapes = [[1, 1], [1, 5], [2, 2], [5, 1], [16, 17], [31, 97], [97, 31], [128, 129], [300, 256], [1009, 64]];
    let polar = |radius, turns| Point::Polar { radius, turns };
    for (i, [n, m]) in shapes.into_iter().enumerate() {
        let (seed, batch) = (i as u64, [1, 3, 7][i % 3]);
        let m = (n != m).then_some(m);
        add(seed, batch, n, "the whole circle", Czt { m, ..Czt::default() });
        let (w, a) = (Point::turned(-0.003), Point::turned(0.2));
        add(seed, batch, n, "an arc", Czt { m, w: Some(w), a: Some(a) });
        if i % 2 == 0 {
            // Near enough for Bluestein's algorithm, and too far for it; from inside and from outside.
            let w = polar(1.0 + 1e-6, 0.007);
            add(seed, 1, n, "a flat spiral", Czt { m, w: Some(w), a: Some(Point::Complex([0.3, 0.95])) });
            let w = Point::Complex([0.96, -0.11]);
            add(seed, 1, n, "a steep spiral", Czt { m, w: Some(w), a: Some(polar(1.02, 0.4)) });
        }
    }
    add(1, 1, 40, "growing", Czt { m: Some(30), w: Some(Point::Complex([1.02, 0.1])), a: Some(polar(0.9, 0.0)) });
    add(2, 3, 30, "a circle inside", Czt { a: Some(polar(0.9, 0.0)), ..Czt::default() });
    add(3, 3, 30, "a circle outside", Czt { a: Some(polar(1.1, 0.0)), ..Czt::default() });
    // A single point, at which the sum is about as large as that of noise is.
    add(
        4,
        2,
        30,
        "one point again and again",
        Czt { m: Some(5), w: Some(Point::turned(0.0)), a: Some(Point::turned(0.12)) },
    );
    let none = Array::new([0, 16], Vec::<f32>::new()).expect("no numbers");
    cases.push(Case::new("no rows of 16", Czt::default(), vec![none]));
    cases
}

/// Prime lengths, and some points of a long signal; about a million numbers each.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let case = |(k, ([batch, n], m)): (usize, ([usize; 2], Option<usize>))| {
        let x = Array::new([batch, n], uniform_f32(k as u64, batch * n)).expect("batch times n numbers");
        let kernel = Czt { m, ..Czt::default() };
        Case::new(format!("{batch} × {n} at {}", m.unwrap_or(n)), kernel, vec![x])
    };
    let shapes = [([1024, 1009], None), ([16, 65_536], Some(200))];
    shapes.map(|(s, m)| (batch_of(s, size), m)).into_iter().enumerate().map(case).collect()
}
