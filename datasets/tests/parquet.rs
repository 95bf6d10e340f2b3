//! Parquet: round trips and damaged files.
#![cfg(feature = "tables")]

mod common;

use common::{bits, column, file, read_path, refused, write_all};
use gapwave_columns::{Array, Chunk, DType, for_dtype};
use gapwave_datasets::{ReadOptions, WriteOptions};
use proptest::prelude::*;

fn default() -> ReadOptions {
    ReadOptions::default()
}

#[test]
fn every_real_type_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let n = 1000;
    let cols = DType::ALL.into_iter().filter(|d| !d.name().starts_with("complex")).map(|dtype| {
        let a = for_dtype!(dtype, T => {
            let raw: Vec<u8> = (0..n * dtype.size()).map(|i| (i * 37 % 251) as u8).collect();
            Array::from(bytemuck::pod_collect_to_vec::<u8, T>(&raw))
        });
        (dtype.name(), a)
    });
    let table = Chunk::new(cols).unwrap();
    for rows in [64, 1000] {
        write_all(&path, &table, rows, &WriteOptions::default());
        let back = read_path(&path, &default());
        assert_eq!(back.names, table.names);
        assert_eq!(back.cols, table.cols);
    }
}

#[test]
fn truncated_and_changed_files_are_refused_without_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let x: Vec<Option<f64>> = (0..3000).map(|i| (i % 7 != 0).then_some(f64::from(i) * 0.1)).collect();
    let table = Chunk::new([("x", column(&x, 0.0)), ("n", Array::from((0..3000).collect::<Vec<i64>>()))]).unwrap();
    write_all(&path, &table, 1000, &WriteOptions::default());
    let whole = std::fs::read(&path).unwrap();
    for cut in [
        1,
        4,
        5,
        8,
        12,
        100,
        whole.len() / 2,
        whole.len() - 100,
        whole.len() - 9,
        whole.len() - 8,
        whole.len() - 4,
        whole.len() - 1,
    ] {
        refused(&file(&dir, "b.parquet", &whole[..cut]), &default());
    }
    // Footer lengths that are lies.
    for len in [0u32, 1, 7, u32::MAX, i32::MAX as u32, whole.len() as u32, whole.len() as u32 - 8] {
        let mut bytes = whole.clone();
        let at = bytes.len() - 8;
        bytes[at..at + 4].copy_from_slice(&len.to_le_bytes());
        refused(&file(&dir, "b.parquet", &bytes), &default());
    }
    // Any single byte changed: read, or refused in one line.
    for at in (0..whole.len()).step_by(whole.len() / 200 + 1) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        common::read_or_refuse(&file(&dir, "b.parquet", &bytes), &default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn round_trips_keep_every_bit(
        cells in proptest::collection::vec((proptest::option::of(any::<u64>()), proptest::option::of(any::<i64>())), 1..60),
        rows in 1usize..70,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        let f: Vec<Option<f64>> = cells.iter().map(|c| c.0.map(f64::from_bits)).collect();
        let n: Vec<Option<i64>> = cells.iter().map(|c| c.1).collect();
        let extremes = Array::from(cells.iter().enumerate().map(|(i, _)| [i64::MIN, i64::MAX, 0][i % 3]).collect::<Vec<_>>());
        let special = [0.0f64, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324];
        let special = Array::from(cells.iter().enumerate().map(|(i, _)| special[i % 6]).collect::<Vec<_>>());
        let table = Chunk::new([
            ("f", column(&f, 0.0)), ("n", column(&n, 0)), ("e", extremes), ("s", special),
        ]).unwrap();
        write_all(&path, &table, rows, &WriteOptions::default());
        let back = read_path(&path, &default());
        prop_assert_eq!(&back.names, &table.names);
        for (a, b) in back.cols.iter().zip(&table.cols) {
            prop_assert_eq!(bits(a), bits(b));
        }
    }
}
