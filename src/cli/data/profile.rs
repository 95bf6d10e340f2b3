//! `gapwave data profile`: how a file is best read.
//!
//! Every size of chunk is tried in a process of its own, so that the peak of its memory is its own.

use crate::cli::failure::Failure;
use crate::cli::options::Reading;
use crate::cli::out::outln;
use crate::cli::table;
use crate::{Session, show_bytes};
use gapwave_datasets::{MemorySink, Sink};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Read a file at once and in chunks of several sizes, and recommend settings
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Args {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Read so many rows at most
    #[arg(long, value_name = "N", default_value_t = 50_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Read once in chunks of so many rows, 0 for all at once, and print what it took: what the verb itself runs
    #[arg(long, hide = true, value_name = "ROWS")]
    probe: Option<usize>,
    #[command(flatten)]
    reading: Reading,
}

/// What reading a file in one way took.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Probe {
    /// Rows of a chunk; 0: everything at once, kept.
    chunk_rows: usize,
    rows: u64,
    /// Bytes of a row in memory.
    row_bytes: u64,
    /// Until the first rows could be asked for.
    open_seconds: f64,
    seconds: f64,
    /// Most memory of the process, its own program included; none where the system does not say.
    peak_bytes: Option<u64>,
}

const SIZES: [usize; 5] = [0, 16_384, 131_072, 1 << 20, 1 << 23];

fn probe(args: &Args, chunk_rows: usize) -> Result<Probe, Failure> {
    let session = Session::cpu()?;
    let begin = Instant::now();
    let options = gapwave_datasets::ReadOptions { memory: None, ..args.reading.options(&session)? };
    let mut source = gapwave_datasets::open(&args.file, &options)?;
    let open_seconds = begin.elapsed().as_secs_f64();
    let row_bytes = source.row_bytes();
    let mut rows = 0u64;
    let mut kept = MemorySink::new();
    let mut sum = 0u64;
    while rows < args.rows {
        let want = if chunk_rows == 0 { 1 << 20 } else { chunk_rows };
        let want = want.min(usize::try_from(args.rows - rows).unwrap_or(want));
        let Some(chunk) = source.read(want)? else { break };
        rows += chunk.rows() as u64;
        // Touched, as whoever reads a file does.
        sum = chunk
            .cols
            .iter()
            .fold(sum, |s, c| s.wrapping_add(c.bytes().iter().step_by(64).map(|&b| u64::from(b)).sum()));
        if chunk_rows == 0 {
            kept.write(chunk)?;
        }
    }
    std::hint::black_box(sum);
    if chunk_rows == 0 && rows > 0 {
        kept.finish()?;
        std::hint::black_box(kept.into_table()?.rows());
    }
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Probe { chunk_rows, rows, row_bytes, open_seconds, seconds, peak_bytes: crate::stream::memory::peak() })
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    if let Some(rows) = args.probe {
        outln!("{}", serde_json::to_string(&probe(args, rows)?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let program = std::env::current_exe()?;
    // The same arguments, so that every process reads the file in the same way.
    let given: Vec<_> = std::env::args_os().skip(1).filter(|a| a != "--json").collect();
    let mut probes: Vec<Probe> = Vec::new();
    for size in SIZES {
        let out = Command::new(&program).args(&given).arg("--probe").arg(size.to_string()).output()?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr);
            let said = said.lines().next().unwrap_or("it ended without a word").trim_start_matches("gapwave: ");
            if size == 0 {
                eprintln!("gapwave: reading everything at once failed: {said}");
                continue;
            }
            return Err(Failure::failed(said));
        }
        probes.push(serde_json::from_slice(&out.stdout)?);
    }
    let advice = advise(&probes);
    if args.json {
        let report = serde_json::json!({ "file": args.file, "probes": probes, "advice": advice });
        outln!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = probes
        .iter()
        .map(|p| {
            let name = if p.chunk_rows == 0 { "all at once".into() } else { format!("{} rows", p.chunk_rows) };
            let speed = p.rows as f64 / p.seconds.max(1e-9) / 1e6;
            let peak = p.peak_bytes.map_or("?".into(), show_bytes);
            vec![name, p.rows.to_string(), format!("{:.3}", p.seconds), format!("{speed:.2}"), peak]
        })
        .collect();
    table::print(&["chunks", "rows", "seconds", "Mrows/s", "peak memory"], &rows);
    if let Some(a) = advice {
        outln!("");
        outln!("{}", a.why);
        outln!("--chunk {} --memory {}", a.chunk_rows, show_bytes(a.memory_bytes).replace(' ', ""));
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Serialize)]
struct Advice {
    chunk_rows: usize,
    memory_bytes: u64,
    why: String,
}

/// The smallest chunks that are hardly slower than the fastest ones, and memory for what a run has in flight.
fn advise(probes: &[Probe]) -> Option<Advice> {
    let streamed: Vec<&Probe> = probes.iter().filter(|p| p.chunk_rows > 0 && p.rows > 0).collect();
    let best = streamed.iter().map(|p| p.seconds).fold(f64::INFINITY, f64::min);
    let chosen = streamed.iter().find(|p| p.seconds <= best * 1.05)?;
    let flying = chosen.row_bytes * chosen.chunk_rows.min(chosen.rows as usize) as u64 * 8;
    let base = chosen.peak_bytes.unwrap_or(128 << 20);
    let memory = (base + flying).next_multiple_of(64 << 20);
    let direct = probes.iter().find(|p| p.chunk_rows == 0);
    let why = match direct {
        Some(d) if d.seconds <= chosen.seconds * 0.95 => format!(
            "Everything at once is {:.0} % faster and needs {}; in chunks of {} rows:",
            (chosen.seconds / d.seconds - 1.0) * 100.0,
            d.peak_bytes.map_or("more memory".into(), show_bytes),
            chosen.chunk_rows
        ),
        _ => format!("Chunks of {} rows are as fast as any, and the smallest that are:", chosen.chunk_rows),
    };
    Some(Advice { chunk_rows: chosen.chunk_rows, memory_bytes: memory, why })
}
