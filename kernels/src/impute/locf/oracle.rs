//! The definition, by the number of the row each cell takes its value from.

use super::{Edge, Locf};
use crate::impute::cases::is_sentinel;
use crate::{Result, real};
use gapwave_columns::{Array, Bitmap, for_dtype};

pub(super) fn locf(k: &Locf, a: &Array) -> Result<Array> {
    let (rows, series) = (a.rows(), a.shape().iter().skip(1).product::<usize>());
    let x = real(a);
    let there: Vec<bool> = (0..x.len())
        .map(|i| a.valid().is_none_or(|v| v.get(i)) && !x[i].is_nan() && !is_sentinel(a.dtype(), x[i], k.missing))
        .collect();
    let mut source: Vec<Option<usize>> = (0..x.len()).map(|i| there[i].then_some(i)).collect();
    for s in 0..series {
        let mut row = 0;
        while row < rows {
            if there[row * series + s] {
                row += 1;
                continue;
            }
            let start = row;
            while row < rows && !there[row * series + s] {
                row += 1;
            }
            if k.max_gap.is_some_and(|m| (row - start) as u64 > m) {
                continue;
            }
            for r in start..row {
                let (from, steps) = match (start, row) {
                    (0, end) if end == rows => continue,
                    (0, end) if k.edge == Edge::Nearest => (end, end - r),
                    (0, _) => continue,
                    (start, _) => (start - 1, r - start + 1),
                };
                if k.limit.is_none_or(|l| steps as u64 <= l) {
                    source[r * series + s] = Some(from * series + s);
                }
            }
        }
    }
    let y = for_dtype!(a.dtype(), T => {
        let x = a.as_slice::<T>()?;
        Array::new(a.shape().to_vec(), source.iter().enumerate().map(|(i, s)| x[s.unwrap_or(i)]).collect())?
    });
    Ok(if a.valid().is_some() { y.with_valid(Bitmap::from_fn(source.len(), |i| source[i].is_some()))? } else { y })
}
