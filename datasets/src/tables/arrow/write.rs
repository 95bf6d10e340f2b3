//! Writing Arrow files.

use crate::atomic::Pending;
use crate::tables::batches::Batches;
use crate::tables::guard::guarded;
use crate::tables::join::Join;
use crate::{Error, Result, Sink, WriteOptions};
use gapwave_columns::Chunk;
use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::prelude::{CompatLevel, Schema, SchemaExt, SerWriter};
use polars_arrow::io::ipc::write::default_ipc_fields;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Writes tables as Arrow IPC files: batches of at most 2¹⁹ rows and about 64 MiB, whatever the chunks were, not
/// compressed; a type for every column, as in [`ParquetSink`](crate::tables::ParquetSink).
pub struct ArrowSink {
    path: PathBuf,
    pending: Option<Pending>,
    writer: Option<BatchedWriter<BufWriter<File>>>,
    join: Join,
    batches: Batches,
}

impl ArrowSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, options: &WriteOptions) -> Result<ArrowSink> {
        Ok(ArrowSink {
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
            let file = BufWriter::with_capacity(1 << 18, pending.handle()?);
            // Text as offsets and bytes: views would depend on how the rows were cut, and fewer programs read them.
            let level = CompatLevel::oldest();
            let fields: Vec<_> = schema.iter_fields().map(|f| f.to_arrow(level)).collect();
            let begun = guarded(&self.path, || {
                IpcWriter::new(file).with_compat_level(level).batched(schema, default_ipc_fields(fields.iter()))
            })?;
            self.writer = Some(begun);
        }
        Ok(())
    }
}

impl Sink for ArrowSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let rows = self.join.frame(chunk)?;
        self.begin(rows.schema())?;
        let (path, writer) = (&self.path, &mut self.writer);
        self.batches.push(rows, &mut |batch| match writer {
            Some(w) => guarded(path, || w.write_batch(&batch)),
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
            self.batches.flush(&mut |batch| guarded(path, || writer.write_batch(&batch)))?;
            guarded(path, || writer.finish())?;
        }
        self.pending.take().map_or(Ok(()), Pending::finish)
    }
}
