//! Tables with columns of any type: CSV, TSV, Parquet, and data frames in memory.
//!
//! Reading keeps the whole table in memory, as a polars data frame; chunks are cut from it. Text files are kept as their
//! text except for the columns that are read as numbers, so that a column nobody touched is written back to a text file
//! character by character; it gets a type (numbers, ISO dates and times, truth values) when it is written to Parquet or
//! handed out as a data frame.

mod cells;
mod convert;
mod join;
mod read;
mod records;
mod survey;
mod write;

pub use join::FrameSink;
pub use write::{CsvSink, ParquetSink};

use crate::open::choose;
use crate::{Carried, Error, Format, ROW, ReadOptions, Result, Schema, Source};
use gapwave_columns::{Array, Attrs, Chunk, DType, Meta};
use polars::prelude::{Column, DataFrame, DataType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A table as it was read.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) frame: DataFrame,
    /// Where it came from a text file.
    text: Option<Text>,
}

/// How a text file says that a value is missing.
#[derive(Debug)]
struct Text {
    nulls: Vec<String>,
    /// As the file itself says it, where it does.
    spelling: Option<String>,
}

impl Table {
    pub(crate) fn names(&self) -> Vec<String> {
        self.frame.columns().iter().map(|c| c.name().to_string()).collect()
    }

    /// Whether the column holds cells of a text file as they stand there.
    fn is_raw(&self, column: &Column) -> bool {
        self.text.is_some() && column.dtype() == &DataType::String
    }

    /// The table with a type for every column.
    fn typed(&self) -> Table {
        let typed = |text: &Text| {
            let columns = self.frame.columns().iter().map(|c| match c.str() {
                Ok(cells) => survey::typed(c.name(), cells, &text.nulls),
                Err(_) => c.clone(),
            });
            DataFrame::new(self.frame.height(), columns.collect())
        };
        let frame = self.text.as_ref().and_then(|t| typed(t).ok()).unwrap_or_else(|| self.frame.clone());
        Table { frame, text: None }
    }
}

/// A table with columns of any type as a source of its columns of numbers.
///
/// A column can be missing values (is nullable) in every chunk or in none, by the whole table. `int64` and `float64`
/// come from text files (`uint64` where the integers ask for it), every real [`DType`] from Parquet and data frames.
#[derive(Debug)]
pub struct TableSource {
    table: Arc<Table>,
    /// Where the schema's columns stand in the table; [`ROW`] aside.
    places: Vec<usize>,
    schema: Schema,
    row_index: bool,
    at: usize,
}

impl TableSource {
    /// Reads a file of this format.
    ///
    /// # Errors
    /// Where the file is missing, empty, damaged, not UTF-8, has lines of different lengths or a name twice; where a
    /// column asked for is not there or holds something else than numbers. Messages give column, row (of data, from 1)
    /// and line.
    pub fn open(path: &Path, format: Format, options: &ReadOptions) -> Result<TableSource> {
        let table = match format {
            Format::Csv | Format::Tsv => read::text(path, format, options)?,
            Format::Parquet => read::parquet(path)?,
            _ => return Err(Error::unsupported(path, format!("{format} is not read as a data frame"))),
        };
        Self::new(table, path, options)
    }

    /// A source of this data frame's columns of numbers.
    ///
    /// # Errors
    /// Where a column asked for is not there or holds something else than numbers.
    pub fn from_frame(mut frame: DataFrame, options: &ReadOptions) -> Result<TableSource> {
        frame.rechunk_mut();
        Self::new(Table { frame, text: None }, &PathBuf::from("data frame"), options)
    }

    fn new(table: Table, path: &Path, options: &ReadOptions) -> Result<TableSource> {
        let mut names = table.names();
        let columns = table.frame.columns();
        let places = match &options.columns {
            Some(asked) => choose(path, &names, asked)?,
            None => (0..columns.len()).filter(|&i| convert::dtype(columns[i].dtype()).is_some()).collect(),
        };
        if options.row_index && names.iter().any(|n| n == ROW) {
            return Err(Error::format(path, format!("the column name {ROW:?} is gapwave's own; rename the column")));
        }
        let mut cols = Vec::with_capacity(places.len() + 1);
        for &i in &places {
            let column = &columns[i];
            let Some(dtype) = convert::dtype(column.dtype()) else {
                let why = format!("column {:?} holds {}, numbers were expected", names[i], column.dtype());
                return Err(Error::format(path, why));
            };
            cols.push(Meta::new(dtype, [0]).nullable(column.null_count() > 0));
        }
        if places.is_empty() {
            let why = format!("no column of numbers; the columns are {}", crate::error::list(&names));
            return Err(Error::format(path, why));
        }
        names = places.iter().map(|&i| names[i].clone()).collect();
        if options.row_index {
            names.push(ROW.into());
            cols.push(Meta::new(DType::I64, [0]));
        }
        let schema = Schema { names: names.into(), cols, attrs: Attrs::default() };
        Ok(TableSource { table: Arc::new(table), places, schema, row_index: options.row_index, at: 0 })
    }

    /// The whole table as a data frame, with a type for every column.
    pub fn frame(&self) -> DataFrame {
        self.table.typed().frame
    }
}

impl Source for TableSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.table.frame.height() as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = rows.min(self.table.frame.height() - self.at);
        if n == 0 {
            return Ok(None);
        }
        let mut cols = Vec::with_capacity(self.schema.cols.len());
        for (&i, meta) in self.places.iter().zip(&self.schema.cols) {
            let column = self.table.frame.columns()[i].slice(self.at as i64, n);
            match convert::to_array(&column, meta.nullable) {
                Ok(Some(array)) => cols.push(array),
                _ => {
                    let why = format!("column {:?} changed its type", column.name());
                    return Err(gapwave_columns::Error::Mismatch(why).into());
                }
            }
        }
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

    fn carried(&self) -> Option<Carried> {
        Some(Carried { table: self.table.clone() })
    }
}
