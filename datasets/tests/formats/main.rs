//! Every format of tables: the same rows however they are cut, stored or read; damage; what a format can hold comes back.
#![cfg(feature = "tables")]

#[path = "../common/mod.rs"]
mod common;
mod excel;
mod ipc;

use common::{bits, column, file, read_all, read_or_refuse, read_path, refused, write_all};
use gapwave_columns::{Array, Attrs, Chunk, DType, Sensor};
use gapwave_datasets::polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series, TimeUnit};
use gapwave_datasets::tables::{FrameSource, read_frame};
use gapwave_datasets::{ReadOptions, Source, WriteOptions, create, open};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Formats that hold columns of any type.
const ALL: [&str; 5] = ["csv", "parquet", "arrow", "ndjson", "json"];

fn default() -> ReadOptions {
    ReadOptions::default()
}

/// A table with everything that all formats can hold.
fn frame(rows: usize) -> DataFrame {
    let float = |i: usize| (i % 7 != 3).then(|| (i as f64).sin() * 10f64.powi((i % 40) as i32 - 20));
    let x: Vec<Option<f64>> = (0..rows).map(float).collect();
    let n: Vec<i64> = (0..rows as i64).map(|i| i * 1_000_003 - 5_000).collect();
    let gaps: Vec<Option<i64>> = (0..rows as i64).map(|i| (i % 5 != 0).then_some(i)).collect();
    let text: Vec<Option<String>> = (0..rows)
        .map(|i| match i % 6 {
            0 => None,
            1 => Some("a,b".into()),
            2 => Some("say \"hi\"\nthere".into()),
            3 => Some("žluťoučký\tkůň".into()),
            _ => Some(format!("some longer text of row {i}")),
        })
        .collect();
    let ok: Vec<Option<bool>> = (0..rows).map(|i| (i % 4 != 1).then_some(i % 3 == 0)).collect();
    let day: Vec<Option<i32>> = (0..rows).map(|i| (i % 9 != 2).then_some(i as i32 * 3 - 1000)).collect();
    let date = Series::new("day".into(), day).cast(&DataType::Date).unwrap();
    let columns: Vec<Column> = vec![
        Series::new("text".into(), text).into(),
        Series::new("x".into(), x).into(),
        date.into_column(),
        Series::new("n".into(), n).into(),
        Series::new("ok".into(), ok).into(),
        Series::new("gaps".into(), gaps).into(),
    ];
    DataFrame::new(rows, columns).unwrap()
}

fn save(frame: &DataFrame, path: &Path, rows: usize) {
    let mut source = FrameSource::new(frame.clone(), &default()).unwrap();
    let mut sink = create(path, &WriteOptions::carrying(&source)).unwrap();
    while let Some(chunk) = source.read(rows).unwrap() {
        sink.write(chunk).unwrap();
    }
    sink.finish().unwrap();
}

#[test]
fn files_do_not_depend_on_the_chunks_they_were_written_in() {
    let dir = tempfile::tempdir().unwrap();
    let frame = frame(3000);
    for kind in ALL {
        let path = dir.path().join(format!("a.{kind}"));
        save(&frame, &path, usize::MAX);
        let whole = std::fs::read(&path).unwrap();
        for rows in [1, 7, 1000] {
            save(&frame, &path, rows);
            assert!(std::fs::read(&path).unwrap() == whole, "{kind} in chunks of {rows}");
        }
    }
}

#[test]
fn long_parquet_and_arrow_files_have_groups_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let n = (1 << 19) + 1000;
    let table = Chunk::new([("x", Array::from((0..n).map(f64::from).collect::<Vec<_>>()))]).unwrap();
    for kind in ["parquet", "arrow"] {
        let path = dir.path().join(format!("a.{kind}"));
        write_all(&path, &table, 100_000, &WriteOptions::default());
        let bytes = std::fs::read(&path).unwrap();
        write_all(&path, &table, 1 << 20, &WriteOptions::default());
        assert!(std::fs::read(&path).unwrap() == bytes, "{kind}");
        let mut source = open(&path, &default()).unwrap();
        assert_eq!(source.read(usize::MAX).unwrap().unwrap().rows(), 1 << 19, "{kind}: a group at a time");
        source.rewind().unwrap();
        assert_eq!(read_all(source.as_mut(), 65_536).cols, table.cols);
    }
}

