//! From the bounds of all chunks, what comes after each of them.

use super::Bounds;
use crate::Result;
use crate::impute::cell::{Cell, for_real};
use crate::impute::side::{Side, WORDS};
use crate::kernel::{Fit, Kernel};
use gapwave_columns::{Array, DType};

/// The first pass of a method that looks ahead: [`Bounds`] of every chunk but the first.
pub(crate) struct BoundsFit {
    summary: Bounds,
    inputs: Vec<(DType, usize)>,
}

impl BoundsFit {
    /// For inputs of these types and numbers of series.
    pub(crate) fn new(missing: Option<f64>, inputs: Vec<(DType, usize)>) -> Self {
        BoundsFit { summary: Bounds { missing }, inputs }
    }
}

impl Fit for BoundsFit {
    fn summary(&self) -> &dyn Kernel {
        &self.summary
    }

    // Nothing comes before the first chunk that would look at it.
    fn needs(&self, chunk: usize, _: usize) -> bool {
        chunk > 0
    }

    fn resolve(&self, summaries: &[Option<Vec<Array>>], rows: &[usize]) -> Result<Vec<Option<Vec<Array>>>> {
        let mut out: Vec<Option<Vec<Array>>> = vec![None; summaries.len()];
        for (i, &(dtype, series)) in self.inputs.iter().enumerate() {
            let columns = for_real!(dtype, T => after::<T>(i, series, summaries, rows)?);
            for (chunk, words) in columns.into_iter().enumerate() {
                out[chunk].get_or_insert_default().push(Array::new([series, WORDS], words)?);
            }
        }
        // The last chunk, and any only one, has nothing after it: zeros.
        if let Some(last) = out.last_mut() {
            *last = None;
        }
        Ok(out)
    }
}

/// The words of input `i` for each chunk, from the last chunk to the first.
fn after<T: Cell>(i: usize, series: usize, summaries: &[Option<Vec<Array>>], rows: &[usize]) -> Result<Vec<Vec<u32>>> {
    let mut side = vec![Side::<T>::empty(0); series];
    let mut out = Vec::with_capacity(summaries.len());
    for (summary, &rows) in summaries.iter().zip(rows).rev() {
        let mut words = vec![0u32; series * WORDS];
        for (s, w) in side.iter().zip(words.chunks_exact_mut(WORDS)) {
            s.to_words(w);
        }
        out.push(words);
        match summary {
            Some(arrays) => {
                let own = arrays[i].as_slice::<u32>()?;
                for (s, w) in side.iter_mut().zip(own.chunks_exact(2 * WORDS)) {
                    *s = Side::from_words(&w[..WORDS]).then(s);
                }
            }
            None => side.iter_mut().for_each(|s| *s = Side::empty(rows as u64).then(s)),
        }
    }
    out.reverse();
    Ok(out)
}
