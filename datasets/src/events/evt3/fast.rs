//! Blocks of EVT 3.0.

use super::super::batch::Writer;
use super::super::desk::Desk;
use super::{BASE_X, Block, Clock24, Evt3, MASK_8, MASK_12, TIME_HIGH, TIME_LOW, X, Y};
use fearless_simd::{Level, Simd, dispatch};

pub(super) fn survey(block: &[u8]) -> Block {
    dispatch!(Level::new(), simd => survey_with(simd, block))
}

pub(super) fn fill<'a>(state: Evt3, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>> {
    dispatch!(Level::new(), simd => fill_with(simd, state, block, off, out))
}

/// Words that are counted together.
const GROUP: usize = 64;
/// A word of a kind that says nothing.
const NOTHING: [u8; 2] = [0, 0xf0];

/// Counts in lanes; looks at words one by one only where there is a TIME_HIGH among them, and from the end backwards
/// until the last of each kind is found.
#[inline(always)]
fn survey_with<S: Simd>(_: S, block: &[u8]) -> Block {
    let mut found = Block::default();
    let words = block.as_chunks::<2>().0;
    let mut kinds = 0;
    let (groups, rest) = words.as_chunks::<GROUP>();
    for (i, group) in groups.iter().enumerate() {
        kinds |= count(&mut found, group, GROUP * i);
    }
    let mut padded = [NOTHING; GROUP];
    padded[..rest.len()].copy_from_slice(rest);
    kinds |= count(&mut found, &padded, GROUP * groups.len());
    last_ones(&mut found, words, kinds);
    found
}

/// Counts the events and columns of a group, the first word of which is word `start` of the block; which kinds there are.
#[inline(always)]
fn count(found: &mut Block, group: &[[u8; 2]; GROUP], start: usize) -> u16 {
    let words = group.map(u16::from_le_bytes);
    let each = |f: fn(u16) -> u16| words.iter().fold(0u16, |sum, &w| sum + f(w));
    let is = |k: u16| words.iter().fold(0u16, |any, &w| any | u16::from(w >> 12 == k)) << k;
    let events = each(|w| {
        // The bits of the word that are events; an X is one, whichever bit stands for it.
        let twelve = u16::from(w >> 12 == MASK_12).wrapping_neg() & 0xfff;
        let eight = u16::from(w >> 12 == MASK_8).wrapping_neg() & 0xff;
        ones((w & (twelve | eight)) | u16::from(w >> 12 == X))
    });
    let advance = each(|w| 12 * u16::from(w >> 12 == MASK_12) + 8 * u16::from(w >> 12 == MASK_8));
    let kinds = is(Y) | is(BASE_X) | is(TIME_LOW) | is(TIME_HIGH);
    found.events += usize::from(events);
    found.advance += u32::from(advance);
    if kinds >> TIME_HIGH & 1 != 0 {
        highs(found, group, start);
    }
    kinds
}

/// Set bits, in steps that every vector unit has.
#[inline(always)]
fn ones(v: u16) -> u16 {
    let v = v - (v >> 1 & 0x5555);
    let v = (v & 0x3333) + (v >> 2 & 0x3333);
    let v = (v + (v >> 4)) & 0x0f0f;
    (v + (v >> 8)) & 0x1f
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
    let (mut y, mut base, mut low) = (kinds >> Y & 1 != 0, kinds >> BASE_X & 1 != 0, kinds >> TIME_LOW & 1 != 0);
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
    const PLAIN: u16 = 1 << Y | 1 << X | 1 << TIME_LOW;
    let mut desk = Desk::new();
    let (mut time, mut y) = (state.time(), state.y?);
    for &w in block.as_chunks::<2>().0 {
        let w = u16::from_le_bytes(w);
        let (kind, value) = (w >> 12, w & 0xfff);
        if PLAIN >> kind & 1 != 0 {
            y = if kind == Y { (value & 0x7ff) as i16 } else { y };
            time = if kind == TIME_LOW { time & !0xfff | i64::from(value) } else { time };
            desk.put(kind == X, time, (value & 0x7ff) as i16, y, if value >> 11 == 0 { off } else { 1 });
        } else if kind == MASK_12 || kind == MASK_8 {
            let (mask, columns) = if kind == MASK_12 { (value, 12) } else { (value & 0xff, 8) };
            if mask != 0 && state.base.saturating_add(16 - mask.leading_zeros()) > 2048 {
                return None;
            }
            let (x, polarity) = (state.base as i16, if state.on { 1 } else { off });
            desk.octet(time, x, y, polarity, mask as u8);
            desk.octet(time, x.wrapping_add(8), y, polarity, (mask >> 8) as u8);
            state.base = state.base.saturating_add(columns);
        } else if kind == BASE_X {
            (state.base, state.on) = (u32::from(value & 0x7ff), value >> 11 == 1);
        } else if kind == TIME_HIGH {
            state.low = (time & 0xfff) as u16;
            state.high(value).ok()?;
            time = state.time();
        }
        if desk.full() {
            desk.clear_into(&mut out)?;
        }
    }
    desk.clear_into(&mut out)?;
    Some(out)
}
