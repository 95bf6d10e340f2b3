//! `gapwave bench run`.

use super::cases::{CaseArgs, on_places};
use super::places::PlaceArgs;
use super::{parse_size, parse_time};
use crate::cli::failure::Failure;
use gapwave_harness::report::{Csv, JsonLines, Markdown, Progress, Report, Table};
use gapwave_harness::{Entry, Executor, Label, Record, Settings, WallClock, append};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(clap::Args, Debug)]
pub(super) struct RunArgs {
    /// quick: fewer rounds, for a first look and for every commit
    #[arg(long, default_value = "full", value_enum)]
    suite: Suite,
    #[command(flatten)]
    cases: CaseArgs,
    #[command(flatten)]
    places: PlaceArgs,
    /// Sizes to run each kernel at, in elements: 1e6, 64Ki, 4M [default: the sizes each kernel is worth timing at]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = parse_size, conflicts_with = "input")]
    size: Vec<usize>,
    /// Time for the whole run, such as 90s or 5m: each measurement gets its share; what does not fit is not run
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    max_time: Option<Duration>,
    /// Run the kernels that need no parameters on this table's columns instead
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// How the measurements are shown
    #[arg(long, default_value = "table", value_enum)]
    format: Form,
    /// The same as --format json: one line for each measurement, raw samples included
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Append the measurements to this file of JSON lines, which is made if there is none
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Suite {
    Quick,
    Full,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Aligned columns for the terminal.
    Table,
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
    /// A Markdown table.
    Markdown,
}

impl Form {
    /// What is shown where `--json` may have been given instead.
    pub(super) fn or_json(self, json: bool) -> Form {
        if json { Form::Json } else { self }
    }
}

/// Appends every measurement and failure to a history as soon as it is there.
struct Save<'a>(&'a Path);

impl Report for Save<'_> {
    fn record(&mut self, record: &Record) -> gapwave_harness::Result<()> {
        append(self.0, &[Entry::Measured(Box::new(record.clone()))])
    }

    fn failed(&mut self, label: &Label, why: &str) -> gapwave_harness::Result<()> {
        append(self.0, &[Entry::Failed(label.clone(), why.to_owned())])
    }
}

pub(super) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    // Before minutes of measuring: can it be kept?
    if let Some(path) = &args.save {
        append(path, &[]).map_err(|e| Failure::from(e).context(path.display().to_string()))?;
    }
    let prepared = match &args.input {
        Some(path) => args.cases.of_file(path)?,
        None => args.cases.of_registry(&args.size)?,
    };
    eprintln!("measuring the peaks …");
    let (places, fingerprint) = args.places.places()?;
    let cases = on_places(&prepared, &places)?;
    drop(prepared);
    let settings = match args.suite {
        Suite::Quick => Settings::quick(),
        Suite::Full => Settings::default(),
    };
    let executor = Executor::new(WallClock::new(), settings);

    let out = std::io::stdout;
    let mut shown: Box<dyn Report> = match args.format.or_json(args.json) {
        Form::Json => Box::new(JsonLines::new(out().lock())),
        Form::Csv => Box::new(Csv::new(out().lock())),
        Form::Markdown => Box::new(Markdown::new(out().lock())),
        Form::Table => Box::new(Table::new(out().lock())),
    };
    let mut progress = std::io::stderr().is_terminal().then(|| Progress::new(std::io::stderr()));
    let mut save = args.save.as_deref().map(Save);
    let mut reports: Vec<&mut dyn Report> = Vec::new();
    if let Some(p) = progress.as_mut() {
        reports.push(p);
    }
    if let Some(s) = save.as_mut() {
        reports.push(s);
    }
    reports.push(shown.as_mut());
    let summary = gapwave_harness::run(cases, &executor, &fingerprint, args.max_time, &mut reports)?;
    eprintln!("{}", summary.line());
    Ok(summary.exit().into())
}
