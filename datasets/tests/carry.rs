//! Columns that travel past the kernels: untouched, replaced, added, and with rows dropped.
#![cfg(feature = "tables")]

mod common;

use common::{file, read_all, read_path};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::polars::prelude::{DataFrame, DataType, NamedFrom, Series};
use gapwave_datasets::tables::{FrameSink, FrameSource, read_frame};
use gapwave_datasets::{ReadOptions, Sink, Source, WriteOptions, create, open};
use std::path::{Path, PathBuf};

const TEXT: &str = "date,x,site,time,ok,y,code\n\
    2001-02-03,1.50,N,18:00:00,true,NA,007\n\
    2001-02-04,NA,\"a,b\",18:30:00,false,2,008\n\
    2001-02-05,2.5,NA,19:00,NA,3,009\n\
    2001-02-06,3,\"say \"\"hi\"\"\",19:30,true,4,010\n";

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Copies the source to `out`, changing each chunk on the way.
fn copy(source: &mut dyn Source, out: &Path, rows: usize, mut change: impl FnMut(Chunk) -> Chunk) {
    let mut sink = create(out, &WriteOptions::carrying(source)).unwrap();
    while let Some(chunk) = source.read(rows).unwrap() {
        sink.write(change(chunk)).unwrap();
    }
    sink.finish().unwrap();
}

#[test]
fn untouched_columns_are_written_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    let out = dir.path().join("b.csv");
    for rows in [1, 3, 10] {
        let mut source = open(&path, &ReadOptions::columns(["y"])).unwrap();
        copy(source.as_mut(), &out, rows, |c| c);
        assert_eq!(text(&out), TEXT);
    }
    let mut source = open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(source.schema().names.as_ref(), ["x", "y"]);
    let carried = source.carried().unwrap();
    assert_eq!(carried.beside(&source.schema().names), ["date", "site", "time", "ok", "code"]);
    copy(source.as_mut(), &out, 3, |c| c);
    assert_eq!(text(&out), TEXT.replace("1.50", "1.5").replace(",3,\"say", ",3.0,\"say"));
}

#[test]
fn columns_are_replaced_by_name_and_new_ones_come_last() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    let out = dir.path().join("b.csv");
    let mut source = open(&path, &ReadOptions::columns(["x", "y"])).unwrap();
    copy(source.as_mut(), &out, 2, |c| {
        let n = c.rows();
        let made = Chunk::new([("new", Array::from(vec![9i64; n])), ("x", Array::from(vec![0.25; n]))]).unwrap();
        made.with_beside(c.beside).unwrap()
    });
    let said = text(&out);
    let lines: Vec<&str> = said.lines().collect();
    // `y`, a column of numbers that the chunks do not have any more, is gone.
    assert_eq!(lines[0], "date,x,site,time,ok,code,new");
    assert_eq!(lines[1], "2001-02-03,0.25,N,18:00:00,true,007,9");
    assert_eq!(lines[4], "2001-02-06,0.25,\"say \"\"hi\"\"\",19:30,true,010,9");
}

#[test]
fn dropped_rows_are_dropped_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    for out in ["b.csv", "b.parquet", "b.arrow", "b.ndjson", "b.json"].map(|n| dir.path().join(n)) {
        let mut source = open(&path, &ReadOptions::columns(["y"])).unwrap();
        // Keeps odd rows, as a filter would.
        let odd = |c: Chunk| {
            let keep: Vec<u32> = (0..c.rows() as u32).filter(|r| (c.first_row + u64::from(*r)) % 2 == 1).collect();
            let cols = c.cols.iter().map(|a| {
                let parts: Vec<Array> = keep.iter().map(|&r| a.slice_rows(r as usize, 1).unwrap()).collect();
                if parts.is_empty() { a.slice_rows(0, 0).unwrap() } else { Array::concat(&parts).unwrap() }
            });
            let kept = Chunk::new(c.names.iter().cloned().zip(cols.collect::<Vec<_>>())).unwrap();
            kept.with_beside(Some(c.beside.unwrap().take(&keep).unwrap())).unwrap()
        };
        copy(source.as_mut(), &out, 3, odd);
        let frame = read_frame(&out, &ReadOptions::default()).unwrap();
        assert_eq!(frame.shape(), (2, 7), "{}", out.display());
        let site = frame.column("site").unwrap().str().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(site, [Some("a,b"), Some("say \"hi\"")]);
        assert_eq!(frame.column("y").unwrap().i64().unwrap().iter().collect::<Vec<_>>(), [Some(2), Some(4)]);
    }
}

