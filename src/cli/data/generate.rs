//! `gapwave data generate`: synthetic data of any length.

use crate::cli::failure::Failure;
use crate::cli::options::RunOptions;
use crate::cli::steps;
use clap::Subcommand;
use gapwave_datasets::generate::{Events, Table};
use gapwave_datasets::{Format, Source, WriteOptions};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make synthetic data of any length: the same seed gives the same data
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand, Debug)]
enum Kind {
    /// A recording of an event camera: moving edges and noise
    Events {
        /// Width and height of the sensor in pixels
        #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = parse_size)]
        sensor: (u16, u16),
        /// Events per second of the scene
        #[arg(long, value_name = "N", default_value_t = 10e6)]
        rate: f64,
        #[command(flatten)]
        common: Common,
    },
    /// A table of sensors, every ten minutes: trend, seasons, noise, gaps
    Table {
        /// Sensors
        #[arg(long, value_name = "N", default_value_t = 10)]
        columns: u16,
        /// Part of the readings that is missing
        #[arg(long, value_name = "PART", default_value_t = 0.1)]
        missing: f64,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(clap::Args, Debug)]
struct Common {
    /// Rows; 1e9 will do
    #[arg(long, value_name = "N", value_parser = parse_rows)]
    rows: u64,
    /// Another seed makes other data
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// File to write, its format told by the extension
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Format of the file, whatever its name says
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    #[command(flatten)]
    run: RunOptions,
}

fn parse_size(s: &str) -> Result<(u16, u16), String> {
    let refuse = || format!("{s:?} is no size: expected WxH, as 1280x720");
    let (w, h) = s.split_once('x').ok_or_else(refuse)?;
    Ok((w.parse().map_err(|_| refuse())?, h.parse().map_err(|_| refuse())?))
}

/// A whole number, also as `1e9`.
fn parse_rows(s: &str) -> Result<u64, String> {
    if let Ok(n) = s.replace('_', "").parse() {
        return Ok(n);
    }
    let whole = s.parse::<f64>().ok().filter(|f| f.fract() == 0.0 && (0.0..9e15).contains(f));
    whole.map(|f| f as u64).ok_or_else(|| format!("{s:?} is no number of rows"))
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.kind {
        Kind::Events { sensor, rate, common } => {
            let scene =
                Events { seed: common.seed, events: common.rows, width: sensor.0, height: sensor.1, rate: *rate };
            write(common, "events", scene.source()?)
        }
        Kind::Table { columns, missing, common } => {
            let table = Table { seed: common.seed, rows: common.rows, columns: (*columns).into(), missing: *missing };
            write(common, "table", table.source()?)
        }
    }
}

fn write(common: &Common, what: &str, source: impl Source + 'static) -> Result<ExitCode, Failure> {
    let session = common.run.session()?;
    let options = WriteOptions { format: common.to, ..WriteOptions::carrying(&source) };
    let sink = gapwave_datasets::create(&common.output, &options)?;
    let ran = steps::into(&common.run, what, &session, source, sink, Ok)?;
    common.run.say(format!("{} rows in {:.3} s", ran.written, ran.seconds));
    Ok(ExitCode::SUCCESS)
}
