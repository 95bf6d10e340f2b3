//! What streaming costs where the file would have fit: the same work by hand, on the whole file in memory.
//!
//! `cargo run --release --example whole_file [MILLION ROWS] [FOLDER]`, ten million if nothing is said. Gaps are filled
//! by linear interpolation, from a file into a file. By hand: the file is read at once (`std::fs::read`, polars' readers),
//! one call to the kernel, the result written at once. In turn, five times each; medians, and whether results are the same.

use gapwave::datasets::generate::Table;
use gapwave::datasets::polars::prelude::{
    CsvReadOptions, DataFrame, IpcReader, IpcWriter, ParquetReader, ParquetWriter, SerReader, SerWriter,
};
use gapwave::datasets::{Source, WriteOptions, create, open};
use gapwave::kernels::impute::linear::Linear;
use gapwave::{Array, Chunk, Pipeline, Session};
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn write(path: &Path, mut source: impl Source) -> Outcome {
    let mut sink = create(path, &WriteOptions::default())?;
    while let Some(chunk) = source.read(1 << 16)? {
        sink.write(chunk)?;
    }
    Ok(sink.finish()?)
}

fn streamed(from: &Path, to: &Path, session: &Session) -> Outcome {
    Pipeline::read(from)?.fill(Linear::default()).write(to)?.run(session)?;
    Ok(())
}

/// A NumPy array of f64, as somebody would write it who knows the file.
fn npy_by_hand(from: &Path, to: &Path, session: &Session) -> Outcome {
    let file = std::fs::read(from)?;
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    let values: Vec<f64> = file[start..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    let filled = session.run(&Linear::default(), Array::from(values))?;
    let mut out = file[..start].to_vec();
    out.extend_from_slice(filled.array().bytes());
    Ok(std::fs::write(to, out)?)
}

fn frame_by_hand(from: &Path, to: &Path, session: &Session) -> Outcome {
    let kind = from.extension().unwrap_or_default();
    let frame: DataFrame = match kind.to_str() {
        Some("parquet") => ParquetReader::new(File::open(from)?).finish()?,
        Some("arrow") => IpcReader::new(File::open(from)?).finish()?,
        _ => CsvReadOptions::default().try_into_reader_with_file_path(Some(from.into()))?.finish()?,
    };
    let mut filled = Pipeline::from_frame(frame)?.fill(Linear::default()).collect_frame(session)?;
    match kind.to_str() {
        Some("arrow") => IpcWriter::new(File::create(to)?).finish(&mut filled)?,
        _ => drop(ParquetWriter::new(File::create(to)?).finish(&mut filled)?),
    }
    Ok(())
}

fn table(path: &Path) -> Outcome<Chunk> {
    let mut source = open(path, &Default::default())?;
    let mut parts = Vec::new();
    while let Some(chunk) = source.read(usize::MAX)? {
        parts.push(chunk);
    }
    Ok(Chunk::concat(parts)?.ok_or("no rows")?)
}

fn main() -> Outcome {
    let mut args = std::env::args().skip(1);
    let rows = args.next().map_or(Ok(10.0), |a| a.parse::<f64>())? * 1e6;
    let dir = args.next().map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
    let (session, whole) = (Session::cpu()?, Session::cpu()?.with_chunk_rows(usize::MAX));
    let made = Table { seed: 1, rows: rows as u64, columns: 3, missing: 0.1 };
    println!("{:24} {:>10} {:>10} {:>8}", "", "by hand, s", "gapwave, s", "ratio");
    for (input, output) in
        [("a.npy", "b.npy"), ("a.parquet", "b.parquet"), ("a.arrow", "b.arrow"), ("a.csv", "b.parquet")]
    {
        let (from, ours, theirs) =
            (dir.path().join(input), dir.path().join(format!("ours_{output}")), dir.path().join(output));
        if input == "a.npy" {
            // One column, its gaps as NaN.
            let mut all = made.source()?.read(usize::MAX)?.ok_or("no rows")?;
            let column = all.cols.swap_remove(1);
            let gap = |i: usize| column.valid().is_some_and(|v| !v.get(i));
            let values = column.as_slice::<f64>()?.iter().enumerate();
            let values: Vec<f64> = values.map(|(i, &x)| if gap(i) { f64::NAN } else { x }).collect();
            write(&from, gapwave::datasets::MemorySource::new(Chunk::new([("x", Array::from(values))])?))?;
        } else {
            write(&from, made.source()?)?;
        }
        let mut times: [Vec<f64>; 2] = Default::default();
        for _ in 0..5 {
            let begin = Instant::now();
            match input {
                "a.npy" => npy_by_hand(&from, &theirs, &whole)?,
                _ => frame_by_hand(&from, &theirs, &whole)?,
            }
            times[0].push(begin.elapsed().as_secs_f64());
            let begin = Instant::now();
            streamed(&from, &ours, &session)?;
            times[1].push(begin.elapsed().as_secs_f64());
        }
        let (a, b) = (table(&ours)?, table(&theirs)?);
        let same = a.rows() == b.rows() && a.cols.iter().zip(&b.cols).all(|(x, y)| x.bytes() == y.bytes());
        let [by_hand, streamed] = times.map(|mut t| {
            t.sort_by(f64::total_cmp);
            t[t.len() / 2]
        });
        let what = format!("{input} to .{}", output.rsplit('.').next().unwrap_or_default());
        println!("{what:24} {by_hand:10.3} {streamed:10.3} {:8.2}", streamed / by_hand);
        if !same {
            return Err(format!("{what}: the results differ").into());
        }
    }
    Ok(())
}
