//! `gapwave signal`.

mod args;
mod gapless;
mod kinds;

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::progress;
use args::Chosen;
use gapless::Gapless;
use gapwave_columns::DType;
use gapwave_datasets::{Cast, Schema, Source, WriteOptions};
use gapwave_kernels::{Kernel, Reach};
use kinds::Kind;
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
    /// Columns to filter, by name, comma-separated; the others go along as they are [default: all columns of floats, and
    /// where there are none all of numbers]
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

/// The columns that are filtered, and those of them that come as floats.
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
        None => {
            let floats: Vec<usize> = (0..schema.cols.len()).filter(|&i| schema.cols[i].dtype.is_float()).collect();
            // Sound is whole numbers as often as not.
            if floats.is_empty() { (0..schema.cols.len()).collect() } else { floats }
        }
    };
    if select.is_empty() {
        return Err(Failure::usage("there is no column of numbers"));
    }
    let casts = select.iter().filter_map(|&i| match schema.cols[i].dtype {
        d if d.is_float() => None,
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => Some((i, DType::F32)),
        _ => Some((i, DType::F64)),
    });
    let casts = casts.collect();
    Ok((select, casts))
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let common = args.kind.common();
    let session = common.run.session()?;
    #[cfg(feature = "cli")]
    if common.plot.is_some() && same_file(&common.files) {
        return Err(Failure::usage("--plot draws the input beside the output: write to another file"));
    }
    let mut source = common.files.open(&session, None)?;
    let fs = args.kind.fs(source.schema().attrs.fs);
    let Chosen { kernel, said } = args.kind.kernel(fs)?;
    let (mut select, mut casts) = chosen(source.schema(), common.columns.as_deref())?;
    let names: Vec<String> = select.iter().map(|&i| source.schema().names[i].clone()).collect();
    if args.kind.changes_rate() {
        // It makes another table, of what is filtered alone.
        source = common.files.open(&session, Some(&names))?;
        (select, casts) = chosen(source.schema(), Some(&names))?;
    }
    let options = match args.kind.changes_rate() {
        true => WriteOptions { format: common.files.written(), ..Default::default() },
        false => WriteOptions { format: common.files.written(), ..WriteOptions::carrying(source.as_ref()) },
    };
    let sink = gapwave_datasets::create(&common.files.output, &options)?;
    let source = Cast::new(source, casts);
    let source = Gapless::new(source, select.clone(), &common.files.input, args.kind.rates());
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

/// Whether the output takes the input's place.
#[cfg(feature = "cli")]
fn same_file(files: &Files) -> bool {
    let real = |path: &std::path::Path| path.canonicalize().ok();
    real(&files.input).is_some_and(|input| real(&files.output) == Some(input))
}

/// How far the kernel looks, or why it does not take these columns.
fn reach(kernel: &dyn Kernel, schema: &Schema, select: &[usize]) -> Result<Reach, Failure> {
    let metas: Vec<_> = select.iter().map(|&i| schema.cols[i].clone()).collect();
    Ok(kernel.infer(&metas)?.reach)
}
