//! `gapwave filter`.

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::progress;
use gapwave_columns::{Chunk, Meta};
use gapwave_datasets::{ROW, ReadOptions, Sink, WriteOptions};
use gapwave_kernels::filter::predicate;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A sink that counts rows.
struct CountRows {
    inner: Box<dyn Sink>,
    rows: Arc<AtomicU64>,
}

impl Sink for CountRows {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        self.rows.fetch_add(chunk.rows() as u64, Ordering::Relaxed);
        self.inner.write(chunk)
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        self.inner.finish()
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let comparisons = predicate::parse(&args.condition)?;
    let session = args.run.session()?;
    // The row number travels through the kernel, so that text and dates of the rows kept are found again.
    let read = ReadOptions { row_index: true, format: args.files.format, ..Default::default() };
    let mut source = gapwave_datasets::open(&args.files.input, &read)?;
    let schema = source.schema().clone();
    let known = schema.names.iter().filter(|n| *n != ROW).cloned().collect::<Vec<_>>();
    let metas: Vec<Meta> =
        schema.cols.iter().zip(schema.names.iter()).filter(|(_, n)| *n != ROW).map(|(m, _)| m.clone()).collect();
    let kernel = predicate::bind(&comparisons, &known, &metas)?;
    let write = WriteOptions { format: args.files.format, ..WriteOptions::carrying(source.as_ref()) };
    let rows = Arc::new(AtomicU64::new(0));
    let mut sink = CountRows { inner: gapwave_datasets::create(&args.files.output, &write)?, rows: rows.clone() };
    let select: Vec<usize> = (0..schema.cols.len()).collect();
    let p = progress::watch(&args.run, &session, "filter", move |session, control| {
        session.drive(&kernel, &mut source, &select, &mut sink, control)
    })?;
    let kept = rows.load(Ordering::Relaxed);
    if args.run.json {
        let report = serde_json::json!({
            "input": args.files.input, "output": args.files.output, "where": args.condition,
            "rows": p.rows, "kept": kept, "provenance": p,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    args.run.say(format!("{kept} of {} rows kept", p.rows));
    args.run.say(p);
    Ok(ExitCode::SUCCESS)
}
