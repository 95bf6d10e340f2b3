//! The header of `.npy` files: magic, version, length, and a Python dictionary literal.
//!
//! Source: NumPy Enhancement Proposal 1 and `numpy.lib.format` (versions 1.0, 2.0 and 3.0).

use crate::format::NPY_MAGIC;
use gapwave_columns::{DType, Meta};
use std::io::Read;

/// Longest header read; NumPy itself refuses more than 10,000 bytes.
pub(super) const LONGEST: u64 = 64 << 10;

/// Most rows without elements.
const MOST_EMPTY: usize = 1 << 24;

/// What a header says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    /// Type and shape.
    pub(super) meta: Meta,
    /// First byte of the elements.
    pub(super) start: u64,
}

/// Why a header was refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// Reading failed.
    Io(std::io::Error),
    /// The file is damaged.
    Damaged(String),
    /// The file is sound, but gapwave does not read it.
    Unsupported(String),
}

impl From<std::io::Error> for Refused {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::UnexpectedEof => Refused::Damaged("the file ends within its header".into()),
            _ => Refused::Io(e),
        }
    }
}

fn damaged<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Damaged(why.into()))
}

/// Reads the header at the beginning of a file of `len` bytes and checks that the elements fill the rest.
pub(super) fn read(from: &mut impl Read, len: u64) -> Result<Header, Refused> {
    let mut head = [0u8; 8];
    from.read_exact(&mut head)?;
    if !head.starts_with(NPY_MAGIC) {
        return damaged("this is not a NumPy .npy file: it does not begin with \\x93NUMPY");
    }
    let (fixed, size) = match head[6] {
        1 => {
            let mut b = [0u8; 2];
            from.read_exact(&mut b)?;
            (10u64, u64::from(u16::from_le_bytes(b)))
        }
        2 | 3 => {
            let mut b = [0u8; 4];
            from.read_exact(&mut b)?;
            (12u64, u64::from(u32::from_le_bytes(b)))
        }
        v => return Err(Refused::Unsupported(format!("version {v} of the .npy format; gapwave reads 1, 2 and 3"))),
    };
    let start = fixed + size;
    if start > len {
        return damaged(format!("the header should end at byte {start}, the file has {len} bytes"));
    }
    if size > LONGEST {
        return damaged(format!("a header of {size} bytes; at most {LONGEST} are read"));
    }
    let mut text = vec![0u8; size as usize];
    from.read_exact(&mut text)?;
    let Ok(text) = std::str::from_utf8(&text) else {
        return damaged("the header is not text");
    };
    let meta = dictionary(text)?;
    // With at least one row, so that the size of a row is sound too.
    if meta.with_rows(meta.rows().max(1)).check_size().is_err() {
        return damaged(format!("a shape of {:?} is larger than any memory", meta.shape));
    }
    let (need, have) = (meta.bytes(), len - start);
    if need != have {
        let what = if need > have { "the file is cut off" } else { "the file holds more than one array" };
        return damaged(format!(
            "{what}: {} of shape {:?} takes {need} bytes after the header, there are {have}",
            meta.dtype, meta.shape
        ));
    }
    // No bytes would say how long it takes to read them all.
    if meta.row_len() == 0 && meta.rows() > MOST_EMPTY {
        return damaged(format!("a shape of {:?}: more than {MOST_EMPTY} rows without elements", meta.shape));
    }
    Ok(Header { meta, start })
}

/// A reader of the few Python literals that the dictionary is made of.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn eat(&mut self, c: char) -> bool {
        self.0 = self.0.trim_start();
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start();
        let quote = self.0.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (inside, rest) = self.0[1..].split_once(quote)?;
        self.0 = rest;
        Some(inside)
    }

    fn word(&mut self) -> &'a str {
        self.0 = self.0.trim_start();
        let end = self.0.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word
    }

    fn tuple(&mut self) -> Option<Vec<usize>> {
        let mut all = Vec::new();
        if !self.eat('(') {
            return None;
        }
        while !self.eat(')') {
            // NumPy under Python 2 wrote `3L`.
            all.push(self.word().trim_end_matches('L').parse().ok()?);
            if !self.eat(',') && !self.0.trim_start().starts_with(')') {
                return None;
            }
        }
        Some(all)
    }
}