#[test]
fn rows_that_lose_their_text_are_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    for out in ["b.csv", "b.parquet", "b.arrow", "b.ndjson"].map(|n| dir.path().join(n)) {
        let mut source = open(&path, &ReadOptions::columns(["y"])).unwrap();
        let mut sink = create(&out, &WriteOptions::carrying(source.as_ref())).unwrap();
        let mut chunk = source.read(10).unwrap().unwrap();
        chunk.beside = None;
        let e = sink.write(chunk).unwrap_err().to_string();
        assert!(e.contains("without column \"date\" of the table"), "{e}");
        drop(sink);
        assert!(!out.exists());
    }
}

#[test]
fn what_travels_beside_numbers_is_cut_joined_and_thinned_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    let mut source = open(&path, &ReadOptions::columns(["y"])).unwrap();
    let whole = source.read(10).unwrap().unwrap();
    let beside = whole.beside.clone().unwrap();
    assert_eq!((beside.rows(), whole.rows()), (4, 4));
    assert!(beside.bytes() > 4 * 6 * 16);
    let parts: Vec<Chunk> = [(0, 1), (1, 0), (1, 3)].map(|(at, n)| whole.slice_rows(at, n).unwrap()).into();
    assert_eq!(Chunk::concat(parts).unwrap().unwrap(), whole);
    assert_eq!(beside.take(&[0, 1, 2, 3]).unwrap(), beside);
    assert_ne!(beside.take(&[0, 1, 2, 2]).unwrap(), beside);
    assert_eq!(beside.take(&[2, 3]).unwrap(), beside.slice(2, 2).unwrap());
    assert!(beside.take(&[4]).is_err());
}

#[test]
fn text_gets_types_on_the_way_to_parquet_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    let (parquet, back) = (dir.path().join("b.parquet"), dir.path().join("c.csv"));
    copy(open(&path, &ReadOptions::columns(["y"])).unwrap().as_mut(), &parquet, 3, |c| c);
    let mut source = open(&parquet, &ReadOptions::default()).unwrap();
    let frame = read_frame(&parquet, &ReadOptions::default()).unwrap();
    let dtypes: Vec<&DataType> = frame.columns().iter().map(|c| c.dtype()).collect();
    let expected = [
        DataType::Date,
        DataType::Float64,
        DataType::String,
        DataType::Time,
        DataType::Boolean,
        DataType::Int64,
        DataType::String,
    ];
    assert_eq!(dtypes, expected.iter().collect::<Vec<_>>());
    assert_eq!(frame.columns().iter().map(|c| c.null_count()).collect::<Vec<_>>(), [0, 1, 1, 0, 1, 1, 0]);
    copy(source.as_mut(), &back, 2, |c| c);
    let lines = text(&back);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[1], "2001-02-03,1.5,N,18:00:00,true,,007");
    assert_eq!(lines[3], "2001-02-05,2.5,,19:00:00,,3,009");
    let e = common::refused(&parquet, &ReadOptions::columns(["date"]));
    assert_eq!(e, "column \"date\" holds date, numbers were expected");
}

