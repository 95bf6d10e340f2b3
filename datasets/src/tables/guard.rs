//! polars on bytes from outside.

use crate::{Error, Result};
use polars::prelude::{PolarsError, PolarsResult};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs polars code on bytes from outside: what it panics on is an error of the file.
pub(super) fn guarded<T>(path: &Path, run: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(|e| failed(path, e)),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(Error::format(path, format!("the file is damaged: {}", one_line(said.unwrap_or("no reason given")))))
        }
    }
}

pub(super) fn failed(path: &Path, e: PolarsError) -> Error {
    match e {
        PolarsError::IO { error, msg: None } => Error::io(path, std::io::Error::new(error.kind(), error.to_string())),
        other => Error::format(path, one_line(&other.to_string())),
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ")
}
