//! What can go wrong with a benchmark run as a whole. What goes wrong with one case is in its record or the summary.

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No case matched, so there is nothing to be satisfied with.
    #[error("nothing ran: no benchmark matches")]
    NothingRan,
    /// A settings value makes no sense.
    #[error("{0}")]
    Settings(&'static str),
    /// A report could not be written.
    #[error("the report could not be written: {0}")]
    Report(#[from] std::io::Error),
    /// A record could not be written as JSON or read back.
    #[error("not a record of this version: {0}")]
    Json(#[from] serde_json::Error),
    /// A record of another version of the schema.
    #[error("the record has schema {found}, this version reads {}", crate::SCHEMA)]
    Schema {
        /// The version found.
        found: u64,
    },
    /// A result that is not what it should be.
    #[error("wrong result: {0}")]
    Wrong(String),
    /// A line of a history that cannot be read.
    #[error("line {number}: {why}")]
    Line {
        /// The line, counted from 1.
        number: usize,
        /// Why.
        why: String,
    },
    /// A measurement of criterion's that cannot be read.
    #[error("{0}")]
    Criterion(String),
    /// The machine's peak could not be measured.
    #[error("the machine's peak could not be measured: {0}")]
    Bandwidth(String),
}

impl Error {
    /// The exit status that the command ends with.
    pub fn exit(&self) -> crate::Exit {
        match self {
            Error::Settings(_) => crate::Exit::Usage,
            Error::Wrong(_) => crate::Exit::WrongResult,
            _ => crate::Exit::Error,
        }
    }
}
