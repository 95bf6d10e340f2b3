//! Autocorrelations against NumPy's, as `ci/fixtures_cross.py` wrote them down, and the periods of series.

use gapwave_kernels::case::{random, uniform};
use gapwave_kernels::fft::periods::{Estimate, Period, Search, autocorrelation, dominant_periods};
use serde_json::Value;
use std::f64::consts::TAU;

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The fixtures' signal.
fn samples(n: usize) -> Vec<f64> {
    (0..n as u64).map(|i| ((i * i * 7919 + i * 104_729) % 2003) as f64 / 1024.0 - 0.75).collect()
}

/// Normal deviates: Box and Muller's.
fn normal(seed: u64, i: usize) -> f64 {
    let (u, v) = (uniform(seed, 2 * i as u64), uniform(seed, 2 * i as u64 + 1));
    let unit = |x: f64| (x + 1.0) / 2.0;
    (-2.0 * unit(u).max(1e-300).ln()).sqrt() * (TAU * unit(v)).cos()
}

fn find(x: &[f64]) -> Vec<Period> {
    dominant_periods(x, &Search::default()).expect("a series")
}

fn is(p: &Period, want: f64) -> bool {
    (p.period / want - 1.0).abs() < 0.005
}

fn with_gaps(mut x: Vec<f64>, seed: u64, percent: u64) -> Vec<f64> {
    x.iter_mut().enumerate().filter(|(i, _)| random(seed, *i as u64) % 100 < percent).for_each(|(_, x)| *x = f64::NAN);
    x
}

#[test]
fn autocorrelations_are_numpys() {
    let all: Value =
        serde_json::from_str(include_str!("fixtures/periods.json")).expect("ci/fixtures_cross.py wrote it");
    let all = all["autocorrelation"].as_array().expect("correlations");
    assert_eq!(all.len(), 10);
    for v in all {
        let number = |name: &str| v[name].as_u64().expect("a number") as usize;
        let (n, lag) = (number("n"), number("max_lag"));
        let mut x = samples(n);
        if v["gaps"] == true {
            (0..n).filter(|i| (i * 7) % 5 == 3).for_each(|i| x[i] = f64::NAN);
        }
        for (estimate, name) in [(Estimate::Biased, "biased"), (Estimate::Unbiased, "unbiased")] {
            let want = numbers(&v[name]);
            let size = want.iter().map(|x| x.abs()).fold(0.0, f64::max);
            let got = autocorrelation(&x, lag, estimate, false).expect("lags");
            assert_eq!(got.len(), want.len());
            for (i, (a, b)) in got.iter().zip(&want).enumerate() {
                assert!((a - b).abs() <= 1e-12 * size, "{n} {name} at {i}: {a}, not {b}");
            }
            let scaled = autocorrelation(&x, lag, estimate, true).expect("lags");
            assert!(scaled.iter().zip(&got).all(|(s, g)| (s * got[0] - g).abs() <= 1e-12 * size));
        }
    }
}

#[test]
fn what_makes_no_series_is_refused() {
    let lags = |x: &[f64], lag| autocorrelation(x, lag, Estimate::Biased, true);
    assert!(lags(&[], 0).is_err() && lags(&[1.0, 2.0], 2).is_err() && lags(&[f64::NAN; 9], 2).is_err());
    assert!(lags(&[1.0, f64::INFINITY], 1).unwrap_err().to_string().contains("value 1 is inf"));
    assert_eq!(lags(&[3.0; 5], 4).expect("no variation"), [0.0; 5]);
    assert!(dominant_periods(&[], &Search::default()).is_err());
    assert!(dominant_periods(&[f64::NAN; 50], &Search::default()).is_err());
    for bad in [
        Search { significance: 0.0, ..Search::default() },
        Search { significance: f64::NAN, ..Search::default() },
        Search { shortest: 1.0, ..Search::default() },
        Search { shortest: f64::NAN, ..Search::default() },
        Search { shortest: 9.0, longest: 8.0, ..Search::default() },
        Search { longest: f64::NAN, ..Search::default() },
    ] {
        assert!(dominant_periods(&samples(100), &bad).is_err(), "{bad:?}");
    }
}

