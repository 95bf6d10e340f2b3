//! How fast recordings are decoded, beside how fast memory is copied in the same run.
//!
//! ```sh
//! cargo run --release -p gapwave-datasets --no-default-features --example decode_speed [FILE…]
//! ```
//! Files are read as they are (in the page cache) and repeated in memory for the decoder alone. Without files, a made-up
//! scene is written in every format that can be written.

use gapwave_columns::Chunk;
use gapwave_datasets::events::{Batch, Route, Way, decode_each};
use gapwave_datasets::generate::Events;
use gapwave_datasets::{Format, ReadOptions, Source, WriteOptions, create, open};
use std::error::Error;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Rows of a chunk.
const ROWS: usize = 1 << 18;
/// How long each is repeated; the best time counts, since other programs only ever make it longer.
const LONG: Duration = Duration::from_millis(700);
/// Bytes of an event in memory.
const EVENT: usize = 13;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let dir = tempfile::tempdir()?;
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut scene = Events { seed: 1, events: 20_000_000, width: 1280, height: 720, rate: 10e6 }.source()?;
    let (events, seconds) = timed(|| drain(&mut scene))?;
    println!("made-up scene: {:.0} M events/s on one thread", events as f64 / seconds / 1e6);
    if files.is_empty() {
        for format in [Format::Evt2, Format::Evt3, Format::Dat] {
            let path = dir.path().join(format.name());
            let mut sink = create(&path, &WriteOptions { format: Some(format), ..Default::default() })?;
            scene.rewind()?;
            let (_, seconds) = timed(|| {
                while let Some(chunk) = scene.read(ROWS)? {
                    sink.write(chunk)?;
                }
                Ok(sink.finish()?)
            })?;
            println!("{format}: made up and written at {:.0} M events/s", events as f64 / seconds / 1e6);
            files.push(path);
        }
    }
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| -> Outcome<()> {
            let copy = copied(threads);
            println!("{threads} thread(s): copying memory {:.2} GB/s = {:.0} M events/s", copy / 1e9, copy / 13e6);
            for file in &files {
                let mut source = open(file, &ReadOptions::default())?;
                let (mut best, begin) = (0f64, Instant::now());
                while begin.elapsed() < LONG {
                    source.rewind()?;
                    let (events, seconds) = timed(|| drain(source.as_mut()))?;
                    best = best.max(events as f64 / seconds);
                }
                let format = Format::of_file(file)?;
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                println!(
                    "{threads} thread(s): {format:6} {name:16} source {:6.0} M events/s ({:3.0} % of copying)   decoder {:6.0}   word by word {:6.0}",
                    best / 1e6,
                    100.0 * best * EVENT as f64 / copy,
                    decoder(format, &std::fs::read(file)?, Route::default()) / 1e6,
                    decoder(format, &std::fs::read(file)?, Route::Words) / 1e6,
                );
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn timed<T>(f: impl FnOnce() -> Outcome<T>) -> Outcome<(T, f64)> {
    let begin = Instant::now();
    let out = f()?;
    Ok((out, begin.elapsed().as_secs_f64()))
}

fn drain(source: &mut dyn Source) -> Outcome<u64> {
    let mut events = 0;
    while let Some(chunk) = source.read(ROWS)? {
        events += black_box::<Chunk>(chunk).rows() as u64;
    }
    Ok(events)
}

/// Events per second of a decoder that finds the file in memory and writes to memory that it wrote to before, the best
/// of the times that fit into [`LONG`].
fn decoder(format: Format, file: &[u8], route: Route) -> f64 {
    let way = Way { room: ROWS, route, ..Way::default() };
    let mut batch = Batch::default();
    let (mut best, start) = (0f64, Instant::now());
    while start.elapsed() < LONG {
        let (begin, mut events) = (Instant::now(), 0);
        decode_each(format, file, way, &mut batch, |b| {
            events += black_box(&mut *b).len();
            b.clear();
        });
        best = best.max(events as f64 / begin.elapsed().as_secs_f64());
    }
    best
}

/// Bytes per second written by `memcpy`, each thread copying its share of a chunk's columns from memory that is in no
/// cache to memory that was written before; the best of the times that fit into [`LONG`].
fn copied(threads: usize) -> f64 {
    let len = 256 << 20;
    let (from, mut to) = (vec![1u8; len], vec![2u8; len]);
    let part = len / threads;
    let (mut best, start) = (0f64, Instant::now());
    while start.elapsed() < LONG {
        let begin = Instant::now();
        std::thread::scope(|s| {
            for (to, from) in to.chunks_mut(part).zip(from.chunks(part)) {
                s.spawn(|| to.copy_from_slice(black_box(from)));
            }
        });
        black_box(&mut to);
        best = best.max(len as f64 / begin.elapsed().as_secs_f64());
    }
    best
}
