//! `gapwave signal`.

mod gapless;
mod kinds;

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::progress;
use gapless::Gapless;
use gapwave_columns::DType;
use gapwave_datasets::{Cast, Schema, Source, WriteOptions};
use gapwave_kernels::{Kernel, Reach};
use kinds::{Chosen, Kind};
use std::process::ExitCode;

/// Filter the signals of a table, an array or sound: each column is one, rows are time
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

/// What all filters take.
#[derive(clap::Args, Debug)]
struct Common {
    #[command(flatten)]
    files: Files,
    /// Columns to filter, by name, comma-separated; the others go along as they are [default: all columns of floats]
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    columns: Option<Vec<String>>,
    /// Draw each column before and after, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = super::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// Columns, by number, that come as another type.
type Casts = Vec<(usize, DType)>;

/// The columns that are filtered, and those of them that come as f64.
fn chosen(schema: &Schema, asked: Option<&[String]>) -> Result<(Vec<usize>, Casts), Failure> {
    let select: Vec<usize> = match asked {
        Some(names) => names
            .iter()
            .map(|name| {
                let known = || {
                    Failure::usage(format!(
                        "no column of numbers is called {name:?}; there are {}",
                        schema.names.join(", ")
                    ))
                };
                schema.names.iter().position(|n| n == name).ok_or_else(known)
            })
            .collect::<Result<_, _>>()?,
        None => (0..schema.cols.len()).filter(|&i| schema.cols[i].dtype.is_float()).collect(),
    };
    if select.is_empty() {
        let known = if schema.names.is_empty() { "none".to_owned() } else { schema.names.join(", ") };
        return Err(Failure::usage(format!(
            "no column of floats: say which with --columns; columns of numbers: {known}"
        )));
    }
    let casts = select.iter().filter(|&&i| !schema.cols[i].dtype.is_float()).map(|&i| (i, DType::F64)).collect();
    Ok((select, casts))
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let common = args.kind.common();
    let session = common.run.session()?;
    // A change of rate makes another table, of what is filtered alone.
    let only = common.columns.as_deref().filter(|_| args.kind.changes_rate());
    let source = common.files.open(&session, only)?;
    let fs = args.kind.fs(source.schema().attrs.fs);
    let Chosen { kernel, said } = args.kind.kernel(fs)?;
    let (select, casts) = chosen(source.schema(), common.columns.as_deref())?;
    let names: Vec<String> = select.iter().map(|&i| source.schema().names[i].clone()).collect();
    let options = match args.kind.changes_rate() {
        true => WriteOptions { format: common.files.written(), ..Default::default() },
        false => WriteOptions { format: common.files.written(), ..WriteOptions::carrying(source.as_ref()) },
    };
    let sink = gapwave_datasets::create(&common.files.output, &options)?;
    let source = Gapless::new(Cast::new(source, casts), select.clone(), &common.files.input);
    said.iter().for_each(|what| common.run.say(what));

    let id = kernel.entry().id;
    let whole = reach(kernel.as_ref(), source.schema(), &select)? == Reach::Whole;
    let provenance = progress::watch(&common.run, &session, args.kind.name(), move |session, control| {
        let (mut source, mut sink) = (source, sink);
        session.drive(kernel.as_ref(), &mut source, &select, sink.as_mut(), control)
    })?;
    if common.run.json {
        let report = serde_json::json!({
            "kind": args.kind.name(), "kernel": id, "input": common.files.input, "output": common.files.output,
            "columns": names, "rows": provenance.rows, "fs": fs, "whole": whole, "said": said,
            "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    common.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &common.plot {
        super::plot::changed(path, &common.files, &names, args.kind.rates())?;
        common.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// How far the kernel looks, or why it does not take these columns.
fn reach(kernel: &dyn Kernel, schema: &Schema, select: &[usize]) -> Result<Reach, Failure> {
    let metas: Vec<_> = select.iter().map(|&i| schema.cols[i].clone()).collect();
    Ok(kernel.infer(&metas)?.reach)
}
