//! Writing Arrow files.

use crate::tables::batched::{Batched, Format};
use crate::{Result, Sink, WriteOptions};
use gapwave_columns::Chunk;
use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::prelude::{CompatLevel, DataFrame, PolarsResult, Schema, SchemaExt, SerWriter};
use polars_arrow::io::ipc::write::default_ipc_fields;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Writes tables as Arrow IPC files: batches of at most 2¹⁹ rows and about 64 MiB, whatever the chunks were, not
/// compressed; a type for every column, as in [`ParquetSink`](crate::tables::ParquetSink).
pub struct ArrowSink(Batched<Writer>);

struct Writer(BatchedWriter<BufWriter<File>>);

impl Format for Writer {
    fn begin(file: File, schema: &Schema) -> PolarsResult<Writer> {
        let file = BufWriter::with_capacity(1 << 18, file);
        // Text as offsets and bytes: views would depend on how the rows were cut, and fewer programs read them.
        let level = CompatLevel::oldest();
        let fields: Vec<_> = schema.iter_fields().map(|f| f.to_arrow(level)).collect();
        IpcWriter::new(file).with_compat_level(level).batched(schema, default_ipc_fields(fields.iter())).map(Writer)
    }

    fn put(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        self.0.write_batch(rows)
    }

    fn end(mut self) -> PolarsResult<()> {
        self.0.finish()
    }
}

impl ArrowSink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, options: &WriteOptions) -> Result<ArrowSink> {
        Ok(ArrowSink(Batched::create(path, options)?))
    }
}

impl Sink for ArrowSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.0.write(chunk)
    }

    fn finish(&mut self) -> Result<()> {
        self.0.finish()
    }
}
