//! One pass over the columns on one thread, two on several.
//!
//! Rows are taken in strips. For a strip every range ANDs into a mask of one bit per row, then each column is packed
//! by that mask while the strip is still in the nearest cache: a row is read from memory once and written at most
//! once. Where the block of strips before kept few rows, the rows to keep are listed instead, the lines of columns
//! that no range reads are asked for at once, and the block is picked row by row when they have come. With several threads a first pass makes the masks of all blocks and their counts, which say where each
//! part's rows go, and a second packs: no thread writes into another's rows, and results do not depend on threads.

use super::ranges::{Limits, Test};
use super::scalar;
use crate::SimdLevel;
use fearless_simd::Level;
use gapwave_columns::{Bits, DType};
use rayon::prelude::*;

/// Rows of a block: its mask and its index list are small, its columns stay in the second-level cache.
const BLOCK: usize = 4096;
const WORDS: usize = BLOCK / 64;
/// Rows of a strip, after which the next column is turned to: the processor's prefetching follows all columns at once
/// and reads further ahead in all of them than it would in one.
const STRIP: usize = 256;
/// Blocks of one part: what a thread packs at a time.
const PART: usize = 16;
/// Fewer kept rows than one in so many: pick them one by one instead of packing every register.
const SPARSE: usize = 16;

/// A column to pack.
pub(super) struct Column<'a> {
    pub(super) dtype: DType,
    pub(super) src: &'a [u8],
    pub(super) dst: &'a mut [u8],
    /// Whether a range reads it, so that its lines are near when it is packed.
    pub(super) tested: bool,
}

/// A validity bitmap to pack; `src` is `None` where every value is there.
pub(super) struct Validity<'a> {
    pub(super) src: Option<Bits<'a>>,
    pub(super) dst: &'a mut [u64],
}

/// What to keep: the ranges with the columns they test.
pub(super) struct Keep<'a> {
    pub(super) rows: usize,
    pub(super) tests: &'a [(Test, &'a [u8], Option<Bits<'a>>)],
}

/// Packs all columns; gives the number of rows kept.
pub(super) fn run(level: SimdLevel, keep: &Keep<'_>, mut columns: Vec<Column<'_>>, valid: Vec<Validity<'_>>) -> usize {
    let engine = Engine::of(level);
    if rayon::current_num_threads() > 1 && keep.rows > PART * BLOCK {
        return threaded(engine, keep, columns, valid);
    }
    let mut valid: Vec<BitWriter<'_>> = valid.into_iter().map(BitWriter::new).collect();
    let mut mask = [0u64; WORDS];
    let (mut kept, mut sparse) = (0, false);
    for first in (0..keep.rows).step_by(BLOCK) {
        let rows = BLOCK.min(keep.rows - first);
        let mask = &mut mask[..rows.div_ceil(64)];
        // What the block before was like decides how this one is read, never what comes out.
        let n = if sparse {
            engine.pick_fused(keep, &mut columns, first, rows, mask, kept)
        } else {
            let mut n = 0;
            for (strip, words) in mask.chunks_mut(STRIP / 64).enumerate() {
                let at = strip * STRIP;
                let rows = STRIP.min(rows - at);
                let k = engine.masks(keep, first + at, rows, words);
                engine.pack(&mut columns, first + at, rows, words, k, kept + n);
                n += k;
            }
            n
        };
        valid.iter_mut().for_each(|v| v.push(engine, first, rows, mask, n));
        sparse = n < rows / SPARSE;
        kept += n;
    }
    kept
}

fn threaded(engine: Engine, keep: &Keep<'_>, columns: Vec<Column<'_>>, valid: Vec<Validity<'_>>) -> usize {
    let part_rows = PART * BLOCK;
    let mut mask = vec![0u64; keep.rows.div_ceil(64)];
    let counts: Vec<usize> = mask
        .par_chunks_mut(part_rows / 64)
        .enumerate()
        .map(|(i, words)| {
            let first = i * part_rows;
            let strips = words.chunks_mut(STRIP / 64).enumerate();
            strips
                .map(|(s, words)| {
                    let first = first + s * STRIP;
                    engine.masks(keep, first, STRIP.min(keep.rows - first), words)
                })
                .sum()
        })
        .collect();
    // Each part gets exactly the rows that it fills.
    let mut parts: Vec<Vec<Column<'_>>> = counts.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for c in columns {
        let (size, mut src, mut dst) = (c.dtype.size(), c.src, c.dst);
        for (part, n) in parts.iter_mut().zip(&counts) {
            let (s, s_rest) = src.split_at(src.len().min(part_rows * size));
            let (d, d_rest) = std::mem::take(&mut dst).split_at_mut(n * size);
            part.push(Column { dtype: c.dtype, src: s, dst: d, tested: c.tested });
            (src, dst) = (s_rest, d_rest);
        }
    }
    parts.into_par_iter().zip(mask.par_chunks(part_rows / 64)).enumerate().for_each(|(i, (mut columns, words))| {
        let rows = part_rows.min(keep.rows - i * part_rows);
        let mut kept = 0;
        for (b, words) in words.chunks(WORDS).enumerate() {
            let n = words.iter().map(|w| w.count_ones() as usize).sum();
            engine.pack_block(&mut columns, b * BLOCK, BLOCK.min(rows - b * BLOCK), words, n, kept);
            kept += n;
        }
    });
    // A bitmap is an eighth of a byte per row: its parts would meet within words, so each is packed by one thread.
    valid.into_par_iter().map(BitWriter::new).for_each(|mut v| {
        for (b, words) in mask.chunks(WORDS).enumerate() {
            let n = words.iter().map(|w| w.count_ones() as usize).sum();
            v.push(engine, b * BLOCK, BLOCK.min(keep.rows - b * BLOCK), words, n);
        }
    });
    counts.iter().sum()
}

