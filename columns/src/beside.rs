//! What rows have beside their numbers.

use crate::{Error, Result};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// Columns that are no numbers, as the format that read them holds them. Kernels never see them; they are cut, joined
/// and thinned out with the rows they belong to.
pub trait Columns: Any + Debug + Send + Sync {
    /// Rows.
    fn rows(&self) -> usize;
    /// Bytes in memory, about.
    fn bytes(&self) -> u64;
    /// Rows `start .. start + rows`, which are there.
    fn slice(&self, start: usize, rows: usize) -> Arc<dyn Columns>;
    /// The rows of these numbers, which are there.
    fn take(&self, rows: &[u32]) -> Result<Arc<dyn Columns>>;
    /// These rows, then those of `rest`, which are of the same kind.
    fn concat(&self, rest: &[&dyn Columns]) -> Result<Arc<dyn Columns>>;
    /// Whether the other has the same content.
    fn same(&self, other: &dyn Columns) -> bool;
}

/// Columns that are no numbers. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Beside(Arc<dyn Columns>);

impl Beside {
    /// These columns.
    pub fn new(columns: impl Columns) -> Self {
        Beside(Arc::new(columns))
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.0.rows()
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    /// The columns as the kind that they are.
    pub fn downcast<T: Columns>(&self) -> Option<&T> {
        (self.0.as_ref() as &dyn Any).downcast_ref()
    }

    /// Rows `start .. start + rows`.
    ///
    /// # Errors
    /// [`Error::Rows`] where they are not all there.
    pub fn slice(&self, start: usize, rows: usize) -> Result<Beside> {
        match start.checked_add(rows) {
            Some(end) if end <= self.rows() => Ok(Beside(self.0.slice(start, rows))),
            _ => Err(Error::Rows { start, end: start.saturating_add(rows), rows: self.rows() }),
        }
    }

    /// The rows of these numbers.
    ///
    /// # Errors
    /// [`Error::Rows`] where one of them is not there.
    pub fn take(&self, rows: &[u32]) -> Result<Beside> {
        if let Some(&r) = rows.iter().find(|&&r| r as usize >= self.rows()) {
            return Err(Error::Rows { start: r as usize, end: r as usize + 1, rows: self.rows() });
        }
        self.0.take(rows).map(Beside)
    }

    /// All of these rows, in order.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where there are none or they are of different kinds.
    pub fn concat(parts: &[Beside]) -> Result<Beside> {
        let [first, rest @ ..] = parts else {
            return Err(Error::Mismatch("nothing to join".into()));
        };
        if rest.is_empty() {
            return Ok(first.clone());
        }
        first.0.concat(&rest.iter().map(|b| b.0.as_ref()).collect::<Vec<_>>()).map(Beside)
    }
}

impl PartialEq for Beside {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.same(other.0.as_ref())
    }
}
