//! `gapwave spectrum periods`.

use super::Read;
use crate::cli::count::is_missing;
use crate::cli::failure::Failure;
use crate::cli::options::RunOptions;
use crate::cli::out::outln;
use crate::cli::{progress, table};
use gapwave_columns::{Array, Chunk};
use gapwave_kernels::fft::periods::{Period, Search, dominant_periods};
use gapwave_kernels::real;
use std::process::ExitCode;

/// Rows a column may have: all are in memory, several times.
const MOST: usize = 1 << 28;

#[derive(clap::Args, Debug)]
#[command(
    after_long_help = "Prints a table, the strongest period first: its length in units of time and in rows, the \
    part of the variance that its waves explain (power) and the part that comes again after it (strength). OUT gets \
    the same. A column without a period is no error: there are no rows then."
)]
pub(super) struct Args {
    #[command(flatten)]
    read: Read,
    /// The column to search; missing values are left out [default: the only column of numbers]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Rows per unit of time. A ratio is taken too: 365.25/7 for weeks of years
    /// [default: that of the file where it has one, else 1]
    #[arg(long, value_name = "FS", value_parser = super::parse_ratio, allow_negative_numbers = true)]
    fs: Option<f64>,
    /// Periods at most
    #[arg(long, value_name = "N", default_value_t = 5)]
    most: usize,
    /// Shortest period, in rows
    #[arg(long, value_name = "ROWS", default_value_t = 2.0)]
    shortest: f64,
    /// Longest period, in rows [default: a third of the column, and never more]
    #[arg(long, value_name = "ROWS")]
    longest: Option<f64>,
    /// Chance that a column of nothing but noise has a candidate
    #[arg(long, value_name = "P", default_value_t = 0.01)]
    significance: f64,
    #[command(flatten)]
    run: RunOptions,
}

fn rows(found: &[Period], fs: f64) -> Result<Chunk, Failure> {
    let column = |of: &dyn Fn(&Period) -> f64| Array::from(found.iter().map(of).collect::<Vec<f64>>());
    Ok(Chunk::new([
        ("period", column(&|p| p.period / fs)),
        ("rows", column(&|p| p.period)),
        ("power", column(&|p| p.power)),
        ("strength", column(&|p| p.strength)),
    ])?)
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let session = args.run.session()?;
    let files = args.read.files();
    let (name, mut source) = super::open(&files, args.column.as_deref(), &session)?;
    let fs = super::rate(args.fs, source.as_ref());
    let input = files.input.display();
    let too_long = |n: u64| n > MOST as u64;
    if let Some(n) = source.rows().filter(|&n| too_long(n)) {
        return Err(Failure::failed(format!("{input}: {n} rows: periods are searched in at most {MOST}")));
    }
    let column = super::whole(source.as_mut(), &files)?;
    if too_long(column.len() as u64) {
        return Err(Failure::failed(format!("{input}: more than {MOST} rows")));
    }
    let mut x = real(&column);
    let mut missing = 0;
    for (x, gap) in x.iter_mut().zip(is_missing(&column, None)) {
        if gap {
            *x = f64::NAN;
            missing += 1;
        }
    }
    let longest = args.longest.unwrap_or(f64::INFINITY);
    let search = Search { most: args.most, significance: args.significance, shortest: args.shortest, longest };
    let n = x.len();
    let found = progress::watch(&args.run, &session, "periods", move |_, _| Ok(dominant_periods(&x, &search)?))?;
    args.read.write(|| rows(&found, fs))?;
    if args.run.json {
        let list: Vec<_> = found
            .iter()
            .map(|p| {
                let (power, strength) = (p.power, p.strength);
                serde_json::json!({"period": p.period / fs, "rows": p.period, "power": power, "strength": strength})
            })
            .collect();
        let report = serde_json::json!({
            "input": files.input, "output": args.read.output, "column": name, "rows": n, "missing": missing, "fs": fs,
            "periods": list,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    } else if found.is_empty() {
        args.run.say(format!("{name}: no period in {n} rows, {missing} of them missing"));
    } else {
        let cells = |p: &Period| {
            vec![
                format!("{:.4}", p.period / fs),
                format!("{:.3}", p.period),
                format!("{:.4}", p.power),
                format!("{:.4}", p.strength),
            ]
        };
        table::print(&["period", "rows", "power", "strength"], &found.iter().map(cells).collect::<Vec<_>>());
    }
    Ok(ExitCode::SUCCESS)
}
