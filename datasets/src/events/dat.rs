//! Prophesee DAT: 8 bytes an event, after the header two bytes that say so.

use super::batch::{Batch, Writer};
use super::climb::coordinates;
use super::words::{Emit, Words};
use super::{Damage, Encoder, head};
use crate::Format;
use fearless_simd::{Level, Simd, dispatch};
use gapwave_columns::Sensor;

/// Events of the sensor, as files have been written over time.
const KINDS: [u8; 2] = [0x00, 0x0c];
/// Bytes of an event.
const SIZE: u8 = 8;
/// Events that are looked at together.
const LANES: usize = 8;

/// What the two bytes behind the header must be; the bytes before the first event.
pub(super) fn kind(bytes: &[u8], header: usize) -> Result<usize, Damage> {
    let damage = |at: usize, why: String| Err(Damage { at, why });
    if header == 0 {
        return damage(0, "a DAT file begins with lines of text that begin with \"% \"".into());
    }
    match bytes.get(header..).unwrap_or(&[]) {
        [kind, ..] if !KINDS.contains(kind) => {
            damage(header, format!("events of type {kind:#04x}: 0x00 and 0x0c are events of the sensor"))
        }
        [_, size, ..] if *size != SIZE => damage(header + 1, format!("events of {size} bytes: 8 were expected")),
        [_, _, ..] => Ok(header + 2),
        _ => damage(header, "the file ends before the type and the size of its events".into()),
    }
}

/// There is no state between events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dat;

fn event(word: &[u8; 8]) -> (i64, i16, i16, bool) {
    let [a, b, c, d, e, f, g, h] = *word;
    let place = u32::from_le_bytes([e, f, g, h]);
    let t = i64::from(u32::from_le_bytes([a, b, c, d]));
    (t, (place & 0x3fff) as i16, (place >> 14 & 0x3fff) as i16, place >> 28 & 1 == 1)
}

impl Words for Dat {
    const BYTES: usize = 8;
    const EVENT_BYTES: usize = 8;
    const MOST: usize = 1;
    type Block = usize;

    fn ready(&self) -> bool {
        true
    }

    fn word(&mut self, word: &[u8], out: &mut impl Emit) -> Result<(), String> {
        let word = word.try_into().map_err(|_| "a word of 8 bytes was expected")?;
        let (t, x, y, on) = event(word);
        out.event(t, x, y, on);
        Ok(())
    }

    fn survey(&self, block: &[u8]) -> usize {
        block.len() / Self::BYTES
    }

    fn events(block: &usize) -> usize {
        *block
    }

    fn after(&self, _: &usize) -> Option<Self> {
        Some(*self)
    }

    fn fill<'a>(self, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>> {
        dispatch!(Level::new(), simd => fill(simd, block, off, out))
    }
}

#[inline(always)]
fn fill<'a, S: Simd>(_: S, block: &[u8], off: i8, mut out: Writer<'a>) -> Option<Writer<'a>> {
    let (groups, rest) = block.as_chunks::<8>().0.as_chunks::<LANES>();
    for group in groups {
        let written = out.lanes::<LANES>(LANES, |k| {
            let (t, x, y, on) = event(&group[k]);
            (t, x, y, if on { 1 } else { off })
        });
        if !written {
            return None;
        }
    }
    for word in rest {
        let (t, x, y, on) = event(word);
        if !out.put(t, x, y, if on { 1 } else { off }) {
            return None;
        }
    }
    Some(out)
}

/// Writes DAT.
#[derive(Debug, Default)]
pub(super) struct DatEncoder;

impl Encoder for DatEncoder {
    fn begin(&mut self, sensor: Sensor, out: &mut Vec<u8>) {
        head::write(Format::Dat, sensor.size, out);
        out.extend_from_slice(&[KINDS[1], SIZE]);
    }

    fn encode(&mut self, events: &Batch, out: &mut Vec<u8>) -> Result<(), (usize, String)> {
        out.reserve(usize::from(SIZE) * events.len());
        for i in 0..events.len() {
            let (x, y) = coordinates(events, i, 1 << 14)?;
            let Ok(t) = u32::try_from(events.t[i]) else {
                return Err((i, format!("a time of {} µs: DAT holds times from 0 to {}", events.t[i], u32::MAX)));
            };
            out.extend_from_slice(&t.to_le_bytes());
            out.extend_from_slice(&(u32::from(events.polarity[i] == 1) << 28 | y << 14 | x).to_le_bytes());
        }
        Ok(())
    }
}
