//! Not written yet.

use crate::{Error, ReadOptions, Result, Sink, Source, WriteOptions};
use std::path::Path;

pub(crate) fn open(path: &Path, _options: &ReadOptions) -> Result<Box<dyn Source>> {
    Err(Error::unsupported(path, "not written yet"))
}

pub(crate) fn create(path: &Path, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Err(Error::unsupported(path, "not written yet"))
}
