//! What can go wrong with arrays.

use crate::DType;

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an array could not be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The elements were asked for as another type than they have.
    #[error("the array holds {have}, not {asked}")]
    Type {
        /// The type of the elements.
        have: DType,
        /// The type asked for.
        asked: DType,
    },
    /// The shape does not describe the data.
    #[error("a shape of {shape:?} needs {need} elements, there are {have}")]
    Shape {
        /// The shape given.
        shape: Vec<usize>,
        /// Its number of elements.
        need: usize,
        /// The number of elements given.
        have: usize,
    },
    /// The shape has more elements than memory has addresses.
    #[error("a shape of {0:?} is too large for this machine's memory")]
    TooLarge(Vec<usize>),
    /// Rows beyond the end were asked for.
    #[error("rows {start}..{end} of an array of {rows} rows")]
    Rows {
        /// First row asked for.
        start: usize,
        /// End of the rows asked for.
        end: usize,
        /// Rows there are.
        rows: usize,
    },
    /// Arrays that cannot be joined, or columns of different lengths.
    #[error("{0}")]
    Mismatch(String),
}
