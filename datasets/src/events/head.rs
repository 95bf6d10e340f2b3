//! The text that EVT and DAT files begin with.

use super::Damage;
use crate::Format;

/// Longest header.
pub(super) const LIMIT: usize = 1 << 16;

/// What a header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes of the header, its last line included.
    pub(super) bytes: usize,
    /// The format of the words behind it.
    pub(super) format: Option<Format>,
    /// Width and height of the sensor.
    pub(super) size: Option<[u16; 2]>,
    /// The value of `endianness`, wherever it stands.
    pub(super) endianness: Option<String>,
    /// Whether a line ended it, or the data behind it did.
    ended: bool,
}

/// The format of a file that begins with a header and says what follows.
pub(super) fn of_bytes(bytes: &[u8], named: Option<Format>) -> Option<Format> {
    let (head, _) = scan(bytes);
    head.format.or_else(|| (head.bytes > 0 && named == Some(Format::Dat)).then_some(Format::Dat))
}

/// The header at the beginning of `bytes`, which are the whole file or more than [`LIMIT`] of it. A file without one
/// has a header of 0 bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Head, Damage> {
    let (head, damage) = scan(bytes);
    match damage {
        Some(damage) => Err(damage),
        None => Ok(head),
    }
}

/// What the lines say up to the first that is wrong.
fn scan(bytes: &[u8]) -> (Head, Option<Damage>) {
    let mut head = Head::default();
    while !head.ended && bytes[head.bytes..].starts_with(b"% ") {
        let at = head.bytes;
        let rest = &bytes[at..bytes.len().min(LIMIT)];
        // A word of data may begin with the same two bytes, but is hardly followed by a line of text.
        let Some(len) = rest.iter().position(|&b| b < b' ' && b != b'\t' && b != b'\r') else {
            let why = match bytes.len() < LIMIT {
                true => "the file ends within a line of its header".into(),
                false => format!("the header does not end within {LIMIT} bytes"),
            };
            return (head, Some(Damage { at, why }));
        };
        if rest[len] != b'\n' {
            break;
        }
        let line = String::from_utf8_lossy(&rest[2..len]);
        if let Err(why) = head.line(line.trim()) {
            return (head, Some(Damage { at, why }));
        }
        head.bytes += len + 1;
    }
    (head, None)
}

