//! What the sinks of files that hold batches of rows share.

use crate::atomic::Pending;
use crate::tables::batches::Batches;
use crate::tables::guard::guarded;
use crate::tables::join::Join;
use crate::{Error, Result, Sink, WriteOptions};
use gapwave_columns::Chunk;
use polars::prelude::{DataFrame, PolarsResult, Schema};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Writes batches of rows in a format.
pub(super) trait Format: Sized {
    /// Begins a file of these columns.
    fn begin(file: File, schema: &Schema) -> PolarsResult<Self>;

    /// Writes a batch.
    fn put(&mut self, rows: &DataFrame) -> PolarsResult<()>;

    /// Ends the file.
    fn end(self) -> PolarsResult<()>;
}

/// A sink of batches that do not depend on how the chunks were cut.
pub(super) struct Batched<F> {
    path: PathBuf,
    pending: Option<Pending>,
    /// There from the first chunk on, which says what the columns are.
    writer: Option<F>,
    join: Join,
    batches: Batches,
}

impl<F: Format> Batched<F> {
    pub(super) fn create(path: &Path, options: &WriteOptions) -> Result<Self> {
        Ok(Batched {
            path: path.into(),
            pending: Some(Pending::create(path)?),
            writer: None,
            join: Join::new(options.carried.as_ref()),
            batches: Batches::default(),
        })
    }

    fn begin(&mut self, schema: &Schema) -> Result<()> {
        let Some(pending) = &self.pending else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        if self.writer.is_none() {
            let file = pending.handle()?;
            self.writer = Some(guarded(&self.path, || F::begin(file, schema))?);
        }
        Ok(())
    }
}

impl<F: Format + Send> Sink for Batched<F> {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = self.join.frame(chunk)?;
        self.begin(rows.schema())?;
        let (path, writer) = (&self.path, &mut self.writer);
        self.batches.push(rows, &mut |batch| match writer {
            Some(w) => guarded(path, || w.put(&batch)),
            None => Ok(()),
        })
    }

    fn finish(&mut self) -> Result<()> {
        if self.pending.is_none() {
            return Ok(());
        }
        if self.writer.is_none() {
            let empty = self.join.empty().unwrap_or_default();
            self.begin(empty.schema())?;
        }
        if let Some(mut writer) = self.writer.take() {
            let path = &self.path;
            self.batches.flush(&mut |batch| guarded(path, || writer.put(&batch)))?;
            guarded(path, || writer.end())?;
        }
        self.pending.take().map_or(Ok(()), Pending::finish)
    }
}
