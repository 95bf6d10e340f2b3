//! Prophesee EVT 2.1: a word of 64 bits holds up to 32 events of a row.

use super::batch::Writer;
use super::desk::Desk;
use super::evt2::{Block, Clock34, TIME_HIGH, TRIGGER};
use super::words::{Emit, Words};

/// The state of the decoder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evt21 {
    clock: Clock34,
    /// Whether type, time and place come first in the file, the mask behind them ("legacy").
    swapped: bool,
}

impl Evt21 {
    pub(super) fn new(swapped: bool) -> Self {
        Evt21 { clock: Clock34::default(), swapped }
    }

    /// Type, time and place; and the mask.
    fn halves(&self, word: [u8; 8]) -> (u32, u32) {
        let word = u64::from_le_bytes(word);
        let (low, high) = (word as u32, (word >> 32) as u32);
        if self.swapped { (low, high) } else { (high, low) }
    }

    /// A row of events: time, first x, y.
    fn row(&self, upper: u32) -> (i64, i16, i16) {
        let t = self.clock.time() + i64::from(upper >> 22 & 0x3f);
        (t, (upper >> 11 & 0x7ff) as i16, (upper & 0x7ff) as i16)
    }
}

/// Whether a row that begins at `x` ends on the sensor.
fn fits(x: i16, mask: u32) -> Result<(), String> {
    let last = i32::from(x) + 31 - mask.leading_zeros() as i32;
    if last < 2048 { Ok(()) } else { Err(format!("an event at x = {last}, where 2047 is the last")) }
}

impl Words for Evt21 {
    const BYTES: usize = 8;
    const EVENT_BYTES: usize = 4;
    const MOST: usize = 32;
    type Block = Block;

    fn ready(&self) -> bool {
        self.clock.runs()
    }

    fn word(&mut self, word: &[u8], out: &mut impl Emit) -> Result<(), String> {
        let word = <[u8; 8]>::try_from(word).map_err(|_| "a word of 8 bytes was expected")?;
        let (upper, mut mask) = self.halves(word);
        match upper >> 28 {
            TIME_HIGH => {
                self.clock.see(upper & 0x0fff_ffff)?;
            }
            _ if !self.clock.runs() => {}
            kind @ (0 | 1) => {
                let (t, x, y) = self.row(upper);
                fits(x, mask)?;
                while mask != 0 {
                    out.event(t, x + mask.trailing_zeros() as i16, y, kind == 1);
                    mask &= mask - 1;
                }
            }
            TRIGGER => out.trigger(self.row(upper).0, (upper >> 8 & 0x1f) as i16, (upper & 1) as i8),
            _ => {}
        }
        Ok(())
    }

    fn survey(&self, block: &[u8]) -> Block {
        let mut found = Block::default();
        for &word in block.as_chunks::<8>().0 {
            let (upper, mask) = self.halves(word);
            if upper >> 28 <= 1 {
                found.events += mask.count_ones() as usize;
            } else if upper >> 28 == TIME_HIGH {
                Clock34::note(&mut found.highs, upper & 0x0fff_ffff);
            }
        }
        found
    }

    fn events(block: &Block) -> usize {
        block.events
    }

    fn after(&self, block: &Block) -> Option<Self> {
        let mut after = *self;
        after.clock.pass(&block.highs).ok()?;
        Some(after)
    }

    fn fill<'a>(mut self, block: &[u8], off: i8, mut out: Writer<'a>) -> Option<Writer<'a>> {
        let mut desk = Desk::new();
        for &word in block.as_chunks::<8>().0 {
            let (upper, mask) = self.halves(word);
            match upper >> 28 {
                kind @ (0 | 1) => {
                    let (t, x, y) = self.row(upper);
                    fits(x, mask).ok()?;
                    let polarity = if kind == 0 { off } else { 1 };
                    for (k, byte) in mask.to_le_bytes().into_iter().enumerate() {
                        desk.octet(t, x + 8 * k as i16, y, polarity, byte);
                    }
                    if desk.full() {
                        desk.clear_into(&mut out)?;
                    }
                }
                TIME_HIGH => {
                    self.clock.see(upper & 0x0fff_ffff).ok()?;
                }
                _ => {}
            }
        }
        desk.clear_into(&mut out)?;
        Some(out)
    }
}
