//! NumPy's `.npy`: one array, a table with one column `values`.

mod header;

use crate::atomic::Pending;
use crate::open::choose;
use crate::{Error, ROW, ReadOptions, Result, Schema, Sink, Source};
use gapwave_columns::{Array, ArrayMut, Attrs, Chunk, DType, Element, Len, Meta};
use header::{Header, Refused};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Name of the one column.
const NAME: &str = "values";

/// An array in a `.npy` file, read chunk by chunk: only the rows asked for are in memory.
///
/// The first axis is the rows; the column has the shape of the others. Versions 1 to 3 of the format, C order,
/// little-endian, every [`DType`]. Nothing is marked missing: NaN says it itself.
#[derive(Debug)]
pub struct NpySource {
    path: PathBuf,
    file: File,
    header: Header,
    schema: Schema,
    row_index: bool,
    at: usize,
}

impl NpySource {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Where the file is missing, not of this format, shorter or longer than its header says, or of a type or order that
    /// gapwave does not read.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<NpySource> {
        let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
        let len = file.metadata().map_err(|e| Error::io(path, e))?.len();
        if len == 0 {
            return Err(Error::format(path, "the file is empty"));
        }
        let header = header::read(&mut file, len).map_err(|why| match why {
            Refused::Io(e) => Error::io(path, e),
            Refused::Damaged(why) => Error::format(path, why),
            Refused::Unsupported(why) => Error::unsupported(path, why),
        })?;
        let mut names = vec![NAME.to_string()];
        if let Some(asked) = &options.columns {
            choose(path, &names, asked)?;
        }
        let mut cols = vec![header.meta.with_rows(0)];
        if options.row_index {
            names.push(ROW.into());
            cols.push(Meta::new(DType::I64, [0]));
        }
        let schema = Schema { names: names.into(), cols, attrs: Attrs::default() };
        Ok(NpySource { path: path.into(), file, header, schema, row_index: options.row_index, at: 0 })
    }
}

impl Source for NpySource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.header.meta.rows() as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = rows.min(self.header.meta.rows() - self.at);
        if n == 0 {
            return Ok(None);
        }
        let meta = self.header.meta.with_rows(n);
        let row_bytes = meta.row_len() as u64 * meta.dtype.size() as u64;
        let mut room = ArrayMut::zeros(&meta)?;
        self.file
            .seek(SeekFrom::Start(self.header.start + self.at as u64 * row_bytes))
            .and_then(|_| self.file.read_exact(room.out().bytes_mut()))
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    let end = self.at + n;
                    Error::format(&self.path, format!("the file became shorter: rows {}..{end} are gone", self.at))
                }
                _ => Error::io(&self.path, e),
            })?;
        let mut cols = vec![room.finish(n)?];
        if self.row_index {
            cols.push(Array::from((self.at as i64..).take(n).collect::<Vec<i64>>()));
        }
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, self.at as u64, self.schema.attrs)?;
        self.at += n;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }
}

/// Writes a table of one column, or of several columns of one type, to a `.npy` file.
///
/// One column gives an array of its shape; `k` columns of shape `[rows]` give `[rows, k]`. A column named [`ROW`] is left
/// out. Missing values become NaN; in columns of integers they are an error.
#[derive(Debug)]
pub struct NpySink {
    out: Option<(Pending, BufWriter<File>)>,
    path: PathBuf,
    /// Type and row shape, from the first chunk; names of the columns.
    layout: Option<(Meta, Vec<String>)>,
    rows: usize,
}

impl NpySink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path) -> Result<NpySink> {
        let pending = Pending::create(path)?;
        let mut writer = BufWriter::with_capacity(1 << 18, pending.handle()?);
        writer.write_all(&[0; header::LEN]).map_err(|e| Error::io(path, e))?;
        Ok(NpySink { out: Some((pending, writer)), path: path.into(), layout: None, rows: 0 })
    }

    fn layout(&self, chunk: &Chunk) -> Result<(Meta, Vec<String>)> {
        let kept = kept(chunk);
        let names: Vec<String> = kept.iter().map(|&(n, _)| n.to_string()).collect();
        let refuse = |why: String| Err(Error::unsupported(&self.path, why));
        let [(_, first), rest @ ..] = kept.as_slice() else {
            return refuse("a .npy file holds one array, and there is no column to write".into());
        };
        let mut meta = Meta::new(first.dtype(), first.shape());
        if let Some((name, _)) = rest.iter().find(|(_, c)| c.dtype() != meta.dtype || c.shape().len() != 1) {
            return refuse(format!(
                "a .npy file holds one array, and column {name:?} has another type or shape than {:?}: choose columns, \
                 or write CSV or Parquet",
                names[0]
            ));
        }
        if !rest.is_empty() {
            if first.shape().len() != 1 {
                return refuse(format!("a .npy file holds one array, and column {:?} fills it already", names[0]));
            }
            meta.shape.push(kept.len());
        }
        meta.len = Len::Exact;
        Ok((meta.with_rows(0), names))
    }
}

fn kept(chunk: &Chunk) -> Vec<(&str, &Array)> {
    chunk.names.iter().map(String::as_str).zip(&chunk.cols).filter(|(n, _)| *n != ROW).collect()
}

impl Sink for NpySink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let layout = self.layout(&chunk)?;
        let layout = match &self.layout {
            None => self.layout.insert(layout),
            Some(first) if *first == layout => first,
            Some(_) => return Err(Error::format(&self.path, "the chunks differ in names, types or shapes")),
        };
        let Some((_, writer)) = &mut self.out else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        let mut cols = Vec::new();
        for (name, col) in kept(&chunk) {
            let col = fill(col).ok_or_else(|| {
                let why = format!("column {name:?} of {} has missing values, which .npy cannot hold", col.dtype());
                Error::unsupported(&self.path, why)
            })?;
            cols.push(col);
        }
        let put = |writer: &mut BufWriter<File>| match cols.as_slice() {
            [one] => writer.write_all(one.bytes()),
            many => {
                let size = layout.0.dtype.size();
                (0..many[0].rows()).try_for_each(|r| {
                    many.iter().try_for_each(|c| writer.write_all(&c.bytes()[r * size..(r + 1) * size]))
                })
            }
        };
        put(writer).map_err(|e| Error::io(&self.path, e))?;
        self.rows += chunk.rows();
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let Some((pending, mut writer)) = self.out.take() else { return Ok(()) };
        let meta = self.layout.as_ref().map_or(Meta::new(DType::F64, [0]), |l| l.0.clone()).with_rows(self.rows);
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

/// The array with NaN for what is missing; `None` where that cannot be said.
fn fill(a: &Array) -> Option<Array> {
    let Some(valid) = a.valid().filter(|v| v.count_zeros() > 0) else {
        return Some(a.clone());
    };
    fn with<T: Element>(a: &Array, valid: &gapwave_columns::Bitmap, nan: T) -> Option<Array> {
        let v = a.as_slice::<T>().ok()?.iter().enumerate().map(|(i, &x)| if valid.get(i) { x } else { nan }).collect();
        Array::new(a.shape(), v).ok()
    }
    match a.dtype() {
        DType::F32 => with(a, valid, f32::NAN),
        DType::F64 => with(a, valid, f64::NAN),
        DType::Complex64 => with(a, valid, gapwave_columns::Complex32::new(f32::NAN, f32::NAN)),
        DType::Complex128 => with(a, valid, gapwave_columns::Complex64::new(f64::NAN, f64::NAN)),
        _ => None,
    }
}
