//! Telling a file's format.

use crate::{Error, Result};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated text (RFC 4180), UTF-8, `.csv`.
    Csv,
    /// Tab-separated text, UTF-8, `.tsv` or `.tab`.
    Tsv,
    /// Apache Parquet, `.parquet` or `.pq`.
    Parquet,
    /// Arrow IPC, file or stream, `.arrow`, `.ipc` or `.feather`.
    Arrow,
    /// One JSON object per line, `.ndjson` or `.jsonl`.
    Ndjson,
    /// A JSON array of objects, or an object of arrays, `.json`.
    Json,
    /// Excel and OpenDocument sheets, `.xlsx`, `.xls`, `.xlsb` or `.ods`. Read only.
    Excel,
    /// One NumPy array, `.npy`.
    Npy,
    /// Elements alone, as in memory, `.bin`; type and row shape must be said.
    Raw,
    /// Sound, `.wav`.
    Wav,
    /// Prophesee EVT 2.0, `.raw`.
    Evt2,
    /// Prophesee EVT 2.1, `.raw`. Read only.
    Evt21,
    /// Prophesee EVT 3.0, `.raw`.
    Evt3,
    /// Prophesee DAT, `.dat`.
    Dat,
    /// AEDAT 2.0, `.aedat`. Read only.
    Aedat2,
    /// AEDAT 3.1, `.aedat`. Read only.
    Aedat31,
    /// AEDAT 4.0, `.aedat4`. Read only.
    Aedat4,
    /// Events in HDF5 as Prophesee writes them, `/CD/events`, `.hdf5` or `.h5`.
    Hdf5,
    /// Events in HDF5 as in the DSEC data set, `events/{x,y,t,p}`, `.h5`.
    Dsec,
    /// Events as text, `t x y p`, t in seconds, `.txt`.
    EventText,
}

pub(crate) const NPY_MAGIC: &[u8] = b"\x93NUMPY";
pub(crate) const PARQUET_MAGIC: &[u8] = b"PAR1";
const ARROW_MAGIC: &[u8] = b"ARROW1";
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const OLE_MAGIC: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Every format with the name that `--format` takes, as people know it.
const NAMES: [(Format, &str, &str); 20] = [
    (Format::Csv, "csv", "CSV"),
    (Format::Tsv, "tsv", "TSV"),
    (Format::Parquet, "parquet", "Parquet"),
    (Format::Arrow, "arrow", "Arrow IPC"),
    (Format::Ndjson, "ndjson", "NDJSON"),
    (Format::Json, "json", "JSON"),
    (Format::Excel, "excel", "Excel"),
    (Format::Npy, "npy", "NumPy .npy"),
    (Format::Raw, "raw", "raw binary"),
    (Format::Wav, "wav", "WAV"),
    (Format::Evt2, "evt2", "EVT2"),
    (Format::Evt21, "evt21", "EVT2.1"),
    (Format::Evt3, "evt3", "EVT3"),
    (Format::Dat, "dat", "DAT"),
    (Format::Aedat2, "aedat2", "AEDAT 2.0"),
    (Format::Aedat31, "aedat31", "AEDAT 3.1"),
    (Format::Aedat4, "aedat4", "AEDAT 4.0"),
    (Format::Hdf5, "hdf5", "HDF5"),
    (Format::Dsec, "dsec", "DSEC HDF5"),
    (Format::EventText, "event-text", "event text"),
];

impl Format {
    /// Every format.
    pub fn all() -> impl Iterator<Item = Format> {
        NAMES.iter().map(|n| n.0)
    }

