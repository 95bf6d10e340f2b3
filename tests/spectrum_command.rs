//! `gapwave spectrum` as people use it, on sound and arrays: tempo, periods, two columns, drawings.
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

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

fn temp() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_path_buf();
    (dir, path)
}

/// Nothing but these files: no output that was not finished, no temporary file left.
fn only(dir: &Path, names: &[&str]) {
    let entries = fs::read_dir(dir).expect("a folder");
    let mut have: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    have.sort();
    assert_eq!(have, names);
}

/// Sound of 16 bits; frames have a sample for each channel.
fn wav(path: &Path, fs: u32, channels: u16, samples: impl Iterator<Item = f64>) {
    let data: Vec<u8> = samples.flat_map(|x| ((x * 20_000.0) as i16).to_le_bytes()).collect();
    let mut file = [&b"RIFF"[..], &(36 + data.len() as u32).to_le_bytes(), b"WAVEfmt "].concat();
    let wide = u32::from(channels) * 2;
    [16, 1 | u32::from(channels) << 16, fs, fs * wide, wide | 16 << 16]
        .iter()
        .for_each(|v| file.extend(v.to_le_bytes()));
    file.extend([&b"data"[..], &(data.len() as u32).to_le_bytes(), &data].concat());
    fs::write(path, file).expect("a file");
}

/// One column of f64.
fn npy(path: &Path, x: &[f64]) {
    let mut head = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}", x.len());
    while (head.len() + 11) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((head.len() as u16).to_le_bytes());
    file.extend(head.as_bytes());
    x.iter().for_each(|x| file.extend(x.to_le_bytes()));
    fs::write(path, file).expect("a file");
}

/// Clicks of a millisecond and a half, so many a minute, at 8 kHz.
fn clicks(bpm: f64, seconds: f64) -> impl Iterator<Item = f64> {
    let beat = 60.0 / bpm * 8000.0;
    (0..(seconds * 8000.0) as u32).map(move |i| {
        let since = f64::from(i) % beat;
        if since < 60.0 { (since * since * 0.1).sin() * (-since / 15.0).exp() } else { 0.0 }
    })
}

#[test]
fn sound_has_a_tempo() {
    let (_keep, dir) = temp();
    wav(&dir.join("a.wav"), 8000, 1, clicks(93.0, 15.0));
    let report = json(&ok(&dir, &["spectrum", "tempo", "a.wav", "--json", "-o", "o.npy", "--plot", "t.svg"]));
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("{name} of {report}"));
    assert!((number("bpm") / 93.0 - 1.0).abs() < 0.01 && number("confidence") > 0.5, "{report}");
    assert_eq!((number("fs"), number("rows")), (8000.0, 120_000.0));
    let svg = fs::read_to_string(dir.join("t.svg")).expect("a drawing");
    assert!(svg.contains("beats per minute") && svg.contains("\n93.") || svg.contains(">93."), "the peak is named");
    let ran = ok(&dir, &["spectrum", "tempo", "a.wav"]);
    assert!(ran.out.contains("beats per minute, confidence"), "{}", ran.out);
    only(&dir, &["a.wav", "o.npy", "t.svg"]);

    wav(&dir.join("two.wav"), 8000, 2, clicks(120.0, 10.0).flat_map(|x| [x, 0.0]));
    let ran = gapwave(&dir, &["spectrum", "tempo", "two.wav"]);
    assert!(ran.code == 2 && ran.err.contains("--column: ch1, ch2"), "{}", ran.err);
    let report = json(&ok(&dir, &["spectrum", "tempo", "two.wav", "--column", "ch1", "--json"]));
    assert!((report["bpm"].as_f64().expect("a tempo") / 120.0 - 1.0).abs() < 0.01);
    let report = json(&ok(&dir, &["spectrum", "tempo", "two.wav", "--column", "ch2", "--json", "--plot", "none.svg"]));
    assert!(report["bpm"].is_null() && report["confidence"] == 0.0, "silence has none");
    wav(&dir.join("short.wav"), 8000, 1, clicks(120.0, 3.0));
    let ran = gapwave(&dir, &["spectrum", "tempo", "short.wav"]);
    assert!(ran.code != 0 && ran.err.contains("too short"), "{}", ran.err);
    npy(&dir.join("a.npy"), &clicks(100.0, 10.0).collect::<Vec<_>>());
    let ran = gapwave(&dir, &["spectrum", "tempo", "a.npy"]);
    assert!(ran.code == 2 && ran.err.contains("--fs"), "{}", ran.err);
    let report = json(&ok(&dir, &["spectrum", "tempo", "a.npy", "--fs", "8000", "--json"]));
    assert!((report["bpm"].as_f64().expect("a tempo") / 100.0 - 1.0).abs() < 0.01);
    assert_eq!(gapwave(&dir, &["spectrum", "tempo", "a.npy", "--fs", "8000", "--slowest", "0"]).code, 2);
}

