//! Times prepared work.
//!
//! The scheme was chosen by measurement on busy two-core machines: the minimum of several sub-samples, each shorter
//! than a scheduler's slice, is what stays still when other processes come and go. Means, and longer samples, do not.

use crate::{Clock, Error, Fault, Result, Work};
use std::time::Duration;

/// How long and how often to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The length that a sub-sample aims at: as many iterations as fit, at least one.
    pub sub_sample: Duration,
    /// Sub-samples of a round; its value is the shortest.
    pub sub_samples: usize,
    /// Rounds.
    pub rounds: usize,
    /// No new sub-sample is begun after this much measured time, except the first three.
    pub limit: Duration,
    /// The warm-up ends when this many blocks in a row were not faster than the best one by more than 2 %.
    pub patience: usize,
    /// The warm-up ends after this much time even without a plateau.
    pub warm_up_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            sub_sample: Duration::from_millis(1),
            sub_samples: 5,
            rounds: 10,
            limit: Duration::from_secs(3),
            patience: 5,
            warm_up_limit: Duration::from_secs(1),
        }
    }
}

impl Settings {
    /// Enough to see that everything works.
    pub fn quick() -> Self {
        Settings {
            sub_samples: 3,
            rounds: 3,
            limit: Duration::from_millis(200),
            patience: 2,
            warm_up_limit: Duration::from_millis(100),
            ..Settings::default()
        }
    }

    fn check(&self) -> Result<()> {
        if self.rounds == 0 || self.sub_samples == 0 {
            return Err(Error::Settings("at least one round of one sub-sample must be measured"));
        }
        if self.sub_sample.is_zero() {
            return Err(Error::Settings("a sub-sample must last longer than no time at all"));
        }
        Ok(())
    }
}

/// Samples that must be taken even when the time is up.
const FEWEST: usize = 3;
/// What counts as faster during the warm-up.
const FASTER: f64 = 0.98;
/// More iterations than this would not make a sub-sample any steadier.
const MOST_ITERATIONS: f64 = 1e6;

/// Times prepared work by a clock.
#[derive(Debug)]
pub struct Executor<C> {
    clock: C,
    settings: Settings,
}

/// The raw result of timing one piece of work. Times are nanoseconds per iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The first iteration, whatever had to be compiled or touched for it included.
    pub cold_ns: f64,
    /// Whether the warm-up ended on a plateau.
    pub plateau: bool,
    /// Iterations of each sub-sample.
    pub iterations: u32,
    /// The sub-samples of each round. Empty where the first result was wrong.
    pub rounds: Vec<Vec<f64>>,
    /// What is wrong with the result.
    pub wrong: Option<String>,
}

impl<C: Clock> Executor<C> {
    /// An executor.
    pub fn new(clock: C, settings: Settings) -> Self {
        Executor { clock, settings }
    }

    /// How long and how often it measures.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Checks the settings; [`crate::run`] does so before the first case.
    pub fn check(&self) -> Result<()> {
        self.settings.check()
    }

    /// Warms the work up and times it. The result is checked after the first iteration and after every round, outside
    /// the timing; a wrong one ends the measurement.
    pub fn measure(&self, work: &mut dyn Work) -> Result<Measurement, Fault> {
        let s = &self.settings;
        let cold_ns = self.time(work, 1)?;
        let mut m = Measurement { cold_ns, plateau: false, iterations: 1, rounds: Vec::new(), wrong: None };
        if let Err(wrong) = work.verify() {
            m.wrong = Some(wrong);
            return Ok(m);
        }

        let best = self.warm_up(work, &mut m)?;
        m.iterations = self.iterations(best);
        let (mut spent, mut taken) = (Duration::ZERO, 0);
        for _ in 0..s.rounds {
            let mut round = Vec::with_capacity(s.sub_samples);
            while round.len() < s.sub_samples && (spent < s.limit || taken < FEWEST) {
                let ns = self.time(work, m.iterations)?;
                round.push(ns);
                taken += 1;
                spent += Duration::from_nanos((ns * f64::from(m.iterations)) as u64);
            }
            // A shortened round would be the minimum of fewer: it counts only where there is no whole one.
            if round.len() < s.sub_samples && !m.rounds.is_empty() || round.is_empty() {
                break;
            }
            m.rounds.push(round);
            if let Err(wrong) = work.verify() {
                m.wrong = Some(wrong);
                break;
            }
        }
        Ok(m)
    }

    /// Runs blocks until they get no faster; gives the best time of an iteration.
    fn warm_up(&self, work: &mut dyn Work, m: &mut Measurement) -> Result<f64, Fault> {
        let begin = self.clock.now();
        let (mut best, mut same) = (f64::INFINITY, 0);
        loop {
            let ns = self.time(work, self.iterations(best))?;
            same = if ns < best * FASTER { 0 } else { same + 1 };
            best = best.min(ns);
            m.plateau = same >= self.settings.patience;
            if m.plateau || self.clock.now().saturating_sub(begin) >= self.settings.warm_up_limit {
                return Ok(best);
            }
        }
    }

    /// Iterations of this length that fill a sub-sample.
    fn iterations(&self, ns: f64) -> u32 {
        let fit = self.settings.sub_sample.as_nanos() as f64 / ns.max(1.0);
        fit.clamp(1.0, MOST_ITERATIONS) as u32
    }

    fn time(&self, work: &mut dyn Work, times: u32) -> Result<f64, Fault> {
        let begin = self.clock.now();
        work.run_times(times)?;
        let took = self.clock.now().saturating_sub(begin);
        Ok(took.as_nanos() as f64 / f64::from(times))
    }
}

impl Measurement {
    /// The shortest time of an iteration; the cold one where nothing else was timed.
    pub fn min_ns(&self) -> f64 {
        self.minima().fold(f64::INFINITY, f64::min).min(if self.rounds.is_empty() {
            self.cold_ns
        } else {
            f64::INFINITY
        })
    }

    /// The median of the rounds' shortest times; the cold one where nothing else was timed.
    pub fn median_ns(&self) -> f64 {
        let mut v: Vec<f64> = self.minima().collect();
        v.sort_by(f64::total_cmp);
        match v.len() {
            0 => self.cold_ns,
            n if n % 2 == 1 => v[n / 2],
            n => (v[n / 2 - 1] + v[n / 2]) / 2.0,
        }
    }

    fn minima(&self) -> impl Iterator<Item = f64> {
        self.rounds.iter().map(|r| r.iter().copied().fold(f64::INFINITY, f64::min))
    }
}

#[cfg(test)]
mod tests;
