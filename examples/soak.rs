//! Work for as long as one likes in one process, watching that its memory does not grow.
//!
//! `cargo run --release --example soak [SECONDS]`, an hour if nothing is said. Pipelines over files, jobs that are
//! cancelled, files that are damaged: in turn, in a temporary folder. Ends with status 1 where the last quarter of the
//! time has more than 5 % and 8 MiB more in memory than the second.

use gapwave::datasets::generate::{Events, Table};
use gapwave::datasets::{Format, MemorySink, ReadOptions, Sink, Source, WriteOptions, create};
use gapwave::kernels::{impute::linear::Linear, impute::locf::Locf};
use gapwave::{Control, Error, Pipeline, Session, show_bytes};
use std::error::Error as Failure;
use std::path::Path;
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn Failure + Send + Sync>>;

fn resident() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn write(path: &Path, mut source: impl Source) -> Outcome {
    let mut sink = create(path, &WriteOptions::default())?;
    while let Some(chunk) = source.read(1 << 16)? {
        sink.write(chunk)?;
    }
    Ok(sink.finish()?)
}

/// One round of everything.
fn round(dir: &Path, session: &Session, seed: u64) -> Outcome {
    let scene = Events { seed, events: 400_000, width: 640, height: 480, rate: 1e6 };
    let recording = dir.join("in.raw");
    write(&recording, scene.source()?)?;
    for out in ["out.raw", "out.dat", "out.txt"] {
        let p = Pipeline::read(&recording)?.keep("polarity > 0 and x >= 100")?;
        p.write(dir.join(out))?.run(session)?;
    }
    let table = Table { seed, rows: 100_000, columns: 4, missing: 0.1 };
    Pipeline::from_source(table.source()?).fill(Linear::default()).fill(Locf::default()).collect(session)?;
    if cfg!(feature = "tables") {
        for (from, to) in [("t.csv", "t.parquet"), ("t.parquet", "t.arrow"), ("t.arrow", "t.csv")] {
            if from == "t.csv" && !dir.join(from).exists() {
                write(&dir.join(from), table.source()?)?;
            }
            Pipeline::read(dir.join(from))?.fill(Linear::default()).write(dir.join(to))?.run(session)?;
        }
    }
    // What goes wrong must not keep anything either.
    let control = Control::new();
    control.cancel();
    let cancelled = Pipeline::read(&recording)?.into_sink(MemorySink::new()).run_with(session, &control);
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    let bytes = std::fs::read(&recording)?;
    std::fs::write(dir.join("cut.raw"), &bytes[..(bytes.len() / 2) | 1])?;
    let options = ReadOptions { format: Some(Format::Evt3), mmap: seed % 2 == 0, ..Default::default() };
    let damaged = Pipeline::read_with(dir.join("cut.raw"), &options)?.into_sink(MemorySink::new()).run(session);
    assert!(damaged.is_err(), "half a word more than there is");
    Ok(())
}

fn main() -> Outcome {
    let seconds = std::env::args().nth(1).map_or(Ok(3600), |s| s.parse())?;
    let whole = Duration::from_secs(seconds);
    let session = Session::builder().device(gapwave::DeviceChoice::Cpu).memory(256 << 20).build()?;
    let dir = tempfile::tempdir()?;
    let begin = Instant::now();
    let mut seen: [u64; 4] = [0; 4];
    let mut rounds = 0;
    while begin.elapsed() < whole {
        round(dir.path(), &session, rounds)?;
        rounds += 1;
        let Some(now) = resident() else { return Err("this system does not say what is in memory".into()) };
        let quarter = (begin.elapsed().as_secs_f64() / whole.as_secs_f64() * 4.0).min(3.0) as usize;
        seen[quarter] = seen[quarter].max(now);
        if rounds % 20 == 0 {
            println!("{:>6.0} s, {rounds} rounds, {} in memory", begin.elapsed().as_secs_f64(), show_bytes(now));
        }
    }
    let [_, second, _, last] = seen;
    println!("{rounds} rounds; most in memory by quarters: {}", seen.map(show_bytes).join(", "));
    if last > second + second / 20 + (8 << 20) {
        return Err("memory grows".into());
    }
    Ok(())
}
