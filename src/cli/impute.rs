//! `gapwave impute`.

use super::count::{Counted, counting_sink};
use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::{progress, registry_args};
use crate::Provenance;
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser};
use gapwave_columns::{DType, Meta};
use gapwave_datasets::{Cast, ReadOptions, Schema, Sink, Source, WriteOptions};
use gapwave_kernels::{Entry, Kernel, registry};
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

/// The columns that the kernel is run on, and those of them that come as f64.
struct Chosen {
    select: Vec<usize>,
    as_f64: Vec<(usize, DType)>,
}

fn choose(kernel: &dyn Kernel, schema: &Schema, asked: bool, sentinel: bool) -> Result<Chosen, Failure> {
    let mut chosen = Chosen { select: Vec::new(), as_f64: Vec::new() };
    for (i, meta) in schema.cols.iter().enumerate() {
        // A column of integers without nulls has no gaps unless a number stands for them.
        if !asked && !meta.dtype.is_float() && !meta.nullable && !sentinel {
            continue;
        }
        let as_f64 = Meta { dtype: DType::F64, ..meta.clone() };
        match kernel.infer(std::slice::from_ref(meta)) {
            Ok(_) => chosen.select.push(i),
            Err(_) if !meta.dtype.is_float() && kernel.infer(&[as_f64]).is_ok() => {
                chosen.select.push(i);
                chosen.as_f64.push((i, DType::F64));
            }
            Err(e) => return Err(Failure::from(e).context(format!("column {}", schema.names[i]))),
        }
    }
    Ok(chosen)
}

pub(super) fn run(args: &Args, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let name = matches.get_one::<String>("method").map_or("", String::as_str);
    let entry = registry::find(&format!("impute/{name}"))?;
    let params = registry_args::table(matches, entry, &methods())?;
    let sentinel = params.get("missing").and_then(toml::Value::as_float);
    let kernel = (entry.parse)(params)?;
    let session = args.run.session()?;

    let read = ReadOptions { columns: args.columns.clone(), format: args.files.format, ..Default::default() };
    let source = gapwave_datasets::open(&args.files.input, &read)?;
    let schema = source.schema().clone();
    let chosen = choose(kernel.as_ref(), &schema, args.columns.is_some(), sentinel.is_some())?;
    let names: Vec<String> = chosen.select.iter().map(|&i| schema.names[i].clone()).collect();
    let write = WriteOptions { format: args.files.format, ..WriteOptions::carrying(source.as_ref()) };
    let sink = gapwave_datasets::create(&args.files.output, &write)?;

    let select = chosen.select.clone();
    let (source, missing_before) = Counted::new(Cast::new(source, chosen.as_f64), select.clone(), sentinel);
    let (sink, missing_after) = counting_sink(sink, select.clone(), sentinel);
    let provenance = progress::watch(&args.run, &session, "impute", move |session, control| {
        let (mut source, mut sink) = (source, sink);
        if select.is_empty() {
            return copy(&mut source, &mut sink).map(|()| None);
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

fn copy(source: &mut dyn Source, sink: &mut dyn Sink) -> crate::Result<()> {
    while let Some(chunk) = source.read(1 << 20)? {
        sink.write(chunk)?;
    }
    Ok(sink.finish()?)
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
