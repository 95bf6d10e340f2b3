//! A signal by itself, in blocks.
//!
//! A section's recursion is one number after the other. In blocks of 16 it is not: what a block's own numbers give is a
//! product with the lower triangle of the recursion's impulse response, column by column, and only the last two numbers
//! that came out go on from block to block.
//!
//! Blocks begin at multiples of 16 from the signal's start, wherever it was cut: what a chunk leaves of its last block
//! goes through again with the next one. The bits do not depend on the chunks.

use super::super::sample::{Sample, eight, load, narrow_to, splat, store, widen};
use crate::memory;
use crate::signal::design::Section;
use fearless_simd::{Simd, SimdBase, SimdFloat};

/// Numbers of a block.
pub(super) const BLOCK: usize = 16;
/// Numbers that go through a section before they go through the next.
const SPAN: usize = 32 * BLOCK;

/// What is carried for a signal: the last two numbers before the first section and after each, the numbers of a block
/// that was begun, how many they are, and 1 once a block was filtered.
pub(super) fn words(sections: usize) -> usize {
    2 * (sections + 1) + BLOCK - 1 + 2
}

/// A section, ready for blocks.
pub(super) struct Blocks {
    b: [f64; 3],
    a: [f64; 2],
    /// `columns[j][i]` is what number j of a block adds to number i: the impulse response of 1/A after i − j.
    columns: [[f64; BLOCK]; BLOCK],
    /// What the last and the last but one number that came out add.
    last: [[f64; BLOCK]; 2],
    /// What is added to the first two numbers of a signal.
    zi: [f64; 2],
    /// Whether the response stays within what a number holds.
    finite: bool,
}

impl Blocks {
    pub(super) fn of(&[b0, b1, b2, _, a1, a2]: &Section, zi: [f64; 2]) -> Blocks {
        let mut response = [0.0; BLOCK];
        let (mut one, mut two) = (0.0, 0.0);
        for (i, h) in response.iter_mut().enumerate() {
            *h = if i == 0 { 1.0 } else { -a1 * one - a2 * two };
            (one, two) = (*h, one);
        }
        let mut columns = [[0.0; BLOCK]; BLOCK];
        for (j, column) in columns.iter_mut().enumerate() {
            column[j..].copy_from_slice(&response[..BLOCK - j]);
        }
        let before = |i: usize| if i == 0 { 0.0 } else { response[i - 1] };
        let last = [std::array::from_fn(|i| -a1 * response[i] - a2 * before(i)), response.map(|h| -a2 * h)];
        let finite = last.as_flattened().iter().all(|h| h.is_finite());
        Blocks { b: [b0, b1, b2], a: [a1, a2], columns, last, zi, finite }
    }

    /// A block of `x` into `y`; `x[2..]` and `y[2..]` are its numbers, before them what was before.
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, x: &[f64; BLOCK + 2], y: &mut [f64; BLOCK + 2], begins: bool) {
        let (b0, b1, b2) = (splat(simd, self.b[0]), splat(simd, self.b[1]), splat(simd, self.b[2]));
        let mut u = [0.0; BLOCK];
        eight!(V, {
            let at = V * S::f64s::LEN;
            if at < BLOCK {
                let (x0, x1, x2) = (load(simd, x, at + 2), load(simd, x, at + 1), load(simd, x, at));
                store::<S>(b0.mul_add(x0, b1.mul_add(x1, b2 * x2)), &mut u, at);
            }
        });
        if begins {
            u[0] += self.zi[0];
            u[1] += self.zi[1];
        }
        self.solve(simd, &u, y);
        if !y[BLOCK + 1].is_finite() {
            self.mend(simd, u, y);
        }
    }

    /// The numbers of `u` through 1/A.
    #[inline(always)]
    fn solve<S: Simd>(&self, simd: S, u: &[f64; BLOCK], y: &mut [f64; BLOCK + 2]) {
        // Twice as many sums as results: one after the other, the additions of a block would take longer than all the
        // multiplications of the next ones that a processor looks ahead to.
        let (mut even, mut odd) = ([splat(simd, 0.0); 8], [splat(simd, 0.0); 8]);
        macro_rules! columns {
            ($($j:literal)*) => {
                $(
                    add::<S, { 2 * $j }>(simd, &mut even, &self.columns[2 * $j], u[2 * $j]);
                    add::<S, { 2 * $j + 1 }>(simd, &mut odd, &self.columns[2 * $j + 1], u[2 * $j + 1]);
                )*
            };
        }
        columns!(0 1 2 3 4 5 6 7);
        let mut sums = even;
        eight!(V, {
            sums[V] = even[V] + odd[V];
        });
        add::<S, 0>(simd, &mut sums, &self.last[1], y[0]);
        add::<S, 0>(simd, &mut sums, &self.last[0], y[1]);
        eight!(V, {
            if V * S::f64s::LEN < BLOCK {
                store::<S>(sums[V], y, 2 + V * S::f64s::LEN);
            }
        });
    }

    /// A block with something in it that is no number, or too large: before that nothing changes, even though 0 times
    /// it is not 0, and after it one number follows from the other.
    #[cold]
    #[inline(never)]
    fn mend<S: Simd>(&self, simd: S, mut u: [f64; BLOCK], y: &mut [f64; BLOCK + 2]) {
        let lost = !(self.finite && y[0].is_finite() && y[1].is_finite());
        let first = if lost { 0 } else { u.iter().position(|u| !u.is_finite()).unwrap_or(BLOCK) };
        let whole = u;
        u[first..].fill(0.0);
        if first > 0 {
            simd.vectorize(|| self.solve(simd, &u, y));
        }
        for i in first..BLOCK {
            y[2 + i] = whole[i] - self.a[0] * y[1 + i] - self.a[1] * y[i];
        }
    }
}

