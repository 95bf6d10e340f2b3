//! Times prepared work.
//!
//! The scheme was chosen by measurement on busy two-core machines: the minimum of several sub-samples, each shorter
//! than a scheduler's slice, is what stays still when other processes come and go. Means, and longer samples, do not.

use crate::canary::{MOVED, cpu_canary};
use crate::memory::host_peak_during;
use crate::stats::median;
use crate::{Clock, Fault, Measurement, Result, Round, Settings, Took, Work};
use std::fmt;
use std::time::Duration;

/// Samples that must be taken even when the time is up.
const FEWEST: usize = 3;
/// What counts as faster during the warm-up.
const FASTER: f64 = 0.98;
/// More iterations than this would not make a sub-sample any steadier.
const MOST_ITERATIONS: f64 = 1e6;
/// A span of fewer ticks than this says too little.
const FEWEST_TICKS: u32 = 8;
/// The work's own clock may say this much more than the wall, for the clocks' different rates.
const CLOCKS_DIFFER: f64 = 1.02;

/// Times prepared work by a clock.
pub struct Executor<C> {
    clock: C,
    settings: Settings,
    /// Tells whether the machine is itself. `None` in tests that have no machine.
    canary: Option<fn() -> f64>,
}

impl<C: fmt::Debug> fmt::Debug for Executor<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("clock", &self.clock).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What was spent on a measurement so far.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    spent: Duration,
    taken: usize,
}

/// The time of some iterations by the clocks there are; per iteration, in ns.
struct Times {
    wall: f64,
    own: Option<f64>,
}

impl<C: Clock> Executor<C> {
    /// An executor that watches the core's clock rate.
    pub fn new(clock: C, settings: Settings) -> Self {
        Executor { clock, settings, canary: Some(cpu_canary) }
    }

    /// The same with another canary, or none: for tests of the scheduling.
    pub fn canary(mut self, canary: Option<fn() -> f64>) -> Self {
        self.canary = canary;
        self
    }

    /// How long and how often it measures.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Checks the settings; [`crate::run`] does so before the first case.
    pub fn check(&self) -> Result<()> {
        self.settings.check()
    }

    /// One by the same clock for a single pass, which takes at most `time` for a measurement.
    pub(crate) fn of_pass(&self, time: Option<Duration>) -> Executor<&C> {
        Executor { clock: &self.clock, settings: self.settings.of_pass(time), canary: self.canary }
    }

    /// The clock.
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// Warms the work up and times it. The result is checked after the first iteration and after every sub-sample,
    /// outside the timing; a wrong one ends the measurement.
    pub fn measure(&self, work: &mut dyn Work) -> Result<Measurement, Fault> {
        let mut m = Measurement { iterations: 1, ..Measurement::default() };
        if !self.first(work, &mut m)? {
            return Ok(m);
        }
        self.prepare(work, &mut m)?;
        let mut budget = Budget::default();
        while self.wants(&m) && self.round(work, &mut m, &mut budget)? {}
        m.settle();
        Ok(m)
    }

    /// The warm-up; afterwards it is known how many iterations fill a sub-sample.
    pub(crate) fn prepare(&self, work: &mut dyn Work, m: &mut Measurement) -> Result<(), Fault> {
        let best = self.warm_up(work, m)?;
        m.iterations = self.iterations(best);
        // What the clock said of blocks that are not kept does not matter.
        m.clock_rejected = None;
        Ok(())
    }

    /// Whether there are not rounds enough: those in which the canary moved are made up for.
    pub(crate) fn wants(&self, m: &Measurement) -> bool {
        let s = &self.settings;
        let kept = m.kept().iter().filter(|&&k| k).count();
        m.wrong.is_none() && kept < s.rounds && m.rounds.len() < s.rounds + s.extra_rounds
    }

