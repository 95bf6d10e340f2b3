//! What the tests share.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part of it")]

use gapwave_columns::{Array, Bitmap, Chunk, DType};
use gapwave_datasets::{ReadOptions, Sink, Source, WriteOptions, create, open};
use std::path::{Path, PathBuf};

/// The whole table, read in chunks of `rows`.
pub fn read_all(source: &mut dyn Source, rows: usize) -> Chunk {
    let mut sink = gapwave_datasets::MemorySink::new();
    let mut at = 0;
    while let Some(chunk) = source.read(rows).unwrap() {
        assert_eq!(chunk.first_row, at);
        assert!(chunk.beside.as_ref().is_none_or(|b| b.rows() == chunk.rows()));
        assert!((1..=rows).contains(&chunk.rows()));
        for (col, meta) in chunk.cols.iter().zip(&source.schema().cols) {
            assert_eq!(&col.meta().with_rows(0), meta, "every chunk keeps to the schema");
        }
        at += chunk.rows() as u64;
        sink.write(chunk).unwrap();
    }
    assert_eq!(source.rows(), Some(at));
    sink.finish().unwrap();
    sink.into_table().unwrap()
}

/// Writes the table in chunks of `rows`.
pub fn write_all(path: &Path, table: &Chunk, rows: usize, options: &WriteOptions) {
    let mut sink = create(path, options).unwrap();
    let mut at = 0;
    while at < table.rows() {
        let n = rows.min(table.rows() - at);
        sink.write(table.slice_rows(at, n).unwrap()).unwrap();
        at += n;
    }
    sink.finish().unwrap();
}

pub fn read_path(path: &Path, options: &ReadOptions) -> Chunk {
    read_all(open(path, options).unwrap().as_mut(), 1000)
}

/// A file of these bytes.
pub fn file(dir: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The one-line message with which opening fails, without the path that it begins with.
pub fn refused(path: &Path, options: &ReadOptions) -> String {
    let Err(e) = open(path, options) else { panic!("{} was opened", path.display()) };
    let text = e.to_string();
    assert!(!text.contains('\n'), "one line: {text}");
    text.strip_prefix(&format!("{}: ", path.display())).unwrap_or_else(|| panic!("begins with the path: {text}")).into()
}

/// Reads a file to its end, or gives the one-line message, beginning with the path, with which that fails.
pub fn read_or_refuse(path: &Path, options: &ReadOptions) -> Option<Chunk> {
    let read = || -> gapwave_datasets::Result<Option<Chunk>> {
        let mut source = open(path, options)?;
        let mut chunks = Vec::new();
        while let Some(chunk) = source.read(777)? {
            chunks.push(chunk);
        }
        Ok(Chunk::concat(chunks)?)
    };
    read().unwrap_or_else(|e| {
        let text = e.to_string();
        assert!(!text.contains('\n'), "one line: {text}");
        assert!(text.starts_with(&path.display().to_string()), "begins with the path: {text}");
        None
    })
}

/// Files in a folder.
pub fn listing(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

/// A column of numbers, some of them missing.
pub fn column<T: gapwave_columns::Element>(cells: &[Option<T>], zero: T) -> Array {
    let a = Array::from(cells.iter().map(|c| c.unwrap_or(zero)).collect::<Vec<T>>());
    if cells.iter().all(Option::is_some) {
        return a;
    }
    a.with_valid(Bitmap::from_fn(cells.len(), |i| cells[i].is_some())).unwrap()
}

/// The value in every bit, `None` where missing.
pub fn bits(a: &Array) -> Vec<Option<u64>> {
    (0..a.len())
        .map(|i| {
            a.valid().is_none_or(|v| v.get(i)).then(|| match a.dtype() {
                DType::F64 => a.as_slice::<f64>().unwrap()[i].to_bits(),
                DType::F32 => a.as_slice::<f32>().unwrap()[i].to_bits().into(),
                DType::I64 => a.as_slice::<i64>().unwrap()[i] as u64,
                DType::U64 => a.as_slice::<u64>().unwrap()[i],
                other => panic!("bits of {other}"),
            })
        })
        .collect()
}

/// The folder with real data, or a loud line that says the test was skipped.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GAPWAVE_TEST_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set GAPWAVE_TEST_DATA to the folder with the test data", path.display());
    None
}
