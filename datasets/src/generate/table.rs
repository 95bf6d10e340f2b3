//! Sensors over time.

use super::chance::{bits, key, unit};
use crate::{Result, Schema, Source};
use gapwave_columns::{Array, Attrs, Bitmap, Chunk, DType, Meta};
use std::f64::consts::TAU;
use std::path::Path;

/// Seconds between two rows.
const STEP: i64 = 600;
/// The first row: 2020-01-01 00:00 UTC.
const START: i64 = 1_577_836_800;
/// Rows that at most one gap of a column lies in: long gaps are two of these next to each other.
const CELL: u64 = 128;

/// Sensor readings every ten minutes: a column `time` (`int64`, seconds since 1970) and columns `sensor_1`, … with a
/// trend, a daily and a yearly season, noise, and gaps of random length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Another seed is another table.
    pub seed: u64,
    /// How many.
    pub rows: u64,
    /// Sensors.
    pub columns: usize,
    /// Part of the readings that is missing, from 0 to 1.
    pub missing: f64,
}

/// [`Table`] as a source.
#[derive(Debug, Clone)]
pub struct TableSource {
    table: Table,
    schema: Schema,
    at: u64,
}

/// What a column is made of.
struct Column {
    noise: u64,
    gaps: u64,
    level: f64,
    /// Per row.
    trend: f64,
    daily: [f64; 2],
    yearly: [f64; 2],
    spread: f64,
}

impl Table {
    /// The table as a source.
    ///
    /// # Errors
    /// Where `missing` is no part.
    pub fn source(self) -> Result<TableSource> {
        if !(0.0..=1.0).contains(&self.missing) {
            let why = format!("a made-up table: {} of it missing; 0 to 1 was expected", self.missing);
            return Err(crate::Error::unsupported(Path::new("generate"), why));
        }
        let names = std::iter::once("time".into()).chain((1..=self.columns).map(|i| format!("sensor_{i}"))).collect();
        let sensor = Meta::new(DType::F64, [0]).nullable(self.missing > 0.0);
        let cols = std::iter::once(Meta::new(DType::I64, [0])).chain((0..self.columns).map(|_| sensor.clone()));
        let schema = Schema { names, cols: cols.collect(), attrs: Attrs { fs: Some(1.0 / STEP as f64), sensor: None } };
        Ok(TableSource { table: self, schema, at: 0 })
    }

    fn column(&self, i: usize) -> Column {
        let own = key(self.seed, i as u64 + 1);
        let random = |k: u64| unit(bits(own, k));
        Column {
            noise: bits(own, 100),
            gaps: bits(own, 101),
            level: 5.0 + 40.0 * random(0),
            trend: (random(1) - 0.5) * 1e-4,
            daily: [1.0 + 5.0 * random(2), random(3)],
            yearly: [3.0 + 12.0 * random(4), random(5)],
            spread: 0.2 + random(6),
        }
    }
}

impl Column {
    fn value(&self, row: u64) -> f64 {
        let days = row as f64 * (STEP as f64 / 86_400.0);
        let wave = |[height, shift]: [f64; 2], turns: f64| height * (TAU * (turns.fract() + shift)).sin();
        // Four uniform numbers add up to something bell-shaped of variance 1/3.
        let random = bits(self.noise, row);
        let sum: u64 = (0..4).map(|k| random >> (16 * k) & 0xffff).sum();
        let noise = (sum as f64 / 65_536.0 - 2.0) * 3f64.sqrt() * self.spread;
        self.level + self.trend * row as f64 + wave(self.daily, days) + wave(self.yearly, days / 365.25) + noise
    }

    /// Rows of cell `cell` that are missing: as many on average as `missing` says, anywhere in the cell.
    fn gap(&self, cell: u64, missing: f64) -> std::ops::Range<u64> {
        let random = bits(self.gaps, cell);
        // Lengths spread evenly about their mean, as far as the cell allows.
        let spread = missing.min(1.0 - missing);
        let len = (missing + (2.0 * unit(random) - 1.0) * spread) * CELL as f64;
        // A random rounding, so that the mean is kept.
        let len = ((len + unit(random >> 32)) as u64).min(CELL);
        let start = cell * CELL + bits(self.gaps, !cell) % (CELL - len + 1);
        start..start + len
    }
}

