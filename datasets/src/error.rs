//! What can go wrong with data from outside.

use std::path::{Path, PathBuf};

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
    /// A column was asked for that the table does not have.
    #[error("{path}: there is no column {name:?}; the columns are {}", list(.known))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        name: String,
        /// The names there are, those most like the one asked for first.
        known: Vec<String>,
    },
    /// What made the rows failed: a source that is a program of its own.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// Chunks that do not fit together.
    #[error(transparent)]
    Columns(#[from] gapwave_columns::Error),
}

/// Names for a message: the first twenty, and how many more there are.
pub(crate) fn list(names: &[String]) -> String {
    let mut text = names.iter().take(20).map(|n| format!("{n:?}")).collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        text += &format!(" and {} more", names.len() - 20);
    }
    text
}

impl Error {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Error::Io { path: path.into(), source }
    }

    pub(crate) fn format(path: &Path, why: impl Into<String>) -> Self {
        Error::Format { path: path.into(), why: why.into() }
    }

    pub(crate) fn unsupported(path: &Path, why: impl Into<String>) -> Self {
        Error::Unsupported { path: path.into(), why: why.into() }
    }

    pub(crate) fn no_column(path: &Path, name: &str, known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known.into_iter().collect();
        known.sort_by_cached_key(|k| distance(name, k));
        Error::NoColumn { path: path.into(), name: name.into(), known }
    }
}

/// Edits (insertions, deletions, replacements) that turn one name into the other; case does not count.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}
