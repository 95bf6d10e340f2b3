//! The definition, row by row in f64.

use super::{Edge, Linear};
use crate::impute::cases::is_sentinel;
use crate::{Result, real};
use gapwave_columns::{Array, Bitmap};

pub(super) fn linear(k: &Linear, a: &Array) -> Result<Array> {
    let (rows, series) = (a.rows(), a.shape().iter().skip(1).product::<usize>());
    let x = real(a);
    let mut y = x.clone();
    let mut there: Vec<bool> = (0..x.len())
        .map(|i| a.valid().is_none_or(|v| v.get(i)) && !x[i].is_nan() && !is_sentinel(a.dtype(), x[i], k.missing))
        .collect();
    for s in 0..series {
        let cell = |r: usize| r * series + s;
        let seen: Vec<usize> = (0..rows).filter(|&r| there[cell(r)]).collect();
        if seen.is_empty() {
            continue;
        }
        let line = |i: usize, j: usize, r: usize| {
            let (a, b) = (x[cell(i)], x[cell(j)]);
            a + (b - a) * ((r as f64 - i as f64) / (j as f64 - i as f64))
        };
        let end = |near: usize, i: Option<&usize>, j: Option<&usize>, r: usize| match (k.edge, i, j) {
            (Edge::Extrapolate, Some(&i), Some(&j)) => line(i, j, r),
            _ => x[cell(near)],
        };
        let fits = |gap: usize| k.max_gap.is_none_or(|m| gap as u64 <= m);
        let within = |steps: usize| k.limit.is_none_or(|l| steps as u64 <= l);
        for pair in seen.windows(2) {
            let (i, j) = (pair[0], pair[1]);
            for r in i + 1..j {
                if fits(j - i - 1) && within(r - i) {
                    y[cell(r)] = line(i, j, r);
                    there[cell(r)] = true;
                }
            }
        }
        if k.edge == Edge::Keep {
            continue;
        }
        let (first, last) = (seen[0], seen[seen.len() - 1]);
        for r in 0..first {
            if fits(first) && within(first - r) {
                y[cell(r)] = end(first, seen.first(), seen.get(1), r);
                there[cell(r)] = true;
            }
        }
        for r in last + 1..rows {
            if fits(rows - last - 1) && within(r - last) {
                y[cell(r)] = end(last, seen.iter().rev().nth(1), seen.last(), r);
                there[cell(r)] = true;
            }
        }
    }
    let y = Array::new(a.shape().to_vec(), y)?;
    Ok(if a.valid().is_some() { y.with_valid(Bitmap::from_fn(there.len(), |i| there[i]))? } else { y })
}
