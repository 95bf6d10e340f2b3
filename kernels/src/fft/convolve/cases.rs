//! Inputs to try the convolution on.

use super::shape::Shape;
use super::{Convolve, Method, Mode};
use crate::case::{Case, count, uniform_f32};
use gapwave_columns::{Array, Complex32, Complex64, DType};

/// Batch, n and m: of one number, either the longer, equal ones, odd and even ones, both sides of a workgroup's 1024 numbers
/// and 256 terms, several blocks and dispatches.
const SHAPES: [(usize, usize, usize); 20] = [
    (1, 1, 1),
    (3, 1, 2),
    (1, 2, 1),
    (2, 5, 3),
    (1, 3, 8),
    (1, 17, 17),
    (4, 64, 64),
    (2, 100, 99),
    (1, 31, 257),
    (3, 1000, 7),
    (1, 1024, 255),
    (2, 1025, 256),
    (1, 255, 1026),
    (1, 4096, 31),
    (1, 5003, 2),
    (1, 9001, 300),
    (5, 777, 40),
    (1, 20_000, 129),
    (1, 3000, 9000),
    (1, 70_000, 64),
];

const METHODS: [Method; 4] = [Method::Auto, Method::Direct, Method::Fft, Method::OverlapSave];

fn single(seed: u64, shape: &[usize], complex: bool) -> Array {
    let n = shape.iter().product();
    let made = match complex {
        true => Array::new(shape, pairs(seed, n).map(|[re, im]| Complex32::new(re, im)).collect::<Vec<_>>()),
        false => Array::new(shape, uniform_f32(seed, n)),
    };
    made.expect("as many numbers as the shape has")
}

/// Squares, so that the lower half of the significand is not empty.
fn double(seed: u64, shape: &[usize], complex: bool) -> Array {
    let n = shape.iter().product();
    let square = |x: f32| f64::from(x).powi(2) - 0.3;
    let made = match complex {
        true => {
            let numbers = pairs(seed, n).map(|[re, im]| Complex64::new(square(re), square(im)));
            Array::new(shape, numbers.collect::<Vec<_>>())
        }
        false => Array::new(shape, uniform_f32(seed, n).into_iter().map(square).collect::<Vec<_>>()),
    };
    made.expect("as many numbers as the shape has")
}

fn pairs(seed: u64, n: usize) -> impl Iterator<Item = [f32; 2]> {
    let numbers = uniform_f32(seed, 2 * n);
    (0..n).map(move |i| [numbers[2 * i], numbers[2 * i + 1]])
}

/// The numbers with 2 added, so that no terms cancel: errors are relative to the terms, and where few sums are kept, one that
/// happens to be near 0 would say nothing.
fn raised(a: Array) -> Array {
    let shape = a.shape().to_vec();
    macro_rules! by {
        ($t:ty, $two:expr) => {
            Array::new(shape, a.as_slice::<$t>().expect("of this type").iter().map(|x| x + $two).collect::<Vec<_>>())
        };
    }
    let made = match a.dtype() {
        DType::F32 => by!(f32, 2.0),
        DType::F64 => by!(f64, 2.0),
        DType::Complex64 => by!(Complex32, 2.0),
        _ => by!(Complex64, 2.0),
    };
    made.expect("as many numbers as the shape has")
}

/// Most kept numbers that are few.
const FEW: usize = 16;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let modes = [Mode::Full, Mode::Same, Mode::Valid];
    for (k, (batch, n, m)) in SHAPES.into_iter().enumerate() {
        let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
        for (i, method) in METHODS.into_iter().enumerate() {
            let kernel = Convolve { mode: modes[(k + i) % 3], correlate: (k + i) % 2 == 1, method };
            for complex in [false, true] {
                let few = Shape { batch, n, m, mode: kernel.mode, complex }.kept().1 < FEW;
                let made = |a: Array| if few { raised(a) } else { a };
                let seed = (k * 8 + i * 2) as u64 + 1000;
                let name = format!("{kernel:?} of {shape:?} and {m}{}", if complex { ", complex" } else { "" });
                if n * m <= 200_000 {
                    let ins = vec![made(double(seed, &shape, complex)), made(double(seed + 1, &[m], complex))];
                    cases.push(Case::new(format!("{name}, double"), kernel, ins));
                }
                let ins = vec![made(single(seed, &shape, complex)), made(single(seed + 1, &[m], complex))];
                cases.push(Case::new(name, kernel, ins));
            }
        }
    }
    // More terms than one dispatch takes.
    for complex in [false, true] {
        let kernel = Convolve { method: Method::Direct, correlate: true, mode: Mode::Full };
        let ins = vec![single(5, &[2, 400], complex), single(6, &[9000], complex)];
        cases.push(Case::new(format!("9000 terms{}", if complex { ", complex" } else { "" }), kernel, ins));
    }
    for method in METHODS {
        let kernel = Convolve { method, ..Convolve::default() };
        let none = Array::new([0, 9], Vec::<f32>::new()).expect("no numbers");
        cases.push(Case::new(format!("no rows, {method:?}"), kernel, vec![none, single(1, &[4], false)]));
        // Large and small numbers side by side, and subnormal ones.
        let scaled = |s: f32| Array::from(uniform_f32(7, 500).into_iter().map(|x| x * s).collect::<Vec<_>>());
        cases.push(Case::new(format!("large, {method:?}"), kernel, vec![scaled(1e30), single(3, &[20], false)]));
        cases.push(Case::new(format!("small, {method:?}"), kernel, vec![scaled(1e-30), single(3, &[20], false)]));
        let zeros = vec![Array::from(vec![0.0f32; 300]), single(3, &[20], false)];
        cases.push(Case::new(format!("zeros, {method:?}"), kernel, zeros));
    }
    cases
}

/// A long signal with a short, a middling and a long filter; about four million numbers.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(4_000_000).max(1);
    let case = |m: usize| {
        let m = m.min(n);
        let kernel = Convolve { mode: Mode::Same, ..Convolve::default() };
        Case::new(format!("{} with {m}", count(n)), kernel, vec![single(1, &[n], false), single(2, &[m], false)])
    };
    [31, 1001, 100_001].map(case).into()
}
