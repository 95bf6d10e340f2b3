//! Measures a list of cases.

use crate::report::Report;
use crate::{Case, Clock, Counts, Error, Executor, Exit, Fault, Fingerprint, Label, Measurement, Record, Result};
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

/// Measures the cases one after the other, in several passes forth and back ([`crate::Settings::passes`]), and hands each
/// record to the reports as soon as it is whole. A case that fails does not keep the others from running. `time`: what
/// the whole run may take. Each case gets its part of what is left, the checks included. Where nothing is left, further
/// passes are not made; cases that had no turn at all are counted as skipped.
///
/// # Errors
/// [`Error::NothingRan`] where there is no case; [`Error::Settings`], [`Error::Report`].
pub fn run<C: Clock>(
    mut cases: Vec<Case<'_>>,
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
    let (n, passes) = (cases.len(), executor.settings().passes.max(1));
    let mut states: Vec<State> = (0..n).map(|_| State::Waiting).collect();
    let mut summary = Summary::default();
    let begin = executor.clock().now();
    let mut turn = 0;
    'passes: for pass in 0..passes {
        // Forth and back, so that no case always follows the same other.
        let order: Vec<usize> = if pass % 2 == 0 { (0..n).collect() } else { (0..n).rev().collect() };
        for i in order {
            let left = time.map(|t| t.saturating_sub(executor.clock().now().saturating_sub(begin)));
            if left.is_some_and(|l| l.is_zero()) {
                break 'passes;
            }
            turn += 1;
            if states[i].is_over() {
                continue;
            }
            for r in reports.iter_mut() {
                r.case(&labels[i], turn, passes * n)?;
            }
            // Half of a turn is for making the inputs and checking the results.
            let part = left.map(|l| l / (passes * n - turn + 1) as u32 / 2);
            states[i].take_turn(&mut cases[i], &executor.of_pass(part));
            if pass + 1 == passes || states[i].is_over() {
                finish(
                    std::mem::replace(&mut states[i], State::Over),
                    &mut cases[i],
                    fingerprint,
                    &mut summary,
                    reports,
                )?;
            }
        }
    }
    for (state, case) in states.into_iter().zip(&mut cases) {
        finish(state, case, fingerprint, &mut summary, reports)?;
    }
    for r in reports.iter_mut() {
        r.finish(&summary)?;
    }
    Ok(summary)
}

/// What became of a case so far.
enum State {
    Waiting,
    Measured(Box<(Measurement, Counts)>),
    Failed(String),
    /// Reported already.
    Over,
}

impl State {
    /// Whether there is nothing left to measure.
    fn is_over(&self) -> bool {
        match self {
            State::Waiting => false,
            State::Measured(m) => m.0.wrong.is_some(),
            State::Failed(_) | State::Over => true,
        }
    }

    fn take_turn<C: Clock>(&mut self, case: &mut Case<'_>, executor: &Executor<C>) {
        let mut measured = || -> Result<(Measurement, Counts), Fault> {
            let mut work = (case.setup)()?;
            let m = executor.measure(work.as_mut())?;
            case.bytes = work.bytes().unwrap_or(case.bytes);
            Ok((m, work.counts()))
        };
        match (measured(), &mut *self) {
            (Ok((m, counts)), State::Measured(all)) => {
                all.0.add(m);
                all.1 = counts;
            }
            (Ok(first), state) => *state = State::Measured(Box::new(first)),
            (Err(why), state) => *state = State::Failed(why.to_string()),
        }
    }
}

/// Hands a case over to the reports.
fn finish(
    state: State,
    case: &mut Case<'_>,
    fingerprint: &Fingerprint,
    summary: &mut Summary,
    reports: &mut [&mut dyn Report],
) -> Result<()> {
    match state {
        State::Over => {}
        State::Waiting => summary.skipped += 1,
        State::Failed(why) => {
            summary.failed += 1;
            for r in reports.iter_mut() {
                r.failed(&case.label, &why)?;
            }
        }
        State::Measured(measured) => {
            let (m, counts) = *measured;
            let mut record = Record::new(case, m.clone(), fingerprint);
            if record.verified
                && record.error.is_some()
                && let Some(peaks) = case.remeasure.as_ref().and_then(|again| again())
            {
                case.peaks = std::mem::take(&mut case.peaks).or_higher(peaks);
                record = Record::new(case, m, fingerprint);
            }
            record.counts = counts;
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
    }
    Ok(())
}

#[cfg(test)]
mod tests;
