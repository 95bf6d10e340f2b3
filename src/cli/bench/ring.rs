//! Copies of a case's inputs that take turns, so that no cache serves them.

use crate::Result;
use gapwave_columns::Array;
use gapwave_kernels::Case;

/// Most copies: small cases are not meant to fill a cache, and making the copies takes time too.
const MOST: u64 = 4096;
/// The copies together have this much more than the cache, in quarters.
const QUARTERS: u64 = 5;

/// Most bytes of all copies, inputs and outputs together.
const ROOM: u64 = 3 << 30;

/// How many copies of a case of `input` bytes of input and `output` bytes of output it takes for the inputs to go
/// beyond `cache`: a filter may leave most of its output untouched.
pub(super) fn copies(input: u64, output: u64, cache: u64) -> usize {
    let target = (cache / 4 * QUARTERS).div_ceil(input.max(1));
    target.min(ROOM / (input + output).max(1)).clamp(1, MOST) as usize
}

/// A copy with memory of its own.
pub(super) fn deep(a: &Array) -> Result<Array> {
    Ok(Array::concat(&[a.clone(), a.slice_rows(0, 0)?])?)
}

/// The inputs `copies` times; the first are the case's own.
pub(super) fn inputs(case: &Case, copies: usize) -> Result<Vec<Vec<Array>>> {
    let mut all = vec![case.ins.clone()];
    for _ in 1..copies {
        all.push(case.ins.iter().map(deep).collect::<Result<_>>()?);
    }
    Ok(all)
}

/// The same bits and the same cells missing: a quick way to see that a result is the one that was compared before.
pub(super) fn same(a: &[Array], b: &[Array]) -> bool {
    let same = |(a, b): (&Array, &Array)| a.shape() == b.shape() && a.bytes() == b.bytes() && a.valid() == b.valid();
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_go_beyond_the_cache() {
        assert_eq!(copies(100 << 20, 1 << 20, 256 << 20), 4);
        assert_eq!(copies(1 << 30, 1 << 30, 256 << 20), 1);
        assert_eq!(copies(1 << 20, 1 << 30, 256 << 20), 2, "there is not room for more");
        assert_eq!(copies(0, 0, 1 << 30), 4096);
        let a = Array::from(vec![1.0f32, 2.0]);
        let b = deep(&a).unwrap();
        assert_ne!(a.bytes().as_ptr(), b.bytes().as_ptr());
        assert!(same(std::slice::from_ref(&a), &[b]) && !same(&[a], &[Array::from(vec![1.0f32, 3.0])]));
    }
}
