//! What of a table its chunks do not say.

/// The columns of the table that a source reads, as a sink needs them to write the table back: their names in the
/// table's order and the types that the chunks do not tell. It holds no rows and is cheap to clone.
///
/// A sink that was given it writes the table's columns in the table's order. A column that is among the numbers of the
/// chunks is taken from there; columns that only the chunks have come last; all others are taken from
/// [`Chunk::beside`](gapwave_columns::Chunk::beside).
#[derive(Debug, Clone)]
pub struct Carried {
    #[cfg(feature = "tables")]
    pub(crate) layout: std::sync::Arc<crate::tables::Layout>,
    #[cfg(not(feature = "tables"))]
    never: std::convert::Infallible,
}

impl Carried {
    /// Names of the table's columns, in its order.
    pub fn names(&self) -> Vec<String> {
        #[cfg(feature = "tables")]
        return self.layout.fields.iter().map(|f| f.name.clone()).collect();
        #[cfg(not(feature = "tables"))]
        match self.never {}
    }

    /// Names of the columns that travel beside chunks which hold the columns `chunk`.
    pub fn beside(&self, chunk: &[String]) -> Vec<String> {
        self.names().into_iter().filter(|n| !chunk.contains(n)).collect()
    }
}
