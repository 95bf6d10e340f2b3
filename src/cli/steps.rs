//! Running a pipeline for a verb: progress, interruption, counting, the report.

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::out::outln;
use super::progress;
use crate::{Pipeline, Plan, Provenance, Session, show_bytes};
use gapwave_columns::Chunk;
use gapwave_datasets::{Sink, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

    fn held_bytes(&self) -> u64 {
        self.inner.held_bytes()
    }
}

/// What a run did.
pub(super) struct Ran {
    /// Rows read.
    pub(super) rows: u64,
    /// Rows written.
    pub(super) written: u64,
    /// Wall time in seconds.
    pub(super) seconds: f64,
    /// What the steps did.
    pub(super) provenance: Vec<Provenance>,
}

/// Runs what `steps` makes of the input into the output.
pub(super) fn run(
    options: &RunOptions,
    files: &Files,
    what: &str,
    session: &Session,
    columns: Option<&[String]>,
    steps: impl FnOnce(Pipeline) -> crate::Result<Pipeline>,
) -> Result<Ran, Failure> {
    let source = files.open(session, columns)?;
    let sink = files.create(source.as_ref())?;
    into(options, what, session, source, sink, steps)
}

/// Runs what `steps` makes of a source into a sink.
pub(super) fn into(
    options: &RunOptions,
    what: &str,
    session: &Session,
    source: impl Source + 'static,
    sink: Box<dyn Sink>,
    steps: impl FnOnce(Pipeline) -> crate::Result<Pipeline>,
) -> Result<Ran, Failure> {
    let written = Arc::new(AtomicU64::new(0));
    let sink = CountRows { inner: sink, rows: written.clone() };
    let pipeline = steps(Pipeline::from_source(source))?.into_sink(sink);
    let begin = std::time::Instant::now();
    let (rows, provenance) = progress::watch(options, session, what, move |session, control| {
        let (_, made) = pipeline.run_with(session, control)?;
        Ok((control.progress().rows, made))
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Ran { rows, written: written.load(Ordering::Relaxed), seconds, provenance })
}

impl Ran {
    /// Prints what was done, as JSON on standard output where that was asked for, and as text on standard error.
    pub(super) fn report(
        &self,
        options: &RunOptions,
        files: &Files,
        more: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), Failure> {
        if options.json {
            let mut report = serde_json::json!({
                "input": files.input, "output": files.output, "rows": self.rows, "written": self.written,
                "seconds": self.seconds, "peak_memory": crate::stream::memory::peak(), "provenance": self.provenance,
            });
            if let Some(map) = report.as_object_mut() {
                map.extend(more);
            }
            outln!("{}", serde_json::to_string_pretty(&report)?);
        }
        for p in &self.provenance {
            options.say(p);
        }
        Ok(())
    }
}

/// Prints a plan for people.
pub(super) fn print_plan(plan: &Plan) {
    let rows = plan.rows.map_or("unknown until the end".to_owned(), |r| r.to_string());
    let chunks = plan.chunks.map_or(String::new(), |c| format!(", {c} of them"));
    outln!("rows     {rows}");
    outln!("chunks   {} rows to begin with{chunks}", plan.chunk_rows);
    outln!("memory   {} in flight, at most {}", show_bytes(plan.memory), show_bytes(plan.memory_limit));
    for (i, s) in plan.steps.iter().enumerate() {
        let pass = if s.first_pass { ", reads the data once more before" } else { "" };
        let pass = if s.chained { ", goes on with what the step before left on the device" } else { pass };
        let columns = match s.columns.len() {
            0 => "no column".to_owned(),
            1..=6 => s.columns.join(", "),
            n => format!("{}, … ({n} columns)", s.columns[..5].join(", ")),
        };
        outln!("step {}   {} on {} ({}), reach {}{pass}: {columns}", i + 1, s.kernel, s.processor, s.why, s.reach);
    }
}
