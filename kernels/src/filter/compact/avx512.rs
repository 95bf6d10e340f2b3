//! AVX-512: compares give masks, `vpcompress` packs a register. Compressing straight to memory is microcode on
//! Zen 4, so the packed register is stored whole.

use super::scalar;
use core::arch::x86_64::*;

macro_rules! masks_int {
    ($($name:ident $t:ty, $lanes:literal, $set1:ident, $le:ident, $and_le:ident;)*) => {$(
        fearless_simd::kernel!(
            /// ANDs into `words` whether each row is in `lo ..= hi`, or outside of it.
            pub(super) fn $name(token: Avx512, src: &[$t], lo: $t, hi: $t, not: bool, words: &mut [u64]) {
                let (l, h) = ($set1(lo as _), $set1(hi as _));
                let flip = if not { u64::MAX } else { 0 };
                let whole = src.len() / 64;
                for (w, rows) in words.iter_mut().zip(src.chunks_exact(64)) {
                    let mut m = 0u64;
                    for (k, v) in rows.chunks_exact($lanes).enumerate() {
                        // SAFETY: `v` has as many elements as the register.
                        let x = unsafe { _mm512_loadu_si512(v.as_ptr().cast()) };
                        m |= u64::from($and_le($le(l, x), x, h)) << (k * $lanes);
                    }
                    *w &= m ^ flip;
                }
                scalar::mask(&src[whole * 64..], lo, hi, not, &mut words[whole..]);
            }
        );
    )*};
}
masks_int! {
    mask_i8 i8, 64, _mm512_set1_epi8, _mm512_cmple_epi8_mask, _mm512_mask_cmple_epi8_mask;
    mask_u8 u8, 64, _mm512_set1_epi8, _mm512_cmple_epu8_mask, _mm512_mask_cmple_epu8_mask;
    mask_i16 i16, 32, _mm512_set1_epi16, _mm512_cmple_epi16_mask, _mm512_mask_cmple_epi16_mask;
    mask_u16 u16, 32, _mm512_set1_epi16, _mm512_cmple_epu16_mask, _mm512_mask_cmple_epu16_mask;
    mask_i32 i32, 16, _mm512_set1_epi32, _mm512_cmple_epi32_mask, _mm512_mask_cmple_epi32_mask;
    mask_u32 u32, 16, _mm512_set1_epi32, _mm512_cmple_epu32_mask, _mm512_mask_cmple_epu32_mask;
    mask_i64 i64, 8, _mm512_set1_epi64, _mm512_cmple_epi64_mask, _mm512_mask_cmple_epi64_mask;
    mask_u64 u64, 8, _mm512_set1_epi64, _mm512_cmple_epu64_mask, _mm512_mask_cmple_epu64_mask;
}

macro_rules! masks_float {
    ($($name:ident $t:ty, $lanes:literal, $set1:ident, $load:ident, $cmp:ident, $and_cmp:ident;)*) => {$(
        fearless_simd::kernel!(
            /// ANDs into `words` whether each row is in `lo ..= hi`, or a number outside of it.
            pub(super) fn $name(token: Avx512, src: &[$t], lo: $t, hi: $t, not: bool, words: &mut [u64]) {
                let (l, h) = ($set1(lo), $set1(hi));
                let whole = src.len() / 64;
                for (w, rows) in words.iter_mut().zip(src.chunks_exact(64)) {
                    let mut m = 0u64;
                    for (k, v) in rows.chunks_exact($lanes).enumerate() {
                        // SAFETY: `v` has as many elements as the register.
                        let x = unsafe { $load(v.as_ptr()) };
                        // Ordered comparisons are false for NaN.
                        let bits = if not {
                            $cmp::<_CMP_LT_OQ>(x, l) | $cmp::<_CMP_GT_OQ>(x, h)
                        } else {
                            $and_cmp::<_CMP_LE_OQ>($cmp::<_CMP_GE_OQ>(x, l), x, h)
                        };
                        m |= u64::from(bits) << (k * $lanes);
                    }
                    *w &= m;
                }
                scalar::mask(&src[whole * 64..], lo, hi, not, &mut words[whole..]);
            }
        );
    )*};
}
masks_float! {
    mask_f32 f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_cmp_ps_mask, _mm512_mask_cmp_ps_mask;
    mask_f64 f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_cmp_pd_mask, _mm512_mask_cmp_pd_mask;
}

macro_rules! takes {
    ($($name:ident $t:ty, $lanes:literal, $m:ty, $compress:ident;)*) => {$(
        fearless_simd::kernel!(
            /// Writes the rows of `src` whose bit is 1 to the front of `dst`, which may be overwritten up to 64
            /// values further; gives their number.
            pub(super) fn $name(token: Avx512, src: &[$t], mask: &[u64], dst: &mut [$t]) -> usize {
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
                        let bits = (m >> (j * $lanes)) as $m;
                        // SAFETY: `v` has as many elements as the register, and `room` has 64, of which no more
                        // than the `j * lanes` read before are used.
                        unsafe {
                            let x = $compress(bits, _mm512_loadu_si512(v.as_ptr().cast()));
                            _mm512_storeu_si512(room.as_mut_ptr().add(k).cast(), x);
                        }
                        k += bits.count_ones() as usize;
                    }
                    at += k;
                }
                at
            }
        );
    )*};
}
takes! {
    take_u8 u8, 64, u64, _mm512_maskz_compress_epi8;
    take_u16 u16, 32, u32, _mm512_maskz_compress_epi16;
    take_u32 u32, 16, u16, _mm512_maskz_compress_epi32;
    take_u64 u64, 8, u8, _mm512_maskz_compress_epi64;
}

fearless_simd::kernel!(
    /// The numbers of the rows whose bit is 1.
    pub(super) fn list(token: Avx512, mask: &[u64], start: usize, index: &mut [u16]) -> usize {
        scalar::list(mask, start, index)
    }
);

fearless_simd::kernel!(
    /// The bits of `src` where `mask` is 1, side by side, in place.
    pub(super) fn extract(token: Avx512, src: &mut [u64], mask: &[u64]) {
        for (w, &m) in src.iter_mut().zip(mask) {
            *w = _pext_u64(*w, m);
        }
    }
);
