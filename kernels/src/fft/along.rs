//! Transforms along an axis whose numbers are not neighbours: some columns at a time through memory that stays in a
//! core's own cache.

use super::axes::Line;
use super::engine::{self, Float, Key};
use crate::share;
use gapwave_columns::Complex;

/// Bytes read or written at once where memory is crossed: eight cache lines.
const RUN: usize = 512;
/// Numbers below which work is not spread over threads.
const SERIAL: usize = 1 << 14;

/// Calls `f` for groups of neighbouring columns of `y`, which is `[outer, n, inner]`: with the first column of the group
/// counted over all, its width, and the part of each of its `n` rows. Groups are the same whatever the number of threads.
pub(super) fn columns<T: Send>(y: &mut [T], line: Line, f: impl Fn(usize, usize, &mut [&mut [T]]) + Sync) {
    let Line { n, inner, .. } = line;
    if y.is_empty() {
        return;
    }
    let width = (RUN / size_of::<T>()).min(inner);
    let groups = inner.div_ceil(width);
    let all = y.len();
    let slab = |(o, y): (usize, &mut [T])| {
        let mut parts: Vec<Vec<&mut [T]>> = (0..groups).map(|_| Vec::with_capacity(n)).collect();
        for row in y.chunks_exact_mut(inner) {
            row.chunks_mut(width).zip(&mut parts).for_each(|(part, parts)| parts.push(part));
        }
        let work = |(g, mut rows): (usize, Vec<&mut [T]>)| {
            let first = g * width;
            f(o * inner + first, width.min(inner - first), &mut rows);
        };
        share::for_each(all >= SERIAL, parts.into_iter().enumerate(), work);
    };
    share::for_each(all >= SERIAL, y.chunks_exact_mut(n * inner).enumerate(), slab);
}

/// Transforms in place along any axis of `data`, which is `[outer, n, inner]`: every number is multiplied by `scale`.
pub(super) fn in_place<T: Float>(key: Key, scale: f64, line: Line, data: &mut [Complex<T>]) {
    if line.inner == 1 {
        return engine::in_place(key, scale, data);
    }
    let n = line.n;
    columns(data, line, |_, width, rows| {
        engine::with_work(2 * n * width, |work| {
            let (x, y) = work.split_at_mut(n * width);
            for (i, row) in rows.iter().enumerate() {
                row.iter().enumerate().for_each(|(c, z)| x[c * n + i] = *z);
            }
            engine::transform(key, scale, x, y);
            for (i, row) in rows.iter_mut().enumerate() {
                row.iter_mut().enumerate().for_each(|(c, z)| *z = y[c * n + i]);
            }
        });
    });
}
