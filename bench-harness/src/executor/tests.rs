//! Scheduling by a clock that only the work moves.

use super::*;
use crate::{ManualClock, work};

/// Measures work whose i-th iteration takes `ns(i)` nanoseconds; gives also the iterations made.
fn measure(settings: Settings, ns: impl Fn(u64) -> u64) -> (Measurement, u64) {
    let clock = ManualClock::new();
    let mut made = 0;
    let m = {
        let clock2 = clock.clone();
        let mut w = work(
            &mut made,
            move |i| {
                clock2.advance(Duration::from_nanos(ns(**i)));
                **i += 1;
                Ok(())
            },
            |_| Ok(()),
        );
        Executor::new(clock, settings).canary(None).measure(w.as_mut()).unwrap()
    };
    (m, made)
}

#[test]
fn short_work_is_repeated_until_a_sub_sample_is_full() {
    let (m, made) = measure(Settings::default(), |_| 10_000);
    assert_eq!(m.iterations, 100, "1 ms of 10 µs each");
    assert_eq!(m.samples(), vec![vec![10_000.0; 5]; 12]);
    assert!(m.plateau);
    assert_eq!((m.min_ns(), m.median_ns(), m.cold_ns), (10_000.0, 10_000.0, 10_000.0));
    // The cold one, one to learn its length, five blocks of the plateau, sixty sub-samples.
    assert_eq!(made, 1 + 1 + 5 * 100 + 60 * 100);
}

#[test]
fn long_work_is_run_once_a_sub_sample_and_stops_at_the_limit() {
    let second = 1_000_000_000;
    let (m, made) = measure(Settings::default(), |_| second);
    assert_eq!(m.iterations, 1);
    assert_eq!(m.samples(), vec![vec![1e9; 3]], "three samples, then the limit of 3 s");
    assert_eq!(made, 1 + 1 + 3, "the warm-up ends at its limit of 1 s");
    assert!(!m.plateau);
}

#[test]
fn a_shortened_round_counts_only_where_there_is_no_whole_one() {
    let (m, _) = measure(Settings { limit: Duration::from_millis(700), ..Settings::default() }, |_| 100_000_000);
    assert_eq!(m.samples(), vec![vec![1e8; 5]], "seven fit, five make a round");
}

#[test]
fn the_warm_up_lasts_until_it_gets_no_faster() {
    // 2 ms, 10 % faster with every iteration, down to 1 ms.
    let ramp = |i: u64| (2_000_000.0 * 0.9f64.powi(i as i32)).max(1_000_000.0) as u64;
    let (m, _) = measure(Settings::default(), ramp);
    assert!(m.plateau);
    assert_eq!(m.cold_ns, 2_000_000.0);
    assert!(m.samples().into_iter().flatten().all(|&ns| ns == 1_000_000.0), "{:?}", m.rounds);
}

#[test]
fn disturbed_sub_samples_do_not_count() {
    // Every third sub-sample is hit by something else.
    let (m, _) = measure(Settings::default(), |i| if i % 3 == 0 { 9_000_000 } else { 2_000_000 });
    assert_eq!(m.min_ns(), 2_000_000.0);
    assert_eq!(m.median_ns(), 2_000_000.0);
    assert!(m.samples().into_iter().flatten().any(|&ns| ns == 9_000_000.0), "raw samples are kept");
}

#[test]
fn work_too_short_for_the_clock_does_not_run_for_ever() {
    let s = Settings { rounds: 1, sub_samples: 1, patience: 1, ..Settings::default() };
    let (m, _) = measure(s, |_| 0);
    assert_eq!(m.iterations, 1_000_000);
    assert_eq!(m.min_ns(), 0.0);
}

#[test]
fn a_wrong_result_ends_the_measurement() {
    for (wrong_at, rounds) in [(1, 0), (2, 0), (7, 1), (12, 2)] {
        let clock = ManualClock::new();
        let tick = clock.clone();
        let mut checks = 0;
        let mut w = work(
            (),
            move |()| {
                tick.advance(Duration::from_millis(1));
                Ok(())
            },
            |()| {
                checks += 1;
                if checks == wrong_at { Err("off by one".into()) } else { Ok(()) }
            },
        );
        let m = Executor::new(clock, Settings::default()).canary(None).measure(w.as_mut()).unwrap();
        drop(w);
        assert_eq!(m.wrong.as_deref(), Some("off by one"));
        assert_eq!((m.rounds.len(), checks), (rounds, wrong_at));
        assert_eq!(m.median_ns(), 1e6);
    }
}

#[test]
fn checking_is_outside_the_timing() {
    let clock = ManualClock::new();
    let (a, b) = (clock.clone(), clock.clone());
    let mut w = work(
        (),
        move |()| {
            a.advance(Duration::from_millis(1));
            Ok(())
        },
        move |()| {
            b.advance(Duration::from_secs(1000));
            Ok(())
        },
    );
    let m = Executor::new(clock, Settings::default()).canary(None).measure(w.as_mut()).unwrap();
    assert_eq!(m.samples(), vec![vec![1e6; 5]; 12]);
}

