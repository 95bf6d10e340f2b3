//! What can go wrong with data from outside.

use std::path::PathBuf;

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why data could not be read or written. Every message names the file, where in it, and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened, read, written or renamed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's content is not what its format asks for.
    #[error("{path}: {why}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Where in the file, what was expected, what was found.
        why: String,
    },
    /// The format is not one that gapwave reads or writes, or not in this build.
    #[error("{path}: {why}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What would be.
        why: String,
    },
    /// Chunks that do not fit together.
    #[error(transparent)]
    Columns(#[from] gapwave_columns::Error),
}
