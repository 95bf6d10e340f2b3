//! What of a table does not go through kernels.

/// Name of the column of row numbers, counted from 0 over the whole table: `int64` as sources make it, any integer
/// type as sinks take it. Sinks use it to find the carried cells of each row and do not write it.
pub const ROW: &str = "__row";

/// The table that a source reads, as a sink needs it to write back the columns that the chunks do not hold. Cheap to
/// clone.
///
/// A sink that was given it writes the table's columns in the table's order. A column that is in the chunks too is taken
/// from there; columns that only the chunks have come last; all others are copied. Where the chunks have a column
/// [`ROW`], the copied cells are those of the rows it names. Where they do not, the chunks must be the table's rows, all
/// of them and in order.
#[derive(Debug, Clone)]
pub struct Carried {
    #[cfg(feature = "tables")]
    pub(crate) table: std::sync::Arc<crate::tables::Table>,
    #[cfg(not(feature = "tables"))]
    never: std::convert::Infallible,
}

impl Carried {
    /// Rows of the table.
    pub fn rows(&self) -> u64 {
        #[cfg(feature = "tables")]
        return self.table.frame.height() as u64;
        #[cfg(not(feature = "tables"))]
        match self.never {}
    }

    /// Names of the table's columns, in its order.
    pub fn names(&self) -> Vec<String> {
        #[cfg(feature = "tables")]
        return self.table.names();
        #[cfg(not(feature = "tables"))]
        match self.never {}
    }

    /// Names of the columns that travel beside chunks which hold the columns `chunk`. Where there are none, or no rows
    /// are dropped, the chunks need no [`ROW`].
    pub fn beside(&self, chunk: &[String]) -> Vec<String> {
        self.names().into_iter().filter(|n| !chunk.contains(n)).collect()
    }
}
