//! One series without holes in memory: where its observations are, and the loop that fills its gaps.

use super::cell::Cell;
use super::options::{Edge, Rules};
use super::side::Side;
use crate::SimdLevel;
use fearless_simd::{Simd, dispatch};
use gapwave_columns::Bits;
use std::ops::Range;

/// How the cells of a gap are computed.
pub(crate) trait Fill<T>: Send + Sync {
    /// Whether the gap after the last observation is filled at every [`Edge`].
    const HOLDS: bool;

    /// Writes the cells that are `from`, `from + 1`, … rows after the observation `a`, which is `span` rows before
    /// the observation `b`.
    fn fill(out: &mut [T], a: T, b: T, from: i64, span: i64);

    /// The one cell `from` rows after `a`, by the same formula.
    fn one(a: T, b: T, from: u32, span: u32) -> T;
}

/// Observations in a word of 64 from which on its gaps are short: at one in four they have three cells on average.
const DENSE: u32 = 16;

/// The straight line between two observations.
pub(crate) struct Line;

macro_rules! lines {
    ($($t:ident),*) => {$(
        impl Fill<$t> for Line {
            const HOLDS: bool = false;

            // One formula, the same at every SIMD level: Rust never contracts it to a fused multiply-add.
            #[inline(always)]
            fn fill(out: &mut [$t], a: $t, b: $t, from: i64, span: i64) {
                for (k, y) in out.iter_mut().enumerate() {
                    *y = a + (b - a) * ((from + k as i64) as $t / span as $t);
                }
            }

            #[inline(always)]
            fn one(a: $t, b: $t, from: u32, span: u32) -> $t {
                // Most gaps are short, and their few quotients are looked up: a division is half the cell's time.
                static WEIGHTS: [[$t; 8]; 8] = {
                    let mut w = [[0.0; 8]; 8];
                    let mut span = 1;
                    while span < 8 {
                        let mut from = 0;
                        while from < 8 {
                            w[span][from] = from as $t / span as $t;
                            from += 1;
                        }
                        span += 1;
                    }
                    w
                };
                let w = if span < 8 { WEIGHTS[span as usize][from as usize & 7] } else { from as $t / span as $t };
                a + (b - a) * w
            }
        }
    )*};
}
lines!(f32, f64);

/// The observation before.
pub(crate) struct Hold;

impl<T: Cell> Fill<T> for Hold {
    const HOLDS: bool = true;

    #[inline(always)]
    fn fill(out: &mut [T], a: T, _: T, _: i64, _: i64) {
        out.fill(a);
    }

    #[inline(always)]
    fn one(a: T, _: T, _: u32, _: u32) -> T {
        a
    }
}

/// A series in contiguous memory.
#[derive(Clone, Copy)]
pub(crate) struct Series<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) valid: Option<Bits<'a>>,
    pub(crate) sentinel: Option<T>,
}

