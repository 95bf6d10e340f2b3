//! Plain Rust, for every platform; also the ends that vectors do not reach.
//!
//! SSE4.2 and NEON run this code too: a table of byte shuffles for 2- and 4-lane vectors gains nothing over storing
//! every value and advancing by its bit.

/// ANDs into `words` whether each row is in `lo ..= hi` (or, for `not`, is a number outside of it).
#[inline]
pub(super) fn mask<T: Copy + PartialOrd>(src: &[T], lo: T, hi: T, not: bool, words: &mut [u64]) {
    for (w, rows) in words.iter_mut().zip(src.chunks(64)) {
        let mut m = 0u64;
        if not {
            for (k, &x) in rows.iter().enumerate() {
                m |= u64::from((x < lo) | (x > hi)) << k;
            }
        } else {
            for (k, &x) in rows.iter().enumerate() {
                m |= u64::from((x >= lo) & (x <= hi)) << k;
            }
        }
        *w &= m;
    }
}

/// Writes the rows of `src` whose bit in `m` is 1 to the front of `dst`; gives their number.
#[inline]
pub(super) fn take_word<T: Copy>(src: &[T], mut m: u64, dst: &mut [T]) -> usize {
    let kept = m.count_ones() as usize;
    if src.len() == 64 && dst.len() >= 64 {
        // Every value is stored; the place advances only where it is kept, so nothing is predicted.
        let mut at = 0;
        for (k, &x) in src.iter().enumerate() {
            dst[at.min(63)] = x;
            at += (m >> k & 1) as usize;
        }
    } else {
        for d in &mut dst[..kept] {
            *d = src[m.trailing_zeros() as usize];
            m &= m - 1;
        }
    }
    kept
}

/// Writes the rows of `src` whose bit is 1 to the front of `dst`, which may be overwritten up to 64 values further;
/// gives their number.
pub(super) fn take<T: Copy>(src: &[T], mask: &[u64], dst: &mut [T]) -> usize {
    let mut at = 0;
    for (rows, &m) in src.chunks(64).zip(mask) {
        if m == u64::MAX {
            dst[at..at + 64].copy_from_slice(rows);
            at += 64;
        } else if m != 0 {
            at += take_word(rows, m, &mut dst[at..]);
        }
    }
    at
}

/// Writes the rows of `src` at `index` to the front of `dst`: where few rows stay, lines of memory without any of
/// them are not read.
#[inline]
pub(super) fn pick<T: Copy>(src: &[T], index: &[u16], dst: &mut [T]) {
    for (d, &i) in dst[..index.len()].iter_mut().zip(index) {
        *d = src[usize::from(i)];
    }
}

/// The bits of `src` where `mask` is 1, side by side, in place.
pub(super) fn extract(src: &mut [u64], mask: &[u64]) {
    for (w, &m) in src.iter_mut().zip(mask) {
        let (mut m, mut out, mut k) = (m, 0u64, 0);
        while m != 0 {
            out |= (*w >> m.trailing_zeros() & 1) << k;
            k += 1;
            m &= m - 1;
        }
        *w = out;
    }
}

/// Writes the numbers of the rows whose bit is 1, counted from `start`, to `index`, which has room for 4 more than
/// there are.
#[inline]
pub(super) fn list(mask: &[u64], start: usize, index: &mut [u16]) -> usize {
    let mut at = 0;
    for (w, &m) in mask.iter().enumerate() {
        let (mut m, kept) = (m, m.count_ones() as usize);
        let first = (start + w * 64) as u32;
        // Four without asking how many there are: the usual number is not predictable, more than four are rare.
        for d in &mut index[at..at + 4] {
            *d = (first + m.trailing_zeros()) as u16;
            m &= m.wrapping_sub(1);
        }
        if kept > 4 {
            for d in &mut index[at + 4..at + kept] {
                *d = (first + m.trailing_zeros()) as u16;
                m &= m.wrapping_sub(1);
            }
        }
        at += kept;
    }
    at
}
