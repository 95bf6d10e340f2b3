//! `gapwave convert`.

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::steps;
use std::process::ExitCode;

/// Write a file in another format, chunk by chunk
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Columns of numbers to read as such, by name, comma-separated; the others go along as they are [default: all]
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    columns: Option<Vec<String>>,
    #[command(flatten)]
    run: RunOptions,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let session = args.run.session()?;
    let ran = steps::run(&args.run, &args.files, "convert", &session, args.columns.as_deref(), Ok)?;
    args.run.say(format!("{} rows in {:.3} s", ran.written, ran.seconds));
    ran.report(&args.run, &args.files, serde_json::Map::new())?;
    Ok(ExitCode::SUCCESS)
}
