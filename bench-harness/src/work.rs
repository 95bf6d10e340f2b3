//! What a benchmark runs.

use crate::Counts;
use std::time::Duration;

/// Why a case could not be run; the text reaches the reports.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Prepared work: inputs made, outputs allocated.
pub trait Work {
    /// One iteration.
    fn run(&mut self) -> Result<(), Fault>;

    /// Several iterations in one go. Work that is queued overrides this to wait once, at the end.
    fn run_times(&mut self, times: u32) -> Result<(), Fault> {
        (0..times).try_for_each(|_| self.run())
    }

    /// Several iterations, with what a better clock than the caller's says of them: a device's timestamps, or the
    /// clock of another process.
    fn run_timed(&mut self, times: u32) -> Result<Took, Fault> {
        self.run_times(times)?;
        Ok(Took::Wall)
    }

    /// Compares the last iteration's result with the expected one; the text says what differs. Called outside the
    /// timing, after the first iteration and after every sub-sample.
    fn verify(&mut self) -> Result<(), String>;

    /// What the first iteration spent on what later ones need not do, in ns: `plan`, `compile`. Asked once, after it.
    fn cold_parts(&mut self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What was counted since the work was made and does not depend on the machine's speed: dispatches, bytes moved.
    fn counts(&mut self) -> Counts {
        Counts::default()
    }

    /// Copies of inputs and outputs that take turns: the warm-up goes through all of them, so that every page of them
    /// was touched.
    fn copies(&self) -> u32 {
        1
    }

    /// Bytes that one iteration must move, where only the result tells (a filter's). Asked once, at the end.
    fn bytes(&mut self) -> Option<u64> {
        None
    }

    /// Whether the work's host allocations are the same every time. A driver's runtime allocates by what is done first.
    fn allocates_exactly(&self) -> bool {
        true
    }

    /// Time in ns of a fixed piece of arithmetic where this work runs, if that is not the caller's own core.
    fn canary(&mut self) -> Option<f64> {
        None
    }
}

/// What a better clock than the caller's says of a few iterations.
#[derive(Debug, Clone, PartialEq)]
pub enum Took {
    /// There is none: the caller's clock counts.
    Wall,
    /// All iterations together, by a clock of that name.
    Own {
        /// The clock: `timestamps`, `process`.
        clock: &'static str,
        /// The time of all iterations.
        time: Duration,
        /// The clock's resolution.
        tick: Duration,
    },
    /// There is one, but what it says cannot be true.
    Rejected(String),
}

/// Work from a state and two functions over it: one iteration, and the check of its result.
pub fn work<'a, S: 'a>(
    state: S,
    run: impl FnMut(&mut S) -> Result<(), Fault> + 'a,
    verify: impl FnMut(&mut S) -> Result<(), String> + 'a,
) -> Box<dyn Work + 'a> {
    struct Closures<S, R, V>(S, R, V);
    impl<S, R, V> Work for Closures<S, R, V>
    where
        R: FnMut(&mut S) -> Result<(), Fault>,
        V: FnMut(&mut S) -> Result<(), String>,
    {
        fn run(&mut self) -> Result<(), Fault> {
            self.1(&mut self.0)
        }
        fn verify(&mut self) -> Result<(), String> {
            self.2(&mut self.0)
        }
    }
    Box::new(Closures(state, run, verify))
}
