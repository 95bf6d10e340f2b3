//! Arrays whose elements stand in a file as in memory.

use crate::{Error, Input, Result, Schema};
use gapwave_columns::{Array, ArrayMut, Bitmap, Chunk, Complex32, Complex64, DType, Element, Len, Meta};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Name of the one column.
pub(crate) const NAME: &str = "values";
/// Bytes copied at a time.
const WINDOW: usize = 8 << 20;

/// Reads rows of one array from a file.
#[derive(Debug)]
pub(crate) struct Elements {
    input: Input,
    /// Type and shape, all rows.
    meta: Meta,
    /// First byte of the elements.
    start: u64,
    at: usize,
}

impl Elements {
    /// The array of this shape that begins at byte `start`; the file is known to have it.
    pub(crate) fn new(input: Input, meta: Meta, start: u64) -> Elements {
        Elements { input, meta, start, at: 0 }
    }

    pub(crate) fn rows(&self) -> usize {
        self.meta.rows()
    }

    pub(crate) fn rewind(&mut self) {
        self.at = 0;
    }

    /// The next rows as the one column of `schema`.
    pub(crate) fn read(&mut self, rows: usize, schema: &Schema) -> Result<Option<Chunk>> {
        let n = rows.max(1).min(self.meta.rows() - self.at);
        if n == 0 {
            return Ok(None);
        }
        let meta = self.meta.with_rows(n);
        let row_bytes = meta.row_len() as u64 * meta.dtype.size() as u64;
        let mut room = ArrayMut::zeros(&meta)?;
        let mut from = self.start + self.at as u64 * row_bytes;
        for part in room.out().bytes_mut().chunks_mut(WINDOW) {
            self.input.lend(from, part.len(), |bytes| part.copy_from_slice(bytes))?;
            from += part.len() as u64;
        }
        let cols = vec![room.finish(n)?];
        let chunk = Chunk::with_names(schema.names.clone(), cols, self.at as u64, schema.attrs)?;
        self.at += n;
        Ok(Some(chunk))
    }
}

/// Writes a table of one column, or of several columns of one type, as one array.
#[derive(Debug)]
pub(crate) struct Packer {
    path: PathBuf,
    /// The kind of file, for messages.
    what: &'static str,
    /// Type and row shape, from the first chunk; names of the columns.
    layout: Option<(Meta, Vec<String>)>,
    rows: usize,
}

impl Packer {
    pub(crate) fn new(path: &Path, what: &'static str) -> Packer {
        Packer { path: path.into(), what, layout: None, rows: 0 }
    }

    /// Type and shape of what was written; `[0]` of `float64` where there was nothing.
    pub(crate) fn meta(&self) -> Meta {
        self.layout.as_ref().map_or(Meta::new(DType::F64, [0]), |l| l.0.clone()).with_rows(self.rows)
    }

    fn layout(&self, chunk: &Chunk) -> Result<(Meta, Vec<String>)> {
        let what = self.what;
        let refuse = |why: String| Err(Error::unsupported(&self.path, why));
        let [first, rest @ ..] = chunk.cols.as_slice() else {
            return refuse(format!("a {what} file holds one array, and there is no column to write"));
        };
        let mut meta = Meta::new(first.dtype(), first.shape());
        if let Some(i) = rest.iter().position(|c| c.dtype() != meta.dtype || c.shape().len() != 1) {
            return refuse(format!(
                "a {what} file holds one array, and column {:?} has another type or shape than {:?}: choose columns, \
                 or write CSV or Parquet",
                chunk.names[i + 1],
                chunk.names[0]
            ));
        }
        if !rest.is_empty() {
            if first.shape().len() != 1 {
                return refuse(format!(
                    "a {what} file holds one array, and column {:?} fills it already",
                    chunk.names[0]
                ));
            }
            meta.shape.push(chunk.cols.len());
        }
        meta.len = Len::Exact;
        Ok((meta.with_rows(0), chunk.names.to_vec()))
    }

    /// Writes the rows of a chunk.
    pub(crate) fn put(&mut self, chunk: &Chunk, out: &mut impl Write) -> Result<()> {
        let layout = self.layout(chunk)?;
        match &self.layout {
            None => self.layout = Some(layout),
            Some(first) if *first == layout => {}
            Some(_) => return Err(Error::format(&self.path, "the chunks differ in names, types or shapes")),
        }
        let mut cols = Vec::new();
        for (name, col) in chunk.names.iter().zip(&chunk.cols) {
            let col = fill(col).ok_or_else(|| {
                let (dtype, what) = (col.dtype(), self.what);
                let why = format!("column {name:?} of {dtype} has missing values, which {what} cannot hold");
                Error::unsupported(&self.path, why)
            })?;
            cols.push(col);
        }
        let done = match cols.as_slice() {
            [one] => out.write_all(one.bytes()),
            many => {
                let size = many[0].dtype().size();
                let mut bytes = Vec::with_capacity(many[0].bytes().len() * many.len());
                for r in 0..many[0].rows() {
                    many.iter().for_each(|c| bytes.extend_from_slice(&c.bytes()[r * size..(r + 1) * size]));
                }
                out.write_all(&bytes)
            }
        };
        done.map_err(|e| Error::io(&self.path, e))?;
        self.rows += chunk.rows();
        Ok(())
    }
}

/// The array with NaN for what is missing; `None` where that cannot be said.
fn fill(a: &Array) -> Option<Array> {
    let Some(valid) = a.valid().filter(|v| v.count_zeros() > 0) else {
        return Some(a.clone());
    };
    fn with<T: Element>(a: &Array, valid: &Bitmap, nan: T) -> Option<Array> {
        let v = a.as_slice::<T>().ok()?.iter().enumerate().map(|(i, &x)| if valid.get(i) { x } else { nan }).collect();
        Array::new(a.shape(), v).ok()
    }
    match a.dtype() {
        DType::F32 => with(a, valid, f32::NAN),
        DType::F64 => with(a, valid, f64::NAN),
        DType::Complex64 => with(a, valid, Complex32::new(f32::NAN, f32::NAN)),
        DType::Complex128 => with(a, valid, Complex64::new(f64::NAN, f64::NAN)),
        _ => None,
    }
}
