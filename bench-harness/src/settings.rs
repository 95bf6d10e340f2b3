//! How long and how often to measure.

use crate::{Error, Result};
use std::time::Duration;

/// How long and how often to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The length that a sub-sample aims at: as many iterations as fit, at least one.
    pub sub_sample: Duration,
    /// Sub-samples of a round; its value is the shortest.
    pub sub_samples: usize,
    /// Rounds of all passes together.
    pub rounds: usize,
    /// How often [`crate::run`] goes through all cases, so that the rounds of each are spread over the whole run: what
    /// changes on a machine within minutes shows in the spread. Its rounds and times are shared out among the passes.
    pub passes: usize,
    /// Rounds that may be added for those in which the machine was not itself.
    pub extra_rounds: usize,
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
            rounds: 12,
            passes: 3,
            extra_rounds: 12,
            limit: Duration::from_secs(3),
            patience: 5,
            warm_up_limit: Duration::from_secs(1),
        }
    }
}

impl Settings {
    /// The same shape of measurement in less time: for a first look, and for every commit.
    pub fn quick() -> Self {
        Settings {
            rounds: 9,
            extra_rounds: 9,
            limit: Duration::from_millis(1500),
            patience: 3,
            warm_up_limit: Duration::from_millis(450),
            ..Settings::default()
        }
    }

    /// The same with the time of each case scaled down to at most `time`: warm-up a quarter, measuring the rest.
    pub fn within(self, time: Duration) -> Self {
        Settings {
            limit: self.limit.min(time.mul_f64(0.75)),
            warm_up_limit: self.warm_up_limit.min(time.mul_f64(0.25)),
            ..self
        }
    }

    /// One pass of them, within `time` if that is given.
    pub(crate) fn of_pass(&self, time: Option<Duration>) -> Self {
        let passes = self.passes.max(1);
        let part = |d: Duration| d / passes as u32;
        let settings = Settings {
            rounds: self.rounds.div_ceil(passes),
            extra_rounds: self.extra_rounds / passes,
            passes: 1,
            limit: part(self.limit),
            warm_up_limit: part(self.warm_up_limit),
            ..self.clone()
        };
        match time {
            Some(time) => settings.within(time),
            None => settings,
        }
    }

    /// Refuses settings that measure nothing.
    pub(crate) fn check(&self) -> Result<()> {
        if self.rounds == 0 || self.sub_samples == 0 {
            return Err(Error::Settings("at least one round of one sub-sample must be measured"));
        }
        if self.sub_sample.is_zero() {
            return Err(Error::Settings("a sub-sample must last longer than no time at all"));
        }
        Ok(())
    }
}
