//! CSV and TSV: what is read, what is refused and how, and that what is written reads back to the same bits.
#![cfg(feature = "tables")]

mod common;

use common::{bits, column, file, read_all, read_path, refused, write_all};
use gapwave_columns::{Array, Chunk, Complex32, DType};
use gapwave_datasets::{Error, Format, ReadOptions, WriteOptions, create, open};
use proptest::prelude::*;

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn default() -> ReadOptions {
    ReadOptions::default()
}

#[test]
fn types_and_missing_values() {
    let dir = dir();
    let text = "t,x,n,big,when,site,code\n\
                2001-02-03,1,1,18446744073709551615,18:00:00,N,007\n\
                2001-02-04,NA,2, 3 ,19:00:00,NA,12\n\
                2001-02-05,2.5,3,4,20:00:00,\"a,b\",13\n";
    let mut source = open(&file(&dir, "a.csv", text), &default()).unwrap();
    assert_eq!(source.schema().names.as_ref(), ["x", "n", "big"]);
    assert_eq!(source.schema().cols.iter().map(|m| m.dtype).collect::<Vec<_>>(), [DType::F64, DType::I64, DType::U64]);
    for rows in [1, 2, 10] {
        let table = read_all(source.as_mut(), rows);
        assert_eq!(bits(&table.cols[0]), [Some(1f64.to_bits()), None, Some(2.5f64.to_bits())]);
        assert_eq!(table.cols[1].as_slice::<i64>().unwrap(), [1, 2, 3]);
        assert!(table.cols[1].valid().is_none(), "nothing is missing in the whole column");
        assert_eq!(table.cols[2].as_slice::<u64>().unwrap(), [u64::MAX, 3, 4]);
        source.rewind().unwrap();
    }
    let asked = read_path(&file(&dir, "b.csv", text), &ReadOptions::columns(["code", "x"]));
    assert_eq!(asked.names.as_ref(), ["code", "x"]);
    assert_eq!(asked.cols[0].as_slice::<i64>().unwrap(), [7, 12, 13]);
}

#[test]
fn late_floats_marks_line_ends_and_open_last_lines() {
    let dir = dir();
    let mut text = String::from("\u{feff}x\r\n");
    (0..5000).for_each(|i| text += &format!("{i}\r\n"));
    text += "0.5";
    let table = read_path(&file(&dir, "a.csv", text), &default());
    assert_eq!(table.names.as_ref(), ["x"]);
    let x = table.cols[0].as_slice::<f64>().unwrap();
    assert_eq!((x.len(), x[4999], x[5000]), (5001, 4999.0, 0.5));
}

#[test]
fn blank_lines_are_missing_values_of_a_single_column_and_nothing_elsewhere() {
    let dir = dir();
    for end in ["\n", "\r\n"] {
        let one = read_path(&file(&dir, "a.csv", ["x", "1", "", "3", "\"\"", "5", ""].join(end)), &default());
        let f = |v: i64| Some(v as u64);
        assert_eq!(bits(&one.cols[0]), [f(1), None, f(3), None, f(5)], "{end:?}");
        let two = read_path(&file(&dir, "b.csv", ["x,y", "1,2", "", "", "3,4", "", ""].join(end)), &default());
        assert_eq!(two.cols[0].as_slice::<i64>().unwrap(), [1, 3], "{end:?}");
    }
}

#[test]
fn tabs_other_separators_and_no_header() {
    let dir = dir();
    assert_eq!(read_path(&file(&dir, "a.tsv", "a\tb\n1\t2\n"), &default()).names.as_ref(), ["a", "b"]);
    let options = ReadOptions { separator: Some(b';'), header: false, format: Some(Format::Csv), ..default() };
    let table = read_path(&file(&dir, "a.txt", "1;2\n3;4\n"), &options);
    assert_eq!(table.names.as_ref(), ["column_1", "column_2"]);
    assert_eq!(table.cols[1].as_slice::<i64>().unwrap(), [2, 4]);
}

