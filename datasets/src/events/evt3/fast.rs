//! Blocks of EVT 3.0.

use super::super::batch::Writer;
use super::super::words::octet;
use super::{BASE_X, Block, Clock24, Evt3, MASK_8, MASK_12, TIME_HIGH, TIME_LOW, X, Y};
use fearless_simd::{Level, Simd, dispatch};

pub(super) fn survey(block: &[u8]) -> Block {
    dispatch!(Level::new(), simd => survey_with(simd, block))
}

pub(super) fn fill<'a>(state: Evt3, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>> {
    dispatch!(Level::new(), simd => fill_with(simd, state, block, off, out))
}

/// Counts in lanes; looks at words one by one only where there is a TIME_HIGH among them, and from the end backwards
/// until the last of each kind is found.
#[inline(always)]
fn survey_with<S: Simd>(_: S, block: &[u8]) -> Block {
    let mut found = Block::default();
    let words = block.as_chunks::<2>().0;
    // Kinds of which there is at least one.
    let mut kinds = 0u16;
    for (i, group) in words.chunks(64).enumerate() {
        let (mut events, mut advance, mut seen) = (0u16, 0u16, 0u16);
        for &w in group {
            let w = u16::from_le_bytes(w);
            let kind = w >> 12;
            let (twelve, eight) = (kind == MASK_12, kind == MASK_8);
            // The bits of the word that are events; an X is one, whichever bit stands for it.
            let mask = (if twelve { 0xfff } else { 0 }) | (if eight { 0xff } else { 0 });
            let bits = (w & mask) | (if kind == X { 1 } else { 0 });
            events += bits.count_ones() as u16;
            advance += (if twelve { 12 } else { 0 }) + (if eight { 8 } else { 0 });
            seen |= if kind == TIME_HIGH { 1 } else { 0 };
            seen |= if kind == Y { 2 } else { 0 };
            seen |= if kind == BASE_X { 4 } else { 0 };
            seen |= if kind == TIME_LOW { 8 } else { 0 };
        }
        found.events += usize::from(events);
        found.advance += u32::from(advance);
        kinds |= seen;
        if seen & 1 != 0 {
            highs(&mut found, group, 64 * i);
        }
    }
    last_ones(&mut found, words, kinds);
    found
}

/// Follows the TIME_HIGHs of `words`, the first of which is word `start` of the block.
#[inline(always)]
fn highs(found: &mut Block, words: &[[u8; 2]], start: usize) {
    for (i, &w) in words.iter().enumerate() {
        let w = u16::from_le_bytes(w);
        if w >> 12 == TIME_HIGH {
            if found.highs.first().is_none() {
                found.first_at = start + i;
            }
            if Clock24::note(&mut found.highs, u32::from(w & 0xfff)) {
                found.changed_at = Some(start + i);
            }
        }
    }
}

/// The last word of each kind that is there.
#[inline(always)]
fn last_ones(found: &mut Block, words: &[[u8; 2]], kinds: u16) {
    let (mut y, mut base, mut low) = (kinds & 2 != 0, kinds & 4 != 0, kinds & 8 != 0);
    let mut advance = 0;
    for (i, &w) in words.iter().enumerate().rev() {
        if !(y || base || low) {
            break;
        }
        let w = u16::from_le_bytes(w);
        match w >> 12 {
            Y if y => {
                found.y = Some((w & 0x7ff) as i16);
                y = false;
            }
            BASE_X if base => {
                found.base = Some((u32::from(w & 0x7ff), w >> 11 & 1 == 1));
                found.advance = advance;
                base = false;
            }
            TIME_LOW if low => {
                found.low = Some((i, w & 0xfff));
                low = false;
            }
            MASK_12 => advance += 12,
            MASK_8 => advance += 8,
            _ => {}
        }
    }
}

/// Y, X and TIME_LOW, which are most words, without a branch: the event is always written and kept only if it is one.
#[inline(always)]
fn fill_with<'a, S: Simd>(_: S, mut state: Evt3, block: &[u8], off: i8, mut out: Writer<'a>) -> Option<Writer<'a>> {
    let words = block.as_chunks::<2>().0;
    let (mut time, mut y) = (state.time(), state.y?);
    for &w in words {
        let w = u16::from_le_bytes(w);
        let (kind, value) = (w >> 12, w & 0xfff);
        match kind {
            Y | X | TIME_LOW => {
                y = if kind == Y { (value & 0x7ff) as i16 } else { y };
                time = if kind == TIME_LOW { time & !0xfff | i64::from(value) } else { time };
                let event = (time, (value & 0x7ff) as i16, y, if value >> 11 == 0 { off } else { 1 });
                if !out.lanes::<1>(usize::from(kind == X), |_| event) && kind == X {
                    return None;
                }
            }
            MASK_12 | MASK_8 => {
                let (mask, columns) = if kind == MASK_12 { (value, 12) } else { (value & 0xff, 8) };
                let last = state.base.saturating_add(16 - mask.leading_zeros());
                if mask != 0 && last > 2048 {
                    return None;
                }
                let (x, polarity) = (state.base as i16, if state.on { 1 } else { off });
                octet(&mut out, time, x, y, polarity, mask as u8);
                if mask >> 8 != 0 {
                    octet(&mut out, time, x.wrapping_add(8), y, polarity, (mask >> 8) as u8);
                }
                state.base = state.base.saturating_add(columns);
            }
            BASE_X => (state.base, state.on) = (u32::from(value & 0x7ff), value >> 11 == 1),
            TIME_HIGH => {
                state.low = (time & 0xfff) as u16;
                state.high(value).ok()?;
                time = state.time();
            }
            _ => {}
        }
    }
    Some(out)
}
