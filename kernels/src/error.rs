//! What can go wrong with a kernel.

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a kernel refused its parameters, its inputs or a device.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The inputs are not what the kernel takes.
    #[error("{kernel}: {why}")]
    Refused {
        /// The kernel.
        kernel: &'static str,
        /// What was expected and what came.
        why: String,
    },
    /// A parameter is unknown, missing or out of range.
    #[error("{kernel}: {why}")]
    Param {
        /// The kernel.
        kernel: String,
        /// What was expected and what came.
        why: String,
    },
    /// The work is larger than the device allows: cut it into smaller chunks.
    #[error("{what} needs {need}, this device allows {have}")]
    Limit {
        /// What is too large.
        what: String,
        /// Size needed.
        need: u64,
        /// Size allowed.
        have: u64,
    },
    /// No kernel of that name.
    #[error("no kernel is called {name:?}; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// An array was not as said.
    #[error(transparent)]
    Columns(#[from] gapwave_columns::Error),
}