    /// The name that [`FromStr`] takes.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|n| n.0 == self).map_or("", |n| n.1)
    }

    /// Whether the rows are events of an event camera.
    pub fn is_events(self) -> bool {
        use Format::*;
        matches!(self, Evt2 | Evt21 | Evt3 | Dat | Aedat2 | Aedat31 | Aedat4 | Hdf5 | Dsec | EventText)
    }

    /// Whether the rows are columns of a table that [`tables`](crate) read: feature `tables`.
    pub fn is_table(self) -> bool {
        use Format::*;
        matches!(self, Csv | Tsv | Parquet | Arrow | Ndjson | Json | Excel)
    }

    /// The format that an extension stands for. `.raw` is EVT3 to write; to read, the content tells.
    pub fn of_extension(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "parquet" | "pq" => Format::Parquet,
            "arrow" | "ipc" | "feather" | "arrows" => Format::Arrow,
            "ndjson" | "jsonl" => Format::Ndjson,
            "json" => Format::Json,
            "xlsx" | "xls" | "xlsb" | "xlsm" | "ods" => Format::Excel,
            "npy" => Format::Npy,
            "bin" => Format::Raw,
            "wav" | "wave" => Format::Wav,
            "raw" | "evt3" => Format::Evt3,
            "evt2" => Format::Evt2,
            "dat" => Format::Dat,
            "aedat" | "aedat2" => Format::Aedat2,
            "aedat4" => Format::Aedat4,
            "hdf5" | "h5" => Format::Hdf5,
            "txt" => Format::EventText,
            _ => return None,
        })
    }

    /// The format of an existing file: its first bytes where they tell, else its extension.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Format`] where it is empty or its extension promises what
    /// its first bytes do not keep, [`Error::Unsupported`] where neither tells.
    pub fn of_file(path: &Path) -> Result<Format> {
        let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
        if file.metadata().map_err(|e| Error::io(path, e))?.is_dir() {
            return Err(Error::unsupported(path, "this is a folder, a file was expected"));
        }
        let mut head = Vec::new();
        file.by_ref().take(4096).read_to_end(&mut head).map_err(|e| Error::io(path, e))?;
        let named = Self::of_extension(path);
        if let Some(told) = Self::of_bytes(&head, named) {
            return Ok(told);
        }
        if head.is_empty() && named.is_some() {
            return Err(Error::format(path, "the file is empty"));
        }
        use Format::*;
        match named {
            // Formats whose first bytes always tell; `.raw` without a header is older EVT2.
            Some(
                f @ (Npy | Parquet | Arrow | Excel | Wav | Evt21 | Aedat2 | Aedat31 | Aedat4 | Hdf5 | Dsec | Evt2
                | Evt3),
            ) => {
                let shown = &head[..head.len().min(8)];
                Err(Error::format(path, format!("this is not a {f} file: its first bytes are {shown:02x?}")))
            }
            Some(f) => Ok(f),
            None => Err(unknown(path)),
        }
    }

    /// What the first bytes of a file say.
    pub(crate) fn of_bytes(head: &[u8], named: Option<Format>) -> Option<Format> {
        let begins = |magic: &[u8]| head.starts_with(magic);
        if begins(NPY_MAGIC) {
            return Some(Format::Npy);
        }
        if begins(PARQUET_MAGIC) {
            return Some(Format::Parquet);
        }
        // An IPC stream begins with a continuation mark and the length of its schema.
        if begins(ARROW_MAGIC) || (begins(&[0xff; 4]) && named == Some(Format::Arrow)) {
            return Some(Format::Arrow);
        }
        if begins(HDF5_MAGIC) {
            return Some(Format::Hdf5);
        }
        if begins(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
            return Some(Format::Wav);
        }
        if (begins(ZIP_MAGIC) || begins(OLE_MAGIC)) && named == Some(Format::Excel) {
            return Some(Format::Excel);
        }
        crate::events::of_bytes(head, named)
    }

    /// The format to write under this name.
    pub(crate) fn to_write(path: &Path) -> Result<Format> {
        Self::of_extension(path).ok_or_else(|| unknown(path))
    }
}

fn unknown(path: &Path) -> Error {
    let known = "unknown format; extensions such as .csv, .tsv, .parquet, .arrow, .ndjson, .npy, .wav, .raw, .dat and .hdf5 tell";
    Error::unsupported(path, format!("{known} it, or name it: {}", Format::list()))
}

impl Format {
    fn list() -> String {
        NAMES.map(|n| n.1).join(", ")
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let known = NAMES.iter().find(|n| n.1.eq_ignore_ascii_case(s)).map(|n| n.0);
        known
            .or_else(|| Format::of_extension(Path::new(&format!("x.{s}"))))
            .ok_or_else(|| format!("{s:?} is none of {}", Format::list()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|n| n.0 == *self).map_or("", |n| n.2))
    }
}
