//! How fast CSV is read and turned into Parquet, beside polars' own streaming engine in the same process.
//!
//! `csv_speed [MB] [FOLDER]`: makes a file of that size (10 columns of numbers), then takes turns, three times each, and
//! prints the medians.

use gapwave_datasets::polars::prelude::{
    FileWriteFormat, LazyCsvReader, LazyFileListReader, ParquetWriteOptions, PlRefPath, SinkDestination, SinkTarget,
    UnifiedSinkArgs,
};
use gapwave_datasets::{ReadOptions, WriteOptions, create, open};
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// Rows that the driver of a stream would ask for.
const ROWS: usize = 1 << 19;

fn generate(path: &Path, bytes: u64) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    out.write_all(b"a,b,c,d,e,f,g,h,i,j\n")?;
    let (mut written, mut seed, mut row) = (0u64, 1u64, 0u64);
    let mut line = Vec::new();
    while written < bytes {
        line.clear();
        write!(line, "{row}")?;
        for column in 0..9u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let v = (seed >> 33) as f64 / f64::from(1u32 << 21);
            match column {
                0..3 => write!(line, ",{v:.3}")?,
                3..6 => write!(line, ",{:.6}", v - 500.0)?,
                6 => write!(line, ",{}", seed >> 44)?,
                // With all the digits that a float can have, and with gaps.
                7 => write!(line, ",{v}")?,
                _ if seed >> 60 == 0 => line.push(b','),
                _ => write!(line, ",{v:.2}")?,
            }
        }
        line.push(b'\n');
        out.write_all(&line)?;
        written += line.len() as u64;
        row += 1;
    }
    out.flush()
}

fn seconds(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let from = Instant::now();
    run()?;
    Ok(from.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mb: u64 = args.next().map_or(Ok(256), |a| a.parse())?;
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into);
    let (path, ours, theirs) =
        (folder.join("csv_speed.csv"), folder.join("csv_speed_a.parquet"), folder.join("csv_speed_b.parquet"));
    generate(&path, mb * 1_000_000)?;
    let size = std::fs::metadata(&path)?.len() as f64 / 1e6;
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..3 {
        times[0].push(seconds(|| open(&path, &ReadOptions::default()).map(drop).map_err(Into::into))?);
        let mut source = open(&path, &ReadOptions::default())?;
        times[1].push(seconds(|| {
            while source.read(ROWS)?.is_some() {}
            Ok(())
        })?);
        times[2].push(seconds(|| {
            let mut source = open(&path, &ReadOptions::default())?;
            let mut sink = create(&ours, &WriteOptions::carrying(source.as_ref()))?;
            while let Some(chunk) = source.read(ROWS)? {
                sink.write(chunk)?;
            }
            Ok(sink.finish()?)
        })?);
        times[3].push(seconds(|| {
            let target = SinkTarget::Path(PlRefPath::new(&*theirs.to_string_lossy()));
            let options = ParquetWriteOptions::default();
            LazyCsvReader::new(PlRefPath::new(&*path.to_string_lossy()))
                .finish()?
                .sink(
                    SinkDestination::File { target },
                    FileWriteFormat::Parquet(options.into()),
                    UnifiedSinkArgs::default(),
                )?
                .collect()?;
            Ok(())
        })?);
    }
    let median = |t: &mut Vec<f64>| {
        t.sort_by(f64::total_cmp);
        t[t.len() / 2]
    };
    let [survey, parse, own, polars] = &mut times;
    let (survey, parse, own, polars) = (median(survey), median(parse), median(own), median(polars));
    println!("{size:.0} MB, {} threads", rayon::current_num_threads());
    println!("survey            {:8.2} s {:8.0} MB/s", survey, size / survey);
    println!("parse             {:8.2} s {:8.0} MB/s", parse, size / parse);
    println!("CSV to Parquet    {:8.2} s {:8.0} MB/s", own, size / own);
    println!("polars, the same  {:8.2} s {:8.0} MB/s", polars, size / polars);
    println!("{:.2} times the speed of polars", polars / own);
    for made in [path, ours, theirs] {
        std::fs::remove_file(made)?;
    }
    Ok(())
}
