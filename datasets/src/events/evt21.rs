//! Not written yet.

use crate::{Error, ReadOptions, Result, Source};
use std::path::Path;

pub(super) fn open(path: &Path, _options: &ReadOptions) -> Result<Box<dyn Source>> {
    Err(Error::unsupported(path, "not written yet"))
}
