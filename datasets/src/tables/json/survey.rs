//! What the columns of JSON hold, over all rows.

use super::scan::Value;
use polars::prelude::DataType;
use std::collections::HashMap;

/// What is known of a column after some of its values.
#[derive(Debug, Clone, Default)]
struct Column {
    ints: u64,
    /// Beyond `int64`, within `uint64`.
    large: u64,
    negative: u64,
    floats: u64,
    truths: u64,
    others: u64,
}

impl Column {
    fn given(&self) -> u64 {
        self.ints + self.large + self.floats + self.truths + self.others
    }

    fn dtype(&self) -> DataType {
        let given = self.given();
        let numbers = self.ints + self.large + self.floats;
        match () {
            () if given == 0 => DataType::Null,
            () if self.truths == given => DataType::Boolean,
            () if numbers < given => DataType::String,
            () if self.floats > 0 || (self.large > 0 && self.negative > 0) => DataType::Float64,
            () if self.large > 0 => DataType::UInt64,
            () => DataType::Int64,
        }
    }
}

/// Looks at the values of rows. Columns are in the order in which their keys were seen first.
#[derive(Debug, Clone, Default)]
pub(super) struct Survey {
    places: HashMap<String, usize>,
    columns: Vec<Column>,
    names: Vec<String>,
    pub(super) rows: u64,
    pub(super) lines: u64,
    /// Row in which a column was seen last, counted from 1.
    seen: Vec<u64>,
    /// Columns of this row.
    row: usize,
}

impl Survey {
    fn place(&mut self, key: &str) -> usize {
        // Most objects have the same keys in the same order.
        if self.names.get(self.row).is_some_and(|n| n == key) {
            return self.row;
        }
        if let Some(&i) = self.places.get(key) {
            return i;
        }
        let i = self.names.len();
        self.places.insert(key.to_string(), i);
        self.names.push(key.to_string());
        self.columns.push(Column::default());
        self.seen.push(0);
        i
    }

    /// A value of the current row.
    pub(super) fn put(&mut self, key: &str, value: Value<'_>) -> Result<(), String> {
        let i = self.place(key);
        self.row += 1;
        if std::mem::replace(&mut self.seen[i], self.rows + 1) == self.rows + 1 {
            return Err(format!("the key {key:?} is there twice"));
        }
        let column = &mut self.columns[i];
        match value {
            Value::Null => {}
            Value::Truth(_) => column.truths += 1,
            Value::Number(n) => {
                let whole = n.bytes().all(|b| b.is_ascii_digit() || b == b'-');
                if whole && n.parse::<i64>().is_ok() {
                    column.ints += 1;
                    column.negative += u64::from(n.starts_with('-'));
                } else if whole && n.parse::<u64>().is_ok() {
                    column.large += 1;
                } else {
                    column.floats += 1;
                }
            }
            Value::Text(_) | Value::Nested(_) => column.others += 1,
        }
        Ok(())
    }

    /// The row is complete.
    pub(super) fn end(&mut self) {
        self.rows += 1;
        self.row = 0;
    }

    /// Takes a column that was looked at alone.
    pub(super) fn join_column(&mut self, key: &str, column: &Survey, values: u64) -> Result<(), String> {
        self.row = usize::MAX;
        let i = self.place(key);
        self.row = 0;
        if std::mem::replace(&mut self.seen[i], u64::MAX) == u64::MAX {
            return Err(format!("the key {key:?} is there twice"));
        }
        if let Some(of) = column.columns.first() {
            self.columns[i] = of.clone();
        }
        self.rows = values;
        Ok(())
    }

    /// Takes what is known of the rows that follow.
    pub(super) fn join(&mut self, next: &Survey) {
        for (name, column) in next.names.iter().zip(&next.columns) {
            self.row = usize::MAX;
            let i = self.place(name);
            let all = &mut self.columns[i];
            all.ints += column.ints;
            all.large += column.large;
            all.negative += column.negative;
            all.floats += column.floats;
            all.truths += column.truths;
            all.others += column.others;
        }
        self.row = 0;
        self.rows += next.rows;
        self.lines += next.lines;
    }

    /// Names, types, and whether values are missing. A column without values is text, or numbers where it is `asked` for.
    pub(super) fn known(&self, asked: Option<&[String]>) -> Vec<(String, DataType, bool)> {
        let of = |(name, column): (&String, &Column)| {
            let dtype = match column.dtype() {
                DataType::Null if asked.is_some_and(|a| a.contains(name)) => DataType::Float64,
                DataType::Null => DataType::String,
                other => other,
            };
            (name.clone(), dtype, column.given() < self.rows)
        };
        self.names.iter().zip(&self.columns).map(of).collect()
    }
}