#[test]
fn the_same_rows_whatever_the_chunks_and_however_the_file_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let frame = frame(20_000);
    let mut tables = Vec::new();
    for kind in ALL {
        let path = dir.path().join(format!("a.{kind}"));
        save(&frame, &path, 4096);
        let expected = read_path(&path, &default());
        for mmap in [true, false] {
            let mut source = open(&path, &ReadOptions { mmap, ..default() }).unwrap();
            for rows in [1, 7, 1000, 65_536, usize::MAX] {
                source.rewind().unwrap();
                assert_eq!(read_all(source.as_mut(), rows), expected, "{kind} {mmap} {rows}");
            }
        }
        tables.push((kind, expected));
    }
    let (_, first) = &tables[0];
    for (kind, table) in &tables[1..] {
        assert_eq!((&table.names, &table.cols), (&first.names, &first.cols), "{kind} has the numbers of CSV");
    }
}

#[test]
fn every_format_gives_back_what_it_was_given() {
    let dir = tempfile::tempdir().unwrap();
    let frame = frame(500);
    for kind in ALL {
        let path = dir.path().join(format!("a.{kind}"));
        save(&frame, &path, 100);
        let mut back = read_frame(&path, &default()).unwrap();
        if kind.ends_with("json") {
            let day = back.column("day").unwrap().cast(&DataType::Date).unwrap();
            back.with_column(day).unwrap();
        }
        assert_eq!(back.schema(), frame.schema(), "{kind}");
        assert!(back.equals_missing(&frame), "{kind}");
    }
}

#[test]
fn every_real_type_comes_back_from_files_that_have_types() {
    let dir = tempfile::tempdir().unwrap();
    let cols = DType::ALL.into_iter().filter(|d| !d.name().starts_with("complex")).map(|dtype| {
        let a = gapwave_columns::for_dtype!(dtype, T => {
            let raw: Vec<u8> = (0..1000 * dtype.size()).map(|i| (i * 37 % 251) as u8).collect();
            Array::from(bytemuck::pod_collect_to_vec::<u8, T>(&raw))
        });
        (dtype.name(), a)
    });
    let table = Chunk::new(cols).unwrap();
    for kind in ["parquet", "arrow"] {
        let path = dir.path().join(format!("a.{kind}"));
        write_all(&path, &table, 64, &WriteOptions::default());
        assert_eq!(read_path(&path, &default()).cols, table.cols, "{kind}");
    }
}

#[test]
fn times_of_events_are_spans_of_time_in_files_that_have_types() {
    let dir = tempfile::tempdir().unwrap();
    let t = Array::from(vec![1i64, 5, i64::MAX]);
    let x = Array::from(vec![1i16, 2, 3]);
    let mut table = Chunk::new([("t", t), ("x", x)]).unwrap();
    table.attrs = Attrs { fs: None, sensor: Some(Sensor { size: Some([640, 480]) }) };
    for kind in ["parquet", "arrow"] {
        let path = dir.path().join(format!("a.{kind}"));
        write_all(&path, &table, 2, &WriteOptions::default());
        let back = read_path(&path, &default());
        assert_eq!(back.cols, table.cols);
        let frame = read_frame(&path, &default()).unwrap();
        assert_eq!(frame.column("t").unwrap().dtype(), &DataType::Duration(TimeUnit::Microseconds));
        // And so they stay on the way through.
        let again = dir.path().join(format!("b.{kind}"));
        let source = open(&path, &default()).unwrap();
        let options = WriteOptions::carrying(source.as_ref());
        write_all(&again, &Chunk { attrs: Attrs::default(), ..back }, 2, &options);
        assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&path).unwrap());
    }
}

#[test]
fn a_type_is_that_of_all_rows() {
    let dir = tempfile::tempdir().unwrap();
    let n = 300_000;
    let mut text = String::from("a,b\n");
    (0..n).for_each(|i| text += &format!("{i},{i}\n"));
    text += "0.5,\n";
    let mut source = open(&file(&dir, "a.csv", &text), &default()).unwrap();
    assert_eq!(
        source.schema().cols.iter().map(|m| (m.dtype, m.nullable)).collect::<Vec<_>>(),
        [(DType::F64, false), (DType::I64, true)]
    );
    let first = source.read(10).unwrap().unwrap();
    assert_eq!(first.cols[0].as_slice::<f64>().unwrap()[9], 9.0);
    assert_eq!(first.cols[1].valid().unwrap().count_zeros(), 0);
    assert_eq!(source.rows(), Some(n + 1));
    let lines = text.lines().skip(1).map(|l| {
        let (a, b) = l.split_once(',').unwrap();
        format!("{{\"a\": {a}{}}}\n", if b.is_empty() { String::new() } else { format!(", \"b\": {b}") })
    });
    let json = file(&dir, "a.ndjson", lines.collect::<String>());
    source.rewind().unwrap();
    assert_eq!(read_path(&json, &default()).cols, read_all(source.as_mut(), 1 << 20).cols);
}

