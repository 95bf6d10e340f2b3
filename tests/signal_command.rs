//! `gapwave signal` as people use it: on tables, arrays and sound, in chunks of any size, and what it refuses.
#![cfg(feature = "cli")]

mod common;

use common::command::{Ran, gapwave};
use std::fs;
use std::path::{Path, PathBuf};

fn ok(dir: &Path, args: &[&str]) -> Ran {
    let ran = gapwave(dir, args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    ran
}

fn fails(dir: &Path, args: &[&str], code: i32, why: &str) {
    let ran = gapwave(dir, args);
    assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
    assert!(ran.err.contains(why), "{args:?}: {}", ran.err);
}

fn temp() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_path_buf();
    (dir, path)
}

/// Rows of a number, a wave of 1 and of 20 cycles in 100 rows, another column, and a word.
fn table(path: &Path, rows: usize) {
    let mut text = "row,wave,other,name\n".to_owned();
    for i in 0..rows {
        let turn = i as f64 / 100.0 * std::f64::consts::TAU;
        let wave = turn.sin() + (20.0 * turn).sin();
        text.push_str(&format!("{i},{wave},{},n{i}\n", i % 7));
    }
    fs::write(path, text).expect("a file");
}

fn column(path: &Path, name: &str) -> Vec<f64> {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines = text.lines();
    let at = lines.next().and_then(|head| head.split(',').position(|n| n == name)).expect("the column");
    lines.map(|line| line.split(',').nth(at).and_then(|cell| cell.parse().ok()).expect("a number")).collect()
}

#[test]
fn a_low_pass_leaves_the_slow_wave() {
    let (_keep, dir) = temp();
    table(&dir.join("in.csv"), 1000);
    let ran = ok(
        &dir,
        &[
            "signal",
            "butter",
            "in.csv",
            "-o",
            "out.csv",
            "--order",
            "4",
            "--cutoff",
            "5",
            "--fs",
            "100",
            "--zero-phase",
            "--plot",
            "out.svg",
            "--json",
        ],
    );
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((report["kernel"].as_str(), report["rows"].as_u64()), (Some("signal/sosfiltfilt"), Some(1000)));
    assert_eq!(report["columns"], serde_json::json!(["wave"]));
    let out = column(&dir.join("out.csv"), "wave");
    for (i, y) in out.iter().enumerate().skip(100).take(800) {
        let slow = (i as f64 / 100.0 * std::f64::consts::TAU).sin();
        assert!((y - slow).abs() < 0.01, "row {i}: {y}, not {slow}");
    }
    // What is not filtered goes along as it was.
    let (before, after) = (fs::read_to_string(dir.join("in.csv")), fs::read_to_string(dir.join("out.csv")));
    let rest =
        |text: &str| text.lines().map(|l| l.split(',').skip(2).collect::<Vec<_>>().join(",")).collect::<Vec<_>>();
    assert_eq!(rest(&before.expect("a file")), rest(&after.expect("a file")));
    let drawn = fs::read_to_string(dir.join("out.svg")).expect("a drawing");
    assert!(drawn.contains("before") && drawn.contains("after") && drawn.contains("wave"));
}

#[test]
fn every_kind_gives_the_same_bytes_in_any_chunks() {
    let (_keep, dir) = temp();
    table(&dir.join("in.csv"), 300);
    let kinds = [
        "butter --order 3 --cutoff 5,20 --band pass --fs 100",
        "cheby1 --order 4 --ripple 0.5 --cutoff 5 --fs 100",
        "cheby2 --order 4 --attenuation 40 --cutoff 5 --band high --fs 100",
        "ellip --order 4 --ripple 0.5 --attenuation 40 --cutoff 5,20 --band stop --fs 100",
        "notch --frequency 20 --fs 100",
        "peak --frequency 20 --quality 5 --fs 100",
        "fir --taps 31 --cutoff 5 --fs 100",
        "fir --taps 31 --cutoff 5 --fs 100 --zero-phase",
        "median --window 5",
        "median --window 301 --mode nearest",
        "mean --window 10",
        "min --window 4 --mode mirror",
        "max --window 7 --mode constant --cval -3",
        "savgol --window 11 --polyorder 3 --deriv 1 --delta 0.01",
        "hampel --window 7 --n-sigma 2",
    ];
    for kind in kinds {
        let args = |out, chunk| {
            let mut args: Vec<&str> = kind.split(' ').collect();
            args.insert(0, "signal");
            args.extend(["in.csv", "-o", out, "--columns", "wave,other", "--chunk", chunk]);
            args
        };
        ok(&dir, &args("whole.csv", "1000000"));
        for chunk in ["1", "37"] {
            ok(&dir, &args("cut.csv", chunk));
            assert!(
                fs::read(dir.join("cut.csv")).unwrap() == fs::read(dir.join("whole.csv")).unwrap(),
                "{kind}, {chunk}"
            );
        }
        let rows = column(&dir.join("whole.csv"), "wave");
        assert!(rows.len() == 300 && rows.iter().all(|y| y.is_finite()), "{kind}");
    }
}

