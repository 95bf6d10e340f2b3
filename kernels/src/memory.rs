//! What safe Rust has no words for: memory that is asked for before it is used, and writes past the caches.

use bytemuck::Pod;

/// Bytes of an output from which on it is written past the caches. Reading what is about to be overwritten, and writing
/// it out again later, moves each byte twice more: on two cores such writes were 1.4 times as fast at 16 MiB and 1.8
/// times at 128 MiB (1.4 and 1.3 times where the output is read once afterwards), and slower up to 8 MiB.
const PAST: usize = 16 << 20;

/// Whether an output is so long that it would not stay in the caches anyway.
pub(crate) fn is_long<T>(output: &[T]) -> bool {
    size_of_val(output) >= PAST
}

/// Asks for memory that is about to be used: rows are pages apart, which no processor foresees.
#[inline(always)]
pub(crate) fn prefetch<T>(what: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in what.chunks(LINE / size_of::<T>()) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: it reads nothing; any address may be given, and this one is that of a reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    let _ = what;
}

/// Bytes of a cache line.
const LINE: usize = 64;

/// Copies numbers past the caches, where a processor can: whole cache lines are not read before they are written. Worth it
/// for kilobytes at a time of outputs that are [long](is_long).
///
/// # Panics
/// The slices are not of one length.
pub(crate) fn copy_past<T: Pod>(from: &[T], to: &mut [T]) {
    let (from, to): (&[u8], &mut [u8]) = (bytemuck::cast_slice(from), bytemuck::cast_slice_mut(to));
    assert_eq!(from.len(), to.len());
    let (first, from) = from.split_at(to.as_ptr().align_offset(LINE).min(from.len()));
    let (to_first, to) = to.split_at_mut(first.len());
    to_first.copy_from_slice(first);
    let mut lines = to.chunks_exact_mut(LINE);
    let mut from_lines = from.chunks_exact(LINE);
    for (to, from) in (&mut lines).zip(&mut from_lines) {
        copy_line(from, to);
    }
    lines.into_remainder().copy_from_slice(from_lines.remainder());
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64. Such writes are in no order with others: whoever is told that they are done must
    // find them done.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// A whole cache line.
#[inline(always)]
fn copy_line(from: &[u8], to: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
        assert!(from.len() == LINE && to.len() == LINE && to.as_ptr().align_offset(LINE) == 0);
        let (from, to) = (from.as_ptr().cast::<__m128i>(), to.as_mut_ptr().cast::<__m128i>());
        for i in 0..LINE / size_of::<__m128i>() {
            // SAFETY: both have a line's bytes, the one written to begins where a line does, and SSE2 is part of x86-64.
            unsafe { _mm_stream_si128(to.add(i), _mm_loadu_si128(from.add(i))) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    to.copy_from_slice(from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_whole_whatever_their_ends() {
        let from: Vec<u16> = (0..700).collect();
        for first in 0..40 {
            for len in [0, 1, 2, 31, 32, 33, 63, 64, 65, 500] {
                let mut to = vec![9999; from.len()];
                copy_past(&from[3..][..len], &mut to[first..][..len]);
                let want = |i: usize| if (first..first + len).contains(&i) { (i - first + 3) as u16 } else { 9999 };
                assert!(to.iter().enumerate().all(|(i, &x)| x == want(i)), "{first}, {len}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn lengths_that_differ_are_refused() {
        copy_past(&[1u8, 2], &mut [0u8]);
    }
}
