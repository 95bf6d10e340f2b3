//! Discrete Fourier transforms of any length.

mod along;
pub mod axes;
mod blocks;
pub mod c2c;
pub mod convolve;
pub mod czt;
pub mod dct;
pub mod detrend;
mod double;
mod engine;
mod gpu;
pub mod hilbert;
pub mod irfft;
pub mod istft;
mod kept;
mod lanes;
mod large;
pub mod lengths;
mod oracle;
pub mod periods;
pub mod planned;
pub mod resample;
pub mod rfft;
pub mod stft;
mod turns;
pub mod window;
pub mod zoom;

use crate::kernel::{Param, ParamKind, Reach};
use crate::{Error, Result, Tolerance};
pub use axes::Axes;
pub use c2c::{C2c, Direction};
pub use convolve::Convolve;
pub use czt::Czt;
pub use dct::Dct;
use gapwave_columns::{DType, Meta};
pub use gpu::{Recipe, Room, Tile};
pub use hilbert::Hilbert;
pub use irfft::Irfft;
pub use istft::Istft;
pub use resample::Resample;
pub use rfft::Rfft;
use serde::{Deserialize, Serialize};
pub use stft::Stft;
pub use window::Window;
pub use zoom::Zoom;

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

/// Batch and length of an input; the transform runs along the last axis.
fn batch_and_length(shape: &[usize]) -> (usize, usize) {
    shape.split_last().map_or((0, 0), |(n, batch)| (batch.iter().product(), *n))
}

/// The one input of a transform, if it is of these types, an array and without missing values.
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
    if x.shape.is_empty() {
        return refused("takes [n] or [batch, n], got a single number".into());
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

/// How far a transform of length `n` (of `n` numbers in all, where it has several axes) may be from the definition: the
/// error of a transform grows as √log₂n.
///
/// In units of that times the unit roundoff, single precision has a bound of 1 where the length is a power of two, and of 2
/// otherwise: Bluestein's algorithm takes two longer transforms and two more products, and a row of a few numbers whose
/// sum is small loses more than the mean (lengths without a prime factor above 11 are held to 1 by the accuracy tests).
/// Double precision has twice that: rustfft makes the roots of unity from angles in f64, which are off by up to a few
/// units of roundoff themselves (2π/3 is), where single precision has its roots from f64 as well.
fn bound(dtype: DType, n: usize) -> Tolerance {
    let (l2, linf) = bounds(dtype, n);
    Tolerance::Norm { l2, linf }
}

fn bounds(dtype: DType, n: usize) -> (f64, f64) {
    let unit = match dtype {
        DType::F32 | DType::Complex64 => f64::powi(2.0, -24),
        _ => f64::powi(2.0, -52),
    };
    let factor = if n.is_power_of_two() { 1.0 } else { 2.0 };
    let l2 = factor * unit * (n.max(2) as f64).log2().sqrt();
    (l2, 4.0 * l2)
}

/// The same for a transform along these axes of an array of that shape: a block has all axes from the first of them on.
fn bound_along(dtype: DType, shape: &[usize], axes: &[usize]) -> Tolerance {
    let (l2, linf) = bounds(dtype, axes::numbers(shape, axes));
    let first = axes.iter().min().copied().unwrap_or(0);
    match shape.len() - first {
        1 => Tolerance::Norm { l2, linf },
        axes => Tolerance::Block { axes, l2, linf },
    }
}

/// The axes that tables of parameters name.
const AXES: Param = Param {
    name: "axes",
    kind: ParamKind::Toml,
    help: "one to three axes, -1 the last; of real transforms the last one named is one-sided [default: [-1]]",
};

/// The norm of transforms, as a parameter.
const NORM: Param = Param {
    name: "norm",
    kind: ParamKind::Choice(Norm::WORDS),
    help: "which direction is divided by n, as in NumPy [default: backward]",
};

/// What the chunk driver may cut: rows are independent unless the transform runs along them.
fn reach(axes: &[usize]) -> Reach {
    if axes.contains(&0) { Reach::Whole } else { Reach::Rows }
}
