//! The raw result of timing one piece of work.

use crate::canary::believed;
use crate::stats::{median, min};
use std::collections::BTreeMap;

/// The raw result of timing one piece of work. Times are nanoseconds per iteration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurement {
    /// The first iteration, whatever had to be compiled or touched for it included.
    pub cold_ns: f64,
    /// What of that later iterations need not do: `plan`, `compile`.
    pub cold_parts_ns: BTreeMap<String, f64>,
    /// Host memory that the first iteration needed beyond what was there before it.
    pub host_peak: Option<crate::HostPeak>,
    /// Whether the warm-up ended on a plateau.
    pub plateau: bool,
    /// Iterations of each sub-sample.
    pub iterations: u32,
    /// The rounds. Empty where the first result was wrong.
    pub rounds: Vec<Round>,
    /// The clock of the work itself, where there is one: `timestamps`, `process`.
    pub own_clock: Option<&'static str>,
    /// Why the work's own clock was not believed.
    pub clock_rejected: Option<String>,
    /// What is wrong with the result.
    pub wrong: Option<String>,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Wall time of each sub-sample.
    pub wall_ns: Vec<f64>,
    /// The same by the work's own clock, where it has one.
    pub own_ns: Vec<f64>,
    /// Time of the calling thread's core in the whole round.
    pub thread_ns: Option<f64>,
    /// Time of all cores spent on the process in the whole round.
    pub process_ns: Option<f64>,
    /// The canary before the round.
    pub canary_ns: Option<f64>,
    /// Whether it counts, once its pass is over.
    pub kept: Option<bool>,
}

impl Measurement {
    /// Adds a later pass over the same case. What is cold is that of the first.
    pub(crate) fn add(&mut self, later: Measurement) {
        self.rounds.extend(later.rounds);
        // A shortened round counts only where there is no whole one.
        let whole = self.rounds.iter().map(|r| r.wall_ns.len()).max();
        self.rounds.retain(|r| Some(r.wall_ns.len()) == whole);
        self.plateau &= later.plateau;
        self.clock_rejected = self.clock_rejected.take().or(later.clock_rejected);
        self.wrong = self.wrong.take().or(later.wrong);
    }

    /// Whether the work's own clock is what counts: it has one, and no sub-sample of it was impossible.
    pub fn by_own_clock(&self) -> bool {
        self.own_clock.is_some() && self.clock_rejected.is_none()
    }

    /// Name of the clock that counts.
    pub fn clock(&self) -> &'static str {
        self.own_clock.filter(|_| self.by_own_clock()).unwrap_or("wall")
    }

    /// The sub-samples of each round by the clock that counts.
    pub fn samples(&self) -> Vec<&[f64]> {
        let own = self.by_own_clock();
        self.rounds.iter().map(|r| if own { &r.own_ns[..] } else { &r.wall_ns[..] }).collect()
    }

    /// Settles which rounds of a pass count.
    pub(crate) fn settle(&mut self) {
        let kept = self.kept();
        self.rounds.iter_mut().zip(kept).for_each(|(r, kept)| r.kept = Some(kept));
    }

    /// Which rounds are believed: those in which the canary did not move within their pass. What it does from pass to
    /// pass is not taken out: that is what the spread is to show.
    pub fn kept(&self) -> Vec<bool> {
        if let Some(settled) = self.rounds.iter().map(|r| r.kept).collect() {
            return settled;
        }
        believed(&self.rounds.iter().map(|r| r.canary_ns).collect::<Vec<_>>())
    }

    /// The shortest sub-sample of each round that is believed.
    pub fn minima(&self) -> Vec<f64> {
        self.samples().iter().zip(self.kept()).filter(|(_, kept)| *kept).map(|(s, _)| min(s)).collect()
    }

    /// The shortest time of an iteration; the cold one where nothing else was timed.
    pub fn min_ns(&self) -> f64 {
        let all = self.minima();
        if all.is_empty() { self.cold_ns } else { min(&all) }
    }

    /// The median of the rounds' shortest times; the cold one where nothing else was timed.
    pub fn median_ns(&self) -> f64 {
        let all = self.minima();
        if all.is_empty() { self.cold_ns } else { median(&all) }
    }

    /// The least and the largest of the rounds' shortest times: between them, another run is expected.
    pub fn spread_ns(&self) -> [f64; 2] {
        let all = self.minima();
        if all.is_empty() {
            return [self.cold_ns; 2];
        }
        [min(&all), all.iter().copied().fold(0.0, f64::max)]
    }

    /// The rounds that count.
    fn kept_rounds(&self) -> impl Iterator<Item = &Round> {
        self.rounds.iter().zip(self.kept()).filter(|(_, kept)| *kept).map(|(r, _)| r)
    }

    /// The median of the rounds' shortest times by the wall, whatever clock counts.
    pub fn wall_ns(&self) -> f64 {
        median(&self.kept_rounds().map(|r| min(&r.wall_ns)).collect::<Vec<_>>())
    }

    /// Time of cores per iteration: of the calling thread, and of the whole process. Medians over the rounds.
    pub fn cpu_ns(&self) -> Option<[f64; 2]> {
        let of = |f: fn(&Round) -> Option<f64>| -> Option<Vec<f64>> { self.kept_rounds().map(f).collect() };
        let (thread, process) = (of(|r| r.thread_ns)?, of(|r| r.process_ns)?);
        (!thread.is_empty()).then(|| [median(&thread), median(&process)])
    }
}
