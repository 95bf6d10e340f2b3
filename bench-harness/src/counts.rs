//! What does not depend on the machine's speed, counted exactly and held to a baseline.

use crate::memory::{Allocations, allocations_during};
use crate::{Case, Error, Exit, Fault, Label, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counted amounts by name. Sums only grow; a name that ends in `_peak` is the largest value so far; one that ends in
/// `_about` is not exact, and is held to its baseline within four.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<String, u64>);

/// The ending of names of which the largest value counts.
const PEAK: &str = "_peak";
/// The ending of names that are not exact, and how far they may be off.
const ABOUT: (&str, u64) = ("_about", 4);

impl Counts {
    /// Nothing counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this amount.
    pub fn with(mut self, name: &str, amount: u64) -> Self {
        self.0.insert(name.to_owned(), amount);
        self
    }

    /// What was added since `before`.
    fn since(&self, before: &Counts) -> Counts {
        let old = |name: &str| before.0.get(name).copied().unwrap_or(0);
        let added =
            |(n, &v): (&String, &u64)| (n.clone(), if n.ends_with(PEAK) { v } else { v.saturating_sub(old(n)) });
        Counts(self.0.iter().map(added).collect())
    }
}

/// Iterations before allocations are looked at: pools and queues of other people's code fill up first.
const SETTLE: usize = 8;
/// Iterations whose allocations are looked at.
const REPEATS: usize = 60;
/// Which of them counts: the fourth from the top. A device's work that is found to be done early allocates a little
/// less, a table that happens to grow more; what most iterations do is at the top but for that.
const RANK: usize = 3;
/// Unit of the most memory in use: less depends on which thread was first.
const PEAK_UNIT: u64 = 64 << 10;

/// What one case does, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Version of this form; [`COUNTS_SCHEMA`].
    pub schema: u32,
    /// The case.
    #[serde(flatten)]
    pub label: Label,
    /// The first iteration: pipelines are compiled and constants uploaded here.
    pub cold: Counts,
    /// An iteration after that.
    pub steady: Counts,
}

/// The version of [`Counted`]'s fields.
pub const COUNTS_SCHEMA: u32 = 1;

/// Counts what a case does in its first iteration and in a later one. The result must be right.
///
/// # Errors
/// Where the case fails; [`Error::Wrong`] where its result is wrong.
pub fn count(mut case: Case<'_>) -> Result<Counted, Fault> {
    let mut work = (case.setup)()?;
    let mut once = || -> Result<(Counts, Option<Allocations>), Fault> {
        let before = work.counts();
        let (ran, allocations) = allocations_during(|| work.run());
        ran?;
        let counts = work.counts().since(&before);
        work.verify().map_err(Error::Wrong)?;
        Ok((counts, allocations))
    };
    // What else the process allocates in the first iteration, which happens once, is beyond control.
    let (cold, _) = once()?;
    let (mut steady, mut seen) = once()?;
    let mut allocations = Vec::with_capacity(REPEATS);
    if seen.is_some() {
        for i in 0..SETTLE + REPEATS {
            (steady, seen) = once()?;
            allocations.extend(seen.filter(|_| i >= SETTLE));
        }
        let ranked = |of: fn(&Allocations) -> u64| {
            let mut all: Vec<u64> = allocations.iter().map(of).collect();
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.get(RANK).copied().unwrap_or(0)
        };
        let peak = ranked(|a| a.peak) / PEAK_UNIT * PEAK_UNIT;
        let name = if work.allocates_exactly() { "host_allocations" } else { "host_allocations_about" };
        steady = steady.with(name, ranked(|a| a.count)).with("host_bytes_peak", peak);
    }
    Ok(Counted { schema: COUNTS_SCHEMA, label: case.label, cold, steady })
}

/// How counts differ from a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// A line for each amount that is more than before.
    pub more: Vec<String>,
    /// A line for each amount that is less than before.
    pub less: Vec<String>,
    /// Cases that the baseline lacks.
    pub new: Vec<String>,
    /// Cases of the baseline that were not counted.
    pub gone: Vec<String>,
}