#[test]
fn columns_have_periods() {
    let (_keep, dir) = temp();
    let at = |i: u64| {
        let noise = ((i * i * 7919 + i * 104_729) % 2003) as f64 / 2003.0;
        if i % 5 == 2 { f64::NAN } else { (i as f64 * std::f64::consts::TAU / 24.0).sin() + noise }
    };
    npy(&dir.join("a.npy"), &(0..24 * 40).map(at).collect::<Vec<_>>());
    let report = json(&ok(&dir, &["spectrum", "periods", "a.npy", "--fs", "24", "--json", "-o", "p.npy"]));
    let periods = report["periods"].as_array().expect("periods");
    assert_eq!((periods.len(), &report["missing"]), (1, &192.into()), "{report}");
    let number = |name: &str| periods[0][name].as_f64().expect("a number");
    assert!((number("rows") - 24.0).abs() < 0.05 && (number("period") - 1.0).abs() < 0.002, "{report}");
    assert!(number("strength") > 0.5 && number("power") > 0.5);
    let ran = ok(&dir, &["spectrum", "periods", "a.npy"]);
    assert!(ran.out.starts_with("period") && ran.out.lines().count() == 2, "{}", ran.out);
    npy(&dir.join("line.npy"), &(0..500).map(f64::from).collect::<Vec<_>>());
    let ran = ok(&dir, &["spectrum", "periods", "line.npy"]);
    assert!(ran.out.is_empty() && ran.err.contains("no period"), "{}", ran.err);
    assert_eq!(gapwave(&dir, &["spectrum", "periods", "a.npy", "--significance", "2"]).code, 2);
    assert_eq!(gapwave(&dir, &["spectrum", "periods", "a.npy", "--shortest", "1"]).code, 2);
}

/// Two channels: a tone, and the same a quarter turn later with other noise.
fn two(dir: &Path) {
    let noise = |i: u64, turn: u64| ((i * i * 7919 + i * (104_729 + 31 * turn)) % 2003) as f64 / 2003.0 - 0.5;
    let tone = |i: u64, turn: f64| (std::f64::consts::TAU * (i as f64 / 8.0 - turn)).sin();
    let both = move |i| [0.4 * tone(i, 0.0) + 0.2 * noise(i, 0), 0.4 * tone(i, 0.25) + 0.2 * noise(i, 1)];
    wav(&dir.join("two.wav"), 8000, 2, (0..40_000).flat_map(both));
}

