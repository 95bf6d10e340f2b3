//! AEDAT 4.0: packets of FlatBuffers, packed one by one.

use super::packed::{Packing, unpack};
use super::{Aedat, Head, flat, four, xml};
use crate::events::batch::Batch;
use crate::events::{Damage, Decoder, Taken};

/// The first line.
const MAGIC: &[u8] = b"#!AER-DAT4.0\r\n";

/// Longest header that is believed.
const LONGEST: usize = 64 << 20;

/// Bytes of an event: time, x, y, polarity and three bytes of nothing.
const EVENT: usize = 16;

#[derive(Debug)]
pub(crate) struct Aedat4 {
    off: i8,
    packing: Packing,
    /// The stream that is read; `None` where the header names no streams: the first one that holds events.
    stream: Option<i32>,
    /// The same after [`Decoder::reset`].
    named: Option<i32>,
    /// Where packets begin, and end.
    start: u64,
    end: Option<u64>,
    /// The next byte.
    at: u64,
    room: Vec<u8>,
}

/// Bytes of the header that begins with these.
pub(super) fn head_len(bytes: &[u8]) -> usize {
    let len = four(bytes, MAGIC.len()).map_or(0, i32::from_le_bytes);
    let len = usize::try_from(len).unwrap_or(0).min(LONGEST);
    MAGIC.len() + 4 + len
}

pub(super) fn head(bytes: &[u8], off: i8) -> Result<Head, Damage> {
    let fail = |at, why: String| Err(Damage { at, why });
    if !bytes.starts_with(MAGIC) {
        return fail(0, "the first line of AEDAT 4.0 is missing".into());
    }
    let at = MAGIC.len();
    let Some(len) = four(bytes, at).map(i32::from_le_bytes) else {
        return fail(bytes.len(), "the file ends within the header".into());
    };
    let Some(len) = usize::try_from(len).ok().filter(|&n| n <= LONGEST) else {
        return fail(at, format!("a header of {len} bytes"));
    };
    let Some(buffer) = bytes.get(at + 4..at + 4 + len) else {
        return fail(bytes.len(), format!("the file ends within the header of {len} bytes"));
    };
    let Some(table) = flat::root(buffer, b"IOHE") else {
        return fail(at + 4, "no header: the FlatBuffer IOHE was expected".into());
    };
    let number = table.i32(0).unwrap_or(0);
    let Some(packing) = Packing::of(number) else {
        return fail(at + 4, format!("packing number {number}; 0 to 4 are known: none, LZ4 and Zstd"));
    };
    let start = (at + 4 + len) as u64;
    // −1: the recorder did not come to write the table, the packets go on to the end of the file.
    let end = match table.i64(1).unwrap_or(-1) {
        table if table < 0 => None,
        table if (table as u64) < start => return fail(at + 4, format!("a table at byte {table}, within the header")),
        table => Some(table as u64),
    };
    let text = match table.vector(2, 1) {
        Some(Ok(text)) => String::from_utf8_lossy(text),
        Some(Err(())) => return fail(at + 4, "the description of the streams reaches beyond the header".into()),
        None => Default::default(),
    };
    let streams = xml::streams(&text);
    let events = streams.iter().filter(|s| s.kind == "EVTS").min_by_key(|s| s.id);
    if events.is_none() && !streams.is_empty() {
        let kinds: Vec<String> = streams.iter().map(|s| s.kind.clone()).collect();
        return fail(at + 4, format!("no stream of events; the streams are {}", crate::error::list(&kinds)));
    }
    let (named, size) = (events.map(|s| s.id), events.and_then(|s| s.size));
    let decoder = Aedat4 { off, packing, stream: named, named, start, end, at: start, room: Vec::new() };
    Ok(Head { decoder: Aedat::V4(decoder), len: at + 4 + len, size })
}

