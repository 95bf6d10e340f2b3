//! What can go wrong with a session.

use std::time::Duration;

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why work was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A kernel refused its parameters, its inputs or the device's limits.
    #[error(transparent)]
    Kernel(#[from] gapwave_kernels::Error),
    /// An array was not as said.
    #[error(transparent)]
    Columns(#[from] gapwave_columns::Error),
    /// Data could not be read or written.
    #[error(transparent)]
    Data(#[from] gapwave_datasets::Error),
    /// No GPU fits the request.
    #[error("no GPU to run on: {0}")]
    NoAdapter(String),
    /// The kernel does not run on a GPU with these inputs, and the GPU was demanded.
    #[error("{kernel} does not run on the GPU here: {why}")]
    NotOnGpu {
        /// The kernel.
        kernel: &'static str,
        /// Why, and what would help.
        why: String,
    },
    /// The GPU was lost and could not be had again.
    #[error("the GPU was lost: {0}")]
    DeviceLost(String),
    /// The GPU's memory does not hold the work: cut smaller chunks.
    #[error("the GPU is out of memory: {0}")]
    OutOfDeviceMemory(String),
    /// The GPU did not answer in time.
    #[error("the GPU did not answer within {limit:?} ({what})")]
    Timeout {
        /// How long was waited.
        limit: Duration,
        /// For what.
        what: String,
    },
    /// wgpu rejected what gapwave built: a mistake in gapwave.
    #[error("a mistake in gapwave, please report it: {0}")]
    Internal(String),
    /// The memory limit does not hold the work.
    #[error("not enough memory: {0}")]
    Memory(String),
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The session was asked for something it does not offer.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// Whether smaller chunks may help.
    pub fn wants_smaller_chunks(&self) -> bool {
        matches!(self, Error::Kernel(gapwave_kernels::Error::Limit { .. }) | Error::OutOfDeviceMemory(_))
    }
}
