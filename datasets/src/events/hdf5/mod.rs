//! Not written yet.

use crate::{Error, ReadOptions, Result, Sink, Source, WriteOptions};
use std::path::Path;

pub(super) fn open(path: &Path, _options: &ReadOptions) -> Result<Box<dyn Source>> {
    Err(Error::unsupported(path, "not written yet"))
}

pub(super) fn create(path: &Path, _format: crate::Format, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Err(Error::unsupported(path, "not written yet"))
}
