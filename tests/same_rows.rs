//! The same rows from CSV, Parquet, Arrow and memory give the same, whatever the chunks.
#![cfg(feature = "tables")]

use gapwave::datasets::{Source, WriteOptions, create, generate::Table};
use gapwave::kernels::impute::linear::Linear;
use gapwave::{Array, Chunk, DeviceChoice, Pipeline, Session};
use std::path::Path;

/// A table of sensors in a file.
fn write(path: &Path, table: &Table) {
    let mut source = table.source().expect("a table");
    let mut sink = create(path, &WriteOptions::default()).expect("a file");
    while let Some(chunk) = source.read(100_003).expect("rows") {
        sink.write(chunk).expect("room");
    }
    sink.finish().expect("room");
}

/// What differs between two tables, if anything: every bit of what is not missing counts.
fn difference(a: &Chunk, b: &Chunk) -> Option<String> {
    if a.names != b.names || a.rows() != b.rows() {
        return Some(format!("{:?} × {}, not {:?} × {}", a.names, a.rows(), b.names, b.rows()));
    }
    let differs = |(x, y): (&Array, &Array)| {
        let (width, here) = (x.dtype().size(), |a: &Array, i| a.valid().is_none_or(|v| v.get(i)));
        let row = |i: usize| i * width..(i + 1) * width;
        x.dtype() != y.dtype()
            || (0..x.len()).any(|i| here(x, i) != here(y, i) || (here(x, i) && x.bytes()[row(i)] != y.bytes()[row(i)]))
    };
    let i = a.cols.iter().zip(&b.cols).position(differs)?;
    Some(format!("column {:?} differs", a.names[i]))
}

/// Fills the gaps, keeps some rows; in memory at once, and from each format in chunks of each size.
fn alike(rows: u64, sizes: &[usize]) {
    let dir = tempfile::tempdir().expect("a folder");
    let table = Table { seed: 5, rows, columns: 3, missing: 0.1 };
    let session = |chunk: Option<usize>| {
        let s = Session::builder().device(DeviceChoice::Cpu).build().expect("the CPU");
        match chunk {
            Some(rows) => s.with_chunk_rows(rows),
            None => s,
        }
    };
    type Steps = fn(Pipeline) -> gapwave::Result<Pipeline>;
    let works: [(&str, Steps); 3] = [
        ("linear", |p| Ok(p.fill(Linear::default()))),
        ("filter", |p| p.keep("sensor_1 > 20 and sensor_2 <= 40")),
        ("both", |p| p.fill(Linear { max_gap: Some(4), ..Linear::default() }).keep("sensor_3 >= 12.5")),
    ];
    let files = ["a.csv", "a.parquet", "a.arrow"].map(|name| dir.path().join(name));
    files.iter().for_each(|path| write(path, &table));
    for (name, steps) in works {
        let whole = steps(Pipeline::from_source(table.source().expect("a table"))).expect("steps");
        let want = whole.collect(&session(Some(usize::MAX))).expect("a result");
        assert!(want.rows() > rows as usize / 100, "{name}: {} rows are no test", want.rows());
        for path in &files {
            for size in sizes.iter().copied().map(Some).chain([None]) {
                let begin = std::time::Instant::now();
                let steps = steps(Pipeline::read(path).expect("a file")).expect("steps");
                let made = steps.collect(&session(size)).expect("a result");
                let what = format!("{name}, {}, chunks of {size:?}", path.display());
                assert_eq!(difference(&made, &want), None, "{what}");
                println!("{what}: {} rows the same, {:.2} s", made.rows(), begin.elapsed().as_secs_f64());
            }
        }
    }
}

#[test]
fn formats_and_chunks_make_no_difference() {
    alike(10_000, &[1, 7, 1000, 8192, usize::MAX]);
}

/// At the size that the design names: `cargo test --release --test same_rows -- --ignored --nocapture`.
#[test]
#[ignore = "minutes"]
fn formats_and_chunks_make_no_difference_to_ten_million_rows() {
    alike(10_000_000, &[1000, 65_536, 1_000_003, usize::MAX]);
}