#[test]
fn two_columns_have_a_cross_spectrum() {
    let (_keep, dir) = temp();
    two(&dir);
    let common = ["spectrum", "psd", "two.wav", "--column", "ch1", "--json"];
    let run = |more: &[&str]| json(&ok(&dir, &[&common[..], more].concat()));
    let report = run(&["--against", "ch2", "-o", "c.npy", "--plot", "c.svg"]);
    let number = |name: &str| report[name].as_f64().expect("a number");
    assert_eq!(number("peak_frequency"), 1000.0);
    assert!(number("coherence_at_peak") > 0.99);
    // A quarter turn behind.
    assert!((number("phase_at_peak") + std::f64::consts::FRAC_PI_2).abs() < 0.05, "{report}");
    let swapped = json(&ok(
        &dir,
        &["spectrum", "psd", "two.wav", "--column", "ch2", "--against", "ch1", "-o", "d.npy", "--json"],
    ));
    assert!((swapped["phase_at_peak"].as_f64().expect("a phase") + number("phase_at_peak")).abs() < 1e-9);
    // complex128, 129 bins.
    let written = fs::read(dir.join("c.npy")).expect("a file");
    assert!(String::from_utf8_lossy(&written[..128]).contains("<c16") && written.len() >= 129 * 16);
    assert!(fs::read_to_string(dir.join("c.svg")).expect("a drawing").contains("1000"));
    let ran = gapwave(&dir, &["spectrum", "psd", "two.wav", "--column", "ch1", "--against", "ch1", "-o", "x.npy"]);
    assert!(ran.code == 2 && ran.err.contains("another column"), "{}", ran.err);
    let ran = gapwave(&dir, &["spectrum", "psd", "two.wav", "--against", "ch1", "-o", "x.npy"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let ran = gapwave(&dir, &["spectrum", "psd", "two.wav", "--column", "ch1", "--against", "ch9", "-o", "x.npy"]);
    assert!(ran.code != 0 && ran.err.contains("ch9"), "{}", ran.err);
    let whole = run(&["--whole", "-o", "w.npy"]);
    assert_eq!((&whole["frames"], &whole["bin_width"]), (&1.into(), &0.2.into()), "the finest there is");
    only(&dir, &["c.npy", "c.svg", "d.npy", "two.wav", "w.npy"]);
}

#[test]
fn spectra_are_drawn_with_names_and_colours() {
    let (_keep, dir) = temp();
    two(&dir);
    for (kind, more) in [("psd", &[][..]), ("psd", &["--log-frequency"]), ("fft", &[]), ("fft", &["--log-frequency"])] {
        let args =
            [&["spectrum", kind, "two.wav", "--column", "ch1", "-o", "a.npy", "--plot", "a.svg"][..], more].concat();
        ok(&dir, &args);
        let svg = fs::read_to_string(dir.join("a.svg")).expect("a drawing");
        assert!(svg.contains("\n1000") || svg.contains(">1000"), "{args:?}: the peak is named");
    }
    for extension in ["svg", "html"] {
        let file = format!("h.{extension}");
        ok(&dir, &["spectrum", "stft", "two.wav", "--column", "ch1", "-o", "b.npy", "--plot", &file]);
        let svg = fs::read_to_string(dir.join(&file)).expect("a drawing");
        // The picture and its scale.
        assert_eq!(svg.matches("data:image/png;base64,").count(), 2);
        assert!(svg.contains("dB, power per unit of frequency") && svg.contains("frequency, cycles per unit of time"));
    }
    // As many cells at most however long it is.
    npy(&dir.join("long.npy"), &(0..400_000).map(|i| (f64::from(i) * f64::from(i) * 1e-6).sin()).collect::<Vec<_>>());
    let args = ["spectrum", "stft", "long.npy", "-o", "c.npy", "--nperseg", "64", "--plot", "long.svg"];
    ok(&dir, &[&args[..], &["--values", "complex"]].concat());
    assert!(fs::metadata(dir.join("long.svg")).expect("a drawing").len() < 600_000);
    let ran = gapwave(&dir, &["spectrum", "stft", "long.npy", "-o", "d.npy", "--plot", "d.png"]);
    assert!(ran.code == 2 && ran.err.contains(".svg"), "{}", ran.err);
    only(&dir, &["a.npy", "a.svg", "b.npy", "c.npy", "h.html", "h.svg", "long.npy", "long.svg", "two.wav"]);
}