#[test]
fn another_rate_is_another_table() {
    let (_keep, dir) = temp();
    table(&dir.join("in.csv"), 300);
    ok(&dir, &["signal", "resample", "in.csv", "-o", "out.csv", "--up", "3", "--down", "2", "--plot", "out.html"]);
    let (wave, text) = (column(&dir.join("out.csv"), "wave"), fs::read_to_string(dir.join("out.csv")).expect("a file"));
    assert_eq!((wave.len(), text.lines().next()), (450, Some("wave")));
    // Every third number is one of the signal's.
    let before = column(&dir.join("in.csv"), "wave");
    for i in 20..130 {
        assert!((wave[3 * i] - before[2 * i]).abs() < 0.02, "{i}: {} {}", wave[3 * i], before[2 * i]);
    }
}

#[test]
fn what_cannot_be_filtered_is_refused_and_leaves_nothing() {
    let (_keep, dir) = temp();
    table(&dir.join("in.csv"), 50);
    let with = |more: &'static str| {
        let mut args = vec!["signal"];
        args.extend(more.split(' '));
        args.extend(["in.csv", "-o", "out.csv"]);
        args
    };
    fails(&dir, &with("butter --order 2 --cutoff 60 --fs 100"), 2, "half the sampling rate");
    fails(&dir, &with("butter --order 2 --cutoff 5,6 --fs 100"), 2, "one edge");
    fails(&dir, &with("butter --order 2 --cutoff 5 --band pass --fs 100"), 2, "two edges");
    fails(&dir, &with("butter --order 0 --cutoff 5 --fs 100"), 2, "order");
    fails(&dir, &with("median --window 4"), 2, "odd");
    fails(&dir, &with("median --window 5 --mode round"), 2, "none of reflect");
    fails(&dir, &with("savgol --window 51 --polyorder 3"), 1, "fewer than a window");
    fails(&dir, &with("hampel --window 5 --n-sigma -1"), 2, "n_sigma");
    fails(&dir, &with("resample --up 0 --down 1"), 2, "up 0");
    fails(&dir, &with("median --window 5 --columns wave,nothing"), 2, "nothing");
    fails(&dir, &with("median --window 5 --columns name"), 2, "name");
    fs::write(dir.join("in.csv"), "wave\n1.5\n2.5\n\n4.5\n").expect("a file");
    fails(&dir, &with("mean --window 3"), 1, "row 3 is missing: fill gaps with `gapwave impute`");
    fs::write(dir.join("in.csv"), "wave\n1.5\nnan\n4.5\n").expect("a file");
    fails(&dir, &with("mean --window 3"), 1, "row 2 is missing");
    fails(&dir, &["signal", "mean", "in.csv", "-o", "in.csv", "--window", "3", "--plot", "p.svg"], 2, "another file");
    fs::write(dir.join("in.csv"), "name\na\nb\n").expect("a file");
    fails(&dir, &with("mean --window 3"), 1, "no column of numbers");
    table(&dir.join("in.csv"), 5000);
    fails(&dir, &with("resample --up 49999 --down 1 --memory 256MiB"), 1, "may be used");
    let left: Vec<_> = fs::read_dir(&dir).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left, ["in.csv"], "nothing else is left");
}

/// Sound of two channels of 16 bits.
fn wav(path: &Path, fs: u32, samples: &[[i16; 2]]) {
    let data: Vec<u8> = samples.as_flattened().iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut file = [&b"RIFF"[..], &(36 + data.len() as u32).to_le_bytes(), b"WAVEfmt "].concat();
    [16, 1 | 2 << 16, fs, fs * 4, 4 | 16 << 16].iter().for_each(|v: &u32| file.extend(v.to_le_bytes()));
    file.extend([&b"data"[..], &(data.len() as u32).to_le_bytes(), &data].concat());
    fs::write(path, file).expect("a file");
}

#[test]
fn sound_stays_sound_at_its_rate() {
    let (_keep, dir) = temp();
    wav(&dir.join("in.wav"), 48_000, &[[100, -7]; 1200]);
    ok(&dir, &["signal", "median", "in.wav", "-o", "same.wav", "--window", "5", "--mode", "nearest"]);
    ok(&dir, &["signal", "resample", "in.wav", "-o", "half.wav", "--up", "1", "--down", "2"]);
    for (name, rate, rows) in [("same.wav", 48_000u32, 1200), ("half.wav", 24_000, 600)] {
        let file = fs::read(dir.join(name)).expect("a file");
        assert_eq!(file[24..28], rate.to_le_bytes(), "{name}");
        // Frames of two f32.
        let data = &file[file.len() - rows * 8..];
        let frame: &[u8] = &data[rows / 2 * 8..][..8];
        let number = |at: usize| f32::from_le_bytes(frame[at..at + 4].try_into().expect("four bytes"));
        assert!((number(0) - 100.0).abs() < 0.1 && (number(4) + 7.0).abs() < 0.1, "{name}: {frame:?}");
    }
}

#[test]
fn poles_near_the_circle_are_said() {
    let (_keep, dir) = temp();
    table(&dir.join("in.csv"), 100);
    let ran =
        ok(&dir, &["signal", "butter", "in.csv", "-o", "out.csv", "--order", "2", "--cutoff", "0.01", "--fs", "100"]);
    assert!(ran.err.contains("computed in f64"), "{}", ran.err);
}
