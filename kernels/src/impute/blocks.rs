//! A whole input: cut into blocks of rows, which are filled on as many threads as there are.
//!
//! The blocks are to each other what chunks of a table are: what a block must know of the rows around it comes from
//! the ends of the others, so results do not depend on the number of threads.

use super::cell::Cell;
use super::options::Rules;
use super::segment::{Fill, Series};
use super::side::{Side, WORDS, read_all};
use crate::primitives::transpose::turn_columns;
use crate::{Cpu, Result, SimdLevel};
use gapwave_columns::{Bits, Out, View};
use rayon::prelude::*;

/// Rows of a block of one series where there are several threads: 512 KiB of f64.
const LONG: usize = 65_536;
/// Bytes of a block of many series, which are gathered and scattered within the second cache.
const TILE: usize = 256 << 10;

/// An input, typed.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a, T> {
    x: &'a [T],
    valid: Option<Bits<'a>>,
    rows: usize,
    series: usize,
    sentinel: Option<T>,
}

/// Both ends of a block of one series.
type Ends<T> = (Side<T>, Side<T>);

impl<'a, T: Cell> Table<'a, T> {
    pub(crate) fn new(x: &View<'a>, missing: Option<f64>) -> Result<Self> {
        let series = x.shape().iter().skip(1).product();
        Ok(Table { x: x.as_slice()?, valid: x.valid(), rows: x.rows(), series, sentinel: T::sentinel(missing) })
    }

    /// Rows `start .. start + rows`.
    fn cut(&self, start: usize, rows: usize) -> Self {
        let (from, len) = (start * self.series, rows * self.series);
        Table { x: &self.x[from..from + len], valid: self.valid.map(|v| v.slice(from, len)), rows, ..*self }
    }

    fn single(&self) -> Series<'a, T> {
        Series { x: self.x, valid: self.valid, sentinel: self.sentinel }
    }

    fn observed(&self, i: usize) -> bool {
        self.valid.is_none_or(|v| v.get(i)) && self.x[i].present(self.sentinel)
    }

    /// The ends of each series.
    pub(crate) fn ends(&self, level: SimdLevel) -> Vec<Ends<T>> {
        if self.series == 1 {
            return vec![self.single().ends(level)];
        }
        let mut ends = vec![(Side::empty(self.rows as u64), Side::empty(self.rows as u64)); self.series];
        let mut open = self.series;
        for row in 0..self.rows {
            for (s, (first, _)) in ends.iter_mut().enumerate() {
                let at = row * self.series + s;
                if !first.full() && self.observed(at) {
                    first.push(row as u64 + 1, self.x[at]);
                    open -= usize::from(first.full());
                }
            }
            if open == 0 {
                break;
            }
        }
        let mut open = self.series;
        for row in (0..self.rows).rev() {
            for (s, (_, last)) in ends.iter_mut().enumerate() {
                let at = row * self.series + s;
                if !last.full() && self.observed(at) {
                    last.push((self.rows - row) as u64, self.x[at]);
                    open -= usize::from(last.full());
                }
            }
            if open == 0 {
                break;
            }
        }
        ends
    }

    /// Rows of a block.
    fn block_rows(&self, threads: usize) -> usize {
        let rows = match (self.series, threads) {
            (1, 1) => self.rows,
            (1, _) => LONG.max(self.rows / (4 * threads)),
            (s, _) => TILE / (s * size_of::<T>()),
        };
        rows.max(1).next_multiple_of(64)
    }
}

