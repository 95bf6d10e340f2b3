//! Measures a list of cases.

use crate::report::Report;
use crate::{Case, Clock, Error, Executor, Exit, Fault, Fingerprint, Label, Record, Result};
use std::time::Duration;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Cases with the right result.
    pub verified: usize,
    /// Cases with a wrong result.
    pub wrong: usize,
    /// Cases that claim more than the machine's peak.
    pub impossible: usize,
    /// Cases that could not be run.
    pub failed: usize,
    /// Cases for which there was no time.
    pub skipped: usize,
}

impl Summary {
    /// The exit status: a wrong result before any other failure. A run whose time was up is inconclusive.
    pub fn exit(&self) -> Exit {
        match self {
            Summary { wrong: 1.., .. } => Exit::WrongResult,
            Summary { failed: 1.., .. } | Summary { impossible: 1.., .. } | Summary { verified: 0, .. } => Exit::Error,
            Summary { skipped: 1.., .. } => Exit::Inconclusive,
            _ => Exit::Pass,
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let mut line = format!("{} verified", self.verified);
        let others = [
            (self.wrong, "wrong"),
            (self.impossible, "above the peak"),
            (self.failed, "failed"),
            (self.skipped, "not run, the time was up"),
        ];
        for (n, what) in others {
            if n > 0 {
                line += &format!(", {n} {what}");
            }
        }
        line
    }
}

/// Measures the cases one after the other and hands each record to the reports as soon as it is there. A case that
/// fails does not keep the others from running. `time`: what the whole run may take. Each case gets its part of what is
/// left, the checks included; where nothing is left, cases are not run and the summary says so.
///
/// # Errors
/// [`Error::NothingRan`] where there is no case; [`Error::Settings`], [`Error::Report`].
pub fn run<C: Clock>(
    cases: Vec<Case<'_>>,
    executor: &Executor<C>,
    fingerprint: &Fingerprint,
    time: Option<Duration>,
    reports: &mut [&mut dyn Report],
) -> Result<Summary> {
    executor.check()?;
    if cases.is_empty() {
        return Err(Error::NothingRan);
    }
    let labels: Vec<Label> = cases.iter().map(|c| c.label.clone()).collect();
    for r in reports.iter_mut() {
        r.begin(&labels, fingerprint)?;
    }
    let mut summary = Summary::default();
    let begin = executor.clock().now();
    for (i, (label, case)) in labels.iter().zip(cases).enumerate() {
        let left = time.map(|t| t.saturating_sub(executor.clock().now().saturating_sub(begin)));
        if left.is_some_and(|l| l.is_zero()) {
            summary.skipped = labels.len() - i;
            break;
        }
        for r in reports.iter_mut() {
            r.case(label, i + 1, labels.len())?;
        }
        // Half of a case's part is for making its inputs and checking its results.
        let part = left.map(|l| l / (labels.len() - i) as u32 / 2);
        match one(case, &executor.within(part), fingerprint) {
            Ok(record) => {
                let count = match (record.verified, &record.error) {
                    (false, _) => &mut summary.wrong,
                    (true, Some(_)) => &mut summary.impossible,
                    (true, None) => &mut summary.verified,
                };
                *count += 1;
                for r in reports.iter_mut() {
                    r.record(&record)?;
                }
            }
            Err(why) => {
                summary.failed += 1;
                for r in reports.iter_mut() {
                    r.failed(label, &why.to_string())?;
                }
            }
        }
    }
    for r in reports.iter_mut() {
        r.finish(&summary)?;
    }
    Ok(summary)
}

fn one<C: Clock>(mut case: Case<'_>, executor: &Executor<C>, fingerprint: &Fingerprint) -> Result<Record, Fault> {
    let setup = std::mem::replace(&mut case.setup, Box::new(|| Err("set up already".into())));
    let mut work = setup()?;
    let measurement = executor.measure(work.as_mut())?;
    let counts = work.counts();
    case.bytes = work.bytes().unwrap_or(case.bytes);
    Ok(Record { counts, ..Record::new(&case, measurement, fingerprint) })
}

#[cfg(test)]
mod tests;
