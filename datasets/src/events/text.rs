//! Events as lines of text, `t x y p`. The rules are in `docs/events.md`.

mod number;

use number::{decimal, digits, seconds};

use super::batch::{Batch, off};
use super::words::Route;
use super::{Damage, Decoder, Encoder, EventSink, EventSource, Polarity, Taken};
use crate::{Error, Input, ReadOptions, Result, Sink, Source, WriteOptions};
use gapwave_columns::Sensor;
use rayon::prelude::*;
use std::path::Path;

/// Bytes of lines that one core reads at a time, unless tests say otherwise.
const BLOCK: usize = 1 << 18;

/// Longest line.
const LINE: usize = 1 << 16;

#[derive(Debug)]
pub(crate) struct TextDecoder {
    off: i8,
    /// Lines before the first event, and before the next byte.
    start: u64,
    line: u64,
    /// Bytes of lines that one core reads at a time.
    block: usize,
}

/// What the head of a file says.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) decoder: TextDecoder,
    pub(crate) len: usize,
    pub(crate) size: Option<[u16; 2]>,
}

/// Reads the lines before the first event: comments, and perhaps the sensor's width and height.
pub(crate) fn head(bytes: &[u8], polarity: Polarity) -> Head {
    let (mut len, mut lines, mut size) = (0, 0, None);
    while let Some(end) = memchr::memchr(b'\n', &bytes[len..]) {
        let line = &bytes[len..len + end];
        let fields: Vec<&[u8]> = fields(line).take(3).collect();
        if !fields.is_empty() {
            let number = |f: &[u8]| str::from_utf8(f).ok()?.parse::<u16>().ok().filter(|&n| n > 0);
            if let [w, h] = fields[..]
                && let (Some(w), Some(h)) = (number(w), number(h))
            {
                (len, lines, size) = (len + end + 1, lines + 1, Some([w, h]));
            }
            break;
        }
        (len, lines) = (len + end + 1, lines + 1);
    }
    Head { decoder: TextDecoder { off: off(polarity), start: lines, line: lines, block: BLOCK }, len, size }
}

/// A decoder of the events behind the head that `bytes` begin with, and the bytes of that head.
pub(crate) fn decoder(bytes: &[u8], route: Route) -> (Box<dyn Decoder>, usize) {
    let head = head(bytes, Polarity::Binary);
    let block = match route {
        Route::Words => usize::MAX / 4,
        Route::Blocks(size) => size.max(1),
    };
    (Box::new(TextDecoder { block, ..head.decoder }), head.len)
}

pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn Source>> {
    if options.triggers {
        return Err(Error::unsupported(path, "files of event text hold no external triggers"));
    }
    let mut input = Input::open(path, options)?;
    let head = head(&input.head(1 << 16)?, options.polarity.unwrap_or(Polarity::Binary));
    Ok(Box::new(EventSource::new(input, head.len as u64, head.decoder, head.size)))
}

pub(super) fn create(path: &Path, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Ok(Box::new(EventSink::create(path, TextEncoder)?))
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b',' | b';' | b'\r')
}

/// What stands between blanks, up to a comment.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = memchr::memchr(b'#', line).map_or(line, |i| &line[..i]);
    line.split(|&b| is_blank(b)).filter(|f| !f.is_empty())
}

#[inline(always)]
fn skip(mut text: &[u8]) -> &[u8] {
    while let [b, tail @ ..] = text
        && is_blank(*b)
    {
        text = tail;
    }
    text
}

/// A line as recorders write it; `None` for every other way.
#[inline(always)]
fn plain(line: &[u8]) -> Option<(i64, i16, i16, bool)> {
    let (t, rest) = seconds(line)?;
    let (x, nx, rest) = digits(skip(rest));
    let (y, ny, rest) = digits(skip(rest));
    let p = match skip(rest) {
        [b'0', rest @ ..] if skip(rest).is_empty() => false,
        [b'1', rest @ ..] if skip(rest).is_empty() => true,
        _ => return None,
    };
    (nx > 0 && ny > 0).then_some(())?;
    Some((t, i16::try_from(x).ok()?, i16::try_from(y).ok()?, p))
}

/// A line in any way that is allowed; `None` where there is nothing on it.
#[cold]
fn careful(line: &[u8]) -> Result<Option<(i64, i16, i16, bool)>, String> {
    let fields: Vec<&[u8]> = fields(line).take(5).collect();
    let [t, x, y, p] = fields[..] else {
        if fields.is_empty() {
            return Ok(None);
        }
        let n = if fields.len() > 4 { "more than 4".into() } else { fields.len().to_string() };
        return Err(format!("t x y p were expected, there are {n} fields: {}", shown(line)));
    };
    let refuse = |name: &str, f: &[u8], what: &str| Err(format!("{name} is {}, which is {what}", shown(f)));
    let Some((t, _)) = decimal(t, number::PLACES) else {
        return refuse("t", t, "no number of seconds that fits 64 bits of µs");
    };
    let whole = |f: &[u8]| decimal(f, 0).filter(|v| v.1).and_then(|v| i16::try_from(v.0).ok());
    let Some(x) = whole(x) else { return refuse("x", x, "no whole number of 16 bits") };
    let Some(y) = whole(y) else { return refuse("y", y, "no whole number of 16 bits") };
    match whole(p) {
        Some(1) => Ok(Some((t, x, y, true))),
        Some(0 | -1) => Ok(Some((t, x, y, false))),
        _ => refuse("p", p, "none of 0, 1, -1"),
    }
}

/// The beginning of a piece of text.
fn shown(text: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(&text[..text.len().min(40)]))
}

