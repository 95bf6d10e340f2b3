//! AEDAT 3.1: packets of one type of event each, as libcaer has them in memory.

use super::{Aedat, Head, four, header_line, sensor};
use crate::events::batch::Batch;
use crate::events::{Damage, Decoder, Taken};

/// Bytes of the header of a packet.
const HEADER: usize = 28;

/// Number of the type of polarity events.
const POLARITY: i16 = 1;

/// The packet within which the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// None: a header comes next.
    None,
    /// Polarity events: so many left, and the upper bits of their times.
    Events { left: u64, upper: i64 },
    /// Another one: so many bytes left.
    Other { left: u64 },
}

#[derive(Debug)]
pub(crate) struct Aedat31 {
    off: i8,
    within: Within,
    /// The camera whose events are read: that of the first packet of events.
    source: Option<i16>,
}

pub(super) fn head(bytes: &[u8], off: i8) -> Result<Head, Damage> {
    let (mut at, mut size, mut ended) = (0, None, false);
    while let Some((line, len)) = header_line(&bytes[at..]) {
        let line = String::from_utf8_lossy(line);
        if let Some(format) = line.strip_prefix("#Format:")
            && format.trim() != "RAW"
        {
            let why = format!("packets in the form {:?}, only RAW is read", format.trim());
            return Err(Damage { at, why });
        }
        if line.starts_with("#Source ") {
            size = size.or_else(|| sensor(&line));
        }
        at += len;
        if line.trim_end() == "#!END-HEADER" {
            ended = true;
            break;
        }
    }
    if !ended {
        return Err(Damage { at, why: "the header of AEDAT 3.1 has no line #!END-HEADER".into() });
    }
    Ok(Head { decoder: Aedat::V31(Aedat31 { off, within: Within::None, source: None }), len: at, size })
}

impl Aedat31 {
    /// What the header of a packet announces.
    fn packet(&mut self, h: &[u8; HEADER]) -> Result<Within, String> {
        let int = |at: usize| i32::from_le_bytes(four(h, at).unwrap_or_default());
        let (kind, source) = (i16::from_le_bytes([h[0], h[1]]), i16::from_le_bytes([h[2], h[3]]));
        let (size, offset, overflow) = (int(4), int(8), int(12));
        let (capacity, number, valid) = (int(16), int(20), int(24));
        if kind < 0 || size < 1 || overflow < 0 || number < 0 || capacity < number || !(0..=number).contains(&valid) {
            return Err(format!(
                "no header of a packet: type {kind}, event size {size}, overflow {overflow}, capacity {capacity}, \
                 number {number}, valid {valid}"
            ));
        }
        let other = Within::Other { left: size as u64 * number as u64 };
        if kind != POLARITY {
            return Ok(other);
        }
        if size != 8 || offset != 4 {
            return Err(format!("polarity events of {size} bytes with the time at {offset}, not of 8 with it at 4"));
        }
        if *self.source.get_or_insert(source) != source {
            return Ok(other);
        }
        Ok(Within::Events { left: number as u64, upper: i64::from(overflow) << 31 })
    }

    /// Decodes whole events of a packet; gives the bytes used.
    fn events(
        &self,
        bytes: &[u8],
        left: &mut u64,
        upper: i64,
        room: usize,
        out: &mut Batch,
    ) -> Result<usize, (usize, String)> {
        let words = bytes.as_chunks::<8>().0;
        let n = usize::try_from(*left).unwrap_or(usize::MAX).min(words.len());
        let (begin, mut used) = (out.len(), 0);
        for w in &words[..n] {
            if out.len() - begin >= room {
                break;
            }
            let (data, t) =
                (u32::from_le_bytes([w[0], w[1], w[2], w[3]]), i32::from_le_bytes([w[4], w[5], w[6], w[7]]));
            if data & 1 != 0 {
                if t < 0 {
                    return Err((used, format!("an event with the negative time {t}")));
                }
                let (x, y) = ((data >> 17) as i16, ((data >> 2) & 0x7fff) as i16);
                out.push(upper | i64::from(t), x, y, if data & 2 != 0 { 1 } else { self.off });
            }
            used += 8;
        }
        *left -= (used / 8) as u64;
        Ok(used)
    }
}

impl Decoder for Aedat31 {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        let (begin, mut at) = (out.len(), 0);
        out.reserve(room.min(bytes.len() / 8));
        loop {
            let here = &bytes[at..];
            let need = match self.within {
                Within::None => {
                    let Some(header) = here.first_chunk::<HEADER>() else {
                        if here.is_empty() {
                            return Ok(Taken { bytes: at, need: 0 });
                        }
                        if !last {
                            return Ok(Taken { bytes: at, need: HEADER });
                        }
                        let why = format!("the file ends {} bytes into the header of a packet", here.len());
                        return Err(Damage { at, why });
                    };
                    self.within = self.packet(header).map_err(|why| Damage { at, why })?;
                    at += HEADER;
                    0
                }
                Within::Events { left: 0, .. } | Within::Other { left: 0 } => {
                    self.within = Within::None;
                    0
                }
                Within::Other { left } => {
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(here.len());
                    at += n;
                    self.within = Within::Other { left: left - n as u64 };
                    usize::from(n == 0)
                }
                Within::Events { mut left, upper } => {
                    // At the end of the file what is missing must come to light now.
                    let room = room.saturating_sub(out.len() - begin);
                    if room == 0 && !(last && here.is_empty()) {
                        return Ok(Taken { bytes: at, need: 0 });
                    }
                    let used = self
                        .events(here, &mut left, upper, room, out)
                        .map_err(|(i, why)| Damage { at: at + i, why })?;
                    at += used;
                    self.within = Within::Events { left, upper };
                    if used == 0 { 8 } else { 0 }
                }
            };
            if need > 0 {
                if last {
                    let why = format!("the file ends within a packet: {}", self.missing());
                    return Err(Damage { at: bytes.len(), why });
                }
                return Ok(Taken { bytes: at, need: if at == bytes.len() { 0 } else { need } });
            }
        }
    }

    fn reset(&mut self) {
        self.within = Within::None;
        self.source = None;
    }

    fn event_bytes(&self) -> usize {
        8
    }
}

impl Aedat31 {
    fn missing(&self) -> String {
        match self.within {
            Within::Events { left, .. } => format!("{left} events are missing"),
            Within::Other { left } => format!("{left} bytes are missing"),
            Within::None => "its header is missing".into(),
        }
    }
}
