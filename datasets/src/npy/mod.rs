//! NumPy's `.npy`: one array, a table with one column `values`.

mod header;

use crate::atomic::Pending;
use crate::elements::{Elements, NAME, Packer};
use crate::open::choose;
use crate::{Error, Input, ReadOptions, Result, Schema, Sink, Source};
use gapwave_columns::{Attrs, Chunk};
use header::Refused;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An array in a `.npy` file, read chunk by chunk: only the rows asked for are in memory.
///
/// The first axis is the rows; the column has the shape of the others. Versions 1 to 3 of the format, C order,
/// little-endian, every [`DType`](gapwave_columns::DType). Nothing is marked missing: NaN says it itself.
#[derive(Debug)]
pub struct NpySource {
    elements: Elements,
    schema: Schema,
}

impl NpySource {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Where the file is missing, not of this format, shorter or longer than its header says, or of a type or order that
    /// gapwave does not read.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<NpySource> {
        let mut input = Input::open(path, options)?;
        if input.is_empty() {
            return Err(Error::format(path, "the file is empty"));
        }
        let head = input.head(header::LONGEST as usize + 12)?;
        let header = header::read(&mut head.as_slice(), input.len()).map_err(|why| match why {
            Refused::Io(e) => Error::io(path, e),
            Refused::Damaged(why) => Error::format(path, why),
            Refused::Unsupported(why) => Error::unsupported(path, why),
        })?;
        let names = vec![NAME.to_string()];
        if let Some(asked) = &options.columns {
            choose(path, &names, asked)?;
        }
        let cols = vec![header.meta.with_rows(0)];
        let schema = Schema { names: names.into(), cols, attrs: Attrs::default() };
        Ok(NpySource { elements: Elements::new(input, header.meta, header.start), schema })
    }
}

impl Source for NpySource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.elements.rows() as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        self.elements.read(rows, &self.schema)
    }

    fn rewind(&mut self) -> Result<()> {
        self.elements.rewind();
        Ok(())
    }
}

/// Writes a table of one column, or of several columns of one type, to a `.npy` file.
///
/// One column gives an array of its shape; `k` columns of shape `[rows]` give `[rows, k]`. Missing values become NaN; in
/// columns of integers they are an error.
#[derive(Debug)]
pub struct NpySink {
    out: Option<(Pending, BufWriter<File>)>,
    path: PathBuf,
    packer: Packer,
}

impl NpySink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path) -> Result<NpySink> {
        let pending = Pending::create(path)?;
        let mut writer = BufWriter::with_capacity(1 << 18, pending.handle()?);
        writer.write_all(&[0; header::LEN]).map_err(|e| Error::io(path, e))?;
        Ok(NpySink { out: Some((pending, writer)), path: path.into(), packer: Packer::new(path, ".npy") })
    }
}

impl Sink for NpySink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        match &mut self.out {
            Some((_, writer)) => self.packer.put(&chunk, writer),
            None => Err(Error::format(&self.path, "written to after its end")),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let Some((pending, mut writer)) = self.out.take() else { return Ok(()) };
        let meta = self.packer.meta();
        let Some(head) = header::write(&meta) else {
            return Err(Error::unsupported(&self.path, format!("a shape of {:?} has too many axes", meta.shape)));
        };
        writer
            .flush()
            .and_then(|()| writer.get_mut().seek(SeekFrom::Start(0)).map(|_| ()))
            .and_then(|()| writer.get_mut().write_all(&head))
            .map_err(|e| Error::io(&self.path, e))?;
        drop(writer);
        pending.finish()
    }
}
