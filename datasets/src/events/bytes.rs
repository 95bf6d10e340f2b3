//! Formats that are a header and bytes: opening those of words, and decoding all of them from memory.

use super::words::{Route, WordDecoder};
use super::{Batch, Damage, Decoder, EventSource, Polarity, Taken, aedat, dat, evt2, evt3, evt21, head, text};
use crate::{Error, Format, Input, ReadOptions, Result, Source};
use std::path::Path;

/// A decoder, the bytes before the first it decodes, and the size of the sensor.
struct Begun {
    start: usize,
    size: Option<[u16; 2]>,
    decoder: Box<dyn Decoder>,
}

/// What events are decoded into.
#[derive(Debug, Clone, Copy)]
struct How {
    polarity: Polarity,
    triggers: bool,
    route: Route,
}

/// Opens a file.
pub(super) fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<Box<dyn Source>> {
    if options.triggers && format == Format::Dat {
        return Err(Error::unsupported(path, "DAT files hold events or triggers, and those of triggers are not read"));
    }
    let mut input = Input::open(path, options)?;
    let first = input.head(head::LIMIT + 16)?;
    let polarity = options.polarity.unwrap_or(Polarity::Signed);
    let how = How { polarity, triggers: options.triggers, route: Route::default() };
    let begun = words(format, &first, how);
    let Begun { start, size, decoder } = begun.map_err(|d| Error::format(path, format!("byte {}: {}", d.at, d.why)))?;
    let source = match options.triggers {
        true => EventSource::of_triggers(input, start as u64, decoder, size),
        false => EventSource::new(input, start as u64, decoder, size),
    };
    Ok(Box::new(source))
}

/// Reads what comes before the events of a whole file.
fn begin(format: Format, file: &[u8], how: How) -> Result<Begun, Damage> {
    let begun = |(decoder, start)| Begun { start, size: None, decoder };
    match format {
        Format::Aedat2 | Format::Aedat31 | Format::Aedat4 | Format::EventText if how.triggers => {
            Err(Damage { at: 0, why: format!("triggers of {format} are not read") })
        }
        Format::Aedat2 | Format::Aedat31 | Format::Aedat4 => aedat::decoder(format, file).map(begun),
        Format::EventText => Ok(begun(text::decoder(file, how.route))),
        _ => words(format, file, how),
    }
}

/// Reads what comes before the words of EVT and DAT.
fn words(format: Format, bytes: &[u8], how: How) -> Result<Begun, Damage> {
    let head = head::parse(bytes)?;
    let refuse = |why: String| Err(Damage { at: 0, why });
    if let Some(said) = head.format.filter(|&f| f != format) {
        return refuse(format!("the header says {said}, not {format}"));
    }
    let swapped = match head.endianness.as_deref() {
        None | Some("little") => false,
        Some("legacy") if format == Format::Evt21 => true,
        Some(other) => return refuse(format!("endianness {other:?}: words are read as little-endian")),
    };
    fn boxed<W: super::words::Words + 'static>(state: W, how: How) -> Box<dyn Decoder> {
        Box::new(WordDecoder::new(state, how.polarity, how.triggers, how.route))
    }
    let decoder = match format {
        Format::Evt2 => boxed(evt2::Evt2::default(), how),
        Format::Evt21 => boxed(evt21::Evt21::new(swapped), how),
        Format::Evt3 => boxed(evt3::Evt3::default(), how),
        Format::Dat => boxed(dat::Dat, how),
        other => return refuse(format!("{other} is not decoded from memory")),
    };
    let start = if format == Format::Dat { dat::kind(bytes, head.bytes)? } else { head.bytes };
    Ok(Begun { start, size: head.sensor(), decoder })
}

/// How [`decode_bytes`] goes about it.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Where the bytes are cut: a byte beyond a cut is handed over when those before it were decoded.
    pub cuts: &'a [usize],
    /// Events asked for in one call.
    pub room: usize,
    /// Whether triggers are decoded instead of events.
    pub triggers: bool,
    /// How words and lines of text are decoded.
    pub route: Route,
}

impl Default for Way<'_> {
    fn default() -> Self {
        Way { cuts: &[], room: usize::MAX, triggers: false, route: Route::default() }
    }
}

/// Decodes a file from memory: the events up to its end or to what is wrong, which is named with its byte in the file.
/// For tests: files are read with [`open`](crate::open).
#[doc(hidden)]
pub fn decode_bytes(format: Format, file: &[u8], way: Way<'_>) -> (Batch, Option<Damage>) {
    let mut out = Batch::default();
    let damage = decode_each(format, file, way, &mut out, |_| {});
    (out, damage)
}

/// As [`decode_bytes`], into a batch that `each` may empty after every call of the decoder.
#[doc(hidden)]
pub fn decode_each(
    format: Format,
    file: &[u8],
    way: Way<'_>,
    out: &mut Batch,
    mut each: impl FnMut(&mut Batch),
) -> Option<Damage> {
    let how = How { polarity: Polarity::Signed, triggers: way.triggers, route: way.route };
    let mut begun = match begin(format, file, how) {
        Ok(begun) => begun,
        Err(damage) => return Some(damage),
    };
    let mut at = begun.start;
    let mut cuts = way.cuts.iter().copied().filter(|&c| c > begun.start && c < file.len()).collect::<Vec<_>>();
    cuts.sort_unstable();
    cuts.push(file.len());
    for end in cuts {
        let last = end == file.len();
        while at < end {
            let before = out.len();
            match begun.decoder.decode(&file[at..end], last, way.room, out) {
                Ok(Taken { bytes, need }) => {
                    at += bytes;
                    let idle = bytes == 0 && out.len() == before;
                    each(out);
                    if idle || (at < end && need > end - at) {
                        break;
                    }
                }
                Err(d) => {
                    each(out);
                    return Some(Damage { at: at + d.at, ..d });
                }
            }
        }
    }
    None
}
