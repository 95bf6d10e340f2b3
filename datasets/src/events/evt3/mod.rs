//! Prophesee EVT 3.0: words of 16 bits that change one part of the state each; some of them are events.

mod encode;
mod fast;

pub(super) use encode::Evt3Encoder;

use super::batch::Writer;
use super::clock::{Clock, Highs};
use super::words::{Emit, Words};

/// 12 bits over 12; a fall by half the range or more is a wrap.
type Clock24 = Clock<12, 12, 2048>;

/// Types of words.
const Y: u16 = 0;
const X: u16 = 2;
const BASE_X: u16 = 3;
const MASK_12: u16 = 4;
const MASK_8: u16 = 5;
const TIME_LOW: u16 = 6;
const TIME_HIGH: u16 = 8;
const TRIGGER: u16 = 10;

/// The state of the decoder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evt3 {
    clock: Clock24,
    /// Lower bits of the time.
    low: u16,
    y: Option<i16>,
    /// Where the next mask begins.
    base: u32,
    /// Polarity of the masks.
    on: bool,
}

/// What a block does.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    events: usize,
    highs: Highs,
    /// Word with the first TIME_HIGH.
    first_at: usize,
    /// Word with the last TIME_HIGH that differs from the one before it in the block.
    changed_at: Option<usize>,
    /// The last TIME_LOW and its word.
    low: Option<(usize, u16)>,
    y: Option<i16>,
    /// The last base and its polarity.
    base: Option<(u32, bool)>,
    /// Columns that masks went on by, since the base where there is one.
    advance: u32,
}

impl Evt3 {
    fn time(&self) -> i64 {
        self.clock.time() | i64::from(self.low)
    }

    /// Takes a TIME_HIGH: another value than before begins at low bits of zero.
    fn high(&mut self, high: u16) -> Result<(), String> {
        if self.clock.see(u32::from(high))? {
            self.low = 0;
        }
        Ok(())
    }

    /// Takes a mask of `columns`.
    fn mask(&mut self, mut mask: u16, columns: u32, out: &mut impl Emit) -> Result<(), String> {
        if let (true, Some(y)) = (self.clock.runs(), self.y) {
            while mask != 0 {
                let x = self.base.saturating_add(mask.trailing_zeros());
                if x >= 2048 {
                    return Err(format!("an event at x = {x}, where 2047 is the last"));
                }
                out.event(self.time(), x as i16, y, self.on);
                mask &= mask - 1;
            }
        }
        self.base = self.base.saturating_add(columns);
        Ok(())
    }
}

impl Words for Evt3 {
    const BYTES: usize = 2;
    const EVENT_BYTES: usize = 3;
    const MOST: usize = 12;
    type Block = Block;

    fn ready(&self) -> bool {
        self.clock.runs() && self.y.is_some()
    }

    fn word(&mut self, word: &[u8], out: &mut impl Emit) -> Result<(), String> {
        let word = u16::from_le_bytes(word.try_into().map_err(|_| "a word of 2 bytes was expected")?);
        let value = word & 0xfff;
        match word >> 12 {
            Y => self.y = Some((value & 0x7ff) as i16),
            X => {
                if let (true, Some(y)) = (self.clock.runs(), self.y) {
                    out.event(self.time(), (value & 0x7ff) as i16, y, value >> 11 == 1);
                }
            }
            BASE_X => (self.base, self.on) = (u32::from(value & 0x7ff), value >> 11 == 1),
            MASK_12 => self.mask(value, 12, out)?,
            MASK_8 => self.mask(value & 0xff, 8, out)?,
            TIME_LOW => self.low = value,
            TIME_HIGH => self.high(value)?,
            TRIGGER if self.clock.runs() => out.trigger(self.time(), (value >> 8) as i16, (value & 1) as i8),
            _ => {}
        }
        Ok(())
    }

    fn survey(&self, block: &[u8]) -> Block {
        fast::survey(block)
    }

    fn events(block: &Block) -> usize {
        block.events
    }

    fn after(&self, block: &Block) -> Option<Self> {
        let mut after = *self;
        after.clock.pass(&block.highs).ok()?;
        // The last word that set the low bits to zero, if there is one.
        let entered = block.highs.first().filter(|&first| self.clock.high() != Some(first)).map(|_| block.first_at);
        let reset = block.changed_at.or(entered);
        after.low = match (reset, block.low) {
            (Some(reset), Some((at, low))) if at > reset => low,
            (Some(_), _) => 0,
            (None, Some((_, low))) => low,
            (None, None) => self.low,
        };
        after.y = block.y.or(self.y);
        let (base, on) = block.base.unwrap_or((self.base, self.on));
        (after.base, after.on) = (base.saturating_add(block.advance), on);
        Some(after)
    }

    fn fill<'a>(self, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>> {
        fast::fill(self, block, off, out)
    }
}
