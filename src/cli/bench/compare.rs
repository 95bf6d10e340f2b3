//! `gapwave bench compare`.

use super::run::Form;
use crate::cli::failure::Failure;
use gapwave_harness::report::{comparison_csv, comparison_json, comparison_markdown, comparison_table};
use gapwave_harness::{Entry, Exit, read_history};
use std::path::{Path, PathBuf};
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

fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::from(e).context(name.clone()))?;
    read_history(&text).map_err(|e| Failure::from(e).context(name))
}

pub(super) fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let comparison = gapwave_harness::compare(&a, &b);
    let mut out = std::io::stdout().lock();
    match (args.json, args.format) {
        (true, _) | (_, Form::Json) => comparison_json(&comparison, &mut out)?,
        (_, Form::Csv) => comparison_csv(&comparison, &mut out)?,
        (_, Form::Markdown) => comparison_markdown(&comparison, &mut out)?,
        (_, Form::Table) => comparison_table(&comparison, &mut out)?,
    }
    if comparison.pairs.is_empty() {
        eprintln!("gapwave: the two have no case in common");
        return Ok(Exit::NotComparable.into());
    }
    Ok(Exit::Pass.into())
}