/// Which code runs.
#[derive(Clone, Copy)]
enum Engine {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(fearless_simd::Avx512),
}

/// Calls the function of that name of the engine's module.
macro_rules! on_engine {
    ($engine:expr, $name:ident, $scalar:expr, ($($arg:expr),*)) => {
        match $engine {
            Engine::Scalar => $scalar($($arg),*),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(t) => super::avx2::$name(t, $($arg),*),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512(t) => super::avx512::$name(t, $($arg),*),
        }
    };
}

/// Runs the expression with `T` standing for a type of the same size that has no values of its own.
macro_rules! for_bits {
    ($d:expr, $T:ident => $e:expr) => {
        match $d {
            DType::I8 | DType::U8 => {
                type $T = u8;
                $e
            }
            DType::I16 | DType::U16 => {
                type $T = u16;
                $e
            }
            DType::I32 | DType::U32 | DType::F32 => {
                type $T = u32;
                $e
            }
            DType::I64 | DType::U64 | DType::F64 => {
                type $T = u64;
                $e
            }
            DType::Complex64 => {
                type $T = [u32; 2];
                $e
            }
            _ => {
                type $T = [u64; 2];
                $e
            }
        }
    };
}

impl Engine {
    fn of(level: SimdLevel) -> Self {
        match level.token() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(t) => Engine::Avx2(t),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(t) => Engine::Avx512(t),
            _ => Engine::Scalar,
        }
    }

    /// Writes one bit per row of a block; gives the number of ones.
    fn masks(self, keep: &Keep<'_>, first: usize, rows: usize, words: &mut [u64]) -> usize {
        words.fill(u64::MAX);
        if let Some(last) = words.last_mut()
            && !rows.is_multiple_of(64)
        {
            *last = (1 << (rows % 64)) - 1;
        }
        for (test, src, valid) in keep.tests {
            let size = test.dtype.size();
            self.mask(test, &src[first * size..(first + rows) * size], words);
            if let Some(valid) = valid {
                for (k, w) in words.iter_mut().enumerate() {
                    *w &= valid.word(first / 64 + k);
                }
            }
            // A window of sorted time rejects most strips whole: the other columns are not read then.
            if words.iter().fold(0, |any, w| any | w) == 0 {
                return 0;
            }
        }
        words.iter().map(|w| w.count_ones() as usize).sum()
    }

    fn mask(self, test: &Test, src: &[u8], words: &mut [u64]) {
        macro_rules! go {
            ($name:ident $t:ty, $lo:expr, $hi:expr) => {
                on_engine!(
                    self,
                    $name,
                    scalar::mask::<$t>,
                    (bytemuck::cast_slice(src), $lo as $t, $hi as $t, test.not, words)
                )
            };
        }
        match (test.limits, test.dtype) {
            (Limits::Int { lo, hi }, DType::I8) => go!(mask_i8 i8, lo, hi),
            (Limits::Int { lo, hi }, DType::I16) => go!(mask_i16 i16, lo, hi),
            (Limits::Int { lo, hi }, DType::I32) => go!(mask_i32 i32, lo, hi),
            (Limits::Int { lo, hi }, _) => go!(mask_i64 i64, lo, hi),
            (Limits::UInt { lo, hi }, DType::U8) => go!(mask_u8 u8, lo, hi),
            (Limits::UInt { lo, hi }, DType::U16) => go!(mask_u16 u16, lo, hi),
            (Limits::UInt { lo, hi }, DType::U32) => go!(mask_u32 u32, lo, hi),
            (Limits::UInt { lo, hi }, _) => go!(mask_u64 u64, lo, hi),
            (Limits::Float { lo, hi }, DType::F32) => go!(mask_f32 f32, lo, hi),
            (Limits::Float { lo, hi }, _) => go!(mask_f64 f64, lo, hi),
        }
    }

    /// Makes a block's masks and packs it by the numbers of its rows.
    fn pick_fused(
        self,
        keep: &Keep<'_>,
        columns: &mut [Column<'_>],
        first: usize,
        rows: usize,
        mask: &mut [u64],
        at: usize,
    ) -> usize {
        let mut index = [0u16; BLOCK + 4];
        let mut n = 0;
        for (strip, words) in mask.chunks_mut(STRIP / 64).enumerate() {
            let start = strip * STRIP;
            let k = self.masks(keep, first + start, STRIP.min(rows - start), words);
            if k > 0 {
                on_engine!(self, list, scalar::list, (words, start, &mut index[n..]));
                for c in columns.iter().filter(|c| !c.tested) {
                    prefetch(c, first, &index[n..n + k]);
                }
                n += k;
            }
        }
        self.pick(columns, first, rows, &index[..n], at);
        n
    }

    /// Packs a block whose mask is known.
    fn pack_block(self, cols: &mut [Column<'_>], first: usize, rows: usize, mask: &[u64], kept: usize, at: usize) {
        if kept < rows / SPARSE {
            let mut index = [0u16; BLOCK / SPARSE + 4];
            on_engine!(self, list, scalar::list, (mask, 0, &mut index));
            self.pick(cols, first, rows, &index[..kept], at);
            return;
        }
        let mut n = 0;
        for (strip, words) in mask.chunks(STRIP / 64).enumerate() {
            let start = strip * STRIP;
            let k = words.iter().map(|w| w.count_ones() as usize).sum();
            self.pack(cols, first + start, STRIP.min(rows - start), words, k, at + n);
            n += k;
        }
    }

    /// Packs the rows of a block at `index` to place `at`.
    fn pick(self, cols: &mut [Column<'_>], first: usize, rows: usize, index: &[u16], at: usize) {
        for c in cols {
            let size = c.dtype.size();
            let (src, dst) = (&c.src[first * size..(first + rows) * size], &mut c.dst[at * size..]);
            for_bits!(c.dtype, T => scalar::pick::<T>(bytemuck::cast_slice(src), index, bytemuck::cast_slice_mut(dst)));
        }
    }

    /// Packs rows `first .. first + rows` of all columns by their mask to place `at`; `kept` of them are kept.
    fn pack(self, cols: &mut [Column<'_>], first: usize, rows: usize, mask: &[u64], kept: usize, at: usize) {
        if kept == 0 {
            return;
        }
        for c in cols {
            let size = c.dtype.size();
            let (src, dst) = (&c.src[first * size..(first + rows) * size], &mut c.dst[at * size..]);
            macro_rules! go {
                ($t:ty, $take:ident) => {{
                    on_engine!(
                        self,
                        $take,
                        scalar::take::<$t>,
                        (bytemuck::cast_slice(src), mask, bytemuck::cast_slice_mut(dst))
                    );
                }};
            }
            match c.dtype {
                _ if kept == rows => dst[..src.len()].copy_from_slice(src),
                DType::I8 | DType::U8 => go!(u8, take_u8),
                DType::I16 | DType::U16 => go!(u16, take_u16),
                DType::I32 | DType::U32 | DType::F32 => go!(u32, take_u32),
                DType::I64 | DType::U64 | DType::F64 => go!(u64, take_u64),
                // Complex numbers come from spectra, not from event files: no vector code for them.
                d => for_bits!(d, T => {
                    scalar::take::<T>(bytemuck::cast_slice(src), mask, bytemuck::cast_slice_mut(dst));
                }),
            }
        }
    }
}

/// Asks for the lines of a column that no range reads.
fn prefetch(c: &Column<'_>, first: usize, index: &[u16]) {
    #[cfg(target_arch = "x86_64")]
    for &i in index {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let at = (first + usize::from(i)) * c.dtype.size();
        // SAFETY: a prefetch reads nothing that the program could see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(c.src.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (c, first, index);
}

/// Writes bits one after the other.
struct BitWriter<'a> {
    valid: Validity<'a>,
    at: usize,
}

impl<'a> BitWriter<'a> {
    fn new(valid: Validity<'a>) -> Self {
        BitWriter { valid, at: 0 }
    }

    /// Appends the bits of the kept rows of a block.
    fn push(&mut self, engine: Engine, first: usize, rows: usize, mask: &[u64], kept: usize) {
        if kept == 0 {
            return;
        }
        let mut bits = [u64::MAX; WORDS];
        let bits = &mut bits[..rows.div_ceil(64)];
        if let Some(src) = &self.valid.src {
            for (k, w) in bits.iter_mut().enumerate() {
                *w = src.word(first / 64 + k);
            }
        }
        on_engine!(engine, extract, scalar::extract, (bits, mask));
        for (&w, m) in bits.iter().zip(mask) {
            let n = m.count_ones() as usize;
            if n == 0 {
                continue;
            }
            let (i, s) = (self.at / 64, self.at % 64);
            let dst = &mut self.valid.dst;
            dst[i] = (dst[i] & ((1u64 << s) - 1)) | w << s;
            if s + n > 64 {
                dst[i + 1] = w >> (64 - s);
            }
            self.at += n;
        }
    }
}
