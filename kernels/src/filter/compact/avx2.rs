//! AVX2: tables of shuffles, looked up by the bits of 4 or 8 rows.

use super::scalar;
use core::arch::x86_64::*;

/// For each byte of bits the places of its ones, in order.
static PLACES: [[u8; 8]; 256] = places();
/// For each byte of bits the byte shuffle that packs 8 values of 16 bits.
static BYTES: [[u8; 16]; 256] = bytes();
/// For each 4 bits the shuffle of 8 values of 32 bits that packs 4 values of 64.
static PAIRS: [[u32; 8]; 16] = pairs();

const fn places() -> [[u8; 8]; 256] {
    let mut t = [[0; 8]; 256];
    let mut m = 0;
    while m < 256 {
        let (mut bit, mut at) = (0, 0);
        while bit < 8 {
            if m >> bit & 1 != 0 {
                t[m][at] = bit as u8;
                at += 1;
            }
            bit += 1;
        }
        m += 1;
    }
    t
}

const fn bytes() -> [[u8; 16]; 256] {
    let (mut t, places) = ([[0; 16]; 256], places());
    let mut m = 0;
    while m < 256 {
        let mut k = 0;
        while k < 8 {
            t[m][2 * k] = places[m][k] * 2;
            t[m][2 * k + 1] = places[m][k] * 2 + 1;
            k += 1;
        }
        m += 1;
    }
    t
}

const fn pairs() -> [[u32; 8]; 16] {
    let (mut t, places) = ([[0; 8]; 16], places());
    let mut m = 0;
    while m < 16 {
        let mut k = 0;
        while k < 4 {
            t[m][2 * k] = places[m][k] as u32 * 2;
            t[m][2 * k + 1] = places[m][k] as u32 * 2 + 1;
            k += 1;
        }
        m += 1;
    }
    t
}

macro_rules! masks_int {
    ($($name:ident $t:ty, $signed:ty, $bias:expr, $step:literal, $set1:ident, $gt:ident, $xor:ident, $bits:ident;)*) => {$(
        fearless_simd::kernel!(
            /// ANDs into `words` whether each row is in `lo ..= hi`, or outside of it.
            pub(super) fn $name(token: Avx2, src: &[$t], lo: $t, hi: $t, not: bool, words: &mut [u64]) {
                // Comparisons are signed; unsigned numbers keep their order with the top bit turned.
                let bias = $set1($bias);
                let (l, h) = ($xor($set1(lo as $signed), bias), $xor($set1(hi as $signed), bias));
                let flip = if not { 0 } else { u64::MAX };
                let whole = src.len() / 64;
                for (w, rows) in words.iter_mut().zip(src.chunks_exact(64)) {
                    let mut m = 0u64;
                    for (k, v) in rows.chunks_exact($step).enumerate() {
                        // SAFETY: `v` has as many elements as `$bits` reads.
                        let outside = unsafe {
                            $bits!(v.as_ptr(), |x| {
                                let x = $xor(x, bias);
                                _mm256_or_si256($gt(l, x), $gt(x, h))
                            })
                        };
                        m |= u64::from(outside) << (k * $step);
                    }
                    *w &= m ^ flip;
                }
                scalar::mask(&src[whole * 64..], lo, hi, not, &mut words[whole..]);
            }
        );
    )*};
}
macro_rules! bits8 {
    ($p:expr, |$x:ident| $e:expr) => {{
        let $x = _mm256_loadu_si256($p.cast());
        _mm256_movemask_epi8($e) as u32
    }};
}
macro_rules! bits16 {
    ($p:expr, |$x:ident| $e:expr) => {{
        let $x = _mm256_loadu_si256($p.cast());
        let a = $e;
        let $x = _mm256_loadu_si256($p.add(16).cast());
        let b = $e;
        // Packing works within halves; the permutation puts their quarters in order.
        _mm256_movemask_epi8(_mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(a, b))) as u32
    }};
}
macro_rules! bits32 {
    ($p:expr, |$x:ident| $e:expr) => {{
        let $x = _mm256_loadu_si256($p.cast());
        _mm256_movemask_ps(_mm256_castsi256_ps($e)) as u32
    }};
}
macro_rules! bits64 {
    ($p:expr, |$x:ident| $e:expr) => {{
        let $x = _mm256_loadu_si256($p.cast());
        _mm256_movemask_pd(_mm256_castsi256_pd($e)) as u32
    }};
}
masks_int! {
    mask_i8 i8, i8, 0, 32, _mm256_set1_epi8, _mm256_cmpgt_epi8, _mm256_xor_si256, bits8;
    mask_u8 u8, i8, i8::MIN, 32, _mm256_set1_epi8, _mm256_cmpgt_epi8, _mm256_xor_si256, bits8;
    mask_i16 i16, i16, 0, 32, _mm256_set1_epi16, _mm256_cmpgt_epi16, _mm256_xor_si256, bits16;
    mask_u16 u16, i16, i16::MIN, 32, _mm256_set1_epi16, _mm256_cmpgt_epi16, _mm256_xor_si256, bits16;
    mask_i32 i32, i32, 0, 8, _mm256_set1_epi32, _mm256_cmpgt_epi32, _mm256_xor_si256, bits32;
    mask_u32 u32, i32, i32::MIN, 8, _mm256_set1_epi32, _mm256_cmpgt_epi32, _mm256_xor_si256, bits32;
    mask_i64 i64, i64, 0, 4, _mm256_set1_epi64x, _mm256_cmpgt_epi64, _mm256_xor_si256, bits64;
    mask_u64 u64, i64, i64::MIN, 4, _mm256_set1_epi64x, _mm256_cmpgt_epi64, _mm256_xor_si256, bits64;
}

