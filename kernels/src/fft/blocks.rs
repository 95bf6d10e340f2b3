//! What transforms of rows that are made of other transforms share: rows a few at a time, and tables that are kept.

use super::engine::{self, Float};
use crate::{Reach, Result};
use gapwave_columns::{Complex, DType, Meta};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

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
    if output.len() <= together * width_out || rayon::current_num_threads() == 1 {
        input.chunks(together * width_in).zip(output.chunks_mut(together * width_out)).for_each(work);
    } else {
        input.par_chunks(together * width_in).zip(output.par_chunks_mut(together * width_out)).for_each(work);
    }
}

/// The last few tables that were made: making one costs as much as a transform, or more.
pub(super) struct Kept<K, V: ?Sized>(Mutex<Vec<(K, Arc<V>)>>);

impl<K: PartialEq, V: ?Sized> Kept<K, V> {
    pub(super) const fn new() -> Self {
        Kept(Mutex::new(Vec::new()))
    }

    /// The table of `key`, made where it is not kept, of which the last `most` are. No lock is held meanwhile.
    pub(super) fn get<E>(&self, key: K, most: usize, make: impl FnOnce() -> Result<Arc<V>, E>) -> Result<Arc<V>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = lock().iter().find(|(k, _)| *k == key) {
            return Ok(found.clone());
        }
        let made = make()?;
        let mut kept = lock();
        kept.push((key, made.clone()));
        let over = kept.len().saturating_sub(most);
        kept.drain(..over);
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_few_are_kept() {
        let kept = Kept::<usize, [usize]>::new();
        let get = |k| kept.get::<()>(k, 2, || Ok([k].into())).unwrap();
        let first = get(1);
        assert!(Arc::ptr_eq(&first, &get(1)));
        get(2);
        get(3);
        assert!(!Arc::ptr_eq(&first, &get(1)), "the oldest was dropped");
        assert_eq!(kept.0.lock().unwrap().len(), 2);
    }
}