#[test]
fn text_among_numbers_is_reported_with_row_and_line() {
    let dir = dir();
    let bad = "t,x\na,1\n\"b\nb\",2\n\nc,oops\nd,4\n";
    for end in ["\n", "\r\n"] {
        let path = file(&dir, "a.csv", bad.replace('\n', end));
        let said = "column \"x\", row 3 (line 6): expected a number, found \"oops\"";
        assert_eq!(refused(&path, &default()), said);
        assert_eq!(refused(&path, &ReadOptions::columns(["x"])), said);
        // Not asked for, it is text like any other.
        let options = ReadOptions { mixed_as_text: true, ..default() };
        assert_eq!(refused(&path, &options), "no column of numbers; the columns are \"t\", \"x\"");
    }
    let path = file(&dir, "b.csv", "site,x\nN,1\nS,2");
    let said = refused(&path, &ReadOptions::columns(["site"]));
    assert_eq!(said, "column \"site\", row 1 (line 2): expected a number, found \"N\"");
    let path = file(&dir, "c.csv", "x,y\n1,2\n3,4\n5,six");
    assert!(refused(&path, &default()).starts_with("column \"y\", row 3 (line 4)"));
}

#[test]
fn damaged_files_say_where() {
    let dir = dir();
    let try_ = |bytes: &[u8]| refused(&file(&dir, "a.csv", bytes), &default());
    assert_eq!(try_(b""), "the file is empty");
    assert!(try_(b"\n\n").starts_with("the file is empty: a first line"));
    assert_eq!(try_(b"a,b,a\n1,2,3\n"), "line 1: columns 1 and 3 are both named \"a\"");
    assert_eq!(try_(b"a,b\n1,2\n\n3\n"), "line 4: expected 2 columns as in the first line, found 1");
    assert_eq!(try_(b"a,b\r\n1,2\r\n3,4,5\r\n"), "line 3: expected 2 columns as in the first line, found 3");
    assert_eq!(try_(b"a\n1\n2,3\n"), "line 3: expected 1 column as in the first line, found 2");
    assert!(try_(b"a,b\n1,2\n\"3,4\n5,6\n").ends_with("found 1 (is a quote left open?)"));
    let said = try_(b"a,b\n1,2\n3,\xb0C\n");
    assert_eq!(said, "line 3, column 2: expected UTF-8 text, found byte 0xb0; convert the file");
    assert!(refused(&dir.path().join("none.csv"), &default()).contains("No such file"));
    assert!(refused(&file(&dir, "a.xyz", "x\n1\n"), &default()).contains("unknown format"));
    assert!(refused(&file(&dir, "a.parquet", "x\n1\n"), &default()).contains("not a Parquet file"));
}

#[test]
fn an_unknown_column_is_answered_with_those_there_are() {
    let dir = dir();
    let path = file(&dir, "a.csv", "date,PM10,CO2,co\n1,2,3,4\n");
    let e = open(&path, &ReadOptions::columns(["co3"])).err().unwrap();
    let Error::NoColumn { name, known, .. } = &e else { panic!("{e}") };
    assert_eq!((name.as_str(), known[0].as_str(), known[1].as_str()), ("co3", "CO2", "co"));
    assert!(
        e.to_string().ends_with("there is no column \"co3\"; the columns are \"CO2\", \"co\", \"date\", \"PM10\""),
        "{e}"
    );
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let dir = dir();
    let mut source = open(&file(&dir, "a.csv", "a,b\n"), &default()).unwrap();
    assert_eq!((source.rows(), source.read(10).unwrap()), (Some(0), None));
    let out = dir.path().join("b.csv");
    create(&out, &WriteOptions::carrying(source.as_ref())).unwrap().finish().unwrap();
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "a,b\n");
}