#[test]
fn short_or_flat_or_straight_series_have_none() {
    for n in [1, 2, 3, 11, 12, 13, 100, 1000] {
        for slope in [0.0, 1e-3, -5.0] {
            let line: Vec<f64> = (0..n).map(|i| 300.0 + slope * i as f64).collect();
            assert_eq!(find(&line), [], "{n} on a line of {slope}");
            if n >= 100 {
                assert_eq!(find(&with_gaps(line, 3, 30)), []);
            }
        }
    }
    // A bend, a step and a growth are no periods either.
    for bend in [|t: f64| t * t, |t: f64| (3.0 * t).exp(), |t: f64| f64::from(t > 0.4), |t: f64| (t + 0.01).ln()] {
        let x: Vec<f64> = (0..1000).map(|i| bend(f64::from(i) / 1000.0)).collect();
        assert_eq!(find(&x), []);
        let noisy: Vec<f64> = x.iter().enumerate().map(|(i, x)| x + 0.1 * normal(8, i)).collect();
        assert_eq!(find(&noisy), []);
    }
}

#[test]
fn white_noise_has_none() {
    let mut found = 0;
    for seed in 0..200 {
        let n = 100 + 37 * seed as usize;
        found += usize::from(!find(&(0..n).map(|i| normal(seed, i)).collect::<Vec<_>>()).is_empty());
    }
    eprintln!("{found} of 200 series of white noise have a period");
    assert!(found <= 2, "{found}");
}

#[test]
fn red_noise_has_few() {
    let mut found = 0;
    for seed in 0..100 {
        let mut level = 0.0;
        let x: Vec<f64> = (0..1500)
            .map(|i| {
                level = 0.95 * level + normal(1000 + seed, i);
                level
            })
            .collect();
        found += usize::from(!find(&x).is_empty());
    }
    eprintln!("{found} of 100 series of red noise have a period");
    assert!(found <= 10, "{found}");
}

#[test]
fn sums_of_waves_in_noise_are_told_apart() {
    let mut right = 0;
    for seed in 0..50 {
        // Periods that are no multiples of each other.
        let (a, b) = (11.0 + 7.0 * uniform(77, seed).abs(), 33.3 + 20.0 * uniform(78, seed).abs());
        let wave = |p: f64, i: usize| (TAU * i as f64 / p + seed as f64).sin();
        let x: Vec<f64> =
            (0..2000).map(|i| 1.5 * wave(a, i) + wave(b, i) + 0.8 * normal(100 + seed, i) + 0.002 * i as f64).collect();
        let found = find(&x);
        let both = found.len() == 2 && is(&found[0], a) && is(&found[1], b);
        if !both {
            eprintln!("{a:.2} and {b:.2}: {found:?}");
        }
        right += usize::from(both);
        assert!(found.iter().all(|p| (0.0..=1.0).contains(&p.power) && (0.0..=1.0).contains(&p.strength)));
        assert!(found.windows(2).all(|w| w[0].strength >= w[1].strength));
    }
    eprintln!("{right} of 50 pairs of waves were told apart");
    assert!(right >= 48, "{right}");
}

/// A year's quarter of hours, with days, weekends and noise.
fn hours(seed: u64) -> Vec<f64> {
    let at = |i: usize| {
        let (hour, day) = (i % 24, i / 24 % 7);
        let rush = f64::from(u8::from((7..10).contains(&hour)) + u8::from((16..19).contains(&hour)));
        let work = if day < 5 { 1.0 } else { 0.4 };
        let sun = (TAU * (hour as f64 - 9.0) / 24.0).sin();
        20.0 + work * (4.0 + 3.0 * rush) + 3.0 * sun + 1.5 * normal(seed, i)
    };
    (0..24 * 7 * 16).map(at).collect()
}

#[test]
fn days_and_weeks_are_found_though_a_third_is_missing() {
    let mut right = 0;
    for seed in 0..20 {
        for percent in [0, 30] {
            let found = find(&with_gaps(hours(seed), 50 + seed, percent));
            let (day, week) = (found.iter().any(|p| is(p, 24.0)), found.iter().any(|p| is(p, 168.0)));
            if day && week && is(&found[0], 24.0) {
                right += 1;
            } else {
                eprintln!("{seed} {percent} %: {found:?}");
            }
        }
    }
    assert!(right >= 38, "{right} of 40");
}

