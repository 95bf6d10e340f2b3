//! Removing the trend of a signal before its transform.

use crate::{Error, Result, real};
use gapwave_columns::{Array, DType};

/// The straight line of least squares through numbers at 0, 1, …: `mean + slope · (i − middle)`.
pub(super) struct Line {
    pub(super) mean: f64,
    pub(super) slope: f64,
    pub(super) middle: f64,
}

impl Line {
    pub(super) fn through(y: &[f64]) -> Line {
        let n = y.len() as f64;
        // Counted from the middle: the two unknowns are then independent.
        let middle = (n - 1.0) / 2.0;
        let mean = y.iter().sum::<f64>() / n;
        let (mut xy, mut xx) = (0.0, 0.0);
        for (i, y) in y.iter().enumerate() {
            let x = i as f64 - middle;
            xy += x * (y - mean);
            xx += x * x;
        }
        Line { mean, slope: if xx > 0.0 { xy / xx } else { 0.0 }, middle }
    }
}

/// A signal less its straight line of least squares over the row number, computed in f64. `f32` or `f64` `[n]` without
/// missing values; the result has the same type. SciPy's `detrend(type="linear")`.
///
/// # Errors
/// [`Error::Refused`] for other types and shapes.
pub fn linear(signal: &Array) -> Result<Array> {
    if !signal.dtype().is_float() || signal.shape().len() != 1 || signal.valid().is_some() {
        let why = format!("takes float32 or float64 [n] without gaps, got {} {:?}", signal.dtype(), signal.shape());
        return Err(Error::Refused { kernel: "detrend", why });
    }
    let y = real(signal);
    let Line { mean, slope, middle } = Line::through(&y);
    let flat = y.iter().enumerate().map(|(i, y)| y - mean - slope * (i as f64 - middle));
    Ok(match signal.dtype() {
        DType::F32 => Array::from(flat.map(|y| y as f32).collect::<Vec<_>>()),
        _ => Array::from(flat.collect::<Vec<_>>()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_nothing_and_what_is_on_it_stays() {
        let line: Vec<f64> = (0..100).map(|i| 300.0 + 0.25 * i as f64).collect();
        let flat = linear(&Array::from(line.clone())).unwrap();
        assert!(flat.as_slice::<f64>().unwrap().iter().all(|y| y.abs() < 1e-11));
        // An even function about the middle has no slope of its own.
        let bump = |i: usize| ((i as f64 - 49.5) / 10.0).cos();
        let mean = (0..100).map(bump).sum::<f64>() / 100.0;
        let both: Vec<f64> = line.iter().enumerate().map(|(i, y)| y + bump(i)).collect();
        let flat = linear(&Array::from(both)).unwrap();
        for (i, y) in flat.as_slice::<f64>().unwrap().iter().enumerate() {
            assert!((y - (bump(i) - mean)).abs() < 1e-11, "{i}");
        }
        assert_eq!(linear(&Array::from(vec![5.0f32])).unwrap().as_slice::<f32>().unwrap(), [0.0]);
        assert!(linear(&Array::from(Vec::<f64>::new())).unwrap().is_empty());
        assert!(linear(&Array::from(vec![1i32])).is_err());
    }
}