#[test]
fn arrays_of_several_axes_become_columns_and_complex_numbers_are_refused() {
    let dir = dir();
    let path = dir.path().join("a.csv");
    let a = Array::new([2, 3], vec![1i64, 2, 3, 4, 5, 6]).unwrap();
    write_all(&path, &Chunk::new([("v", a)]).unwrap(), 1, &WriteOptions::default());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "v_0,v_1,v_2\n1,2,3\n4,5,6\n");
    for name in ["a.csv", "a.parquet"] {
        let mut sink = create(&dir.path().join(name), &WriteOptions::default()).unwrap();
        let complex = Chunk::new([("s", Array::from(vec![Complex32::new(1.0, 2.0)]))]).unwrap();
        let e = sink.write(complex).unwrap_err().to_string();
        assert!(e.contains("column \"s\" is complex"), "{e}");
    }
}

fn float() -> impl Strategy<Value = f64> {
    let special =
        [0.0, -0.0, f64::NAN, f64::INFINITY, -f64::INFINITY, f64::MIN_POSITIVE, 5e-324, f64::MAX, 0.1 + 0.2, 1e16];
    prop_oneof![proptest::sample::select(special.to_vec()), any::<f64>(), any::<u64>().prop_map(f64::from_bits)]
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()]
}

/// CSV has one NaN.
fn canonical(v: f64) -> f64 {
    if v.is_nan() { f64::NAN } else { v }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_reads_back_to_the_same_bits(
        cells in proptest::collection::vec((proptest::option::of(float()), proptest::option::of(integer()), any::<u64>(), any::<f32>()), 1..40),
        rows in 1usize..50,
        tabs: bool,
    ) {
        let dir = dir();
        let path = dir.path().join(if tabs { "a.tsv" } else { "a.csv" });
        let f: Vec<Option<f64>> = cells.iter().map(|c| c.0.map(canonical)).collect();
        let n: Vec<Option<i64>> = cells.iter().map(|c| c.1).collect();
        let u = Array::from(cells.iter().map(|c| c.2).collect::<Vec<u64>>());
        let single: Vec<f32> = cells.iter().map(|c| c.3).collect();
        let table = Chunk::new([
            ("f, \"quoted\"", column(&f, 0.0)), ("n", column(&n, 0)), ("u", u), ("s", Array::from(single.clone())),
        ]).unwrap();
        write_all(&path, &table, rows, &WriteOptions::default());
        let options = ReadOptions {
            columns: Some(table.names.to_vec()),
            null_values: vec![String::new()],
            ..default()
        };
        let back = read_path(&path, &options);
        prop_assert_eq!(&back.names, &table.names);
        if f.iter().any(Option::is_some) {
            prop_assert_eq!(bits(&back.cols[0]), bits(&table.cols[0]));
        }
        if n.iter().any(Option::is_some) {
            prop_assert_eq!(bits(&back.cols[1]), bits(&table.cols[1]));
        }
        prop_assert_eq!(bits(&back.cols[2]), bits(&table.cols[2]));
        let s: Vec<u32> = back.cols[3].as_slice::<f64>().unwrap().iter().map(|&v| canonical_bits(v as f32)).collect();
        prop_assert_eq!(s, single.iter().map(|&v| canonical_bits(v)).collect::<Vec<u32>>());
    }

    /// Nothing makes the reader panic.
    #[test]
    fn random_text_is_read_or_refused(text in "[a1,\"\n\r \u{feff}.-]{0,60}", names: bool) {
        let dir = dir();
        let path = file(&dir, "a.csv", &text);
        let options = if names { ReadOptions::columns(["a", "1"]) } else { default() };
        if let Ok(mut source) = open(&path, &options) {
            while source.read(3).unwrap().is_some() {}
        }
    }

    #[test]
    fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let dir = dir();
        if let Ok(mut source) = open(&file(&dir, "a.csv", &bytes), &default()) {
            while source.read(3).unwrap().is_some() {}
        }
    }
}

fn canonical_bits(v: f32) -> u32 {
    if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() }
}