impl Source for TableSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.table.rows)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = (self.table.rows - self.at).min(rows as u64) as usize;
        if n == 0 {
            return Ok(None);
        }
        let all = self.at..self.at + n as u64;
        let mut cols = vec![Array::from(all.clone().map(|i| START + STEP * i as i64).collect::<Vec<_>>())];
        for i in 0..self.table.columns {
            let column = self.table.column(i);
            let values = Array::from(all.clone().map(|row| column.value(row)).collect::<Vec<_>>());
            if self.table.missing == 0.0 {
                cols.push(values);
                continue;
            }
            let mut gap = column.gap(all.start / CELL, self.table.missing);
            let mut cell = all.start / CELL;
            let valid = Bitmap::from_fn(n, |k| {
                let row = all.start + k as u64;
                if row / CELL != cell {
                    cell = row / CELL;
                    gap = column.gap(cell, self.table.missing);
                }
                !gap.contains(&row)
            });
            cols.push(values.with_valid(valid)?);
        }
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, self.at, self.schema.attrs)?;
        self.at = all.end;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn held_bytes(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemorySink, Sink};

    fn all(table: Table, step: usize) -> Chunk {
        let mut source = table.source().unwrap();
        let mut sink = MemorySink::new();
        while let Some(chunk) = source.read(step).unwrap() {
            sink.write(chunk).unwrap();
        }
        sink.finish().unwrap();
        sink.into_table().unwrap()
    }

    #[test]
    fn tables_do_not_depend_on_chunks_and_miss_what_was_asked_for() {
        for missing in [0.0, 0.01, 0.2, 0.7, 1.0] {
            let table = Table { seed: 3, rows: 100_000, columns: 2, missing };
            let whole = all(table, usize::MAX);
            assert_eq!(whole.names.as_ref(), ["time", "sensor_1", "sensor_2"]);
            assert_eq!(whole.cols[0].as_slice::<i64>().unwrap()[..2], [START, START + STEP]);
            for step in [999, 4096] {
                assert_eq!(all(table, step), whole, "{step}");
            }
            for col in &whole.cols[1..] {
                let part = col.valid().map_or(0.0, |v| v.count_zeros() as f64) / 100_000.0;
                assert!((part - missing).abs() < 0.01, "{part} of the values are missing, asked for {missing}");
            }
        }
        let small = Table { seed: 3, rows: 300, columns: 3, missing: 0.3 };
        assert_eq!(all(small, 1), all(small, 300));
        assert_ne!(all(small, 300), all(Table { seed: 4, ..small }, 300));
        let mut source = small.source().unwrap();
        let first = source.read(77).unwrap();
        source.rewind().unwrap();
        assert_eq!(source.read(77).unwrap(), first);
        assert!(Table { missing: f64::NAN, ..small }.source().is_err());
    }

    #[test]
    fn readings_have_seasons() {
        let year = all(Table { seed: 5, rows: 144 * 365, columns: 1, missing: 0.0 }, usize::MAX);
        let values = year.cols[1].as_slice::<f64>().unwrap();
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let months: Vec<f64> = values.chunks_exact(144 * 30).map(mean).collect();
        let range = |v: &[f64]| v.iter().copied().fold(f64::MIN, f64::max) - v.iter().copied().fold(f64::MAX, f64::min);
        assert!(range(&months) > 3.0, "a year has seasons: {months:?}");
        let hours: Vec<f64> = (0..24)
            .map(|h| mean(&values.chunks_exact(144).flat_map(|d| d[6 * h..6 * h + 6].to_vec()).collect::<Vec<_>>()))
            .collect();
        assert!(range(&hours) > 1.5, "a day has hours: {hours:?}");
    }
}
