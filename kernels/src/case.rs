//! Inputs to try a kernel on.

use crate::Kernel;
use gapwave_columns::{Array, Bitmap};

/// A kernel with inputs to try it on.
#[derive(Debug)]
pub struct Case {
    /// What is special about it.
    pub name: String,
    /// The kernel and its parameters.
    pub kernel: Box<dyn Kernel>,
    /// The data inputs.
    pub ins: Vec<Array>,
}

impl Case {
    /// A case.
    pub fn new(name: impl Into<String>, kernel: impl Kernel + 'static, ins: Vec<Array>) -> Self {
        Case { name: name.into(), kernel: Box::new(kernel), ins }
    }
}

/// Lengths at which vectors, words, workgroups and grids begin and end.
pub const LENGTHS: [usize; 13] = [0, 1, 7, 8, 31, 32, 33, 255, 256, 257, 65_535, 65_536, 65_537];

/// A number of elements for the name of a case: `4 M`, `16 Mi`, `1024`.
pub fn count(n: usize) -> String {
    let units = [(1 << 30, "Gi"), (1_000_000_000, "G"), (1 << 20, "Mi"), (1_000_000, "M")];
    match units.iter().find(|(unit, _)| n >= *unit && n % unit == 0) {
        Some((unit, name)) => format!("{} {name}", n / unit),
        None => n.to_string(),
    }
}

/// Counter-based random bits (SplitMix64's finaliser over seed and index): any element can be made alone.
pub fn random(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Uniform in −1 .. 1.
pub fn uniform(seed: u64, index: u64) -> f64 {
    (random(seed, index) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// `n` numbers uniform in −1 .. 1.
pub fn uniform_f64(seed: u64, n: usize) -> Vec<f64> {
    (0..n as u64).map(|i| uniform(seed, i)).collect()
}

/// `n` numbers uniform in −1 .. 1.
pub fn uniform_f32(seed: u64, n: usize) -> Vec<f32> {
    (0..n as u64).map(|i| uniform(seed, i) as f32).collect()
}

/// `n` bits of which about `percent` in a hundred are 0 (missing).
pub fn missing(seed: u64, n: usize, percent: u64) -> Bitmap {
    Bitmap::from_fn(n, |i| random(seed, i as u64) % 100 >= percent)
}
