//! Columns of a data frame beside numbers.

use gapwave_columns::{Beside, Columns, Error, Result};
use polars::prelude::{Column, DataFrame, DataType, IdxCa, IdxSize};
use std::sync::Arc;

/// Rows of a data frame that travel beside the numbers of the same rows. Cells of a text file are in it as they stand
/// there: the layout tells which columns these are.
#[derive(Debug)]
pub(super) struct Rows(pub(super) DataFrame);

impl Rows {
    /// These columns; `None` where there are none.
    pub(super) fn beside(frame: DataFrame) -> Option<Beside> {
        (frame.width() > 0).then(|| Beside::new(Rows(frame)))
    }
}

fn refused(e: impl std::fmt::Display) -> Error {
    Error::Mismatch(e.to_string())
}

fn bytes(column: &Column) -> u64 {
    let rows = column.len() as u64;
    match column.dtype() {
        DataType::String => {
            // A view of 16 bytes for each, and the text, which slices share.
            let text = column.str().map_or(0, |s| s.downcast_iter().map(|a| a.total_bytes_len() as u64).sum());
            16 * rows + text
        }
        DataType::Boolean => rows / 8,
        _ => 8 * rows,
    }
}

impl Columns for Rows {
    fn rows(&self) -> usize {
        self.0.height()
    }

    fn bytes(&self) -> u64 {
        self.0.columns().iter().map(bytes).sum()
    }

    fn slice(&self, start: usize, rows: usize) -> Arc<dyn Columns> {
        Arc::new(Rows(self.0.slice(start as i64, rows)))
    }

    fn take(&self, rows: &[u32]) -> Result<Arc<dyn Columns>> {
        let rows: Vec<IdxSize> = rows.iter().map(|&r| r as IdxSize).collect();
        let taken = self.0.take(&IdxCa::from_vec("rows".into(), rows)).map_err(refused)?;
        Ok(Arc::new(Rows(taken)))
    }

    fn concat(&self, rest: &[&dyn Columns]) -> Result<Arc<dyn Columns>> {
        let mut all = self.0.clone();
        for part in rest {
            let Some(Rows(part)) = (*part as &dyn std::any::Any).downcast_ref::<Rows>() else {
                return Err(refused("rows of different kinds cannot be joined"));
            };
            all.vstack_mut(part).map_err(refused)?;
        }
        Ok(Arc::new(Rows(all)))
    }

    fn same(&self, other: &dyn Columns) -> bool {
        let other = (other as &dyn std::any::Any).downcast_ref::<Rows>();
        other.is_some_and(|o| self.0.schema() == o.0.schema() && self.0.equals_missing(&o.0))
    }
}
