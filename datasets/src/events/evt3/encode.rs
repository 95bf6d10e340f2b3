//! Events as EVT 3.0.

use super::super::batch::Batch;
use super::super::climb::{Climb, coordinates};
use super::super::{Encoder, head};
use super::{BASE_X, MASK_8, MASK_12, TIME_HIGH, TIME_LOW, X, Y};
use crate::Format;
use gapwave_columns::Sensor;

/// Fewest events for which a base and a mask are written: two words, and one for each event without them.
const WORTH: usize = 3;

/// Writes EVT 3.0.
#[derive(Debug, Default)]
pub(crate) struct Evt3Encoder {
    high: Climb<12, 2048>,
    /// TIME_LOW as a decoder has it.
    low: Option<u16>,
    y: Option<u32>,
}

fn put(out: &mut Vec<u8>, kind: u16, value: u32) {
    out.extend_from_slice(&(kind << 12 | (value & 0xfff) as u16).to_le_bytes());
}

impl Encoder for Evt3Encoder {
    fn begin(&mut self, sensor: Sensor, out: &mut Vec<u8>) {
        head::write(Format::Evt3, sensor.size, out);
    }

    fn encode(&mut self, events: &Batch, out: &mut Vec<u8>) -> Result<(), (usize, String)> {
        out.reserve(3 * events.len());
        let mut i = 0;
        while i < events.len() {
            let (_, y) = coordinates(events, i, 2048)?;
            let t = events.t[i];
            if self.high.to(t >> 12, t, |h| put(out, TIME_HIGH, h)).map_err(|why| (i, why))? {
                // Written behind every TIME_HIGH, zero too: some decoders do not reset it.
                self.low = None;
            }
            let low = (t & 0xfff) as u16;
            if self.low != Some(low) {
                self.low = Some(low);
                put(out, TIME_LOW, low.into());
            }
            if self.y != Some(y) {
                self.y = Some(y);
                put(out, Y, y);
            }
            i += row(events, i, out)?;
        }
        Ok(())
    }
}

/// Writes event `i`, and those behind it that a mask can hold together with it; how many.
fn row(events: &Batch, i: usize, out: &mut Vec<u8>) -> Result<usize, (usize, String)> {
    let on = |i: usize| events.polarity[i] == 1;
    let polarity = u32::from(on(i)) << 11;
    let (x, _) = coordinates(events, i, 2048)?;
    // Events behind `i` up to `from` that go on ascending and lie before column `end`.
    let upto = |from: usize, end: u32| {
        let mut n = from;
        while n < events.len()
            && (events.t[n], events.y[n], on(n)) == (events.t[i], events.y[i], on(i))
            && events.x[n] > events.x[n - 1]
            && u32::try_from(events.x[n]).is_ok_and(|x| x < end.min(2048))
        {
            n += 1;
        }
        n
    };
    let mut n = upto(i + 1, x + 12);
    if n - i < WORTH {
        put(out, X, polarity | x);
        return Ok(1);
    }
    put(out, BASE_X, polarity | x);
    let (mut begin, mut base) = (i, x);
    loop {
        let mask = (begin..n).fold(0, |m, k| m | 1u32 << (events.x[k] as u32 - base));
        let next = upto(n, base + 24);
        if next == n && mask < 1 << 8 {
            put(out, MASK_8, mask);
            return Ok(n - i);
        }
        put(out, MASK_12, mask);
        if next == n {
            return Ok(n - i);
        }
        (begin, n, base) = (n, next, base + 12);
    }
}
