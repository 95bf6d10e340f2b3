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

/// Seconds that all threads have computed for, where the system tells (Linux): they count on a busy machine too.
fn computed() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    // User and system time, in hundredths.
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Seconds on the clock, and computed.
type Took = (f64, f64);

fn seconds(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Took, Box<dyn Error>> {
    let (from, before) = (Instant::now(), computed());
    run()?;
    Ok((from.elapsed().as_secs_f64(), computed() - before))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mb: u64 = args.next().map_or(Ok(256), |a| a.parse())?;
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into);
    let (path, ours, theirs) =
        (folder.join("csv_speed.csv"), folder.join("csv_speed_a.parquet"), folder.join("csv_speed_b.parquet"));
    generate(&path, mb * 1_000_000)?;
    let size = std::fs::metadata(&path)?.len() as f64 / 1e6;
    let mut times: [Vec<Took>; 4] = Default::default();
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
    let median = |mut t: Vec<f64>| {
        t.sort_by(f64::total_cmp);
        t[t.len() / 2]
    };
    println!("{size:.0} MB, {} threads", rayon::current_num_threads());
    println!("{:16} {:>8} {:>8} {:>12}", "", "seconds", "MB/s", "CPU seconds");
    let mut medians = Vec::new();
    for (name, took) in ["survey", "parse", "CSV to Parquet", "polars, the same"].iter().zip(&times) {
        let clock = median(took.iter().map(|t| t.0).collect());
        let cpu = median(took.iter().map(|t| t.1).collect());
        println!("{name:16} {clock:8.2} {:8.0} {cpu:12.2}", size / clock);
        medians.push(clock);
    }
    println!("{:.2} times the speed of polars", medians[3] / medians[2]);
    for made in [path, ours, theirs] {
        std::fs::remove_file(made)?;
    }
    Ok(())
}
