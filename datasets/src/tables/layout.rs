//! The columns of a table without its rows.

use super::beside::Rows;
use super::convert;
use crate::open::choose;
use crate::{Carried, Error, ReadOptions, Result, Schema};
use gapwave_columns::{Attrs, Chunk, DType, Meta};
use polars::prelude::{DataFrame, DataType, TimeUnit};
use std::path::Path;
use std::sync::Arc;

/// The columns of a table, in its order.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) fields: Vec<Field>,
    /// Cells of the text file that stand for a missing value.
    pub(super) nulls: Vec<String>,
    /// How the text file itself says that a number is missing, where it does.
    pub(super) spelling: Option<String>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(super) kind: FieldKind,
}

/// What a column holds, and where it travels.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FieldKind {
    /// Numbers, in the chunks.
    Numbers(DType),
    /// Integers in the chunks that are spans of time.
    Duration(TimeUnit),
    /// Cells of a text file as they stand there, beside the chunks. They have this type over the whole file.
    Raw(DataType),
    /// Values of this type, beside the chunks.
    Typed(DataType),
}

impl Field {
    pub(super) fn new(name: impl Into<String>, kind: FieldKind) -> Field {
        Field { name: name.into(), kind }
    }

    /// The type of the column in files that have types.
    pub(super) fn dtype(&self) -> DataType {
        match &self.kind {
            FieldKind::Numbers(d) => super::convert::polars_type(*d).unwrap_or(DataType::Null),
            FieldKind::Duration(unit) => DataType::Duration(*unit),
            FieldKind::Raw(d) | FieldKind::Typed(d) => d.clone(),
        }
    }
}

impl From<Arc<Layout>> for Carried {
    fn from(layout: Arc<Layout>) -> Carried {
        Carried { layout }
    }
}

/// A column of a file whose columns have types.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) dtype: DataType,
    pub(super) nullable: bool,
}

/// The columns of such a file, divided into numbers and others.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) schema: Schema,
    pub(super) layout: Arc<Layout>,
    /// Where the schema's columns stand in the file.
    places: Vec<usize>,
}

impl Chosen {
    /// The columns of numbers that were asked for; all of them, if nothing was.
    pub(super) fn new(path: &Path, known: &[Known], options: &ReadOptions) -> Result<Chosen> {
        let names: Vec<String> = known.iter().map(|k| k.name.clone()).collect();
        let places = match &options.columns {
            Some(asked) => choose(path, &names, asked)?,
            None => (0..known.len()).filter(|&i| convert::dtype(&known[i].dtype).is_some()).collect(),
        };
        let mut cols = Vec::with_capacity(places.len());
        for &i in &places {
            let Some(dtype) = convert::dtype(&known[i].dtype) else {
                let why = format!("column {:?} holds {}, numbers were expected", names[i], known[i].dtype);
                return Err(Error::format(path, why));
            };
            cols.push(Meta::new(dtype, [0]).nullable(known[i].nullable));
        }
        if places.is_empty() {
            let why = format!("no column of numbers; the columns are {}", crate::error::list(&names));
            return Err(Error::format(path, why));
        }
        let fields = known.iter().enumerate().map(|(i, k)| {
            let kind = match (places.iter().position(|&p| p == i), &k.dtype) {
                (Some(_), DataType::Duration(unit)) => FieldKind::Duration(*unit),
                (Some(at), _) => FieldKind::Numbers(cols[at].dtype),
                (None, dtype) => FieldKind::Typed(dtype.clone()),
            };
            Field::new(k.name.as_str(), kind)
        });
        let layout = Layout { fields: fields.collect(), ..Layout::default() }.into();
        let names: Vec<String> = places.iter().map(|&i| names[i].clone()).collect();
        let schema = Schema { names: names.into(), cols, attrs: Attrs::default() };
        Ok(Chosen { schema, layout, places })
    }

    /// Rows of the file as a chunk.
    pub(super) fn chunk(&self, path: &Path, rows: DataFrame, first_row: u64) -> Result<Chunk> {
        let changed = |name: &str| Error::format(path, format!("column {name:?} is not what the file's head says"));
        let mut cols = Vec::with_capacity(self.places.len());
        for ((&i, meta), name) in self.places.iter().zip(&self.schema.cols).zip(self.schema.names.iter()) {
            let column = rows.columns().get(i).ok_or_else(|| changed(name))?;
            match convert::to_array(column, meta.nullable) {
                Ok(Some(array)) if array.dtype() == meta.dtype && (meta.nullable || column.null_count() == 0) => {
                    cols.push(array);
                }
                _ => return Err(changed(name)),
            }
        }
        let height = rows.height();
        let others = |i: &usize| !self.places.contains(i);
        let beside: Vec<_> = (0..rows.width()).filter(others).map(|i| rows.columns()[i].clone()).collect();
        for column in &beside {
            let field = self.layout.fields.iter().find(|f| f.name == column.name().as_str());
            if field.is_none_or(|f| f.kind != FieldKind::Typed(column.dtype().clone())) {
                return Err(changed(column.name()));
            }
        }
        let beside = DataFrame::new(height, beside).map_err(|e| Error::format(path, e.to_string()))?;
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, first_row, self.schema.attrs)?;
        Ok(chunk.with_beside(Rows::beside(beside))?)
    }

    /// Bytes of a row in memory, about: text is taken as 32 bytes.
    pub(super) fn row_bytes(&self) -> u64 {
        let beside = self.layout.fields.iter().map(|f| match &f.kind {
            FieldKind::Typed(DataType::String) => 32,
            FieldKind::Typed(_) => 8,
            _ => 0,
        });
        self.schema.row_bytes() + beside.sum::<u64>()
    }
}

/// A chunk that was read and is handed out in parts: the rows asked for, and what is kept of it.
pub(super) fn hand_out(held: &mut Option<Chunk>, rows: usize) -> Result<Option<Chunk>> {
    let Some(chunk) = held.take() else { return Ok(None) };
    let n = chunk.rows().min(rows);
    if n == chunk.rows() {
        return Ok(Some(chunk));
    }
    *held = Some(chunk.slice_rows(n, chunk.rows() - n)?);
    Ok(Some(chunk.slice_rows(0, n)?))
}