fn dictionary(text: &str) -> Result<Meta, Refused> {
    let broken = || damaged(format!("the header is not as NumPy writes it: {:?}", clip(text)));
    let mut p = Literal(text);
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    if !p.eat('{') {
        return broken();
    }
    while !p.eat('}') {
        let Some(key) = p.string() else { return broken() };
        if !p.eat(':') {
            return broken();
        }
        match key {
            "descr" => match p.string() {
                Some(d) => descr = Some(d),
                None => return Err(Refused::Unsupported("a structured array; gapwave reads plain numbers".into())),
            },
            "fortran_order" => match p.word() {
                "True" => fortran = Some(true),
                "False" => fortran = Some(false),
                _ => return broken(),
            },
            "shape" => match p.tuple() {
                Some(s) => shape = Some(s),
                None => return broken(),
            },
            _ => return broken(),
        }
        if !p.eat(',') && !p.0.trim_start().starts_with('}') {
            return broken();
        }
    }
    let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else { return broken() };
    if shape.is_empty() {
        return Err(Refused::Unsupported("a single number; an array with at least one axis was expected".into()));
    }
    if fortran && shape.iter().filter(|&&n| n != 1).count() > 1 {
        let why = "the array is in Fortran order; gapwave reads C order: save numpy.ascontiguousarray(a)";
        return Err(Refused::Unsupported(why.into()));
    }
    Ok(Meta::new(dtype(descr)?, shape))
}

/// NumPy's type strings: byte order, kind, bytes.
fn dtype(descr: &str) -> Result<DType, Refused> {
    let plain = descr.trim_start_matches(['<', '=', '|']);
    let one_byte = descr.ends_with('1');
    Ok(match plain.trim_start_matches(|c| c == '>' && one_byte) {
        "i1" => DType::I8,
        "u1" => DType::U8,
        "i2" => DType::I16,
        "u2" => DType::U16,
        "i4" => DType::I32,
        "u4" => DType::U32,
        "i8" => DType::I64,
        "u8" => DType::U64,
        "f4" => DType::F32,
        "f8" => DType::F64,
        "c8" => DType::Complex64,
        "c16" => DType::Complex128,
        other => {
            let hint = if other.starts_with('>') { "big-endian elements" } else { "elements" };
            let why = format!(
                "{hint} of type {:?}; gapwave reads little-endian {}",
                clip(descr),
                DType::ALL.map(DType::name).join(", ")
            );
            return Err(Refused::Unsupported(why));
        }
    })
}

fn clip(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(i, _)| i);
    text[..end].trim_end()
}

/// The header of an array of this type and shape: version 1, always [`LEN`] bytes, so that it can be written again once
/// the rows are counted. `None` where the shape has too many axes for that.
pub(super) fn write(meta: &Meta) -> Option<[u8; LEN]> {
    let kind = match meta.dtype {
        DType::I8 => "|i1",
        DType::U8 => "|u1",
        DType::I16 => "<i2",
        DType::U16 => "<u2",
        DType::I32 => "<i4",
        DType::U32 => "<u4",
        DType::I64 => "<i8",
        DType::U64 => "<u8",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::Complex64 => "<c8",
        DType::Complex128 => "<c16",
        _ => return None,
    };
    let axes = meta.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let comma = if meta.shape.len() == 1 { "," } else { "" };
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({axes}{comma}), }}");
    let mut out = [b' '; LEN];
    out[..6].copy_from_slice(NPY_MAGIC);
    out[6..8].copy_from_slice(&[1, 0]);
    out[8..10].copy_from_slice(&((LEN - 10) as u16).to_le_bytes());
    out.get_mut(10..10 + text.len()).filter(|room| room.len() + 10 < LEN)?.copy_from_slice(text.as_bytes());
    out[LEN - 1] = b'\n';
    Some(out)
}

/// Bytes of a header as gapwave writes it: a multiple of 64, as NumPy aligns elements.
pub(super) const LEN: usize = 192;
