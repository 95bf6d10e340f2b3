//! AEDAT 2.0, 3.1 and 4.0, read only. Words are defined in `docs/events.md`.

mod flat;
mod packed;
mod v2;
mod v31;
mod v4;
mod xml;

use super::batch::{Batch, off};
use super::{Damage, Decoder, EventSource, Polarity, Taken};
use crate::{Error, Format, Input, ReadOptions, Result, Source};
use std::path::Path;

/// Longest header of text that is looked for.
const HEADER: usize = 1 << 20;

pub(super) fn of_bytes(bytes: &[u8]) -> Option<Format> {
    let version = bytes.strip_prefix(b"#!AER-DAT")?;
    [(&b"2."[..], Format::Aedat2), (b"3.1", Format::Aedat31), (b"4.", Format::Aedat4)]
        .into_iter()
        .find(|(v, _)| version.starts_with(v))
        .map(|(_, f)| f)
}

/// A decoder of any version.
#[derive(Debug)]
pub(crate) enum Aedat {
    V2(v2::Aedat2),
    V31(v31::Aedat31),
    V4(v4::Aedat4),
}

impl Decoder for Aedat {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        match self {
            Aedat::V2(d) => d.decode(bytes, last, room, out),
            Aedat::V31(d) => d.decode(bytes, last, room, out),
            Aedat::V4(d) => d.decode(bytes, last, room, out),
        }
    }

    fn reset(&mut self) {
        match self {
            Aedat::V2(d) => d.reset(),
            Aedat::V31(d) => d.reset(),
            Aedat::V4(d) => d.reset(),
        }
    }

    fn event_bytes(&self) -> usize {
        match self {
            Aedat::V2(d) => d.event_bytes(),
            Aedat::V31(d) => d.event_bytes(),
            Aedat::V4(d) => d.event_bytes(),
        }
    }
}

/// What a header says.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) decoder: Aedat,
    /// Bytes of the header.
    pub(crate) len: usize,
    pub(crate) size: Option<[u16; 2]>,
}

/// Reads a header that begins at the first byte of `head`.
pub(crate) fn head(format: Format, head: &[u8], polarity: Polarity) -> Result<Head, Damage> {
    let off = off(polarity);
    match format {
        Format::Aedat2 => v2::head(head, off),
        Format::Aedat31 => v31::head(head, off),
        _ => v4::head(head, off),
    }
}

/// A decoder of the events behind the header that `bytes` begin with, and the bytes of that header.
pub(crate) fn decoder(format: Format, bytes: &[u8]) -> Result<(Box<dyn Decoder>, usize), Damage> {
    let head = head(format, bytes, Polarity::Signed)?;
    Ok((Box::new(head.decoder), head.len))
}

pub(super) fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<Box<dyn Source>> {
    if options.triggers {
        return Err(Error::unsupported(path, format!("external triggers of {format} files are not read, only events")));
    }
    let mut input = Input::open(path, options)?;
    let mut bytes = input.head(1 << 16)?;
    let begins = of_bytes(&bytes);
    if begins != Some(format) {
        let why = match bytes.strip_prefix(b"#!AER-DAT") {
            Some(v) if begins.is_none() => {
                let v = String::from_utf8_lossy(&v[..v.len().min(3)]).into_owned();
                return Err(Error::unsupported(path, format!("AEDAT {v:?} is not read, only 2.0, 3.1 and 4.0")));
            }
            _ => format!("this is not an {format} file: its first line is another"),
        };
        return Err(Error::format(path, why));
    }
    let want = match format {
        Format::Aedat4 => v4::head_len(&bytes),
        // A header of text that does not end within what was read.
        _ => HEADER,
    };
    if bytes.len() < want && (bytes.len() as u64) < input.len() {
        bytes = input.head(want)?;
    }
    let fail = |d: Damage| Error::format(path, format!("byte {}: {}", d.at, d.why));
    let head = head(format, &bytes, options.polarity.unwrap_or(Polarity::Signed)).map_err(fail)?;
    if let Aedat::V4(decoder) = &head.decoder
        && head.len as u64 == input.len()
    {
        // Nothing will be decoded, so nothing else would notice.
        decoder.check_end().map_err(|why| fail(Damage { at: head.len, why }))?;
    }
    Ok(Box::new(EventSource::new(input, head.len as u64, head.decoder, head.size)))
}

/// Width and height of a camera by its name.
fn sensor(name: &str) -> Option<[u16; 2]> {
    let name = name.to_ascii_uppercase();
    [
        ("DVS128", [128, 128]),
        ("DAVIS128", [128, 128]),
        ("DAVIS208", [208, 192]),
        ("DAVIS240", [240, 180]),
        ("DAVIS346", [346, 260]),
        ("DAVIS640", [640, 480]),
    ]
    .into_iter()
    .find(|(known, _)| name.contains(known))
    .map(|(_, size)| size)
}

/// The next line of a header of text: what stands before the line end, and the bytes with it. A line begins with `#` and
/// holds no control characters but tabs, which tells it from events that happen to begin with the byte of `#`.
fn header_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    if bytes.first() != Some(&b'#') {
        return None;
    }
    let end = memchr::memchr(b'\n', &bytes[..bytes.len().min(1 << 14)])?;
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    line.iter().all(|&b| b >= 0x20 || b == b'\t').then_some((line, end + 1))
}

/// Four bytes, first byte first.
fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}
