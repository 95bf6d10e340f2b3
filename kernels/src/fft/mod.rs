//! Discrete Fourier transforms of any length.

pub mod c2c;
pub mod detrend;
mod double;
mod engine;
mod gpu;
pub mod irfft;
mod large;
pub mod lengths;
mod oracle;
pub mod rfft;
pub mod stft;
pub mod window;

use crate::{Error, Result, Tolerance};
pub use c2c::{C2c, Direction};
use gapwave_columns::{DType, Meta};
pub use irfft::Irfft;
pub use rfft::Rfft;
use serde::{Deserialize, Serialize};
pub use stft::Stft;
pub use window::Window;

/// Which transform carries the factor 1/n, in NumPy's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// The inverse transform is divided by n.
    #[default]
    Backward,
    /// Both are divided by √n.
    Ortho,
    /// The forward transform is divided by n.
    Forward,
}

impl Norm {
    /// The words, as parameters have them.
    pub(crate) const WORDS: &[&str] = &["backward", "ortho", "forward"];

    /// What a transform of length `n` is multiplied by.
    pub fn scale(self, n: usize, inverse: bool) -> f64 {
        let n = n.max(1) as f64;
        match (self, inverse) {
            (Norm::Backward, false) | (Norm::Forward, true) => 1.0,
            (Norm::Ortho, _) => 1.0 / n.sqrt(),
            (Norm::Backward, true) | (Norm::Forward, false) => 1.0 / n,
        }
    }
}

/// Batch and length of an input of one or two axes; the transform runs along the last.
fn batch_and_length(shape: &[usize]) -> (usize, usize) {
    match *shape {
        [n] => (1, n),
        [batch, n] => (batch, n),
        _ => (0, 0),
    }
}

/// The one input of a transform, if it is of these types, of one or two axes and without missing values.
fn admit<'a>(kernel: &'static str, ins: &'a [Meta], types: &[DType]) -> Result<&'a Meta> {
    let refused = |why: String| Err(Error::Refused { kernel, why });
    let [x] = ins else {
        return refused(format!("takes one array, got {}", ins.len()));
    };
    if !types.contains(&x.dtype) {
        let names: Vec<_> = types.iter().map(ToString::to_string).collect();
        return refused(format!("takes {}, got {}", names.join(" or "), x.dtype));
    }
    if x.nullable {
        return refused("takes no missing values: fill the gaps first (impute)".into());
    }
    if !matches!(x.shape.len(), 1 | 2) {
        return refused(format!("takes [n] or [batch, n], got {:?}", x.shape));
    }
    Ok(x)
}

/// A shape to time, `[batch, n]`: with as many transforms as make about `size` numbers, if that is given; shorter ones
/// where one alone is more.
fn batch_of([batch, n]: [usize; 2], size: Option<usize>) -> [usize; 2] {
    match size {
        None => [batch, n],
        Some(size) if size < n => [1, size.max(1)],
        Some(size) => [size / n, n],
    }
}

/// `5·n·log₂n` a transform, the count that benchmarks of transforms use.
fn flops(batch: usize, n: usize) -> u64 {
    (5.0 * batch as f64 * n as f64 * (n.max(1) as f64).log2()) as u64
}

/// How far a transform of length `n` may be from the definition: the error of a transform grows as √log₂n.
///
/// In units of that times the unit roundoff, single precision has a bound of 1 where the length is a power of two and
/// of 2 otherwise, because GPUs go through Bluestein's algorithm there, which takes two longer transforms and two more
/// products. Double precision has twice that: rustfft makes the roots of unity from angles in f64, which are off by up
/// to a few units of roundoff themselves (2π/3 is), where single precision has its roots from f64 as well.
fn bound(dtype: DType, n: usize) -> Tolerance {
    let unit = match dtype {
        DType::F32 | DType::Complex64 => f64::powi(2.0, -24),
        _ => f64::powi(2.0, -52),
    };
    let factor = if n.is_power_of_two() { 1.0 } else { 2.0 };
    let l2 = factor * unit * (n.max(2) as f64).log2().sqrt();
    Tolerance::Norm { l2, linf: 4.0 * l2 }
}
