//! A few events in fixed places, where writing one costs no check of a length.

use super::batch::Writer;

/// Events that fit.
const SIZE: usize = 512;
/// Most that one word adds.
const WORD: usize = 32;
/// Most that are written at once.
const LANES: usize = 8;

/// Events that were not handed on yet.
pub(super) struct Desk {
    t: [i64; SIZE + LANES],
    x: [i16; SIZE + LANES],
    y: [i16; SIZE + LANES],
    polarity: [i8; SIZE + LANES],
    n: usize,
}

impl Desk {
    pub(super) fn new() -> Self {
        let place = [0; SIZE + LANES];
        Desk { t: [0; SIZE + LANES], x: place, y: place, polarity: [0; SIZE + LANES], n: 0 }
    }

    /// Writes an event, to be overwritten by the next one unless it is kept.
    #[inline(always)]
    pub(super) fn put(&mut self, keep: bool, t: i64, x: i16, y: i16, polarity: i8) {
        let n = self.n % SIZE;
        (self.t[n], self.x[n], self.y[n], self.polarity[n]) = (t, x, y, polarity);
        self.n = n + usize::from(keep);
    }

    /// Writes an event at `x + i` for every bit i of `mask`, ascending.
    #[inline(always)]
    pub(super) fn octet(&mut self, t: i64, x: i16, y: i16, polarity: i8, mask: u8) {
        let n = self.n % SIZE;
        let bits = &BITS[usize::from(mask)];
        self.t[n..n + LANES].fill(t);
        for (x_out, &bit) in self.x[n..n + LANES].iter_mut().zip(bits) {
            *x_out = x.wrapping_add(i16::from(bit));
        }
        self.y[n..n + LANES].fill(y);
        self.polarity[n..n + LANES].fill(polarity);
        self.n = n + mask.count_ones() as usize;
    }

    /// Whether the next word may not fit.
    #[inline(always)]
    pub(super) fn full(&self) -> bool {
        self.n > SIZE - WORD
    }

    /// Hands the events on; `None` where there are not enough slots.
    pub(super) fn clear_into(&mut self, out: &mut Writer<'_>) -> Option<()> {
        let n = self.n;
        self.n = 0;
        out.append(&self.t[..n], &self.x[..n], &self.y[..n], &self.polarity[..n]).then_some(())
    }
}

/// Positions of the set bits of a byte, ascending; what comes behind them is 0.
const BITS: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut bit, mut n) = (0, 0);
        while bit < 8 {
            if mask >> bit & 1 == 1 {
                table[mask][n] = bit as u8;
                n += 1;
            }
            bit += 1;
        }
        mask += 1;
    }
    table
};