/// Reads whole lines until there are `room` events; gives bytes and lines read.
fn lines(bytes: &[u8], off: i8, room: usize, out: &mut Batch) -> (usize, u64, Option<Damage>) {
    let (begin, mut at, mut lines) = (out.len(), 0, 0);
    while at < bytes.len() && out.len() - begin < room {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
        let line = &bytes[at..end];
        if line.len() > LINE {
            return (at, lines, Some(Damage { at, why: too_long() }));
        }
        let event = match plain(line) {
            Some(event) => Some(event),
            None => match careful(line) {
                Ok(event) => event,
                Err(why) => return (at, lines, Some(Damage { at, why })),
            },
        };
        if let Some((t, x, y, on)) = event {
            out.push(t, x, y, if on { 1 } else { off });
        }
        (at, lines) = ((end + 1).min(bytes.len()), lines + 1);
    }
    (at, lines, None)
}

fn too_long() -> String {
    format!("more than {LINE} bytes without a line end")
}

/// Cuts whole lines into pieces of about `size` bytes.
fn blocks(mut bytes: &[u8], size: usize) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while bytes.len() > size {
        let n = size + memchr::memchr(b'\n', &bytes[size..]).map_or(bytes.len() - size, |i| i + 1);
        let (block, rest) = bytes.split_at(n);
        out.push(block);
        bytes = rest;
    }
    out.push(bytes);
    out
}

impl TextDecoder {
    fn number(&self, lines: u64, damage: Damage) -> Damage {
        Damage { at: damage.at, why: format!("line {}: {}", self.line + lines + 1, damage.why) }
    }
}

impl Decoder for TextDecoder {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        let end = if last { bytes.len() } else { memchr::memrchr(b'\n', bytes).map_or(0, |i| i + 1) };
        if end == 0 && !bytes.is_empty() {
            if bytes.len() > LINE {
                return Err(self.number(0, Damage { at: 0, why: too_long() }));
            }
            return Ok(Taken { bytes: 0, need: bytes.len() + 1 });
        }
        let whole = &bytes[..end];
        if whole.len() <= 2 * self.block || room < whole.len() / (2 * self.event_bytes()) {
            let (at, n, damage) = lines(whole, self.off, room, out);
            if let Some(damage) = damage {
                return Err(self.number(n, damage));
            }
            self.line += n;
            return Ok(Taken { bytes: at, need: 0 });
        }
        let read = |block: &&[u8]| {
            let mut part = Batch::default();
            part.reserve(block.len() / 20);
            let (_, n, damage) = lines(block, self.off, usize::MAX, &mut part);
            (part, n, damage)
        };
        let parts: Vec<_> = blocks(whole, self.block).par_iter().map(|b| (b.len(), read(b))).collect();
        out.reserve(parts.iter().map(|p| p.1.0.len()).sum());
        let mut at = 0;
        for (len, (part, n, damage)) in parts {
            out.t.extend_from_slice(&part.t);
            out.x.extend_from_slice(&part.x);
            out.y.extend_from_slice(&part.y);
            out.polarity.extend_from_slice(&part.polarity);
            if let Some(Damage { at: within, why }) = damage {
                return Err(self.number(n, Damage { at: at + within, why }));
            }
            (at, self.line) = (at + len, self.line + n);
        }
        Ok(Taken { bytes: end, need: 0 })
    }

    fn reset(&mut self) {
        self.line = self.start;
    }

    fn event_bytes(&self) -> usize {
        20
    }
}

/// Writes `t x y p`: seconds with six decimal places, which are the µs exactly.
#[derive(Debug)]
struct TextEncoder;

/// Appends digits, at least `least` of them.
fn write_digits(mut value: u64, least: usize, out: &mut Vec<u8>) {
    let (mut room, mut at) = ([b'0'; 20], 20);
    while value > 0 || at > 20 - least {
        at -= 1;
        room[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&room[at..]);
}

fn write_signed(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    write_digits(value.unsigned_abs(), 1, out);
}

impl Encoder for TextEncoder {
    fn begin(&mut self, _sensor: Sensor, _out: &mut Vec<u8>) {}

    fn encode(&mut self, events: &Batch, out: &mut Vec<u8>) -> Result<(), (usize, String)> {
        out.reserve(events.len() * 24);
        for (((&t, &x), &y), &p) in events.t.iter().zip(&events.x).zip(&events.y).zip(&events.polarity) {
            if t < 0 {
                out.push(b'-');
            }
            write_digits(t.unsigned_abs() / 1_000_000, 1, out);
            out.push(b'.');
            write_digits(t.unsigned_abs() % 1_000_000, 6, out);
            out.push(b' ');
            write_signed(x.into(), out);
            out.push(b' ');
            write_signed(y.into(), out);
            out.extend_from_slice(if p == 1 { b" 1\n" } else { b" 0\n" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_of_reading_agree(
            whole in 0u64..10_000_000_000, part in "[0-9]{0,18}", x in 0..400u32, p in 0..2u8, cr: bool,
        ) {
            let end = if cr { "\r" } else { "" };
            let line = format!("{whole}.{part} {x}\t7, {p}{end}");
            prop_assert_eq!(plain(line.as_bytes()), careful(line.as_bytes()).unwrap());
            prop_assert!(plain(line.as_bytes()).is_some());
        }

        #[test]
        fn times_come_back(t: i64, x: i16, y: i16, p in 0..2i8) {
            let mut out = Vec::new();
            let (mut events, mut back) = (Batch::default(), Batch::default());
            events.push(t, x, y, p);
            TextEncoder.encode(&events, &mut out).unwrap();
            prop_assert_eq!(lines(&out, 0, 9, &mut back), (out.len(), 1, None));
            prop_assert_eq!(back, events);
        }
    }
}