macro_rules! masks_float {
    ($($name:ident $t:ty, $lanes:literal, $set1:ident, $load:ident, $cmp:ident, $or:ident, $and:ident, $bits:ident;)*) => {$(
        fearless_simd::kernel!(
            /// ANDs into `words` whether each row is in `lo ..= hi`, or a number outside of it.
            pub(super) fn $name(token: Avx2, src: &[$t], lo: $t, hi: $t, not: bool, words: &mut [u64]) {
                let (l, h) = ($set1(lo), $set1(hi));
                let whole = src.len() / 64;
                for (w, rows) in words.iter_mut().zip(src.chunks_exact(64)) {
                    let mut m = 0u64;
                    for (k, v) in rows.chunks_exact($lanes).enumerate() {
                        // SAFETY: `v` has as many elements as the register.
                        let x = unsafe { $load(v.as_ptr()) };
                        // Ordered comparisons are false for NaN.
                        let bits = if not {
                            $or($cmp::<_CMP_LT_OQ>(x, l), $cmp::<_CMP_GT_OQ>(x, h))
                        } else {
                            $and($cmp::<_CMP_GE_OQ>(x, l), $cmp::<_CMP_LE_OQ>(x, h))
                        };
                        m |= ($bits(bits) as u64) << (k * $lanes);
                    }
                    *w &= m;
                }
                scalar::mask(&src[whole * 64..], lo, hi, not, &mut words[whole..]);
            }
        );
    )*};
}
masks_float! {
    mask_f32 f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_cmp_ps, _mm256_or_ps, _mm256_and_ps, _mm256_movemask_ps;
    mask_f64 f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_cmp_pd, _mm256_or_pd, _mm256_and_pd, _mm256_movemask_pd;
}

macro_rules! takes {
    ($($name:ident $t:ty, $lanes:literal, |$bits:ident, $from:ident, $to:ident| $pack:expr;)*) => {$(
        fearless_simd::kernel!(
            /// Writes the rows of `src` whose bit is 1 to the front of `dst`, which may be overwritten up to 64
            /// values further; gives their number.
            pub(super) fn $name(token: Avx2, src: &[$t], mask: &[u64], dst: &mut [$t]) -> usize {
                let mut at = 0;
                for (rows, &m) in src.chunks(64).zip(mask) {
                    if m == 0 {
                        continue;
                    }
                    let Some(room) = dst[at..].get_mut(..64).filter(|_| rows.len() == 64) else {
                        at += scalar::take_word(rows, m, &mut dst[at..]);
                        continue;
                    };
                    let mut k = 0;
                    for (j, v) in rows.chunks_exact($lanes).enumerate() {
                        let $bits = (m >> (j * $lanes)) as usize & ((1 << $lanes) - 1);
                        let ($from, $to) = (v.as_ptr(), room[k..].as_mut_ptr());
                        // SAFETY: `v` has as many elements as are read, and `room` has 64, of which no more than
                        // the `j * lanes` read before are used.
                        unsafe { $pack }
                        k += $bits.count_ones() as usize;
                    }
                    at += k;
                }
                at
            }
        );
    )*};
}
takes! {
    take_u8 u8, 8, |bits, from, to| {
        let places = _mm_loadl_epi64(PLACES[bits].as_ptr().cast());
        _mm_storel_epi64(to.cast(), _mm_shuffle_epi8(_mm_loadl_epi64(from.cast()), places));
    };
    take_u16 u16, 8, |bits, from, to| {
        let places = _mm_loadu_si128(BYTES[bits].as_ptr().cast());
        _mm_storeu_si128(to.cast(), _mm_shuffle_epi8(_mm_loadu_si128(from.cast()), places));
    };
    take_u32 u32, 8, |bits, from, to| {
        let places = _mm256_cvtepu8_epi32(_mm_loadl_epi64(PLACES[bits].as_ptr().cast()));
        _mm256_storeu_si256(to.cast(), _mm256_permutevar8x32_epi32(_mm256_loadu_si256(from.cast()), places));
    };
    take_u64 u64, 4, |bits, from, to| {
        let places = _mm256_loadu_si256(PAIRS[bits].as_ptr().cast());
        _mm256_storeu_si256(to.cast(), _mm256_permutevar8x32_epi32(_mm256_loadu_si256(from.cast()), places));
    };
}

fearless_simd::kernel!(
    /// The numbers of the rows whose bit is 1.
    pub(super) fn list(token: Avx2, mask: &[u64], start: usize, index: &mut [u16]) -> usize {
        scalar::list(mask, start, index)
    }
);

fearless_simd::kernel!(
    /// The bits of `src` where `mask` is 1, side by side, in place.
    pub(super) fn extract(token: Avx2, src: &mut [u64], mask: &[u64]) {
        for (w, &m) in src.iter_mut().zip(mask) {
            *w = _pext_u64(*w, m);
        }
    }
);
