//! Elements alone, without a header: a table with one column `values`.

use crate::atomic::Pending;
use crate::elements::{Elements, NAME, Packer};
use crate::open::choose;
use crate::{Error, Input, ReadOptions, Result, Schema, Sink, Source, WriteOptions};
use gapwave_columns::{Attrs, Chunk, Meta};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The elements of a file as [`ReadOptions::raw`] says they are.
#[derive(Debug)]
struct RawSource {
    elements: Elements,
    schema: Schema,
}

pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let Some(layout) = &options.raw else {
        let why = "a file of elements alone does not say what they are: give their type and the shape of a row";
        return Err(Error::unsupported(path, why));
    };
    let input = Input::open(path, options)?;
    let shape = [&[1], layout.row.as_slice()].concat();
    let row = Meta::new(layout.dtype, shape);
    if row.check_size().is_err() || row.bytes() == 0 {
        let why = format!("rows of shape {:?} are empty or larger than any memory", layout.row);
        return Err(Error::unsupported(path, why));
    }
    let Some(have) = input.len().checked_sub(layout.skip) else {
        let why = format!("{} bytes are to be skipped, the file has {}", layout.skip, input.len());
        return Err(Error::format(path, why));
    };
    if have % row.bytes() != 0 {
        let (size, left) = (row.bytes(), have % row.bytes());
        return Err(Error::format(
            path,
            format!("{have} bytes are no whole number of rows of {size}: {left} are left"),
        ));
    }
    let names = vec![NAME.to_string()];
    if let Some(asked) = &options.columns {
        choose(path, &names, asked)?;
    }
    let rows = usize::try_from(have / row.bytes()).unwrap_or(usize::MAX);
    let schema = Schema { names: names.into(), cols: vec![row.with_rows(0)], attrs: Attrs::default() };
    Ok(Box::new(RawSource { elements: Elements::new(input, row.with_rows(rows), layout.skip), schema }))
}

impl Source for RawSource {
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

/// Writes one column, or several of one type side by side, as their elements alone.
#[derive(Debug)]
struct RawSink {
    path: PathBuf,
    out: Option<(Pending, BufWriter<File>)>,
    packer: Packer,
}

pub(crate) fn create(path: &Path, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    let pending = Pending::create(path)?;
    let writer = BufWriter::with_capacity(1 << 18, pending.handle()?);
    Ok(Box::new(RawSink { path: path.into(), out: Some((pending, writer)), packer: Packer::new(path, "raw") }))
}

impl Sink for RawSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        match &mut self.out {
            Some((_, writer)) => self.packer.put(&chunk, writer),
            None => Err(Error::format(&self.path, "written to after its end")),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let Some((pending, mut writer)) = self.out.take() else { return Ok(()) };
        writer.flush().map_err(|e| Error::io(&self.path, e))?;
        drop(writer);
        pending.finish()
    }
}
