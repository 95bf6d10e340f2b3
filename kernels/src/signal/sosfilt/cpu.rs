//! Sections on the CPU, in f64 whatever the type of the signal: in f32 a pole near the unit circle keeps few digits.

use super::super::sample::Sample;
use super::{blocks, lanes};
use crate::SimdLevel;
use crate::signal::design::Section;
use fearless_simd::dispatch;

/// Channels from which on lanes are channels.
const LANES: usize = 4;

/// What is carried for a channel: what the state is, and 1 once anything was filtered.
pub(super) fn words(sections: usize, channels: usize) -> usize {
    if channels < LANES { blocks::words(sections) } else { lanes::words(sections) }
}

/// Filters the rows of `x`, `channels` numbers each, into `y`, with the state of each channel.
pub(super) fn run<T: Sample>(
    level: SimdLevel,
    (sos, zi): (&[Section], Option<&[[f64; 2]]>),
    channels: usize,
    x: &[T],
    states: &mut [f64],
    y: &mut [T],
) {
    let words = words(sos.len(), channels);
    let zi = |section: usize| zi.map_or([0.0; 2], |zi| zi[section]);
    if channels < LANES {
        let sections: Vec<_> = sos.iter().enumerate().map(|(i, s)| blocks::Blocks::of(s, zi(i))).collect();
        for (channel, state) in states.chunks_exact_mut(words).enumerate() {
            let place = (channel, channels);
            dispatch!(level.token(), simd => blocks::filter(simd, &sections, place, x, state, y));
        }
    } else {
        for state in states.chunks_exact_mut(words).filter(|state| state[words - 1] == 0.0) {
            for (i, state) in state[..words - 1].chunks_exact_mut(2).enumerate() {
                state.copy_from_slice(&zi(i));
            }
            state[words - 1] = 1.0;
        }
        lanes::filter(level, sos, channels, x, (states, words), y);
    }
}

/// All of a signal by itself in place, from its end to its start if `backward`.
pub(in crate::signal) fn in_place(level: SimdLevel, sos: &[Section], zi: &[[f64; 2]], backward: bool, x: &mut [f64]) {
    let sections: Vec<_> = sos.iter().zip(zi).map(|(s, zi)| blocks::Blocks::of(s, *zi)).collect();
    dispatch!(level.token(), simd => blocks::in_place(simd, &sections, backward, x));
}
