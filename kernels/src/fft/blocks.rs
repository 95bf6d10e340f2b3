//! What transforms of rows that are made of other transforms share: rows a few at a time.

use super::engine::{self, Float};
use crate::{Reach, Result, share};
use gapwave_columns::{Complex, DType, Meta};

/// Numbers of the rows that are worked on together: they and their spectra are within a second-level cache.
const BLOCK: usize = 1 << 14;

/// The output of a transform of the rows of `x`: as many rows, `width` numbers each.
pub(super) fn rows_of(x: &Meta, dtype: DType, width: usize) -> Result<Meta> {
    let mut shape = x.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    let mut y = Meta::new(dtype, shape);
    // Of a single row the length is known, and it is not that of the input.
    if x.shape.len() > 1 {
        y.len = x.len;
    }
    y.check_size()?;
    Ok(y)
}

/// One row cannot be cut; of several each is made alone.
pub(super) fn reach_of(x: &Meta) -> Reach {
    if x.shape.len() == 1 { Reach::Whole } else { Reach::Rows }
}

/// Calls `f` for blocks of rows, `width_in` numbers wide in `input` and `width_out` wide in `output`, over the threads
/// of the pool, with `extra` complex numbers of memory for each row, holding anything. A row's bits must not depend on
/// those beside it.
pub(super) fn blocks<T: Float, A: Sync, B: Send>(
    (input, width_in): (&[A], usize),
    (output, width_out): (&mut [B], usize),
    extra: usize,
    f: impl Fn(&[A], &mut [B], &mut [Complex<T>]) + Sync,
) {
    if input.is_empty() || output.is_empty() {
        return;
    }
    let together = (BLOCK / width_in.max(width_out)).max(1);
    let work = |(x, y): (&[A], &mut [B])| {
        engine::with_work(x.len() / width_in * extra, |work| f(x, y, work));
    };
    let blocks = input.chunks(together * width_in).zip(output.chunks_mut(together * width_out));
    share::for_each(true, blocks, work);
}
