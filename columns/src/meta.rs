//! Type and shape without data.

use crate::{DType, Error, Result};

/// Whether an array's number of rows is known before a kernel ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Len {
    /// As many rows as the shape says.
    Exact,
    /// At most as many rows as the shape says: what a filter keeps.
    AtMost,
}

/// What is known of an array before it exists: all that plans are made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Meta {
    /// Type of the elements.
    pub dtype: DType,
    /// Row-major shape; the first axis is the rows.
    pub shape: Vec<usize>,
    /// Whether a validity bitmap comes along.
    pub nullable: bool,
    /// Whether `shape[0]` is the number of rows or an upper bound.
    pub len: Len,
}

impl Meta {
    /// An array of exactly this shape without a validity bitmap.
    pub fn new(dtype: DType, shape: impl Into<Vec<usize>>) -> Self {
        Meta { dtype, shape: shape.into(), nullable: false, len: Len::Exact }
    }

    /// The same with or without a validity bitmap.
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same with its rows as an upper bound.
    pub fn at_most(mut self) -> Self {
        self.len = Len::AtMost;
        self
    }

    /// Rows: the length of the first axis; 1 for a scalar.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Elements in a row: the product of the other axes.
    pub fn row_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Elements in all.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of the elements, without the bitmap.
    pub fn bytes(&self) -> u64 {
        self.elements() as u64 * self.dtype.size() as u64
    }

    /// The same type with another number of rows.
    pub fn with_rows(&self, rows: usize) -> Self {
        let mut m = self.clone();
        if let Some(first) = m.shape.first_mut() {
            *first = rows;
        }
        m
    }

    /// Fails where the shape has more bytes than can be addressed: call it on shapes that come from outside.
    pub fn check_size(&self) -> Result<()> {
        self.shape
            .iter()
            .try_fold(self.dtype.size(), |n, &d| n.checked_mul(d))
            .filter(|&n| n <= isize::MAX as usize)
            .map(|_| ())
            .ok_or_else(|| Error::TooLarge(self.shape.clone()))
    }
}
