//! `gapwave bench compare`.

use super::read;
use super::run::Form;
use crate::cli::failure::Failure;
use gapwave_harness::report::{comparison_csv, comparison_json, comparison_markdown, comparison_table};
use gapwave_harness::{Exit, read_history};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct CompareArgs {
    /// JSON lines of `bench run`: what is compared with. Of several measurements of a case the last one counts
    #[arg(value_name = "A")]
    a: PathBuf,
    /// JSON lines of `bench run`: what is compared
    #[arg(value_name = "B")]
    b: PathBuf,
    /// How the comparison is shown
    #[arg(long, default_value = "table", value_enum)]
    format: Form,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub(super) fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let (a, b) = (read(&args.a, read_history)?, read(&args.b, read_history)?);
    let comparison = gapwave_harness::compare(&a, &b);
    let mut out = std::io::stdout().lock();
    match args.format.or_json(args.json) {
        Form::Json => comparison_json(&comparison, &mut out)?,
        Form::Csv => comparison_csv(&comparison, &mut out)?,
        Form::Markdown => comparison_markdown(&comparison, &mut out)?,
        Form::Table => comparison_table(&comparison, &mut out)?,
    }
    if comparison.pairs.is_empty() {
        eprintln!("gapwave: the two have no case in common");
        return Ok(Exit::NotComparable.into());
    }
    Ok(Exit::Pass.into())
}
