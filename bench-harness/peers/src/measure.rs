//! Measuring comparisons in this process, a line of JSON for each side.

use crate::{Comparison, Context, facts, python};
use gapwave_harness::{
    Case, Executor, Fault, Fingerprint, Label, Record, Settings, Side, Took, WallClock, Work, interleave,
};
use gapwave_harness::{SCHEMA, Timing};
use serde_json::json;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

/// Begins what is said of a side that could not be tried.
pub const ABSENT: &str = "not there: ";
/// Begins what is said of a side that ended with an error.
pub const FAILED: &str = "failed: ";

/// How long each side is measured: most iterations here take tens of milliseconds, so a sub-sample is one of them.
pub fn settings(quick: bool) -> Settings {
    let all = Settings {
        rounds: 7,
        extra_rounds: 3,
        sub_samples: 3,
        patience: 2,
        limit: Duration::from_secs(4),
        warm_up_limit: Duration::from_millis(250),
        ..Settings::default()
    };
    if quick { Settings { rounds: 2, extra_rounds: 0, sub_samples: 2, patience: 1, ..all } } else { all }
}

/// A side that may fail without ending the comparison: its failure is its result.
struct Guarded {
    work: Box<dyn Work>,
    failed: Failure,
}

/// Why a side failed, if it did.
pub type Failure = Rc<RefCell<Option<String>>>;

/// A side that may fail without ending the comparison, and where to look whether it did.
pub fn guarded(name: String, work: Box<dyn Work>) -> (Side<'static>, Failure) {
    let failed = Failure::default();
    (Side { name, work: Box::new(Guarded { work, failed: failed.clone() }) }, failed)
}

impl Work for Guarded {
    fn run(&mut self) -> Result<(), Fault> {
        self.run_timed(1).map(drop)
    }

    fn run_timed(&mut self, times: u32) -> Result<Took, Fault> {
        if self.failed.borrow().is_some() {
            return Ok(Took::Wall);
        }
        Ok(self.work.run_timed(times).unwrap_or_else(|e| {
            *self.failed.borrow_mut() = Some(e.to_string());
            Took::Wall
        }))
    }

    fn verify(&mut self) -> Result<(), String> {
        match &*self.failed.borrow() {
            Some(why) => Err(why.clone()),
            None => self.work.verify(),
        }
    }
}

fn label(c: &Comparison, side: &str, threads: usize) -> Label {
    let (id, shape, processor) = (c.id.to_owned(), c.shape.clone(), side.to_owned());
    Label { id, shape, processor, place: format!("cpu-{threads}"), timing: Timing::Call }
}

fn failure(label: &Label, why: &str) -> String {
    let Label { id, shape, processor, place, .. } = label;
    json!({"schema": SCHEMA, "id": id, "shape": shape, "processor": processor, "place": place, "timing": "call",
        "failed": why})
    .to_string()
}

/// Measures comparisons and writes a line for each side, a [`Record`] or why there is none.
pub fn measure(all: Vec<Comparison>, cx: &Context, settings: &Settings, out: &mut impl Write) -> Result<(), Fault> {
    let executor = Executor::new(WallClock::new(), settings.clone());
    executor.check()?;
    let fingerprint = facts::fingerprint(cx);
    for comparison in all {
        eprintln!("{} {} ({} threads)", comparison.id, comparison.shape, cx.threads);
        one(comparison, cx, &executor, &fingerprint, out)?;
        python::forget_inputs(&cx.dir)?;
    }
    Ok(())
}

fn one(
    mut c: Comparison,
    cx: &Context,
    executor: &Executor<WallClock>,
    fingerprint: &Fingerprint,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let make = std::mem::replace(&mut c.sides, Box::new(|_| Ok(Vec::new())));
    let (mut sides, mut failures, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    // A comparison may have nothing to say on so many threads.
    for contender in make(cx)? {
        match contender.work {
            Ok(work) => {
                let (side, failed) = guarded(contender.name, work);
                failures.push(failed);
                sides.push(side);
            }
            Err(why) => absent.push(failure(&label(&c, &contender.name, cx.threads), &format!("{ABSENT}{why}"))),
        }
    }
    if sides.is_empty() && absent.is_empty() {
        return Ok(());
    }
    let measured = interleave(executor, &mut sides)?;
    for ((side, m), failed) in sides.iter().zip(measured).zip(failures) {
        let label = label(&c, &side.name, cx.threads);
        if let Some(why) = &*failed.borrow() {
            writeln!(out, "{}", failure(&label, &format!("{FAILED}{why}")))?;
            continue;
        }
        let case = Case::new(label.id, label.shape, label.processor, || Err("measured before".into()));
        let record = Record::new(&case.place(label.place).elements(c.elements), m, fingerprint);
        writeln!(out, "{}", record.to_json()?)?;
    }
    // Last: the first line of a comparison is the side that the others are compared with.
    for line in absent {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