#[test]
fn quoted_line_ends_across_blocks() {
    let dir = tempfile::tempdir().unwrap();
    for end in ["\n", "\r\n"] {
        let mut text = format!("t,x{end}");
        for i in 0..40_000 {
            let cell = format!("\"line{end}and \"\"quote\"\", {}\"", "y".repeat(i % 60));
            text += &format!("{cell},{i}{end}");
        }
        let path = file(&dir, "a.csv", &text);
        let table = read_path(&path, &ReadOptions::columns(["x"]));
        assert_eq!(table.cols[0].as_slice::<i64>().unwrap(), (0..40_000).collect::<Vec<i64>>());
        let out = dir.path().join("b.csv");
        let mut source = open(&path, &ReadOptions::columns(["x"])).unwrap();
        let mut sink = create(&out, &WriteOptions::carrying(source.as_ref())).unwrap();
        while let Some(chunk) = source.read(777).unwrap() {
            sink.write(chunk).unwrap();
        }
        sink.finish().unwrap();
        let written = std::fs::read_to_string(&out).unwrap();
        let expected = if end == "\n" { text } else { text.replace("\r\n\"", "\n\"").replace("x\r\n", "x\n") };
        assert_eq!(written.len(), expected.trim_end().len() + 1);
    }
}

fn damage(kind: &str, whole: &[u8], options: &ReadOptions) {
    let dir = tempfile::tempdir().unwrap();
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..300 {
        let cut = random(whole.len());
        read_or_refuse(&file(&dir, &format!("a.{kind}"), &whole[..cut]), options);
        let mut bytes = whole.to_vec();
        for _ in 0..1 + random(3) {
            let at = random(whole.len());
            bytes[at] = random(256) as u8;
        }
        read_or_refuse(&file(&dir, &format!("a.{kind}"), &bytes), options);
    }
}

#[test]
fn damaged_files_are_read_or_refused_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    for kind in ALL {
        let path = dir.path().join(format!("a.{kind}"));
        save(&frame(300), &path, 100);
        damage(kind, &std::fs::read(&path).unwrap(), &default());
    }
}

