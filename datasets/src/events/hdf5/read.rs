//! Recordings in HDF5 as a source.

use super::column::{Column, Int};
use super::guard::{Guarded, contained};
use crate::events::batch::{Batch, names, off};
use crate::events::{EVENT_BYTES, Polarity, metas};
use crate::{Error, Input, ReadOptions, Result, Schema, Source};
use gapwave_columns::{Attrs, Chunk, Sensor};
use hdf5_pure::{Datatype, File, Layout};
use std::path::Path;

/// Rows that are handed out at most.
const ROWS: u64 = 1 << 18;

/// A number of an event: in which column, and where there.
#[derive(Debug)]
struct Field {
    column: usize,
    int: Int,
}

/// Events of an HDF5 file.
#[derive(Debug)]
struct Hdf5Source {
    input: Input,
    schema: Schema,
    /// One of compounds, or one for each of t, x, y, p.
    columns: Vec<Column>,
    /// t, x, y, p.
    fields: [Field; 4],
    /// Added to every time.
    offset: i64,
    off: i8,
    rows: u64,
    row: u64,
}

pub(in crate::events) fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn Source>> {
    if options.triggers {
        return Err(Error::unsupported(path, "external triggers of HDF5 files are not read, only events"));
    }
    let input = Input::open(path, options)?;
    contained(path, || describe(path, input, options))
}

/// Reads what the file says of itself.
fn describe(path: &Path, input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let file = File::from_source(Guarded::new(&input)?).map_err(|e| Error::format(path, format!("HDF5: {e}")))?;
    if file.dataset("/CD/events").is_ok() {
        return Hdf5Source::prophesee(input, &file, options).map(|s| Box::new(s) as _);
    }
    if ["t", "x", "y", "p"].iter().all(|n| file.dataset(&format!("/events/{n}")).is_ok()) {
        return Hdf5Source::dsec(input, &file, options).map(|s| Box::new(s) as _);
    }
    let root = file.root();
    let mut found = [root.groups(), root.datasets()].into_iter().flatten().flatten().collect::<Vec<_>>();
    found.sort();
    let why = format!(
        "no recording of events: neither /CD/events nor /events/t, x, y and p is there; at the top are {}",
        crate::error::list(&found)
    );
    Err(Error::format(path, why))
}

impl Hdf5Source {
    fn prophesee(input: Input, file: &File, options: &ReadOptions) -> Result<Hdf5Source> {
        let name = "/CD/events";
        let hdf5 = |e: hdf5_pure::Error| Error::format(input.path(), format!("dataset {name}: {e}"));
        let dataset = file.dataset(name).map_err(hdf5)?;
        let column = Column::open(&input, &dataset, name)?;
        let datatype = dataset.datatype().map_err(hdf5)?;
        let field = |wanted: &str| {
            let Datatype::Compound { members, .. } = &datatype else { return None };
            let member = members.iter().find(|m| m.name == wanted)?;
            Int::of(&member.datatype, member.byte_offset, column.element).map(|int| Field { column: 0, int })
        };
        let (Some(t), Some(x), Some(y), Some(p)) = (field("t"), field("x"), field("y"), field("p")) else {
            let why = format!("dataset {name}: whole numbers x, y, p and t were expected, its type is {datatype}");
            return Err(Error::format(input.path(), why));
        };
        let rows = column.rows;
        Ok(Self::new(input, file, vec![column], [t, x, y, p], 0, rows, options))
    }

    fn dsec(mut input: Input, file: &File, options: &ReadOptions) -> Result<Hdf5Source> {
        let open = |input: &Input, name: &str| -> Result<(Column, Int)> {
            let hdf5 = |e: hdf5_pure::Error| Error::format(input.path(), format!("dataset {name}: {e}"));
            let dataset = file.dataset(name).map_err(hdf5)?;
            let column = Column::open(input, &dataset, name);
            let datatype = dataset.datatype().map_err(hdf5)?;
            let column = column?;
            let int = Int::of(&datatype, 0, column.element).filter(|i| i.size == column.element);
            let int = int.ok_or_else(|| {
                Error::format(
                    input.path(),
                    format!("dataset {name}: whole numbers were expected, its type is {datatype}"),
                )
            })?;
            Ok((column, int))
        };
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for name in ["t", "x", "y", "p"] {
            let (column, int) = open(&input, &format!("/events/{name}"))?;
            fields.push(Field { column: columns.len(), int });
            columns.push(column);
        }
        let rows = columns[0].rows;
        if let Some(other) = columns.iter().find(|c| c.rows != rows) {
            let why = format!("/events/t has {rows} rows, another of x, y and p has {}", other.rows);
            return Err(Error::format(input.path(), why));
        }
        let mut offset = 0;
        if file.dataset("/t_offset").is_ok() {
            let (mut column, int) = scalar(&input, file, "/t_offset")?;
            offset = column
                .only(&mut input, int)?
                .ok_or_else(|| Error::format(input.path(), "dataset /t_offset: one number of 64 bits was expected"))?;
        }
        let Ok(fields) = <[Field; 4]>::try_from(fields) else { unreachable!("four names") };
        Ok(Self::new(input, file, columns, fields, offset, rows, options))
    }

