//! Several channels beside each other: the lanes of a vector are channels, and the recursion stays as it is.

use super::super::sample::{Sample, eight, load, narrow_to, splat, store, widen};
use crate::signal::design::Section;
use crate::{SimdLevel, memory, share};
use fearless_simd::{Simd, SimdBase, SimdFloat, dispatch};

/// Channels that are filtered together.
const GROUP: usize = 32;
/// Rows that go through a section before they go through the next: 16 KiB of f64.
const STEPS: usize = 64;
/// Numbers for which groups are handed to threads: work of some hundred microseconds for each, and lists of rows that fit
/// where memory is not asked of the system.
const HANDED: usize = 1 << 18;

/// What is carried for a channel: two numbers of each section, direct form II transposed, and 1 once anything was filtered.
pub(super) fn words(sections: usize) -> usize {
    2 * sections + 1
}

/// The rows of `x`, `channels` numbers each, through all sections into `y`. `states` has [`words`] for each channel, of
/// which the last is ignored, `stride` apart.
pub(super) fn filter<T: Sample>(
    level: SimdLevel,
    sections: &[Section],
    channels: usize,
    x: &[T],
    (states, stride): (&mut [f64], usize),
    y: &mut [T],
) {
    // The states of a group lie by number, then by channel.
    let numbers = 2 * sections.len();
    let mut groups: Vec<_> = states
        .chunks_mut(stride * GROUP)
        .map(|states| {
            let mut lanes = vec![0.0; numbers * GROUP];
            for (lane, state) in states.chunks_exact(stride).enumerate() {
                state[..numbers].iter().enumerate().for_each(|(i, &s)| lanes[i * GROUP + lane] = s);
            }
            (states, lanes)
        })
        .collect();
    let rows = (HANDED / channels).max(1).next_multiple_of(STEPS);
    for (x, y) in x.chunks(rows * channels).zip(y.chunks_mut(rows * channels)) {
        // Each group's part of each row.
        let mut parts: Vec<Vec<&mut [T]>> = groups.iter().map(|_| Vec::with_capacity(y.len() / channels)).collect();
        for row in y.chunks_exact_mut(channels) {
            row.chunks_mut(GROUP).zip(&mut parts).for_each(|(part, parts)| parts.push(part));
        }
        let shared = groups.len() > 1 && x.len() == rows * channels;
        let work = groups.iter_mut().zip(parts).enumerate();
        share::for_each(shared, work, |(group, ((_, lanes), mut y))| {
            let x = Columns { x, first: group * GROUP, channels };
            let here = (channels - group * GROUP).min(GROUP);
            dispatch!(level.token(), simd => some(simd, sections, x, here, lanes, &mut y));
        });
    }
    for (states, lanes) in groups {
        for (lane, state) in states.chunks_exact_mut(stride).enumerate() {
            state[..numbers].iter_mut().enumerate().for_each(|(i, s)| *s = lanes[i * GROUP + lane]);
        }
    }
}

/// Some columns of rows.
struct Columns<'a, T> {
    x: &'a [T],
    first: usize,
    channels: usize,
}

impl<T: Sample> Columns<'_, T> {
    /// Asks for what is worked on next: it is not in a row in memory.
    #[inline(always)]
    fn ahead(&self, row: usize, here: usize) {
        let rows = self.x.get(row * self.channels..).unwrap_or(&[]);
        for row in rows.chunks_exact(self.channels).take(STEPS) {
            memory::prefetch(&row[self.first..self.first + here]);
        }
    }
}

/// `here` channels, up to a group of them.
#[inline(always)]
fn some<S: Simd, T: Sample>(
    simd: S,
    sections: &[Section],
    x: Columns<'_, T>,
    here: usize,
    lanes: &mut [f64],
    y: &mut [&mut [T]],
) {
    match here {
        ..=8 => fields::<S, T, 8>(simd, sections, x, here, lanes, y),
        9..=16 => fields::<S, T, 16>(simd, sections, x, here, lanes, y),
        _ => fields::<S, T, GROUP>(simd, sections, x, here, lanes, y),
    }
}

/// Rows in fields of f64, as wide as the channels need. How many channels there are is not known to the compiler on
/// purpose: loops of a fixed length it converts number by number.
#[inline(always)]
fn fields<S: Simd, T: Sample, const WIDE: usize>(
    simd: S,
    sections: &[Section],
    x: Columns<'_, T>,
    here: usize,
    lanes: &mut [f64],
    y: &mut [&mut [T]],
) {
    let (mut field, mut done) = ([[0.0; WIDE]; STEPS], 0);
    for (x_rows, y) in x.x.chunks(STEPS * x.channels).zip(y.chunks_mut(STEPS)) {
        done += y.len();
        x.ahead(done, here);
        for (to, from) in field.iter_mut().zip(x_rows.chunks_exact(x.channels)) {
            widen(&from[x.first..][..here], to);
        }
        through(simd, sections, &mut field[..y.len()], lanes);
        for (from, to) in field.iter().zip(y) {
            narrow_to(&from[..here], to);
        }
    }
}

/// Rows through all sections, in place.
#[inline(always)]
fn through<S: Simd, const WIDE: usize>(simd: S, sections: &[Section], field: &mut [[f64; WIDE]], lanes: &mut [f64]) {
    for (section, lanes) in sections.iter().zip(lanes.chunks_exact_mut(2 * GROUP)) {
        // A vector of channels would wait for its own last number; with some at a time others go on meanwhile.
        for at in (0..WIDE).step_by(4 * S::f64s::LEN) {
            match (WIDE - at) / S::f64s::LEN {
                0 => {}
                1 => together::<S, WIDE, 1>(simd, section, field, lanes, at),
                2 | 3 => together::<S, WIDE, 2>(simd, section, field, lanes, at),
                _ => together::<S, WIDE, 4>(simd, section, field, lanes, at),
            }
        }
    }
}

/// `COUNT` vectors of channels from `at` on through a section.
#[inline(always)]
fn together<S: Simd, const WIDE: usize, const COUNT: usize>(
    simd: S,
    [b0, b1, b2, _, a1, a2]: &Section,
    field: &mut [[f64; WIDE]],
    lanes: &mut [f64],
    at: usize,
) {
    let (b0, b1, b2) = (splat(simd, *b0), splat(simd, *b1), splat(simd, *b2));
    let (a1, a2) = (splat(simd, -a1), splat(simd, -a2));
    let (one, two) = lanes.split_at_mut(GROUP);
    let (mut s, mut t) = ([b0; 8], [b0; 8]);
    eight!(V, {
        if V < COUNT {
            s[V] = load(simd, one, at + V * S::f64s::LEN);
            t[V] = load(simd, two, at + V * S::f64s::LEN);
        }
    });
    for z in field.iter_mut() {
        let z = &mut z[at..at + COUNT * S::f64s::LEN];
        eight!(V, {
            if V < COUNT {
                let x = load(simd, z, V * S::f64s::LEN);
                let y = b0.mul_add(x, s[V]);
                s[V] = a1.mul_add(y, b1.mul_add(x, t[V]));
                t[V] = a2.mul_add(y, b2 * x);
                store::<S>(y, z, V * S::f64s::LEN);
            }
        });
    }
    eight!(V, {
        if V < COUNT {
            store::<S>(s[V], one, at + V * S::f64s::LEN);
            store::<S>(t[V], two, at + V * S::f64s::LEN);
        }
    });
}