impl Head {
    /// Takes a line, without the percent sign.
    fn line(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "end" => self.ended = true,
            "evt" => {
                self.format = Some(match value {
                    "2.0" | "2" => Format::Evt2,
                    "2.1" => Format::Evt21,
                    "3.0" | "3" => Format::Evt3,
                    _ => return Err(format!("evt {value:?}: 2.0, 2.1 and 3.0 are known")),
                });
            }
            "format" => self.named(value)?,
            "geometry" => {
                let sides =
                    value.split_once('x').ok_or_else(|| format!("geometry {value:?}: WIDTHxHEIGHT expected"))?;
                self.size = Some([side("geometry", sides.0)?, side("geometry", sides.1)?]);
            }
            "width" => self.side(0, value)?,
            "height" => self.side(1, value)?,
            "endianness" => self.endianness = Some(value.to_ascii_lowercase()),
            "data" if line.starts_with("Data file containing") => self.format = self.format.or(Some(Format::Dat)),
            "version" => self.format = self.format.or(Some(Format::Dat)),
            _ => {}
        }
        Ok(())
    }

    /// `EVT3;height=720;width=1280`
    fn named(&mut self, value: &str) -> Result<(), String> {
        let mut parts = value.split(';').map(str::trim);
        self.format = Some(match parts.next().unwrap_or("").to_ascii_uppercase().as_str() {
            "EVT2" => Format::Evt2,
            "EVT21" => Format::Evt21,
            "EVT3" => Format::Evt3,
            "DAT" => Format::Dat,
            other => return Err(format!("format {other:?}: EVT2, EVT21, EVT3 and DAT are known")),
        });
        for part in parts {
            match part.split_once('=') {
                Some(("width", v)) => self.side(0, v)?,
                Some(("height", v)) => self.side(1, v)?,
                Some(("endianness", v)) => self.endianness = Some(v.to_ascii_lowercase()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes one side of the sensor; the size is known with both.
    fn side(&mut self, axis: usize, value: &str) -> Result<(), String> {
        let mut size = self.size.unwrap_or_default();
        size[axis] = side(["width", "height"][axis], value)?;
        self.size = Some(size);
        Ok(())
    }

    /// Width and height, where the header has both.
    pub(super) fn sensor(&self) -> Option<[u16; 2]> {
        self.size.filter(|s| s[0] > 0 && s[1] > 0)
    }
}

fn side(what: &str, value: &str) -> Result<u16, String> {
    match value.trim().parse::<u16>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("{what} {value:?}: pixels from 1 to {} expected", u16::MAX)),
    }
}

/// The header that files are written with.
pub(super) fn write(format: Format, size: Option<[u16; 2]>, out: &mut Vec<u8>) {
    let mut text = match format {
        Format::Dat => String::from("% Data file containing CD events.\n% Version 2\n"),
        Format::Evt2 => String::from("% evt 2.0\n% format EVT2"),
        _ => String::from("% evt 3.0\n% format EVT3"),
    };
    match (format, size) {
        (Format::Dat, Some([w, h])) => text += &format!("% Height {h}\n% Width {w}\n"),
        (Format::Dat, None) => {}
        (_, Some([w, h])) => text += &format!(";height={h};width={w}\n% geometry {w}x{h}\n"),
        (_, None) => text += "\n",
    }
    text += "% end\n";
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> Head {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn keys_of_both_generations_are_read() {
        let old = good("% Date 2020-09-25 07:48:29\n% evt 3.0\n% system_ID 48\n\x06\x7f% evt 2.0\n");
        assert_eq!((old.format, old.sensor(), old.bytes), (Some(Format::Evt3), None, 52));
        let new = good("% camera x\n% format EVT21;height=720;width=1280;endianness=legacy\n% end\n% evt 3.0\n");
        assert_eq!((new.format, new.sensor()), (Some(Format::Evt21), Some([1280, 720])));
        assert_eq!(new.endianness.as_deref(), Some("legacy"));
        assert_eq!(good("% geometry 640x480\n% evt 2.0\r\n").sensor(), Some([640, 480]));
        let dat = good("% Data file containing CD events.\n% Version 2\n% Height 240\n% Width 304\n\x0c\x08");
        assert_eq!((dat.format, dat.sensor(), dat.bytes), (Some(Format::Dat), Some([304, 240]), 71));
        assert_eq!(good("% width 3\n").sensor(), None, "one side alone is no size");
        assert_eq!(good("").bytes, 0);
        assert_eq!(good("% \x01\x02\x03\n").bytes, 0, "a word of data may begin like a header");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_byte() {
        for (text, at, why) in [
            ("% evt 3.0\n% evt 4.0\n", 10, "2.0, 2.1 and 3.0"),
            ("% evt 3.0\n% geometry 12\n", 10, "WIDTHxHEIGHT"),
            ("% geometry 70000x1\n", 0, "pixels from 1 to 65535"),
            ("% format EVT9;width=1\n", 0, "EVT2, EVT21, EVT3"),
            ("% evt 3.0\n% Date", 10, "ends within a line"),
        ] {
            let d = parse(text.as_bytes()).unwrap_err();
            assert_eq!(d.at, at, "{text}");
            assert!(d.why.contains(why), "{text}: {}", d.why);
        }
        let long = "% a line\n".repeat(LIMIT);
        assert!(parse(long.as_bytes()).unwrap_err().why.contains("does not end within 65536"));
        assert_eq!(of_bytes(b"% evt 2.1\n% Date 20", None), Some(Format::Evt21), "what was read so far counts");
        assert_eq!(of_bytes(b"% a comment\n1 2 3\n", None), None);
        assert_eq!(of_bytes(b"% a comment\n\x0c\x08", Some(Format::Dat)), Some(Format::Dat));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for format in [Format::Evt2, Format::Evt3, Format::Dat] {
            for size in [None, Some([1280, 720])] {
                let mut out = Vec::new();
                write(format, size, &mut out);
                let head = parse(&out).unwrap();
                assert_eq!((head.format, head.sensor(), head.bytes), (Some(format), size, out.len()));
            }
        }
    }
}