    fn new(
        input: Input,
        file: &File,
        columns: Vec<Column>,
        fields: [Field; 4],
        offset: i64,
        rows: u64,
        options: &ReadOptions,
    ) -> Hdf5Source {
        let attrs = Attrs { fs: None, sensor: Some(Sensor { size: geometry(file) }) };
        let schema = Schema { names: names(), cols: metas(), attrs };
        let off = off(options.polarity.unwrap_or(Polarity::Binary));
        Hdf5Source { input, schema, columns, fields, offset, off, rows, row: 0 }
    }

    /// One number of each of the rows from here on.
    fn numbers<T>(
        &mut self,
        which: usize,
        rows: u64,
        name: &str,
        convert: impl Fn(i64) -> Option<T>,
        out: &mut Vec<T>,
    ) -> Result<()> {
        let Field { column, int } = self.fields[which];
        let (column, mut bad) = (&mut self.columns[column], None);
        let element = column.element;
        out.reserve(rows as usize);
        column.read(&mut self.input, self.row, rows, |bytes| {
            if bad.is_none() {
                bad = int.each(bytes, element, |v| convert(v).map(|v| out.push(v))).map(|value| (out.len(), value));
            }
        })?;
        let Some((i, value)) = bad else { return Ok(()) };
        let value = value.map_or("more than 63 bits".into(), |v| v.to_string());
        let why = format!("event {}: {name} is {value}, which is out of range", self.row + i as u64);
        Err(Error::format(self.input.path(), why))
    }
}

/// A dataset of one number: without axes, or with one of one row.
fn scalar(input: &Input, file: &File, name: &str) -> Result<(Column, Int)> {
    let fail = |why: String| Error::format(input.path(), format!("dataset {name}: {why}"));
    let dataset = file.dataset(name).map_err(|e| fail(e.to_string()))?;
    let datatype = dataset.datatype().map_err(|e| fail(e.to_string()))?;
    let shape = dataset.shape().map_err(|e| fail(e.to_string()))?;
    let column = if shape.is_empty() {
        // In the header, or in one run: a chunk might be of any size.
        if !matches!(dataset.layout(), Ok(Layout::Compact { .. } | Layout::Contiguous { .. })) {
            return Err(fail("one number, stored in a way that is not read".into()));
        }
        let size = dataset.element_size().map_err(|e| fail(e.to_string()))?;
        if size > 8 {
            return Err(fail(format!("a number was expected, its type is {datatype}")));
        }
        Column::of(name, dataset.read_raw().map_err(|e| fail(e.to_string()))?)
    } else {
        Column::open(input, &dataset, name)?
    };
    let int = Int::of(&datatype, 0, column.element);
    Ok((column, int.ok_or_else(|| fail(format!("a whole number was expected, its type is {datatype}")))?))
}

/// Width and height from the attribute `geometry`, as in `1280x720`, or from `width` and `height`.
fn geometry(file: &File) -> Option<[u16; 2]> {
    let attrs = file.root().attrs().ok()?;
    let number = |name: &str| attrs.get(name)?.as_i64().and_then(|v| u16::try_from(v).ok());
    let text = attrs.get("geometry").and_then(|v| v.as_str()).and_then(|v| v.trim_end_matches('\0').split_once('x'));
    let size = match text {
        Some((w, h)) => [w.trim().parse().ok()?, h.trim().parse().ok()?],
        None => [number("width")?, number("height")?],
    };
    (size[0] > 0 && size[1] > 0).then_some(size)
}

impl Source for Hdf5Source {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let left = self.rows - self.row;
        if left == 0 {
            return Ok(None);
        }
        let asked = (rows.max(1) as u64).min(left).min(ROWS);
        // No more chunks at a time than keep the cores busy: a chunk may have any number of rows.
        let stretch = self.columns.iter().map(|c| c.stretch(self.row)).min();
        let n = asked.min(stretch.unwrap_or(asked)).max(1);
        let mut batch = Batch::default();
        let (offset, off) = (self.offset, self.off);
        let coordinate = |v: i64| i16::try_from(v).ok().filter(|v| *v >= 0);
        let polarity = |v: i64| match v {
            1 => Some(1),
            0 | -1 => Some(off),
            _ => None,
        };
        self.numbers(0, n, "t", |t| t.checked_add(offset), &mut batch.t)?;
        self.numbers(1, n, "x", coordinate, &mut batch.x)?;
        self.numbers(2, n, "y", coordinate, &mut batch.y)?;
        self.numbers(3, n, "p", polarity, &mut batch.polarity)?;
        let chunk = batch.into_chunk(&self.schema, false, self.row)?;
        self.row += n;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.columns.iter_mut().for_each(Column::rewind);
        self.row = 0;
        Ok(())
    }

    fn row_bytes(&self) -> u64 {
        EVENT_BYTES as u64
    }

    fn held_bytes(&self) -> u64 {
        self.columns.iter().map(|c| c.held_bytes(ROWS)).sum::<u64>() + (4 << 20)
    }
}
