//! `gapwave filter`.

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::steps;
use std::process::ExitCode;

/// Keep the rows of a table for which a condition holds
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Comparisons of columns with numbers, joined by `and`: 'x >= 160 and x < 480 and polarity = 1'. A missing value
    /// fulfils none
    #[arg(long = "where", value_name = "CONDITION")]
    condition: String,
    #[command(flatten)]
    run: RunOptions,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    // What is wrong with the condition is said before a file is opened.
    gapwave_kernels::filter::predicate::parse(&args.condition)?;
    let session = args.run.session()?;
    let ran = steps::run(&args.run, &args.files, "filter", &session, None, |p| p.keep(&args.condition))?;
    args.run.say(format!("{} of {} rows kept", ran.written, ran.rows));
    let mut more = serde_json::Map::new();
    more.insert("where".into(), args.condition.clone().into());
    more.insert("kept".into(), ran.written.into());
    ran.report(&args.run, &args.files, more)?;
    Ok(ExitCode::SUCCESS)
}