/// Fills an input: `carry` is what is known before it, `extra` what is known after it.
pub(crate) fn fill<T: Cell, F: Fill<T>>(
    cx: &Cpu,
    rules: &Rules,
    table: Table<'_, T>,
    (extra, carry): (Option<&[u32]>, &[u32]),
    out: &mut Out<'_>,
    carry_out: &mut [u32],
) -> Result<()> {
    let (rows, series) = (table.rows, table.series);
    if rows == 0 || series == 0 {
        carry_out.copy_from_slice(carry);
        return Ok(());
    }
    let per = table.block_rows(cx.threads());
    let blocks: Vec<_> = (0..rows.div_ceil(per)).map(|b| table.cut(b * per, per.min(rows - b * per))).collect();
    let ends: Vec<Vec<Ends<T>>> = if blocks.len() == 1 {
        vec![table.ends(cx.level)]
    } else {
        blocks.par_iter().map(|b| b.ends(cx.level)).collect()
    };
    // What each block has before and after it.
    let mut side = read_all::<T>(Some(carry), series);
    let mut before = Vec::with_capacity(blocks.len());
    for e in &ends {
        let next = e.iter().zip(&side).map(|((_, last), s)| last.then(s)).collect();
        before.push(std::mem::replace(&mut side, next));
    }
    for (s, w) in side.iter().zip(carry_out.chunks_exact_mut(WORDS)) {
        s.to_words(w);
    }
    let mut side = read_all::<T>(extra, series);
    let mut after = Vec::with_capacity(blocks.len());
    for e in ends.iter().rev() {
        let next = e.iter().zip(&side).map(|((first, _), s)| first.then(s)).collect();
        after.push(std::mem::replace(&mut side, next));
    }
    after.reverse();

    let (data, valid) = out.parts_mut::<T>()?;
    let parts = data.chunks_mut(per * series);
    let words: Vec<Option<&mut [u64]>> = match valid {
        Some(v) => v.words_mut().chunks_mut(per * series / 64).map(Some).collect(),
        None => blocks.iter().map(|_| None).collect(),
    };
    let work = |(b, (out, valid)): (usize, (&mut [T], Option<&mut [u64]>)), scratch: &mut Scratch<T>| {
        let around = |s: usize| Around { own: &ends[b][s], before: &before[b][s], after: &after[b][s] };
        if series == 1 {
            around(0).fill::<F>(cx.level, rules, &blocks[b].single(), out, valid);
        } else {
            tile::<T, F>(cx.level, rules, &blocks[b], around, scratch, out, valid);
        }
    };
    let mut jobs: Vec<_> = parts.zip(words).enumerate().collect();
    if jobs.len() == 1 {
        jobs.drain(..).for_each(|j| work(j, &mut Scratch::default()));
    } else {
        jobs.into_par_iter().for_each_init(Scratch::default, |scratch, j| work(j, scratch));
    }
    Ok(())
}

/// The series of a block, each in one piece, and the bits of one of them.
#[derive(Default)]
struct Scratch<T> {
    x: Vec<T>,
    y: Vec<T>,
    flat: Vec<u64>,
    valid: Vec<u64>,
    filled: Vec<u64>,
}

/// What a series of a block has around it.
struct Around<'a, T> {
    own: &'a Ends<T>,
    before: &'a Side<T>,
    after: &'a Side<T>,
}

impl<T: Cell> Around<'_, T> {
    fn fill<F: Fill<T>>(
        &self,
        level: SimdLevel,
        rules: &Rules,
        x: &Series<'_, T>,
        out: &mut [T],
        valid: Option<&mut [u64]>,
    ) {
        x.fill::<F>(level, rules, self.own, self.before, self.after, out, valid);
    }
}

/// Fills a block of many series, one after the other.
fn tile<'a, T: Cell, F: Fill<T>>(
    level: SimdLevel,
    rules: &Rules,
    block: &Table<'_, T>,
    around: impl Fn(usize) -> Around<'a, T>,
    scratch: &mut Scratch<T>,
    out: &mut [T],
    mut out_valid: Option<&mut [u64]>,
) {
    let (rows, series) = (block.rows, block.series);
    let words = rows.div_ceil(64);
    scratch.x.resize(rows * series, T::default());
    scratch.y.resize(rows * series, T::default());
    scratch.filled.resize(words, 0);
    turn_columns(block.x, series, &mut scratch.x[..rows * series], rows);
    if let Some(v) = block.valid {
        scratch.flat.clear();
        scratch.flat.extend(v.words());
    }
    if let Some(v) = out_valid.as_deref_mut() {
        v.fill(u64::MAX);
    }
    for (s, y) in scratch.y.chunks_exact_mut(rows).take(series).enumerate() {
        let valid = block.valid.map(|_| {
            gather_bits(&scratch.flat, s, series, rows, &mut scratch.valid);
            Bits::new(&scratch.valid, rows)
        });
        let x = Series { x: &scratch.x[s * rows..][..rows], valid, sentinel: block.sentinel };
        let filled = out_valid.is_some().then_some(&mut scratch.filled[..]);
        around(s).fill::<F>(level, rules, &x, y, filled);
        if let Some(v) = out_valid.as_deref_mut() {
            for (k, &word) in scratch.filled[..words].iter().enumerate() {
                let mut missing = !word;
                while missing != 0 {
                    let row = k * 64 + missing.trailing_zeros() as usize;
                    missing &= missing - 1;
                    if row < rows {
                        let at = row * series + s;
                        v[at / 64] &= !(1 << (at % 64));
                    }
                }
            }
        }
    }
    turn_columns(&scratch.y[..rows * series], rows, out, series);
}

/// Every `step`-th bit of `flat` from bit `first` on, `n` in all.
fn gather_bits(flat: &[u64], first: usize, step: usize, n: usize, out: &mut Vec<u64>) {
    out.clear();
    let mut at = first;
    for k in 0..n.div_ceil(64) {
        let mut word = 0;
        for row in 0..(n - k * 64).min(64) {
            word |= (flat[at / 64] >> (at % 64) & 1) << row;
            at += step;
        }
        out.push(word);
    }
}