#[test]
fn json_in_its_forms() {
    let dir = tempfile::tempdir().unwrap();
    let lines = r#"{"a": 1, "s": "x\u00e9\n", "m": {"k": [1, 2.50]}}
{"a": 18446744073709551615, "b": true, "m": "t"}

  {"b": null, "a": null, "c": -1e999}
"#;
    let path = file(&dir, "a.ndjson", lines);
    let table = read_path(&path, &default());
    assert_eq!(table.names.as_ref(), ["a", "c"]);
    assert_eq!(bits(&table.cols[0]), [Some(1), Some(u64::MAX), None]);
    assert_eq!(bits(&table.cols[1]), [None, None, Some(f64::NEG_INFINITY.to_bits())]);
    let frame = read_frame(&path, &default()).unwrap();
    let text =
        |n: &str| frame.column(n).unwrap().str().unwrap().iter().map(|c| c.map(String::from)).collect::<Vec<_>>();
    assert_eq!(text("s"), [Some("xé\n".to_string()), None, None]);
    assert_eq!(text("m"), [Some(r#"{"k": [1, 2.50]}"#.to_string()), Some("t".into()), None]);
    assert_eq!(frame.column("b").unwrap().dtype(), &DataType::Boolean);
    let array = format!("[{}]", lines.lines().filter(|l| !l.is_empty()).collect::<Vec<_>>().join(","));
    assert!(read_frame(&file(&dir, "b.json", array), &default()).unwrap().equals_missing(&frame));
    let arrays = r#"{"a": [1, 18446744073709551615, null], "s": ["xé\n", null, null],
        "m": [{"k": [1, 2.50]}, "t", null], "b": [null, true, null], "c": [null, null, -Infinity]}"#;
    assert!(read_frame(&file(&dir, "c.json", arrays), &default()).unwrap().equals_missing(&frame));

    let said = |text: &str| refused(&file(&dir, "d.ndjson", text), &default());
    assert_eq!(said("{\"a\": 1}\n{\"a\": }\n"), "line 2: expected a value, found \"}\"");
    assert_eq!(said("{\"a\": 1} 2\n"), "line 1: expected the line's end, found \"2\"");
    assert_eq!(said("{\"a\": 1, \"a\": 2}\n"), "line 1: the key \"a\" is there twice");
    assert_eq!(said("\n"), "the file is empty: a JSON object on each line was expected");
    assert!(said("{\"a\": \"x\"}\n").starts_with("no column of numbers"));
    let said = |text: &str| refused(&file(&dir, "d.json", text), &default());
    assert_eq!(said("{\"a\": [1], \"b\": [1, 2]}"), "column \"b\" has 2 values, \"a\" has 1");
    assert_eq!(said("[{\"a\": 1}, 5]"), "row 2: expected '{', found \"5]\"");
    let options = ReadOptions { memory: Some(10), ..default() };
    let e = refused(&file(&dir, "e.json", "[{\"a\": 1}]"), &options);
    assert!(e.contains("read whole") && e.contains("1 MiB of memory"), "{e}");
}

fn cell() -> impl Strategy<Value = Option<String>> {
    let parts =
        prop_oneof![Just("\"".to_string()), Just("\n".into()), Just(",".into()), Just("\\".into()), "[a-zé€ ]{0,5}"];
    proptest::option::of(proptest::collection::vec(parts, 1..6).prop_map(|p| format!("t{}", p.concat())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn round_trips(
        rows in proptest::collection::vec((any::<u64>(), proptest::option::of(any::<i64>()), cell(), any::<u64>()), 1..50),
        chunk in 1usize..60,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let x: Vec<f64> = rows.iter().map(|r| f64::from_bits(r.0)).collect();
        let n: Vec<Option<i64>> = rows.iter().map(|r| r.1).collect();
        let u: Vec<u64> = rows.iter().map(|r| r.3 | 1 << 63).collect();
        let text: Vec<Option<String>> = rows.iter().map(|r| r.2.clone()).collect();
        for kind in ALL {
            let path = dir.path().join(format!("a.{kind}"));
            let typed = ["parquet", "arrow"].contains(&kind);
            // Text files have one NaN, JSON none.
            let x: Vec<f64> = x
                .iter()
                .map(|v| match v.is_nan() && !typed {
                    true if kind == "csv" => f64::NAN,
                    true => 0.0,
                    false => *v,
                })
                .collect();
            let frame = DataFrame::new(rows.len(), vec![
                Series::new("x".into(), x.clone()).into(),
                Series::new("n".into(), n.clone()).into(),
                Series::new("text".into(), text.clone()).into(),
                Series::new("u".into(), u.clone()).into(),
            ]).unwrap();
            save(&frame, &path, chunk);
            let options = ReadOptions { null_values: vec![String::new()], ..ReadOptions::columns(["x", "n", "u"]) };
            let back = read_path(&path, &options);
            prop_assert_eq!(bits(&back.cols[0]), x.iter().map(|v| Some(v.to_bits())).collect::<Vec<_>>(), "{}", kind);
            if n.iter().any(Option::is_some) {
                prop_assert_eq!(bits(&back.cols[1]), bits(&column(&n, 0)), "{}", kind);
            }
            prop_assert_eq!(back.cols[2].as_slice::<u64>().unwrap(), &u);
            let frame = read_frame(&path, &options).unwrap();
            let cells = frame.column("text").unwrap().str().unwrap();
            let expected: Vec<Option<&str>> = text.iter().map(Option::as_deref).collect();
            prop_assert_eq!(cells.iter().collect::<Vec<_>>(), expected, "{}", kind);
        }
    }
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", "a,b\n");
    for kind in ["parquet", "arrow"] {
        let out: PathBuf = dir.path().join(format!("b.{kind}"));
        let source = open(&path, &default()).unwrap();
        create(&out, &WriteOptions::carrying(source.as_ref())).unwrap().finish().unwrap();
        let mut back = open(&out, &default()).unwrap();
        assert_eq!((back.rows(), back.read(10).unwrap()), (Some(0), None));
        assert_eq!(back.schema().names.as_ref(), ["a", "b"]);
    }
}
