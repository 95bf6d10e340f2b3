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
        Executor::new(clock, settings).measure(w.as_mut()).unwrap()
    };
    (m, made)
}

#[test]
fn short_work_is_repeated_until_a_sub_sample_is_full() {
    let (m, made) = measure(Settings::default(), |_| 10_000);
    assert_eq!(m.iterations, 100, "1 ms of 10 µs each");
    assert_eq!(m.rounds, vec![vec![10_000.0; 5]; 10]);
    assert!(m.plateau);
    assert_eq!((m.min_ns(), m.median_ns(), m.cold_ns), (10_000.0, 10_000.0, 10_000.0));
    // The cold one, one to learn its length, five blocks of the plateau, fifty sub-samples.
    assert_eq!(made, 1 + 1 + 5 * 100 + 50 * 100);
}

#[test]
fn long_work_is_run_once_a_sub_sample_and_stops_at_the_limit() {
    let second = 1_000_000_000;
    let (m, made) = measure(Settings::default(), |_| second);
    assert_eq!(m.iterations, 1);
    assert_eq!(m.rounds, vec![vec![1e9; 3]], "three samples, then the limit of 3 s");
    assert_eq!(made, 1 + 1 + 3, "the warm-up ends at its limit of 1 s");
    assert!(!m.plateau);
}

#[test]
fn a_shortened_round_counts_only_where_there_is_no_whole_one() {
    let (m, _) = measure(Settings { limit: Duration::from_millis(700), ..Settings::default() }, |_| 100_000_000);
    assert_eq!(m.rounds, vec![vec![1e8; 5]], "seven fit, five make a round");
}

#[test]
fn the_warm_up_lasts_until_it_gets_no_faster() {
    // 2 ms, 10 % faster with every iteration, down to 1 ms.
    let ramp = |i: u64| (2_000_000.0 * 0.9f64.powi(i as i32)).max(1_000_000.0) as u64;
    let (m, _) = measure(Settings::default(), ramp);
    assert!(m.plateau);
    assert_eq!(m.cold_ns, 2_000_000.0);
    assert!(m.rounds.iter().flatten().all(|&ns| ns == 1_000_000.0), "{:?}", m.rounds);
}

#[test]
fn disturbed_sub_samples_do_not_count() {
    // Every third sub-sample is hit by something else.
    let (m, _) = measure(Settings::default(), |i| if i % 3 == 0 { 9_000_000 } else { 2_000_000 });
    assert_eq!(m.min_ns(), 2_000_000.0);
    assert_eq!(m.median_ns(), 2_000_000.0);
    assert!(m.rounds.iter().flatten().any(|&ns| ns == 9_000_000.0), "raw samples are kept");
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
    for wrong_at in [1, 2, 4] {
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
        let m = Executor::new(clock, Settings::default()).measure(w.as_mut()).unwrap();
        drop(w);
        assert_eq!(m.wrong.as_deref(), Some("off by one"));
        assert_eq!((m.rounds.len(), checks), (wrong_at - 1, wrong_at));
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
    let m = Executor::new(clock, Settings::default()).measure(w.as_mut()).unwrap();
    assert_eq!(m.rounds, vec![vec![1e6; 5]; 10]);
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