#[test]
fn a_peak_without_a_hill_is_no_period() {
    // A daily wave that is stronger in the middle of the week has lines at 28 and 21 hours, after which nothing repeats.
    for seed in 0..20 {
        let wave = |i: usize, period: f64| (TAU * i as f64 / period + seed as f64).sin();
        let x: Vec<f64> =
            (0..4000).map(|i| (1.0 + wave(i, 168.0)) * wave(i, 24.0) + 0.3 * normal(300 + seed, i)).collect();
        let found = find(&x);
        assert!(is(&found[0], 24.0) && !found.iter().any(|p| is(p, 28.0) || is(p, 21.0)), "{found:?}");
    }
}

#[test]
fn gaps_in_runs_do_no_harm() {
    let mut x: Vec<f64> = hours(7);
    for start in (100..x.len() - 40).step_by(310) {
        x[start..start + 37].fill(f64::NAN);
    }
    assert!(is(&find(&x)[0], 24.0), "{:?}", find(&x));
}

#[test]
fn short_and_uneven_periods_are_found() {
    for p in [2.0, 3.0, 4.0, 2.5, 6.3, 99.5] {
        let x: Vec<f64> =
            (0..1000).map(|i| (TAU * f64::from(i) / p + 0.7).cos() + 0.3 * normal(4, i as usize)).collect();
        let found = find(&x);
        assert!(found.len() == 1 && is(&found[0], p), "{p}: {found:?}");
    }
    // Pulses: as much power in every harmonic.
    let pulses: Vec<f64> = (0..3000).map(|i| f64::from(u8::from(i % 50 == 7)) + 0.05 * normal(5, i)).collect();
    let found = find(&pulses);
    assert!(found.len() == 1 && is(&found[0], 50.0), "{found:?}");
    let one = Search { most: 1, shortest: 30.0, ..Search::default() };
    assert!(dominant_periods(&hours(1), &Search { most: 0, ..one }).expect("none").is_empty());
    assert!(dominant_periods(&hours(1), &one).expect("one").iter().all(|p| p.period >= 30.0));
}

/// The numbers of a table's column of the shared data, NaN where they are missing; none where there is no such data.
fn shared(file: &str, column: usize, separator: fn(char) -> bool, missing: &str) -> Option<Vec<f64>> {
    let Ok(root) = std::env::var("GAPWAVE_TEST_DATA") else {
        eprintln!("SKIPPED: GAPWAVE_TEST_DATA does not say where the data are");
        return None;
    };
    let text = std::fs::read_to_string(format!("{root}/impute/{file}")).expect("the file");
    let cell = |line: &str| {
        let text = line.split(separator).filter(|c| !c.is_empty() || separator(',')).nth(column)?.trim().to_owned();
        Some(if text == missing { f64::NAN } else { text.parse().unwrap_or(f64::NAN) })
    };
    Some(text.lines().skip(1).filter_map(cell).collect())
}

#[test]
fn real_series_have_their_days_and_years() {
    let days = |c: char| c == ' ';
    let commas = |c: char| c == ',';
    let Some(temperature) = shared("temperature.txt", 0, days, "") else { return };
    let found = find(&temperature);
    assert!((found[0].period / 365.25 - 1.0).abs() < 0.01, "{found:?}");
    // Carbon monoxide by the hour, a sixth of it missing: the day, and the rush hours within.
    let air = shared("AirQualityUCI.csv", 2, commas, "-200").expect("there");
    let found = find(&air);
    eprintln!("air: {found:?}");
    assert!(is(&found[0], 24.0) && is(&found[1], 168.0), "{found:?}");
    let ozone = shared("PRSA_Aotizhongxin.csv", 10, commas, "NA").expect("there");
    let found = find(&ozone);
    eprintln!("ozone: {found:?}");
    assert!(found.len() == 2 && (found[0].period / 8766.0 - 1.0).abs() < 0.01 && is(&found[1], 24.0), "{found:?}");
    let co2 = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/samples/co2_weekly.csv"));
    let co2: Vec<f64> = co2
        .expect("the sample")
        .lines()
        .skip(1)
        .map(|l| l.split(',').nth(1).and_then(|c| c.parse().ok()).unwrap_or(f64::NAN))
        .collect();
    let found = find(&co2);
    assert!((found[0].period * 7.0 / 365.25 - 1.0).abs() < 0.005, "{found:?}");
}