impl<T: Cell> Series<'_, T> {
    /// Which of the elements `64 k ..` are observations; bits beyond the end are 0.
    #[inline(always)]
    fn observed<S: Simd>(&self, simd: S, k: usize) -> u64 {
        let base = k * 64;
        let bits = match self.x.get(base..base + 64).and_then(|p| p.first_chunk::<64>()) {
            Some(part) => T::present64(simd, part, self.sentinel),
            None => self.x[base..].iter().enumerate().fold(0, |m, (i, v)| m | u64::from(v.present(self.sentinel)) << i),
        };
        self.valid.map_or(bits, |v| bits & v.word(k))
    }

    /// What the rows of this series are to their neighbours: seen from before its first row, and from after its
    /// last one. Looks no further than needed.
    pub(crate) fn ends(&self, level: SimdLevel) -> (Side<T>, Side<T>) {
        dispatch!(level.token(), simd => self.ends_at(simd))
    }

    #[inline(always)]
    fn ends_at<S: Simd>(&self, simd: S) -> (Side<T>, Side<T>) {
        let n = self.x.len();
        let (mut first, mut last) = (Side::empty(n as u64), Side::empty(n as u64));
        for k in 0..n.div_ceil(64) {
            let mut m = self.observed(simd, k);
            while m != 0 && !first.full() {
                let at = k * 64 + m.trailing_zeros() as usize;
                first.push(at as u64 + 1, self.x[at]);
                m &= m - 1;
            }
            if first.full() {
                break;
            }
        }
        if first.dist[0] == 0 {
            return (first, last);
        }
        for k in (0..n.div_ceil(64)).rev() {
            let mut m = self.observed(simd, k);
            while m != 0 && !last.full() {
                let bit = 63 - m.leading_zeros();
                let at = k * 64 + bit as usize;
                last.push((n - at) as u64, self.x[at]);
                m &= !(1 << bit);
            }
            if last.full() {
                break;
            }
        }
        (first, last)
    }

    /// Copies the series and fills its gaps. `own` is what [`Series::ends`] gave, `before` and `after` what is known
    /// beyond. `out_valid` begins at bit 0 of its first word and is written whole.
    #[allow(clippy::too_many_arguments, reason = "a series, its surroundings and two outputs")]
    pub(crate) fn fill<F: Fill<T>>(
        &self,
        level: SimdLevel,
        rules: &Rules,
        own: &(Side<T>, Side<T>),
        before: &Side<T>,
        after: &Side<T>,
        out: &mut [T],
        mut out_valid: Option<&mut [u64]>,
    ) {
        dispatch!(level.token(), simd => self.fill_inner::<F, _>(simd, rules, out, out_valid.as_deref_mut()));
        let n = self.x.len();
        let (first, last) = own;
        let mut gap = |rows: Range<usize>, left: (&Side<T>, usize), right: (&Side<T>, usize)| {
            let filled = edge_gap::<T, F>(rules, rows.clone(), left, right, out);
            if let Some(v) = out_valid.as_deref_mut() {
                clear(v, rows.start..filled.start);
                clear(v, filled.end..rows.end);
            }
        };
        if first.dist[0] == 0 {
            gap(0..n, (before, 0), (after, n));
            return;
        }
        let (head, tail) = (first.dist[0] as usize - 1, n - last.dist[0] as usize + 1);
        if head > 0 {
            gap(0..head, (before, 0), (&first.then(after), 0));
        }
        if tail < n {
            gap(tail..n, (&last.then(before), n), (after, n));
        }
    }

    /// Copies everything and fills the gaps that have an observation of this series on both sides.
    #[inline(always)]
    fn fill_inner<F: Fill<T>, S: Simd>(
        &self,
        simd: S,
        rules: &Rules,
        out: &mut [T],
        mut out_valid: Option<&mut [u64]>,
    ) {
        let n = self.x.len();
        let out = &mut out[..n];
        // Where the gap began that reaches the end of the words so far; none is open before the first observation.
        let mut open = None::<usize>;
        let mut seen = false;
        let all = rules.limit >= 64 && rules.max_gap >= 64;
        for k in 0..n.div_ceil(64) {
            let base = k * 64;
            let end = n.min(base + 64);
            out[base..end].copy_from_slice(&self.x[base..end]);
            if let Some(v) = out_valid.as_deref_mut() {
                v[k] = u64::MAX;
            }
            let m = self.observed(simd, k);
            let mut missing = !m;
            if missing == 0 && open.is_none() && seen {
                continue;
            }
            if m == 0 {
                if seen && open.is_none() {
                    open = Some(base);
                }
                continue;
            }
            // The gap that ends in this word, if the row before the word is in one or the word begins with one.
            let e = m.trailing_zeros();
            let start = open.take().unwrap_or(base);
            if seen && start < base + e as usize {
                self.inner_gap::<F>(rules, start..base + e as usize, out, &mut out_valid);
            }
            seen = true;
            missing &= u64::MAX << e;
            let top = 63 - m.leading_zeros();
            let full = self.x[base..].first_chunk::<64>().zip(out[base..].first_chunk_mut::<64>());
            if let (true, Some((x, out))) = (all && m.count_ones() >= DENSE, full) {
                // No limit bears on gaps within a word: cell by cell, which branches once a cell and not by the
                // length of each gap. Where observations are rare, gaps are long and their own loop is faster.
                let mut inner = missing & (u64::MAX >> (63 - top));
                while inner != 0 {
                    let row = inner.trailing_zeros();
                    inner &= inner - 1;
                    let before = 63 - (m & ((1 << row) - 1)).leading_zeros();
                    let after = row + (m >> row).trailing_zeros();
                    let (a, b) = (x[before as usize & 63], x[after as usize & 63]);
                    out[row as usize & 63] = F::one(a, b, row - before, after - before);
                }
                if top < 63 {
                    open = Some(base + top as usize + 1);
                }
                continue;
            }
            while missing != 0 {
                let s = missing.trailing_zeros();
                let len = (!(missing >> s)).trailing_zeros();
                let (start, e) = (base + s as usize, s + len);
                if e >= 64 {
                    open = Some(start);
                    break;
                }
                self.inner_gap::<F>(rules, start..base + e as usize, out, &mut out_valid);
                missing &= u64::MAX << e;
            }
        }
    }

    /// A gap between two observations of this series.
    #[inline(always)]
    fn inner_gap<F: Fill<T>>(
        &self,
        rules: &Rules,
        rows: Range<usize>,
        out: &mut [T],
        out_valid: &mut Option<&mut [u64]>,
    ) {
        let Range { start, end } = rows;
        let len = end - start;
        let fills = if len as u64 > rules.max_gap { 0 } else { len.min(rules.limit.min(usize::MAX as u64) as usize) };
        let (a, b) = (self.x[start - 1], self.x[end]);
        F::fill(&mut out[start..start + fills], a, b, 1, len as i64 + 1);
        if fills < len
            && let Some(v) = out_valid.as_deref_mut()
        {
            clear(v, start + fills..end);
        }
    }
}

