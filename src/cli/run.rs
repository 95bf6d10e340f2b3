//! `gapwave run`.

use super::failure::Failure;
use super::options::{Reading, RunOptions};
use super::out::outln;
use super::{progress, steps};
use crate::pipeline::many::{self, Many};
use crate::{Session, Spec};
use std::path::PathBuf;
use std::process::ExitCode;

/// Run the steps of a pipeline file over one file, or over many
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The pipeline, in TOML (docs/pipelines.md)
    #[arg(value_name = "PIPELINE.toml")]
    pipeline: PathBuf,
    /// Files to read, or patterns such as 'in/*.raw' [default: the pipeline's own]
    #[arg(value_name = "IN")]
    inputs: Vec<String>,
    /// File to write, where one file is read [default: the pipeline's own]
    #[arg(long, short, value_name = "OUT", conflicts_with = "out_dir")]
    output: Option<PathBuf>,
    /// Folder to write to, one file for each that is read
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Extension of the files in --out-dir [default: that of the pipeline's format, or the input's]
    #[arg(long, value_name = "EXT", requires = "out_dir")]
    extension: Option<String>,
    /// Files worked on at a time
    #[arg(long, value_name = "N", default_value_t = 1, requires = "out_dir",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Make outputs in --out-dir that are there already again
    #[arg(long, requires = "out_dir")]
    force: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    run: RunOptions,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let spec = Spec::open(&args.pipeline)?;
    let session = args.run.session()?;
    match &args.out_dir {
        Some(dir) => several(args, &spec, &session, dir.clone()),
        None => one(args, &spec, &session),
    }
}

fn one(args: &Args, spec: &Spec, session: &Session) -> Result<ExitCode, Failure> {
    let inputs = many::expand(&args.inputs)?;
    if inputs.len() > 1 {
        return Err(Failure::usage(format!("{} files to read: give --out-dir to write as many", inputs.len())));
    }
    let options = args.reading.options(session)?;
    let input = inputs.first().map(PathBuf::as_path);
    let mut pipeline = spec.pipeline(input, args.output.as_deref(), &options)?;
    if args.dry_run {
        let plan = pipeline.plan(session)?;
        if args.run.json {
            outln!("{}", serde_json::to_string_pretty(&plan)?);
        } else {
            steps::print_plan(&plan);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let begin = std::time::Instant::now();
    let (rows, made) = progress::watch(&args.run, session, "run", move |session, control| {
        let (_, made) = pipeline.run_with(session, control)?;
        Ok((control.progress().rows, made))
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    if args.run.json {
        let report = serde_json::json!({ "rows": rows, "seconds": seconds, "provenance": made });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    for p in &made {
        args.run.say(p);
    }
    args.run.say(format!("{rows} rows in {seconds:.3} s"));
    Ok(ExitCode::SUCCESS)
}

fn several(args: &Args, spec: &Spec, session: &Session, out_dir: PathBuf) -> Result<ExitCode, Failure> {
    let inputs = many::expand(&args.inputs)?;
    if inputs.is_empty() {
        return Err(Failure::usage("no files to read: name them, or give a pattern such as 'in/*.raw'"));
    }
    let many =
        Many { inputs, out_dir, extension: args.extension.clone(), workers: args.workers.into(), force: args.force };
    if args.dry_run {
        for (input, output) in many.inputs.iter().zip(many.outputs(spec)?) {
            let skipped = if output.exists() && !args.force { " (is there: skipped)" } else { "" };
            outln!("{} -> {}{skipped}", input.display(), output.display());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let total = many.inputs.len() as u64;
    let (spec, options) = (spec.clone(), args.reading.options(session)?);
    let begin = std::time::Instant::now();
    let summary = progress::watch(&args.run, session, "files", move |session, control| {
        control.set_total(total);
        let each = |_: &std::path::Path, over: usize| control.read(over as u64, 0, None);
        many.run(&spec, session, &options, control, &each)
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let failed: Vec<_> =
        summary.failed.iter().map(|(path, e)| serde_json::json!({ "input": path, "error": e.to_string() })).collect();
    if args.run.json {
        let report = serde_json::json!({
            "files": total, "done": summary.done, "skipped": summary.skipped, "rows": summary.rows,
            "seconds": seconds, "failed": failed,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    for (path, e) in &summary.failed {
        // The message begins with the file's name where the file is the reason.
        let (path, e) = (path.display().to_string(), e.to_string());
        eprintln!("gapwave: {}", if e.starts_with(&path) { e } else { format!("{path}: {e}") });
    }
    args.run.say(format!(
        "{} files done, {} skipped, {} failed; {} rows in {seconds:.3} s",
        summary.done,
        summary.skipped,
        summary.failed.len(),
        summary.rows
    ));
    Ok(if summary.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