impl Aedat4 {
    /// An error where this is not the end that the header promised.
    pub(super) fn check_end(&self) -> Result<(), String> {
        match self.end {
            Some(end) if self.at < end => {
                Err(format!("the file ends before its table of packets, which was to come at byte {end}"))
            }
            _ => Ok(()),
        }
    }

    /// Appends the events of a packet.
    fn packet(&mut self, bytes: &[u8], stream: i32, out: &mut Batch) -> Result<(), String> {
        if self.stream.is_some_and(|s| s != stream) {
            return Ok(());
        }
        unpack(self.packing, bytes, &mut self.room)?;
        let len = four(&self.room, 0).map_or(0, u32::from_le_bytes) as usize;
        let Some(buffer) = self.room.get(4..len.saturating_add(4)) else {
            let have = self.room.len().saturating_sub(4);
            return Err(format!("a FlatBuffer of {len} bytes was announced, there are {have}"));
        };
        let Some(table) = flat::root(buffer, b"EVTS") else {
            if self.stream.is_none() {
                return Ok(());
            }
            return Err("the FlatBuffer EVTS was expected".into());
        };
        self.stream = Some(stream);
        let events = match table.vector(0, EVENT) {
            Some(events) => events.map_err(|()| "the events reach beyond their packet")?,
            None => &[],
        };
        let (events, _) = events.as_chunks::<EVENT>();
        out.reserve(events.len());
        let negative = events.iter().position(|e| (e[9] | e[11]) & 0x80 != 0);
        if let Some(i) = negative {
            return Err(format!("event {i} has a negative coordinate"));
        }
        out.t.extend(events.iter().map(|e| i64::from_le_bytes([e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7]])));
        out.x.extend(events.iter().map(|e| i16::from_le_bytes([e[8], e[9]])));
        out.y.extend(events.iter().map(|e| i16::from_le_bytes([e[10], e[11]])));
        out.polarity.extend(events.iter().map(|e| if e[12] & 1 != 0 { 1 } else { self.off }));
        Ok(())
    }
}

impl Decoder for Aedat4 {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        let (begin, mut at) = (out.len(), 0);
        while at < bytes.len() && out.len() - begin < room {
            let here = &bytes[at..];
            let left = self.end.map(|e| e.saturating_sub(self.at));
            if left == Some(0) {
                // The table of packets: nothing that reading in order needs.
                at = bytes.len();
                break;
            }
            let fail = |why: String| Err(Damage { at, why });
            let packet_fails = |why: String| Damage { at, why: format!("the packet that begins here: {why}") };
            let (Some(stream), Some(size)) = (four(here, 0), four(here, 4)) else {
                if last {
                    return fail(format!("the file ends {} bytes into the header of a packet", here.len()));
                }
                return Ok(Taken { bytes: at, need: 8 });
            };
            let (stream, size) = (i32::from_le_bytes(stream), i32::from_le_bytes(size));
            let Some(whole) = usize::try_from(size).ok().map(|n| n + 8).filter(|_| stream >= 0) else {
                return fail(format!("no header of a packet: stream {stream}, {size} bytes"));
            };
            if left.is_some_and(|left| whole as u64 > left) {
                return fail(format!("a packet of {size} bytes reaches into the table of packets"));
            }
            let Some(packed) = here.get(8..whole) else {
                if last {
                    return fail(format!("the file ends within a packet: {} bytes of {size}", here.len() - 8));
                }
                return Ok(Taken { bytes: at, need: whole });
            };
            self.packet(packed, stream, out).map_err(packet_fails)?;
            at += whole;
            self.at += whole as u64;
        }
        if last && at == bytes.len() {
            self.check_end().map_err(|why| Damage { at, why })?;
        }
        Ok(Taken { bytes: at, need: 0 })
    }

    fn reset(&mut self) {
        (self.at, self.stream) = (self.start, self.named);
    }

    fn event_bytes(&self) -> usize {
        8
    }
}
