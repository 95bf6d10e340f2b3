//! Recordings of event cameras.
//!
//! Every format is read as a table of four columns, 13 bytes an event: `t` (`int64`, µs), `x`, `y` (`int16`) and
//! `polarity` (`int8`). [`Polarity`] says how polarity is written; times that wrap in the file go on counting here.
//! Words and wraps are defined in `docs/events.md`.

pub(crate) mod aedat;
mod batch;
mod bytes;
mod check;
mod chosen;
mod climb;
mod clock;
mod dat;
mod desk;
mod evt2;
mod evt21;
mod evt3;
pub(crate) mod hdf5;
mod head;
mod sink;
mod source;
mod text;
mod words;

pub use batch::Batch;
#[doc(hidden)]
pub use bytes::{Way, decode_bytes, decode_each};
#[cfg(feature = "hdf5")]
#[doc(hidden)]
pub use check::check_ecf;
#[doc(hidden)]
pub use check::{check_bytes, told};
#[cfg(feature = "hdf5")]
pub use hdf5::{Hdf5Packing, Hdf5Sink, ecf};
pub use sink::{Encoder, EventSink};
pub use source::{Damage, Decoder, EventSource, Taken};
#[doc(hidden)]
pub use words::Route;

use crate::{Error, Format, ReadOptions, Result, Sink, Source, WriteOptions};
use gapwave_columns::{DType, Meta};
use std::path::Path;
use std::str::FromStr;

/// How polarity is written in the column `polarity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// −1 for OFF, +1 for ON: what EVT2, EVT2.1, EVT3, DAT and AEDAT are read as.
    Signed,
    /// 0 for OFF, 1 for ON: what text and HDF5 are read as, since their files have it so.
    Binary,
}

impl FromStr for Polarity {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "signed" => Ok(Polarity::Signed),
            "binary" => Ok(Polarity::Binary),
            _ => Err(format!("{s:?} is none of signed, binary")),
        }
    }
}

/// Names of the columns of events.
pub const COLUMNS: [&str; 4] = ["t", "x", "y", "polarity"];

/// Types of the columns of events.
pub fn metas() -> Vec<Meta> {
    [DType::I64, DType::I16, DType::I16, DType::I8].map(|d| Meta::new(d, [0])).into()
}

/// Bytes of an event in memory.
pub const EVENT_BYTES: usize = 13;

/// The format of a recording whose first bytes these are.
pub(crate) fn of_bytes(bytes: &[u8], named: Option<Format>) -> Option<Format> {
    if bytes.starts_with(b"#!AER-DAT") {
        return aedat::of_bytes(bytes);
    }
    head::of_bytes(bytes, named)
}

/// Opens a recording.
pub(crate) fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let source = match format {
        Format::Evt2 | Format::Evt21 | Format::Evt3 | Format::Dat => bytes::open(path, format, options)?,
        Format::Aedat2 | Format::Aedat31 | Format::Aedat4 => aedat::open(path, format, options)?,
        Format::Hdf5 | Format::Dsec => hdf5::open(path, options)?,
        Format::EventText => text::open(path, options)?,
        _ => return Err(Error::unsupported(path, format!("{format} files do not hold events"))),
    };
    match &options.columns {
        Some(asked) => Ok(Box::new(chosen::Chosen::new(path, source, asked)?)),
        None => Ok(source),
    }
}

/// Begins a recording.
pub(crate) fn create(path: &Path, format: Format, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    match format {
        Format::Evt2 => Ok(Box::new(EventSink::create(path, evt2::Evt2Encoder::default())?)),
        Format::Evt3 => Ok(Box::new(EventSink::create(path, evt3::Evt3Encoder::default())?)),
        Format::Dat => Ok(Box::new(EventSink::create(path, dat::DatEncoder)?)),
        Format::Hdf5 | Format::Dsec => hdf5::create(path, format, options),
        Format::EventText => text::create(path, options),
        _ => Err(Error::unsupported(path, format!("{format} files are read, not written: choose EVT3, EVT2 or DAT"))),
    }
}