#[test]
fn data_frames_go_in_and_come_out() {
    let site = Series::new("site".into(), ["a", "b", "c"]);
    let x = Series::new("x".into(), [Some(1.0f64), None, Some(3.0)]);
    let frame = DataFrame::new(3, vec![site.into(), x.into()]).unwrap();
    let mut source = FrameSource::new(frame.clone(), &ReadOptions::default()).unwrap();
    let mut sink = FrameSink::new(source.carried().as_ref());
    while let Some(chunk) = source.read(2).unwrap() {
        sink.write(chunk).unwrap();
    }
    sink.finish().unwrap();
    assert!(sink.into_frame().equals_missing(&frame));
}

#[test]
fn a_file_may_be_written_over_itself() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.csv", TEXT);
    let mut source = open(&path, &ReadOptions::columns(["y"])).unwrap();
    copy(source.as_mut(), &path, 2, |c| c);
    assert_eq!(text(&path), TEXT);
    assert_eq!(common::listing(dir.path()), ["a.csv"]);
}

#[test]
fn the_bundled_sample() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/co2_weekly.csv"));
    let table = read_path(&path, &ReadOptions::default());
    assert_eq!((table.rows(), table.cols[0].valid().unwrap().count_zeros()), (2284, 59));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("b.csv");
    copy(open(&path, &ReadOptions::default()).unwrap().as_mut(), &out, 500, |c| c);
    assert_eq!(read_all(open(&out, &ReadOptions::default()).unwrap().as_mut(), 77), table);
    let frame = read_frame(&path, &ReadOptions::default()).unwrap();
    let days: Vec<i32> = frame.column("date").unwrap().date().unwrap().phys.iter().flatten().collect();
    assert_eq!(days.len(), 2284);
    assert!(days.windows(2).all(|w| w[1] - w[0] == 7), "a row every seven days");
}

#[test]
fn real_tables_with_gaps() {
    let dir = tempfile::tempdir().unwrap();
    if let Some(path) = common::real_data("impute/AirQualityUCI.csv") {
        let source = open(&path, &ReadOptions::default()).unwrap();
        let frame = read_frame(&path, &ReadOptions::default()).unwrap();
        assert_eq!(frame.shape(), (9357, 15));
        assert_eq!(frame.columns()[0].name().as_str(), "Date");
        assert_eq!(frame.columns()[0].dtype(), &DataType::Date);
        assert_eq!(source.schema().names.len(), 13);
        let raw = text(&path);
        let co: Vec<&str> = raw.lines().skip(1).map(|l| l.split(',').nth(2).unwrap()).collect();
        let table = read_path(&path, &ReadOptions::columns(["CO(GT)"]));
        let parsed = co.iter().map(|c| c.parse::<f64>().unwrap());
        assert!(table.cols[0].as_slice::<f64>().unwrap().iter().copied().eq(parsed));
    }
    if let Some(path) = common::real_data("impute/PRSA_Aotizhongxin.csv") {
        let mut source = open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(source.rows(), Some(35064));
        assert_eq!(source.carried().unwrap().names().len(), 18);
        assert_eq!(source.carried().unwrap().beside(&source.schema().names), ["wd", "station"]);
        let table = read_all(source.as_mut(), 1000);
        let raw = text(&path);
        let missing = raw.lines().skip(1).filter(|l| l.split(',').nth(5) == Some("NA")).count();
        assert_eq!(table.column("PM2.5").unwrap().valid().unwrap().count_zeros(), missing);
        source.rewind().unwrap();
        let out = dir.path().join("b.csv");
        copy(source.as_mut(), &out, 1000, |c| c);
        assert_eq!(read_path(&out, &ReadOptions::default()), table);
        let (old, new) = (raw.replace('"', ""), text(&out));
        for (a, b) in old.lines().zip(new.lines()) {
            let (a, b): (Vec<&str>, Vec<&str>) = (a.split(',').collect(), b.split(',').collect());
            assert_eq!((a[15], a[17]), (b[15], b[17]), "text is kept as it was, NA too");
        }
    }
}
