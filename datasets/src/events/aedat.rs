//! Not written yet.

use crate::{Error, Format, ReadOptions, Result, Source};
use std::path::Path;

pub(super) fn of_bytes(_bytes: &[u8]) -> Option<Format> {
    None
}

pub(super) fn open(path: &Path, _format: Format, _options: &ReadOptions) -> Result<Box<dyn Source>> {
    Err(Error::unsupported(path, "not written yet"))
}
