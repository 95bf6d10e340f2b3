//! Several ways of doing the same thing, timed in turn.

use crate::executor::Budget;
use crate::{Clock, Executor, Fault, Measurement, Work};

/// One of several ways of doing the same thing.
pub struct Side<'a> {
    /// Whose way it is.
    pub name: String,
    /// The work.
    pub work: Box<dyn Work + 'a>,
}

/// Measures the sides round by round, A B C C B A A B C …, so that all of them meet the same neighbours on a shared
/// machine and none always comes after the same other. One is timed while the others do nothing. A side whose result
/// is wrong is not measured further; the others are.
///
/// # Errors
/// Where a side fails.
pub fn interleave<C: Clock>(executor: &Executor<C>, sides: &mut [Side<'_>]) -> Result<Vec<Measurement>, Fault> {
    let mut all = Vec::with_capacity(sides.len());
    for side in sides.iter_mut() {
        let work = side.work.as_mut();
        let mut m = Measurement { iterations: 1, ..Measurement::default() };
        let right = executor.first(work, &mut m).map_err(|e| format!("{}: {e}", side.name))?;
        if right {
            executor.prepare(work, &mut m)?;
        }
        all.push((m, Budget::default(), right));
    }
    let mut order: Vec<usize> = (0..sides.len()).collect();
    // As long as anyone wants: the rounds that one of them repeats, the others repeat with it.
    while all.iter().any(|(m, _, going)| *going && executor.wants(m)) {
        for &i in &order {
            let (m, budget, going) = &mut all[i];
            if *going {
                *going = executor.round(sides[i].work.as_mut(), m, budget)?;
            }
        }
        order.reverse();
    }
    Ok(all.into_iter().map(|(m, ..)| m).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Settings, work};
    use std::cell::RefCell;
    use std::time::Duration;

    #[test]
    fn sides_take_turns_in_both_orders() {
        let clock = ManualClock::new();
        let log = RefCell::new(String::new());
        let side = |name: &str, ms: u64, wrong: bool| {
            let (clock, log, letter) = (clock.clone(), &log, name.to_owned());
            let run = move |(): &mut ()| {
                log.borrow_mut().push_str(&letter);
                clock.advance(Duration::from_millis(ms));
                Ok(())
            };
            let verify = move |(): &mut ()| if wrong { Err("no".to_owned()) } else { Ok(()) };
            Side { name: name.to_owned(), work: work((), run, verify) }
        };
        let mut sides = [side("a", 1, false), side("b", 2, false), side("x", 1, true)];
        let settings = Settings { rounds: 4, sub_samples: 1, patience: 1, ..Settings::default() };
        let executor = Executor::new(clock.clone(), settings).canary(None);
        let m = interleave(&executor, &mut sides).unwrap();
        assert_eq!((m[0].median_ns(), m[1].median_ns()), (1e6, 2e6));
        assert_eq!(m[2].wrong.as_deref(), Some("no"));
        assert!(log.borrow().ends_with("abbaabba"), "{}", log.borrow());
    }
}
