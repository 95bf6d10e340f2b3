//! Two builds of the gapwave command in turn over the same jobs, whole processes from start to end.

use crate::Question;
use gapwave::Array;
use gapwave_harness::{Fault, Side, Work};
use gapwave_kernels::case;
use gapwave_peers::npy;
use polars::prelude::*;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use tempfile::TempDir;

struct Job {
    program: PathBuf,
    args: Vec<String>,
    out: PathBuf,
    /// What the first build wrote the first time.
    expected: PathBuf,
    /// Keeps the inputs until the last side is done.
    _dir: Rc<TempDir>,
}

impl Work for Job {
    fn run(&mut self) -> Result<(), Fault> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg("-o").arg(&self.out).args(["--device", "cpu", "--quiet"]);
        let out = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).trim().to_owned().into());
        }
        Ok(())
    }

    fn verify(&mut self) -> Result<(), String> {
        let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
        let got = read(&self.out)?;
        fs::remove_file(&self.out).map_err(|e| e.to_string())?;
        if !self.expected.exists() {
            return fs::write(&self.expected, got).map_err(|e| e.to_string());
        }
        if got == read(&self.expected)? { Ok(()) } else { Err("another file than the first build's".into()) }
    }
}

fn csv(path: &Path, rows: usize) -> Result<(), Fault> {
    let mut text = String::from("time,a,b\n");
    for i in 0..rows {
        let cell = |seed: u64| match case::random(seed, i as u64) % 10 {
            0 => String::new(),
            _ => format!("{:.4}", case::uniform(seed + 1, i as u64)),
        };
        writeln!(text, "{i},{},{}", cell(10), cell(20))?;
    }
    Ok(fs::write(path, text)?)
}

fn parquet(path: &Path, rows: usize) -> Result<(), Fault> {
    let r = |i: usize, salt: u64| case::random(salt, i as u64);
    let t: Vec<i64> = (0..rows).map(|i| i as i64 * 2 + (r(i, 0) & 1) as i64).collect();
    let x: Vec<i16> = (0..rows).map(|i| (r(i, 1) % 640) as i16).collect();
    let p: Vec<i8> = (0..rows).map(|i| (r(i, 3) & 1) as i8).collect();
    let columns = vec![Column::new("t".into(), t), Column::new("x".into(), x), Column::new("p".into(), p)];
    ParquetWriter::new(File::create(path)?).finish(&mut DataFrame::new_infer_height(columns)?)?;
    Ok(())
}

pub(crate) fn questions(a: &Path, b: &Path) -> Result<Vec<Question>, Fault> {
    let dir = Rc::new(tempfile::Builder::new().prefix("gapwave-allocator").tempdir()?);
    let file = |name: &str| dir.path().join(name);
    eprintln!("making inputs");
    csv(&file("gaps.csv"), 1_000_000)?;
    parquet(&file("events.parquet"), 10_000_000)?;
    npy::write(&file("values.npy"), &Array::from(case::uniform_f32(3, 10_000_000)))?;
    npy::write(&file("samples.npy"), &Array::from(case::uniform_f32(4, 4 << 20)))?;
    let job = |id, shape: &str, rows: u64, args: &[&str], input: &str, ending: &str| {
        let input = file(input).display().to_string();
        let args = args.iter().map(|a| if *a == "INPUT" { input.clone() } else { (*a).to_owned() });
        let args: Vec<String> = args.collect();
        let side = |name: &str, program: &Path| {
            let work = Job {
                program: program.to_owned(),
                args: args.clone(),
                out: file(&format!("{name}-out.{ending}")),
                expected: file(&format!("{id}-expected.{ending}").replace('/', "-")),
                _dir: dir.clone(),
            };
            Side { name: name.to_owned(), work: Box::new(work) }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Question { id, shape: shape.into(), elements: rows, threads, sides: vec![side("A", a), side("B", b)] }
    };
    let linear = ["impute", "INPUT", "--method", "linear", "--columns", "a,b"];
    let events = ["filter", "INPUT", "--where", "x >= 160 and x < 480 and p = 1"];
    Ok(vec![
        job("command/impute", "CSV of 1 M rows, two columns", 1_000_000, &linear, "gaps.csv", "csv"),
        job("command/filter-parquet", "Parquet of 10 M events", 10_000_000, &events, "events.parquet", "parquet"),
        job(
            "command/filter-npy",
            "10 M float32",
            10_000_000,
            &["filter", "INPUT", "--where", "values >= 0.5"],
            "values.npy",
            "npy",
        ),
        job("command/spectrum", "4 Mi float32", 4 << 20, &["spectrum", "fft", "INPUT"], "samples.npy", "parquet"),
    ])
}
