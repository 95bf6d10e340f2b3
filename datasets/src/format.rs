//! Telling a file's format.

use crate::{Error, Result};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

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
    /// One NumPy array, `.npy`.
    Npy,
}

pub(crate) const NPY_MAGIC: &[u8] = b"\x93NUMPY";
pub(crate) const PARQUET_MAGIC: &[u8] = b"PAR1";

impl Format {
    /// The format that an extension stands for.
    pub fn of_extension(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "parquet" | "pq" => Format::Parquet,
            "npy" => Format::Npy,
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
        file.by_ref().take(8).read_to_end(&mut head).map_err(|e| Error::io(path, e))?;
        let named = Self::of_extension(path);
        if head.starts_with(NPY_MAGIC) {
            return Ok(Format::Npy);
        }
        if head.starts_with(PARQUET_MAGIC) {
            return Ok(Format::Parquet);
        }
        if head.is_empty() && named.is_some() {
            return Err(Error::format(path, "the file is empty"));
        }
        match named {
            Some(f @ (Format::Npy | Format::Parquet)) => {
                Err(Error::format(path, format!("this is not a {f} file: its first bytes are {head:02x?}")))
            }
            Some(f) => Ok(f),
            None => Err(unknown(path)),
        }
    }

    /// The format to write under this name.
    pub(crate) fn to_write(path: &Path) -> Result<Format> {
        Self::of_extension(path).ok_or_else(|| unknown(path))
    }
}

fn unknown(path: &Path) -> Error {
    Error::unsupported(path, "unknown format; gapwave knows .csv, .tsv, .parquet and .npy, or name the format")
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Csv => "CSV",
            Format::Tsv => "TSV",
            Format::Parquet => "Parquet",
            Format::Npy => "NumPy .npy",
        })
    }
}
