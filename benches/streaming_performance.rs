//! What cutting into chunks costs, from memory and from a file: `cargo bench --bench streaming_performance`
//!
//! The same kernel over the same rows in chunks of several sizes. Results of every size are compared with those of the
//! whole before the timing.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gapwave::datasets::{WriteOptions, create};
use gapwave::kernels::case;
use gapwave::kernels::impute::linear::Linear;
use gapwave::{Array, Chunk, DeviceChoice, Pipeline, Session};
use std::path::Path;
use std::time::Duration;

const ROWS: usize = 1 << 21;

fn file_to_file(session: &Session, from: &Path, to: &Path) -> gapwave::Result<()> {
    Pipeline::read(from)?.then(Linear::default()).write(to)?.run(session).map(drop)
}

fn streaming(c: &mut Criterion) {
    let session = Session::builder().device(DeviceChoice::Cpu).threads(1).build().expect("a session");
    let missing = case::missing(1, ROWS, 10);
    let hole = |(i, x)| if missing.get(i) { x } else { f64::NAN };
    let x = Array::from(case::uniform_f64(2, ROWS).into_iter().enumerate().map(hole).collect::<Vec<f64>>());
    let whole = session.run(&Linear::default(), &x).expect("it runs");

    let dir = tempfile::tempdir().expect("a folder for the files");
    let (from, to) = (dir.path().join("in.npy"), dir.path().join("out.npy"));
    let table = Chunk::new([("x", x.clone())]).expect("a table of one column");
    let mut file = create(&from, &WriteOptions::default()).expect("the folder can be written to");
    file.write(table).and_then(|()| file.finish()).expect("the file is written");

    let mut group = c.benchmark_group("streaming_performance");
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2)).sample_size(15);
    group.throughput(Throughput::Bytes(2 * x.meta().bytes()));
    for rows in [1 << 12, 1 << 16, 1 << 20, ROWS] {
        let s = session.with_chunk_rows(rows);
        let got = s.run(&Linear::default(), &x).expect("it runs");
        assert_eq!(got.array().bytes(), whole.array().bytes(), "chunks of {rows} rows change the result");
        let chunks = format!("chunks of {rows} rows");
        group.bench_function(BenchmarkId::new("memory", &chunks), |b| {
            b.iter(|| s.run(&Linear::default(), &x).expect("it runs"));
        });
        group.bench_function(BenchmarkId::new("npy to npy", &chunks), |b| {
            b.iter(|| file_to_file(&s, &from, &to).expect("it runs"));
        });
    }
    group.finish();
}

criterion_group!(benches, streaming);
criterion_main!(benches);