    /// One round; whether another one makes sense.
    pub(crate) fn round(&self, work: &mut dyn Work, m: &mut Measurement, budget: &mut Budget) -> Result<bool, Fault> {
        let s = &self.settings;
        let mut round = Round { canary_ns: self.canary_of(work), ..Round::default() };
        let mut cpu = [Duration::ZERO; 2];
        while round.wall_ns.len() < s.sub_samples && (budget.spent < s.limit || budget.taken < FEWEST) {
            let before = self.clock.cpu();
            let t = self.time(work, m.iterations, m)?;
            if let (Some(a), Some(b)) = (before, self.clock.cpu()) {
                cpu[0] += b.thread.saturating_sub(a.thread);
                cpu[1] += b.process.saturating_sub(a.process);
            }
            round.wall_ns.push(t.wall);
            round.own_ns.extend(t.own);
            budget.taken += 1;
            budget.spent += Duration::from_nanos((t.wall * f64::from(m.iterations)) as u64);
            if let Err(wrong) = work.verify() {
                m.wrong = Some(wrong);
                return Ok(false);
            }
        }
        // A shortened round would be the minimum of fewer: it counts only where there is no whole one.
        if round.wall_ns.is_empty() || round.wall_ns.len() < s.sub_samples && !m.rounds.is_empty() {
            return Ok(false);
        }
        if self.clock.cpu().is_some() {
            let per = f64::from(m.iterations) * round.wall_ns.len() as f64;
            round.thread_ns = Some(cpu[0].as_nanos() as f64 / per);
            round.process_ns = Some(cpu[1].as_nanos() as f64 / per);
        }
        m.rounds.push(round);
        Ok(true)
    }

    /// The first iteration, kept apart; whether its result is right.
    pub(crate) fn first(&self, work: &mut dyn Work, m: &mut Measurement) -> Result<bool, Fault> {
        let (t, peak) = host_peak_during(|| self.time(work, 1, &mut Measurement::default()));
        m.cold_ns = t?.wall;
        m.host_peak = peak;
        m.cold_parts_ns = work.cold_parts().into_iter().map(|(name, ns)| (name.to_owned(), ns)).collect();
        m.wrong = work.verify().err();
        Ok(m.wrong.is_none())
    }

    /// Runs blocks until they get no faster; gives the best time of an iteration.
    fn warm_up(&self, work: &mut dyn Work, m: &mut Measurement) -> Result<f64, Fault> {
        let begin = self.clock.now();
        let (mut best, mut same, mut made) = (f64::INFINITY, 0, 0u32);
        let least = work.copies();
        loop {
            let times = self.iterations(best);
            let t = self.time(work, times, m)?;
            let ns = t.own.filter(|_| m.by_own_clock()).unwrap_or(t.wall);
            same = if ns < best * FASTER { 0 } else { same + 1 };
            best = best.min(ns);
            made = made.saturating_add(times);
            m.plateau = same >= self.settings.patience && made >= least;
            let late = self.clock.now().saturating_sub(begin) >= self.settings.warm_up_limit;
            if m.plateau || late && made >= least {
                return Ok(best);
            }
        }
    }

    /// Iterations of this length that fill a sub-sample.
    fn iterations(&self, ns: f64) -> u32 {
        let fit = self.settings.sub_sample.as_nanos() as f64 / ns.max(1.0);
        fit.clamp(1.0, MOST_ITERATIONS) as u32
    }

    /// A canary that moved gets a second chance: it is short, and may have been hit itself.
    fn canary_of(&self, work: &mut dyn Work) -> Option<f64> {
        let mut read = || work.canary().or_else(|| Some(self.canary?()));
        let (a, b) = (read()?, read()?);
        Some(if (a - b).abs() > a.min(b) * MOVED { median(&[a, b, read()?]) } else { a.min(b) })
    }

    fn time(&self, work: &mut dyn Work, times: u32, m: &mut Measurement) -> Result<Times, Fault> {
        let begin = self.clock.now();
        let took = work.run_timed(times)?;
        let wall = self.clock.now().saturating_sub(begin);
        let per = |d: Duration| d.as_nanos() as f64 / f64::from(times);
        let own = match took {
            Took::Wall => None,
            Took::Own { clock, time, tick } => {
                m.own_clock = Some(clock);
                if let Some(why) = impossible(time, tick, wall) {
                    m.clock_rejected.get_or_insert(why);
                }
                Some(per(time))
            }
            Took::Rejected(why) => {
                m.clock_rejected.get_or_insert(why);
                None
            }
        };
        Ok(Times { wall: per(wall), own })
    }
}

/// Why a span by another clock cannot be true.
fn impossible(time: Duration, tick: Duration, wall: Duration) -> Option<String> {
    if time.is_zero() {
        return Some("a span of no time at all".into());
    }
    if time < tick * FEWEST_TICKS {
        return Some(format!("a span of fewer than {FEWEST_TICKS} ticks of {tick:?}"));
    }
    (time > wall.mul_f64(CLOCKS_DIFFER)).then(|| format!("a span of {time:?} within {wall:?}"))
}

#[cfg(test)]
mod tests;
