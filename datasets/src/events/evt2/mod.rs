//! Prophesee EVT 2.0: an event is a word of 32 bits.

mod encode;

pub(super) use encode::Evt2Encoder;

use super::batch::Writer;
use super::clock::{Clock, Highs};
use super::words::{Emit, Words};
use fearless_simd::{Level, Simd, dispatch};

/// EVT 2.0 and 2.1: 28 bits over 6; a fall by more than half the range is a wrap.
pub(super) type Clock34 = Clock<28, 6, { (1 << 27) + 1 }>;

/// Types of words.
pub(super) const TIME_HIGH: u32 = 8;
pub(super) const TRIGGER: u32 = 10;
/// Set in the words that are no events.
const NO_EVENT: u32 = 0xe000_0000;
/// Words that are looked at together.
const LANES: usize = 16;

/// The state of the decoder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evt2 {
    clock: Clock34,
}

/// What a block does.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) highs: Highs,
    pub(super) events: usize,
}

fn x_of(word: u32) -> i16 {
    (word >> 11 & 0x7ff) as i16
}

fn y_of(word: u32) -> i16 {
    (word & 0x7ff) as i16
}

fn low_of(word: u32) -> i64 {
    i64::from(word >> 22 & 0x3f)
}

impl Words for Evt2 {
    const BYTES: usize = 4;
    const EVENT_BYTES: usize = 4;
    const MOST: usize = 1;
    type Block = Block;

    fn ready(&self) -> bool {
        self.clock.runs()
    }

    fn word(&mut self, word: &[u8], out: &mut impl Emit) -> Result<(), String> {
        let &[a, b, c, d] = word else { return Err("a word of 4 bytes was expected".into()) };
        let word = u32::from_le_bytes([a, b, c, d]);
        match word >> 28 {
            TIME_HIGH => {
                self.clock.see(word & 0x0fff_ffff)?;
            }
            _ if !self.clock.runs() => {}
            kind @ (0 | 1) => out.event(self.clock.time() + low_of(word), x_of(word), y_of(word), kind == 1),
            TRIGGER => out.trigger(self.clock.time() + low_of(word), (word >> 8 & 0x1f) as i16, (word & 1) as i8),
            _ => {}
        }
        Ok(())
    }

    fn survey(&self, block: &[u8]) -> Block {
        dispatch!(Level::new(), simd => survey(simd, block))
    }

    fn events(block: &Block) -> usize {
        block.events
    }

    fn after(&self, block: &Block) -> Option<Self> {
        let mut after = *self;
        after.clock.pass(&block.highs).ok()?;
        Some(after)
    }

    fn fill<'a>(self, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>> {
        dispatch!(Level::new(), simd => fill(simd, self.clock, block, off, out))
    }
}

#[inline(always)]
fn survey<S: Simd>(_: S, block: &[u8]) -> Block {
    let mut found = Block::default();
    let words = block.as_chunks::<4>().0;
    let (groups, rest) = words.as_chunks::<64>();
    let mut events = 0u64;
    for group in groups {
        let (mut n, mut specials) = (0u32, 0u32);
        for &w in group {
            let w = u32::from_le_bytes(w);
            n += u32::from(w & NO_EVENT == 0);
            specials |= u32::from(w >> 28 == TIME_HIGH);
        }
        events += u64::from(n);
        if specials != 0 {
            note(&mut found.highs, group);
        }
    }
    events += rest.iter().filter(|&&w| u32::from_le_bytes(w) & NO_EVENT == 0).count() as u64;
    note(&mut found.highs, rest);
    found.events = events as usize;
    found
}

#[inline(always)]
fn note(highs: &mut Highs, words: &[[u8; 4]]) {
    for &w in words {
        let w = u32::from_le_bytes(w);
        if w >> 28 == TIME_HIGH {
            Clock34::note(highs, w & 0x0fff_ffff);
        }
    }
}

/// Sixteen words at a time, of which those before the first that is no event are kept.
#[inline(always)]
fn fill<'a, S: Simd>(_: S, mut clock: Clock34, block: &[u8], off: i8, mut out: Writer<'a>) -> Option<Writer<'a>> {
    let words = block.as_chunks::<4>().0;
    let mut time = clock.time();
    let mut i = 0;
    while let Some(group) = words[i..].first_chunk::<LANES>() {
        let group = group.map(u32::from_le_bytes);
        let keep = if group.iter().fold(0, |any, w| any | w) & NO_EVENT == 0 {
            LANES
        } else {
            group.iter().position(|w| w & NO_EVENT != 0).unwrap_or(LANES)
        };
        let written = out.lanes::<LANES>(keep, |k| {
            let w = group[k];
            (time + low_of(w), x_of(w), y_of(w), if w & 1 << 28 == 0 { off } else { 1 })
        });
        if !written {
            break;
        }
        i += keep;
        if keep < LANES {
            let w = group[keep];
            if w >> 28 == TIME_HIGH {
                clock.see(w & 0x0fff_ffff).ok()?;
                time = clock.time();
            }
            i += 1;
        }
    }
    for &w in &words[i..] {
        let w = u32::from_le_bytes(w);
        match w >> 28 {
            kind @ (0 | 1) => {
                let polarity = if kind == 0 { off } else { 1 };
                if !out.put(time + low_of(w), x_of(w), y_of(w), polarity) {
                    return None;
                }
            }
            TIME_HIGH => {
                clock.see(w & 0x0fff_ffff).ok()?;
                time = clock.time();
            }
            _ => {}
        }
    }
    Some(out)
}