impl Drift {
    /// Compares.
    pub fn between(baseline: &[Counted], now: &[Counted]) -> Drift {
        let mut drift = Drift::default();
        for n in now {
            let Some(b) = baseline.iter().find(|b| b.label == n.label) else {
                drift.new.push(n.label.to_string());
                continue;
            };
            for (stage, b, n_counts) in [("first", &b.cold, &n.cold), ("steady", &b.steady, &n.steady)] {
                let names = b.0.keys().chain(n_counts.0.keys().filter(|k| !b.0.contains_key(*k)));
                for name in names {
                    let get = |c: &Counts| c.0.get(name).copied().unwrap_or(0);
                    let (was, is) = (get(b), get(n_counts));
                    let line = || format!("{}: {name} ({stage}) was {was}, is {is}", n.label);
                    if name.ends_with(ABOUT.0) && is.abs_diff(was) <= ABOUT.1 {
                        continue;
                    }
                    match is.cmp(&was) {
                        std::cmp::Ordering::Greater => drift.more.push(line()),
                        std::cmp::Ordering::Less => drift.less.push(line()),
                        std::cmp::Ordering::Equal => {}
                    }
                }
            }
        }
        let gone = baseline.iter().filter(|b| now.iter().all(|n| n.label != b.label));
        drift.gone.extend(gone.map(|b| b.label.to_string()));
        drift
    }

    /// More of anything is a regression. Less, or other cases, means that the baseline is not what it should be.
    pub fn exit(&self) -> Exit {
        match self {
            d if !d.more.is_empty() => Exit::Regressed,
            d if *d == Drift::default() => Exit::Pass,
            _ => Exit::NotComparable,
        }
    }

    /// What differs, for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let parts = [
            ("more", &self.more),
            ("less", &self.less),
            ("not in the baseline", &self.new),
            ("not counted", &self.gone),
        ];
        for (what, lines) in parts {
            for line in lines {
                let _ = writeln!(text, "{what}: {line}");
            }
        }
        text
    }
}

/// Reads lines of [`Counted`].
///
/// # Errors
/// [`Error::Json`], [`Error::Schema`].
pub fn read_counts(text: &str) -> Result<Vec<Counted>> {
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    lines
        .map(|l| {
            let c: Counted = serde_json::from_str(l)?;
            if c.schema == COUNTS_SCHEMA { Ok(c) } else { Err(Error::Schema { found: u64::from(c.schema) }) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Work;

    struct Dispatches(u64, u64);
    impl Work for Dispatches {
        fn run(&mut self) -> Result<(), Fault> {
            self.0 += self.1;
            Ok(())
        }
        fn verify(&mut self) -> Result<(), String> {
            Ok(())
        }
        fn counts(&mut self) -> Counts {
            Counts::new().with("dispatches", self.0).with("device_bytes_peak", 100)
        }
    }

    fn counted(per: u64) -> Counted {
        count(Case::new("a", "1", "gpu", move || Ok(Box::new(Dispatches(5, per)) as Box<dyn Work>))).unwrap()
    }

    #[test]
    fn one_more_dispatch_is_a_regression() {
        let (base, more) = ([counted(3)], [counted(4)]);
        assert_eq!(base[0].steady, Counts::new().with("dispatches", 3).with("device_bytes_peak", 100));
        assert_eq!(Drift::between(&base, &base).exit(), Exit::Pass);
        let d = Drift::between(&base, &more);
        assert_eq!(d.exit(), Exit::Regressed);
        assert!(d.text().contains("dispatches (steady) was 3, is 4"), "{}", d.text());
        assert_eq!(Drift::between(&more, &base).exit(), Exit::NotComparable, "a stale baseline");
        let about = |n| {
            let mut c = counted(3);
            c.steady = c.steady.with("host_allocations_about", n);
            [c]
        };
        assert_eq!(Drift::between(&about(100), &about(104)).exit(), Exit::Pass);
        assert_eq!(Drift::between(&about(100), &about(105)).exit(), Exit::Regressed);
        assert_eq!(Drift::between(&[], &base).exit(), Exit::NotComparable);
        assert_eq!(Drift::between(&base, &[]).exit(), Exit::NotComparable);
    }

    #[test]
    fn counts_are_read_back() {
        let c = counted(3);
        let line = serde_json::to_string(&c).unwrap();
        assert_eq!(read_counts(&format!("{line}\n\n")).unwrap(), [c]);
        assert!(matches!(read_counts(&line.replace(":1,", ":9,")), Err(Error::Schema { found: 9 })));
    }
}
