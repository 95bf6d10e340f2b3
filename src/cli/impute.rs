//! `gapwave impute`.

use super::count::{Counted, counting_sink};
use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::{progress, registry_args};
use crate::session::step::gaps;
use crate::{Pipeline, Provenance};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser};
use gapwave_datasets::{Cast, Source};
use gapwave_kernels::{Entry, registry};
use std::process::ExitCode;

/// Fill the gaps of a table's columns: null, NaN and what --missing names. Observed values are never rewritten
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Columns to fill, by name, comma-separated [default: all columns of numbers]
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    columns: Option<Vec<String>>,
    /// Draw the columns with their gaps shaded and the filled values in colour, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = super::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

fn methods() -> Vec<&'static Entry> {
    registry::family("impute").filter(|e| !e.part).collect()
}

/// Adds `--method` and what the methods take to the verb.
pub(super) fn with_methods(command: Command) -> Command {
    let entries = methods();
    let help: Vec<String> = entries.iter().map(|e| format!("{}: {}", e.name(), e.help)).collect();
    let method = Arg::new("method")
        .long("method")
        .required(true)
        .value_name("METHOD")
        .value_parser(PossibleValuesParser::new(entries.iter().map(|e| e.name())))
        .help(format!("How gaps are filled; {}", help.join("; ")));
    registry_args::add(command.arg(method), &entries)
}

pub(super) fn run(args: &Args, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let name = matches.get_one::<String>("method").map_or("", String::as_str);
    let entry = registry::find(&format!("impute/{name}"))?;
    let params = registry_args::table(matches, entry, &methods())?;
    let sentinel = params.get("missing").and_then(toml::Value::as_float);
    let kernel = (entry.parse)(params)?;
    let session = args.run.session()?;

    let source = args.files.open(&session, args.columns.as_deref())?;
    let schema = source.schema().clone();
    let (select, casts) = gaps(kernel.as_ref(), &schema, args.columns.as_deref())?;
    let names: Vec<String> = select.iter().map(|&i| schema.names[i].clone()).collect();
    let sink = args.files.create(source.as_ref())?;

    let (source, missing_before) = Counted::new(Cast::new(source, casts), select.clone(), sentinel);
    let (sink, missing_after) = counting_sink(sink, select.clone(), sentinel);
    let provenance = progress::watch(&args.run, &session, "impute", move |session, control| {
        let (mut source, mut sink) = (source, sink);
        if select.is_empty() {
            Pipeline::from_source(source).into_sink(sink).run_with(session, control)?;
            return Ok(None);
        }
        session.drive(kernel.as_ref(), &mut source, &select, &mut sink, control).map(Some)
    })?;

    let (before, after) = (missing_before.counts(), missing_after.counts());
    report(args, name, &names, &before, &after, provenance.as_ref())?;
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        super::plot::filled(path, &args.files, &names, sentinel)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn report(
    args: &Args,
    method: &str,
    names: &[String],
    before: &[u64],
    after: &[u64],
    provenance: Option<&Provenance>,
) -> Result<(), Failure> {
    if args.run.json {
        let columns: Vec<_> = names
            .iter()
            .zip(before.iter().zip(after))
            .map(
                |(name, (b, a))| serde_json::json!({ "column": name, "missing": b, "filled": b - a.min(b), "left": a }),
            )
            .collect();
        let report = serde_json::json!({
            "method": method, "input": args.files.input, "output": args.files.output, "columns": columns,
            "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    for (name, (b, a)) in names.iter().zip(before.iter().zip(after)).filter(|(_, (b, _))| **b > 0) {
        let left = if *a > 0 { format!(", {a} left missing") } else { String::new() };
        args.run.say(format!("{name}: {} of {b} missing values filled{left}", b - a.min(b)));
    }
    if before.iter().all(|b| *b == 0) {
        args.run.say("nothing is missing; the table was written as it is");
    }
    if let Some(p) = provenance {
        args.run.say(p);
    }
    Ok(())
}
