//! Files that are cut short: before they are read, and while they are read without maps.

mod common;

use gapwave_columns::{Array, Attrs, Chunk, DType};
use gapwave_datasets::generate::Events;
use gapwave_datasets::{Format, RawLayout, ReadOptions, Result, Source, WriteOptions, create, open};
use std::path::{Path, PathBuf};

/// Every format that this build writes, with rows that it can hold.
fn formats() -> Vec<Format> {
    let tables = cfg!(feature = "tables");
    let hdf5 = cfg!(feature = "hdf5");
    let read_only = [Format::Excel, Format::Evt21, Format::Aedat2, Format::Aedat31, Format::Aedat4];
    Format::all()
        .filter(|f| !read_only.contains(f))
        .filter(|f| tables || !f.is_table())
        .filter(|f| hdf5 || !matches!(f, Format::Hdf5 | Format::Dsec))
        .collect()
}

fn options(format: Format, mmap: bool) -> ReadOptions {
    let raw = Some(RawLayout { dtype: DType::F64, row: Vec::new(), skip: 0 });
    ReadOptions { format: Some(format), mmap, raw, ..Default::default() }
}

/// A file that no buffer holds whole.
fn write(dir: &Path, format: Format) -> PathBuf {
    let rows = if format.is_events() || format.is_table() { 40_000 } else { 400_000 };
    let chunk = if format.is_events() || format.is_table() {
        let scene = Events { seed: 5, events: rows as u64, width: 640, height: 480, rate: 1e6 };
        scene.source().unwrap().read(rows).unwrap().unwrap()
    } else {
        let values = Array::from((0..rows).map(|i| (i as f64 * 0.1).sin()).collect::<Vec<_>>());
        let attrs = Attrs { fs: Some(48_000.0), sensor: None };
        let values = if format == Format::Wav { gapwave_datasets::cast(&values, DType::F32).unwrap() } else { values };
        Chunk::with_names(["values".to_string()].into(), vec![values], 0, attrs).unwrap()
    };
    let path = dir.join(format!("whole.{}", format.name()));
    let mut sink = create(&path, &WriteOptions { format: Some(format), ..Default::default() }).unwrap();
    sink.write(chunk).unwrap();
    sink.finish().unwrap();
    path
}

fn drain(source: &mut dyn Source, rows: usize) -> Result<u64> {
    let mut n = 0;
    while let Some(chunk) = source.read(rows)? {
        assert!(chunk.rows() > 0 && chunk.rows() <= rows);
        n += chunk.rows() as u64;
    }
    Ok(n)
}

#[test]
fn a_file_cut_anywhere_gives_an_error_or_the_rows_that_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 1u64;
    let mut chance = |n: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) as usize % n.max(1)
    };
    let (mut cuts, mut errors) = (0, 0);
    for format in formats() {
        let whole = std::fs::read(write(dir.path(), format)).unwrap();
        let path = dir.path().join("cut");
        for i in 0..120 {
            let len = if i < 8 { i } else { chance(whole.len()) };
            std::fs::write(&path, &whole[..len]).unwrap();
            let read =
                open(&path, &options(format, i % 2 == 0)).and_then(|mut s| drain(s.as_mut(), 1 + chance(20_000)));
            cuts += 1;
            match read {
                Ok(rows) => assert!(rows <= 400_000, "{format} cut at {len}: {rows} rows"),
                Err(e) => {
                    errors += 1;
                    let text = e.to_string();
                    assert!(text.starts_with(path.to_str().unwrap()) && !text.contains('\n'), "{format}: {text}");
                    assert!(text.len() > path.as_os_str().len() + 10, "{format}: says nothing: {text}");
                }
            }
        }
    }
    println!("{cuts} cuts, {errors} errors");
    assert!(errors * 3 > cuts, "most cuts are seen");
}

#[test]
fn a_file_shortened_while_it_is_read_is_an_error() {
    for format in formats() {
        // Read whole before the first row is handed out.
        if format == Format::Json {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = write(dir.path(), format);
        let mut source = open(&path, &options(format, false)).unwrap();
        let first = source.read(16).unwrap().map_or(0, |c| c.rows());
        assert!(first > 0, "{format}");
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 1000).unwrap();
        source.rewind().unwrap_or(());
        let e = drain(source.as_mut(), 1000).expect_err(&format!("{format}: nobody saw that the file was cut"));
        let text = e.to_string();
        assert!(text.starts_with(path.to_str().unwrap()) && !text.contains('\n'), "{format}: {text}");
    }
}