/// A gap that touches an end of the segment: `rows` of it lie within. `left` is seen from row `from`, `right` from
/// before row `to`. Says which rows were filled.
fn edge_gap<T: Cell, F: Fill<T>>(
    rules: &Rules,
    rows: Range<usize>,
    (left, from): (&Side<T>, usize),
    (right, to): (&Side<T>, usize),
    out: &mut [T],
) -> Range<usize> {
    let nothing = rows.start..rows.start;
    let before = |k: usize| (left.dist[k] != 0).then(|| (from as i64 - left.dist[k] as i64, left.value[k]));
    let after = |k: usize| (right.dist[k] != 0).then(|| (to as i64 + right.dist[k] as i64 - 1, right.value[k]));
    // The whole gap, in rows of the segment: it may begin before row 0 and end beyond the last.
    let start = before(0).map_or_else(|| (from as i64).saturating_sub_unsigned(left.rows), |(at, _)| at + 1);
    let end = after(0).map_or_else(|| (to as i64).saturating_add_unsigned(right.rows), |(at, _)| at);
    if end.abs_diff(start) > rules.max_gap {
        return nothing;
    }
    let limit = i64::try_from(rules.limit).unwrap_or(i64::MAX);
    let within = |fill: Range<i64>| {
        let (lo, hi) = (rows.start as i64, rows.end as i64);
        fill.start.clamp(lo, hi) as usize..fill.end.clamp(lo, hi) as usize
    };
    let forwards = within(start..end.min(start.saturating_add(limit)));
    let backwards = within(start.max(end.saturating_sub(limit))..end);
    // The line through (p, a) and (q, b), or the constant b where they are one.
    let mut fill = |rows: Range<usize>, (p, a): (i64, T), (q, b): (i64, T), constant: Option<T>| {
        let cells = &mut out[rows.clone()];
        match constant {
            Some(c) => cells.fill(c),
            None => F::fill(cells, a, b, rows.start as i64 - p, q - p),
        }
        rows
    };
    match (before(0), after(0), rules.edge) {
        (None, None, _) => nothing,
        (Some(a), Some(b), _) => fill(forwards, a, b, None),
        (Some(a), None, _) if F::HOLDS => fill(forwards, a, a, Some(a.1)),
        (_, _, Edge::Keep) => nothing,
        (Some(b), None, edge) => {
            let a = before(1).filter(|_| edge == Edge::Extrapolate);
            fill(forwards, a.unwrap_or(b), b, a.is_none().then_some(b.1))
        }
        (None, Some(a), edge) => {
            let b = after(1).filter(|_| edge == Edge::Extrapolate);
            fill(backwards, a, b.unwrap_or(a), b.is_none().then_some(a.1))
        }
    }
}

/// Clears a run of bits.
fn clear(words: &mut [u64], bits: Range<usize>) {
    if bits.is_empty() {
        return;
    }
    let (first, last) = (bits.start / 64, (bits.end - 1) / 64);
    let from = u64::MAX << (bits.start % 64);
    let to = u64::MAX >> (63 - (bits.end - 1) % 64);
    if first == last {
        words[first] &= !(from & to);
    } else {
        words[first] &= !from;
        words[first + 1..last].fill(0);
        words[last] &= !to;
    }
}
