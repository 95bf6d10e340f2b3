//! Values of JSON as columns.

use super::scan::Value;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray,
    PolarsResult, StringChunked, UInt64Chunked,
};
use polars_arrow::array::MutablePlString;
use std::collections::HashMap;
use std::sync::Arc;

/// The values of a column so far.
#[derive(Debug)]
enum Values {
    Int(Vec<Option<i64>>),
    UInt(Vec<Option<u64>>),
    Float(Vec<Option<f64>>),
    Truth(Vec<Option<bool>>),
    Text(MutablePlString),
}

/// Names and types of columns, and where they are.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) known: Vec<(String, DataType, bool)>,
    places: HashMap<String, usize>,
}

impl Columns {
    pub(super) fn new(known: Vec<(String, DataType, bool)>) -> Arc<Columns> {
        let places = known.iter().enumerate().map(|(i, k)| (k.0.clone(), i)).collect();
        Arc::new(Columns { known, places })
    }
}

/// Columns that grow value by value.
#[derive(Debug)]
pub(super) struct Build {
    columns: Arc<Columns>,
    values: Vec<Values>,
    rows: usize,
    row: usize,
}

impl Build {
    pub(super) fn new(columns: Arc<Columns>) -> Build {
        let values = columns.known.iter().map(|(_, dtype, _)| match dtype {
            DataType::Int64 => Values::Int(Vec::new()),
            DataType::UInt64 => Values::UInt(Vec::new()),
            DataType::Float64 => Values::Float(Vec::new()),
            DataType::Boolean => Values::Truth(Vec::new()),
            _ => Values::Text(MutablePlString::new()),
        });
        let values = values.collect();
        Build { columns, values, rows: 0, row: 0 }
    }

    fn place(&self, key: &str) -> Result<usize, String> {
        if self.columns.known.get(self.row).is_some_and(|k| k.0 == key) {
            return Ok(self.row);
        }
        self.columns.places.get(key).copied().ok_or_else(|| format!("the key {key:?} was not there before"))
    }

    /// A value of the current row.
    pub(super) fn put(&mut self, key: &str, value: Value<'_>) -> Result<(), String> {
        let i = self.place(key)?;
        self.row += 1;
        pad(&mut self.values[i], self.rows);
        self.push(i, value)
    }

    /// The next value of a column, whatever row it is in.
    pub(super) fn put_below(&mut self, key: &str, value: Value<'_>) -> Result<(), String> {
        let i = self.place(key)?;
        self.push(i, value)
    }

    fn push(&mut self, i: usize, value: Value<'_>) -> Result<(), String> {
        let changed = || "a value changed its type".to_string();
        if value == Value::Null {
            push_null(&mut self.values[i]);
            return Ok(());
        }
        match (&mut self.values[i], value) {
            (Values::Int(v), Value::Number(n)) => v.push(Some(n.parse().map_err(|_| changed())?)),
            (Values::UInt(v), Value::Number(n)) => v.push(Some(n.parse().map_err(|_| changed())?)),
            (Values::Float(v), Value::Number(n)) => v.push(Some(n.parse().map_err(|_| changed())?)),
            (Values::Truth(v), Value::Truth(b)) => v.push(Some(b)),
            (Values::Text(v), value) => v.push_value(value.text()?),
            _ => return Err(changed()),
        }
        Ok(())
    }

    /// The row is complete.
    pub(super) fn end(&mut self) {
        self.rows += 1;
        self.row = 0;
    }

    /// The columns, `rows` long.
    pub(super) fn finish(mut self, rows: usize) -> PolarsResult<DataFrame> {
        let columns = self.columns.known.iter().zip(&mut self.values).map(|((name, ..), values)| {
            pad(values, rows);
            column(name, std::mem::replace(values, Values::Truth(Vec::new())))
        });
        DataFrame::new(rows, columns.collect())
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}

fn push_null(values: &mut Values) {
    match values {
        Values::Int(v) => v.push(None),
        Values::UInt(v) => v.push(None),
        Values::Float(v) => v.push(None),
        Values::Truth(v) => v.push(None),
        Values::Text(v) => v.push_null(),
    }
}

/// Missing values up to `rows`.
fn pad(values: &mut Values, rows: usize) {
    match values {
        Values::Int(v) => v.resize(v.len().max(rows), None),
        Values::UInt(v) => v.resize(v.len().max(rows), None),
        Values::Float(v) => v.resize(v.len().max(rows), None),
        Values::Truth(v) => v.resize(v.len().max(rows), None),
        Values::Text(v) => (v.len()..rows).for_each(|_| v.push_null()),
    }
}

fn column(name: &str, values: Values) -> Column {
    match values {
        Values::Int(v) => Int64Chunked::from_slice_options(name.into(), &v).into_column(),
        Values::UInt(v) => UInt64Chunked::from_slice_options(name.into(), &v).into_column(),
        Values::Float(v) => Float64Chunked::from_slice_options(name.into(), &v).into_column(),
        Values::Truth(v) => BooleanChunked::from_slice_options(name.into(), &v).into_column(),
        Values::Text(v) => StringChunked::with_chunk(name.into(), v.freeze()).into_column(),
    }
}
