//! AEDAT 2.0: big-endian words of address and time.

use super::{Aedat, Head, header_line, sensor};
use crate::events::batch::Batch;
use crate::events::{Damage, Decoder, Taken};

/// Where an address has its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addressing {
    /// Bit 31 set: a sample of a frame or of the inertial sensor; bit 10 set: an external signal. y 30–22, x 21–12,
    /// polarity 11 (1 is ON).
    Davis,
    /// Bit 15 or one above it set: an external signal. y 14–8, x 7–1, polarity 0 (0 is ON).
    Dvs128,
}

#[derive(Debug)]
pub(crate) struct Aedat2 {
    addressing: Addressing,
    off: i8,
    /// Time of the last word, in the file and in all.
    last: Option<(u32, i64)>,
}

pub(super) fn head(bytes: &[u8], off: i8) -> Result<Head, Damage> {
    let (mut at, mut addressing, mut size) = (0, Addressing::Davis, None);
    while let Some((line, len)) = header_line(&bytes[at..]) {
        let line = String::from_utf8_lossy(line);
        if line.contains("DVS128") {
            addressing = Addressing::Dvs128;
        }
        size = size.or_else(|| sensor(&line));
        at += len;
        if line.to_ascii_lowercase().contains("end of ascii header") {
            break;
        }
    }
    if at == 0 {
        return Err(Damage { at: 0, why: "the header of AEDAT 2.0 does not begin with a line of text".into() });
    }
    Ok(Head { decoder: Aedat::V2(Aedat2 { addressing, off, last: None }), len: at, size })
}

impl Aedat2 {
    /// Time goes on where the 32 bits wrap: a step of more than half their range is one the other way round.
    #[inline]
    fn time(&mut self, now: u32) -> i64 {
        let t = match self.last {
            Some((before, t)) => t.wrapping_add(i64::from(now.wrapping_sub(before) as i32)),
            None => i64::from(now),
        };
        self.last = Some((now, t));
        t
    }
}

impl Decoder for Aedat2 {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        let (begin, mut taken) = (out.len(), 0);
        out.reserve(room.min(bytes.len() / 8));
        let (words, rest) = bytes.as_chunks::<8>();
        for w in words {
            if out.len() - begin >= room {
                return Ok(Taken { bytes: taken, need: 0 });
            }
            taken += 8;
            let address = u32::from_be_bytes([w[0], w[1], w[2], w[3]]);
            let t = self.time(u32::from_be_bytes([w[4], w[5], w[6], w[7]]));
            let (x, y, on) = match self.addressing {
                Addressing::Davis if address & 0x8000_0400 == 0 => {
                    ((address >> 12) & 0x3ff, (address >> 22) & 0x1ff, address & 0x800 != 0)
                }
                Addressing::Dvs128 if address < 0x8000 => ((address >> 1) & 0x7f, address >> 8, address & 1 == 0),
                _ => continue,
            };
            out.push(t, x as i16, y as i16, if on { 1 } else { self.off });
        }
        if last && !rest.is_empty() {
            let why = format!("the file ends {} bytes into an event of 8", rest.len());
            return Err(Damage { at: taken, why });
        }
        Ok(Taken { bytes: taken, need: if rest.is_empty() { 0 } else { 8 } })
    }

    fn reset(&mut self) {
        self.last = None;
    }

    fn event_bytes(&self) -> usize {
        8
    }
}