#[test]
fn senseless_settings_are_refused() {
    for s in [
        Settings { rounds: 0, ..Settings::default() },
        Settings { sub_samples: 0, ..Settings::default() },
        Settings { sub_sample: Duration::ZERO, ..Settings::default() },
    ] {
        let e = Executor::new(ManualClock::new(), s).check().unwrap_err();
        assert_eq!(e.exit(), crate::Exit::Usage);
    }
}

/// Work by a clock of its own, of which the readings are made up.
struct Own<F>(ManualClock, F, u64);

impl<F: FnMut(u64) -> Took> Work for Own<F> {
    fn run(&mut self) -> Result<(), Fault> {
        Ok(())
    }
    fn run_timed(&mut self, _: u32) -> Result<Took, Fault> {
        self.0.advance(Duration::from_millis(1));
        self.2 += 1;
        Ok(self.1(self.2))
    }
    fn verify(&mut self) -> Result<(), String> {
        Ok(())
    }
}

fn by_own_clock(readings: impl FnMut(u64) -> Took) -> Measurement {
    let clock = ManualClock::new();
    let mut w = Own(clock.clone(), readings, 0);
    // One iteration fills a sub-sample.
    let settings = Settings { sub_sample: Duration::from_micros(400), ..Settings::default() };
    Executor::new(clock, settings).canary(None).measure(&mut w).unwrap()
}

fn reading(us: u64) -> Took {
    Took::Own { clock: "timestamps", time: Duration::from_micros(us), tick: Duration::from_micros(1) }
}

#[test]
fn a_device_s_clock_counts_where_it_makes_sense() {
    let m = by_own_clock(|_| reading(400));
    assert_eq!((m.clock(), m.median_ns(), m.cold_ns), ("timestamps", 400e3, 1e6));
    assert_eq!(m.rounds[0].wall_ns, [1e6; 5], "wall time is kept beside it");
}

#[test]
fn impossible_spans_fall_back_to_the_wall_and_say_so() {
    let late = |bad: Took| by_own_clock(move |i| if i == 30 { bad.clone() } else { reading(400) });
    for (bad, why) in [
        (reading(0), "no time"),
        (reading(7), "ticks"),
        (reading(1100), "within 1ms"),
        (Took::Rejected("backwards".into()), "backwards"),
    ] {
        let m = late(bad);
        assert_eq!((m.clock(), m.median_ns()), ("wall", 1e6));
        assert!(m.clock_rejected.as_deref().unwrap().contains(why), "{:?}", m.clock_rejected);
    }
    assert_eq!(late(reading(401)).clock(), "timestamps");
}

#[test]
fn rounds_in_which_the_canary_moved_are_replaced() {
    struct Watched(ManualClock, u64);
    impl Work for Watched {
        fn run(&mut self) -> Result<(), Fault> {
            // While the clock rate is low, from the second to the fourth reading, everything takes longer.
            self.0.advance(Duration::from_millis(if (2..5).contains(&self.1) { 3 } else { 2 }));
            Ok(())
        }
        fn verify(&mut self) -> Result<(), String> {
            Ok(())
        }
        fn canary(&mut self) -> Option<f64> {
            self.1 += 1;
            Some(if (2..5).contains(&self.1) { 150.0 } else { 100.0 })
        }
    }
    let clock = ManualClock::new();
    let mut w = Watched(clock.clone(), 0);
    let m = Executor::new(clock, Settings::default()).measure(&mut w).unwrap();
    let discarded = m.kept().iter().filter(|&&k| !k).count();
    assert!(discarded >= 1 && m.rounds.len() == 12 + discarded, "{:?}", m.kept());
    assert_eq!(m.spread_ns(), [2e6, 2e6], "only undisturbed rounds count");
    assert!(m.samples().iter().any(|s| s[0] == 3e6), "raw samples are kept");
}

/// What the harness itself costs: less than 1 % of a sub-sample of a millisecond.
#[test]
#[cfg(not(debug_assertions))]
fn timing_costs_less_than_a_hundredth_of_a_sample() {
    use crate::WallClock;
    use std::time::Instant;
    // Work that knows how long it took by itself.
    let mut spans: Vec<f64> = Vec::new();
    let run = |spans: &mut &mut Vec<f64>| {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(1) {
            std::hint::spin_loop();
        }
        spans.push(begin.elapsed().as_nanos() as f64);
        Ok(())
    };
    let settings = Settings { rounds: 20, ..Settings::default() };
    let m = {
        let mut w = work(&mut spans, run, |_| Ok(()));
        Executor::new(WallClock::new(), settings).measure(w.as_mut()).unwrap()
    };
    let told = crate::stats::min(&spans);
    let cost = (m.min_ns() - told) / told;
    println!("the harness adds {:.4} % to a sample of 1 ms", cost * 100.0);
    assert!(cost < 0.01, "{cost}");
}