/// Adds `factor` times a column that begins at row `J`.
#[inline(always)]
fn add<S: Simd, const J: usize>(simd: S, sums: &mut [S::f64s; 8], column: &[f64; BLOCK], factor: f64) {
    let factor = splat(simd, factor);
    eight!(V, {
        if (V + 1) * S::f64s::LEN > J && V * S::f64s::LEN < BLOCK {
            sums[V] = load(simd, column, V * S::f64s::LEN).mul_add(factor, sums[V]);
        }
    });
}

/// The numbers of a span before and after a section, two before each, and where they are: after the last section in `a`.
struct Span<'a> {
    a: &'a mut [f64; SPAN + 2],
    b: &'a mut [f64; SPAN + 2],
}

impl Span<'_> {
    /// All sections, of `all` numbers from 2 on. `ends` has the last two numbers before the first section and after each,
    /// and those of the last whole block then.
    #[inline(always)]
    fn through<S: Simd>(&mut self, simd: S, sections: &[Blocks], ends: &mut [f64], all: usize, begins: bool) {
        let whole = all / BLOCK * BLOCK;
        // A block that is begun only is filtered with zeros after it.
        self.a[2 + all..2 + all.next_multiple_of(BLOCK)].fill(0.0);
        self.a[..2].copy_from_slice(&ends[..2]);
        for (i, section) in sections.iter().enumerate() {
            ends[2 * i..][..2].copy_from_slice(&self.a[whole..][..2]);
            self.b[..2].copy_from_slice(&ends[2 * (i + 1)..][..2]);
            for at in (0..all).step_by(BLOCK) {
                let x = self.a[at..].first_chunk().expect("a span is whole blocks");
                let y = self.b[at..].first_chunk_mut().expect("a span is whole blocks");
                section.run(simd, x, y, begins && at == 0);
            }
            std::mem::swap(&mut self.a, &mut self.b);
        }
        ends[2 * sections.len()..].copy_from_slice(&self.a[whole..][..2]);
    }
}

/// Every `channels`th number of `x` from `channel` on through all sections into the same places of `y`.
#[inline(always)]
pub(super) fn filter<S: Simd, T: Sample>(
    simd: S,
    sections: &[Blocks],
    (channel, channels): (usize, usize),
    x: &[T],
    state: &mut [f64],
    y: &mut [T],
) {
    let (ends, rest) = state.split_at_mut(2 * (sections.len() + 1));
    let (pending, rest) = rest.split_at_mut(BLOCK - 1);
    let mut begun = (rest[0] as usize).min(BLOCK - 1);
    let rows = x.len() / channels;
    let mut span = Span { a: &mut [0.0; SPAN + 2], b: &mut [0.0; SPAN + 2] };
    // A span is worked on for as long as memory takes to answer: the next one is asked for before.
    let ahead = |row: usize| row.min(rows)..(row + SPAN).min(rows);
    let (past, mut made) = (memory::is_long(y), [T::of(0.0); SPAN]);
    let mut row = 0;
    while row < rows {
        let new = (rows - row).min(SPAN - begun);
        span.a[2..][..begun].copy_from_slice(&pending[..begun]);
        if channels == 1 {
            memory::prefetch(&x[ahead(row + new)]);
            widen(&x[row..][..new], &mut span.a[2 + begun..]);
        } else {
            let from = x[row * channels + channel..].iter().step_by(channels).take(new);
            span.a[2 + begun..].iter_mut().zip(from).for_each(|(to, from)| *to = from.wide());
        }
        let all = begun + new;
        let left = all % BLOCK;
        // What is begun only goes through again with the next numbers.
        pending[..left].copy_from_slice(&span.a[2 + all - left..][..left]);
        span.through(simd, sections, ends, all, rest[1] == 0.0);
        if all > left {
            rest[1] = 1.0;
        }
        let done = &span.a[2 + begun..];
        if channels > 1 {
            let to = y[row * channels + channel..].iter_mut().step_by(channels).take(new);
            to.zip(done).for_each(|(to, &from)| *to = T::of(from));
        } else if past {
            narrow_to(done, &mut made[..new]);
            memory::copy_past(&made[..new], &mut y[row..][..new]);
        } else {
            narrow_to(done, &mut y[row..][..new]);
        }
        row += new;
        // Only at the end is there a block that was begun: a span is whole blocks.
        begun = left;
    }
    rest[0] = begun as f64;
}

/// All of a signal through all sections in place, from its end to its start if `backward`.
#[inline(always)]
pub(super) fn in_place<S: Simd>(simd: S, sections: &[Blocks], backward: bool, data: &mut [f64]) {
    let mut ends = vec![0.0; 2 * (sections.len() + 1)];
    let mut span = Span { a: &mut [0.0; SPAN + 2], b: &mut [0.0; SPAN + 2] };
    let mut row = 0;
    while row < data.len() {
        let new = (data.len() - row).min(SPAN);
        let place = if backward { data.len() - row - new..data.len() - row } else { row..row + new };
        let here = &mut data[place];
        if backward {
            reversed(here, &mut span.a[2..2 + new]);
        } else {
            span.a[2..2 + new].copy_from_slice(here);
        }
        span.through(simd, sections, &mut ends, new, row == 0);
        if backward {
            reversed(&span.a[2..2 + new], here);
        } else {
            here.copy_from_slice(&span.a[2..2 + new]);
        }
        row += new;
    }
}

/// The other way round.
#[inline(always)]
fn reversed(from: &[f64], to: &mut [f64]) {
    for (to, from) in to.iter_mut().zip(from.iter().rev()) {
        *to = *from;
    }
}
