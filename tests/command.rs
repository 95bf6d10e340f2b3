//! The command as people use it: files in, files out, and what it says when that is not possible.
#![cfg(all(feature = "tables", feature = "cli"))]

mod common;

use common::command::{Ran, gapwave};
use std::fs;
use std::path::{Path, PathBuf};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/samples/co2_weekly.csv");

fn ok(dir: &Path, args: &[&str]) -> Ran {
    let ran = gapwave(dir, args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    ran
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

/// The column of that name of a CSV file without quoted cells.
fn column(path: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    let at = lines.next().expect("a header").iter().position(|n| n == name).expect("the column");
    lines.map(|l| l[at].clone()).collect()
}

fn numbers(path: &Path, name: &str) -> Vec<f64> {
    column(path, name).iter().map(|c| c.parse().expect("a number")).collect()
}

fn temp() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_path_buf();
    (dir, path)
}

/// Nothing but these files: no output that was not finished, no temporary file left.
fn only(dir: &Path, names: &[&str]) {
    let mut have: Vec<String> = fs::read_dir(dir)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    have.sort();
    assert_eq!(have, names);
}

/// The arguments that choose a processor; the GPU is the software adapter.
fn processors() -> Vec<Vec<&'static str>> {
    let mut all = vec![vec!["--device", "cpu"]];
    if common::gpu_or_skip() {
        all.push(vec!["--device", "gpu", "--precision", "f32"]);
    }
    all
}

#[test]
fn the_demo_fills_gaps_and_finds_the_year() {
    let mut spectra: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    let mut filled: Vec<Vec<f64>> = Vec::new();
    for on in processors() {
        let (_keep, dir) = temp();
        let mut args = vec!["impute", SAMPLE, "-o", "filled.csv", "--method", "linear", "--plot", "gaps.svg", "--json"];
        args.extend(&on);
        let report = json(&ok(&dir, &args));
        assert_eq!(report["columns"][0]["missing"], 59);
        assert_eq!(report["columns"][0]["filled"], 59);
        let svg = fs::read_to_string(dir.join("gaps.svg")).expect("a drawing");
        assert!(svg.contains("59 of 59 missing values filled"));
        assert!(svg.contains("#FFE2C4") && svg.contains("#D65218"), "gaps are shaded, filled values coloured");

        let mut args = vec!["spectrum", "fft", "filled.csv", "-o", "spectrum.csv", "--fs", "365.25/7", "--detrend"];
        args.extend(["--plot", "spectrum.svg", "--json"]);
        args.extend(&on);
        let report = json(&ok(&dir, &args));
        let (peak, bin) = (report["peak_frequency"].as_f64().unwrap(), report["bin_width"].as_f64().unwrap());
        assert!((peak - 1.0).abs() <= bin, "the strongest line is at {peak} cycles a year, bins are {bin} apart");
        only(&dir, &["filled.csv", "gaps.svg", "spectrum.csv", "spectrum.svg"]);

        let mut args = vec!["spectrum", "psd", "filled.csv", "-o", "psd.csv", "--fs", "365.25/7", "--nperseg", "512"];
        args.extend(["--detrend", "linear", "--plot", "psd.svg", "--json"]);
        let report = json(&ok(&dir, &args));
        let (peak, bin) = (report["peak_frequency"].as_f64().unwrap(), report["bin_width"].as_f64().unwrap());
        assert!((peak - 1.0).abs() <= bin, "the most power is at {peak} cycles a year, bins are {bin} apart");
        assert_eq!((numbers(&dir.join("psd.csv"), "density").len(), report["frames"].as_u64()), (257, Some(7)));
        let svg = fs::read_to_string(dir.join("psd.svg")).expect("a drawing");
        assert!(svg.contains("power spectral density, 7 frames") && svg.contains("frequency, cycles per unit of time"));

        let (before, after) = (column(Path::new(SAMPLE), "co2"), numbers(&dir.join("filled.csv"), "co2"));
        for (b, a) in before.iter().zip(&after).filter(|(b, _)| !b.is_empty()) {
            assert_eq!(b.parse::<f64>().unwrap().to_bits(), a.to_bits(), "observed values are never rewritten");
        }
        assert_eq!(column(Path::new(SAMPLE), "date"), column(&dir.join("filled.csv"), "date"));
        filled.push(after);
        let s = dir.join("spectrum.csv");
        spectra.push((numbers(&s, "re"), numbers(&s, "im")));
    }
    for other in filled.iter().skip(1) {
        // Interpolated in f32: half a unit in the last place of 370 is 1.5e-5.
        assert!(filled[0].iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-4));
    }
    for (re, im) in spectra.iter().skip(1) {
        let (a, b) = (&spectra[0].0, &spectra[0].1);
        let size: f64 = a.iter().chain(b).map(|x| x * x).sum::<f64>().sqrt();
        let off: f64 = a.iter().chain(b).zip(re.iter().chain(im)).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
        // The bound of a Bluestein length, doubled: the signal itself was rounded to f32 and interpolated in it.
        let bound = 2.0 * 2.0 * 2f64.powi(-24) * (2284f64).log2().sqrt();
        assert!(off / size < bound, "relative L2 {:.2e}, allowed {bound:.2e}", off / size);
    }
}

fn write_events(path: &Path, rows: usize) {
    let mut text = String::from("t,x,y,polarity,label\n");
    for i in 0..rows {
        let r = gapwave::kernels::case::random(5, i as u64);
        let p = if r >> 40 & 1 == 1 { 1 } else { -1 };
        text += &format!("{},{},{},{p},\"e {}\"\n", (1u64 << 53) + 1 + i as u64, r % 640, (r >> 20) % 480, i % 7);
    }
    fs::write(path, text).expect("written");
}

#[test]
fn filter_and_locf_give_the_same_bytes_everywhere() {
    let mut results: Vec<Vec<Vec<u8>>> = Vec::new();
    for on in processors() {
        let on = &on[..2];
        for chunk in [None, Some("97")] {
            let (_keep, dir) = temp();
            write_events(&dir.join("events.csv"), 1000);
            let extra = chunk.map_or(vec![], |c| vec!["--chunk", c]);
            let run = |args: &[&str]| ok(&dir, &[args, on, &extra].concat());
            let condition = "x >= 160 and x < 480 and polarity = 1";
            run(&["filter", "events.csv", "-o", "kept.csv", "--where", condition]);
            run(&["filter", "events.csv", "-o", "kept.parquet", "--where", condition]);
            run(&["filter", "kept.parquet", "-o", "again.csv", "--where", "t > 0"]);
            assert_eq!(fs::read(dir.join("kept.csv")).unwrap(), fs::read(dir.join("again.csv")).unwrap());
            run(&["impute", SAMPLE, "-o", "held.csv", "--method", "locf", "--limit", "3"]);
            results.push(["kept.csv", "held.csv"].iter().map(|f| fs::read(dir.join(f)).unwrap()).collect());
        }
    }
    assert!(results.windows(2).all(|w| w[0] == w[1]), "processors and chunks change nothing");
    let kept = String::from_utf8(results[0][0].clone()).unwrap();
    let rows = (0..1000u64).filter(|&i| {
        let r = gapwave::kernels::case::random(5, i);
        (160..480).contains(&(r % 640)) && r >> 40 & 1 == 1
    });
    let times: Vec<String> = rows.map(|i| ((1u64 << 53) + 1 + i).to_string()).collect();
    let got: Vec<&str> = kept.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
    assert_eq!(got, times, "64-bit integers to the last bit, in order");
}

#[test]
fn bad_input_ends_with_one_line_and_no_output() {
    let (_keep, dir) = temp();
    fs::write(dir.join("text.csv"), "a,b\n1,2\n3,four\n5,6\n").unwrap();
    ok(&dir, &["filter", SAMPLE, "-o", "whole.parquet", "--where", "co2 > 0"]);
    let whole = fs::read(dir.join("whole.parquet")).unwrap();
    fs::write(dir.join("cut.parquet"), &whole[..whole.len() / 2]).unwrap();
    let before = ["cut.parquet", "text.csv", "whole.parquet"];
    only(&dir, &before);
    let impute = |input: &'static str| vec!["impute", input, "-o", "out.csv", "--method", "linear"];
    let cases: [(Vec<&str>, i32, &[&str]); 16] = [
        (impute("missing.csv"), 1, &["missing.csv"]),
        ([impute(SAMPLE), vec!["--columns", "co3"]].concat(), 1, &["co3", "co2"]),
        ([impute("text.csv"), vec!["--columns", "b"]].concat(), 1, &["text.csv", "b", "four", "2"]),
        (vec!["impute", SAMPLE, "-o", "out.csv", "--method", "bounds"], 2, &["bounds", "linear", "locf"]),
        (impute("cut.parquet"), 1, &["cut.parquet"]),
        (vec!["impute", SAMPLE, "-o", "nowhere/out.csv", "--method", "linear"], 1, &["nowhere"]),
        (vec!["impute", SAMPLE, "-o", "out.xyz", "--method", "linear"], 1, &["out.xyz", ".parquet"]),
        (vec!["impute", SAMPLE, "-o", "out.csv", "--method", "locf", "--edge", "extrapolate"], 2, &["extrapolate"]),
        (vec!["filter", SAMPLE, "-o", "out.csv", "--where", "co2 >"], 2, &["co2 >", "^"]),
        (vec!["filter", SAMPLE, "-o", "out.csv", "--where", "co3 > 1"], 2, &["co3", "co2"]),
        (vec!["spectrum", "fft", SAMPLE, "-o", "out.csv"], 1, &["59", "impute"]),
        (vec!["spectrum", "fft", SAMPLE, "-o", "out.csv", "--fs", "-1"], 2, &["fs"]),
        (vec!["spectrum", "psd", SAMPLE, "-o", "out.csv"], 1, &["impute"]),
        (
            vec!["spectrum", "psd", SAMPLE, "-o", "out.csv", "--noverlap", "256"],
            2,
            &["--noverlap 256", "--nperseg 256"],
        ),
        (vec!["spectrum", "stft", SAMPLE, "-o", "out.csv", "--nperseg", "99999999999"], 2, &["at most 67108864"]),
        (vec!["spectrum", "psd", SAMPLE, "-o", "out.csv", "--window", "hat"], 2, &["hat", "kaiser:B"]),
    ];
    for (args, code, words) in cases {
        let ran = gapwave(&dir, &args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        for w in words {
            assert!(ran.err.contains(w), "{args:?} does not say {w:?}: {}", ran.err);
        }
        assert!(ran.out.is_empty(), "{args:?}: {}", ran.out);
        if code == 1 {
            assert_eq!(ran.err.trim_end().lines().count(), 1, "{args:?}: {}", ran.err);
        }
        only(&dir, &before);
    }
}

#[test]
fn devices_say_what_was_found_and_why_it_is_not_used() {
    let (_keep, dir) = temp();
    let report = json(&ok(&dir, &["devices", "--json"]));
    assert!(report["cpu"]["levels"].as_array().is_some_and(|l| !l.is_empty()));
    if !common::gpu_or_skip() {
        return;
    }
    let software: Vec<_> =
        report["adapters"].as_array().unwrap().iter().filter(|a| a["device_type"] == "software").collect();
    for a in &software {
        assert_eq!(a["verdict"], "rejected");
        assert!(a["why"].as_str().is_some_and(|w| w.contains("software")) && a["hint"].is_string(), "{a}");
    }
    if software.len() == report["adapters"].as_array().unwrap().len() {
        assert!(report["auto_gpu"].is_null());
        let run = |device| {
            let args = ["impute", SAMPLE, "-o", "o.csv", "--method", "locf", "--json", "--device", device];
            json(&ok(&dir, &args))["provenance"]["processor"].clone()
        };
        assert_eq!(run("gpu"), "gpu", "demanded, it runs on the software adapter");
        assert_eq!(run("auto"), "cpu", "auto does not");
    }
}

#[test]
fn f64_stays_on_the_cpu_unless_told_otherwise() {
    if !common::gpu_or_skip() {
        return;
    }
    let (_keep, dir) = temp();
    let ran = gapwave(&dir, &["impute", SAMPLE, "-o", "o.csv", "--method", "linear", "--device", "gpu"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("--precision f32"), "{}", ran.err);
    only(&dir, &[]);
}

#[test]
fn a_pipeline_does_what_the_command_does() {
    use gapwave::kernels::impute::linear::Linear;
    let (_keep, dir) = temp();
    ok(&dir, &["impute", SAMPLE, "-o", "command.csv", "--method", "linear", "--max-gap", "2"]);
    let session = gapwave::Session::cpu().expect("the CPU");
    let steps =
        gapwave::Pipeline::read(SAMPLE).expect("the sample").then(Linear { max_gap: Some(2), ..Linear::default() });
    steps.write(dir.join("library.csv")).expect("a sink").run(&session).expect("filled");
    assert_eq!(fs::read(dir.join("command.csv")).unwrap(), fs::read(dir.join("library.csv")).unwrap());
}

#[test]
fn sound_has_its_own_rate() {
    let (_keep, dir) = temp();
    // A tone of 1 kHz, eight thousand samples a second, 16 bits.
    let tone = |i: u32| ((f64::from(i) * std::f64::consts::TAU / 8.0).sin() * 20_000.0) as i16;
    let samples: Vec<u8> = (0..4000).flat_map(|i| tone(i).to_le_bytes()).collect();
    let mut file = [&b"RIFF"[..], &(36 + samples.len() as u32).to_le_bytes(), b"WAVEfmt "].concat();
    [16u32, 0x0001_0001, 8000, 16_000, 0x0010_0002].iter().for_each(|v| file.extend(v.to_le_bytes()));
    file.extend([&b"data"[..], &(samples.len() as u32).to_le_bytes(), &samples].concat());
    fs::write(dir.join("a.wav"), file).expect("a file");
    for (more, peak) in [(&[][..], 1000.0), (&["--fs", "2"], 0.25)] {
        for kind in ["psd", "fft"] {
            let args = [&["spectrum", kind, "a.wav", "-o", "out.csv", "--json"][..], more].concat();
            let report = json(&ok(&dir, &args));
            assert_eq!(report["peak_frequency"].as_f64(), Some(peak), "{args:?}");
        }
    }
}

#[test]
fn frames_are_written_as_a_table_or_an_array() {
    let (_keep, dir) = temp();
    let tone = |i: i32| if i < 500 { f64::from(i) * 0.25 } else { f64::from(i) * 0.125 };
    let lines: Vec<String> = (0..1000).map(|i| (tone(i) * std::f64::consts::TAU).sin().to_string()).collect();
    fs::write(dir.join("a.csv"), format!("x\n{}\n", lines.join("\n"))).expect("a file");
    let common = ["spectrum", "stft", "a.csv", "--fs", "8", "--nperseg", "64", "--noverlap", "32"];
    let run = |more: &[&str]| json(&ok(&dir, &[&common[..], more, &["--json"]].concat()));
    let report = run(&["-o", "a.npy"]);
    assert_eq!((&report["rows"], &report["frames"], &report["bins"]), (&1000.into(), &30.into(), &33.into()));
    run(&["-o", "whole.csv"]);
    run(&["-o", "cut.csv", "--chunk", "77"]);
    assert_eq!(fs::read(dir.join("whole.csv")).unwrap(), fs::read(dir.join("cut.csv")).unwrap());
    let (time, low, high) =
        (numbers(&dir.join("cut.csv"), "time"), numbers(&dir.join("cut.csv"), "1"), numbers(&dir.join("cut.csv"), "2"));
    assert_eq!((time.len(), time[0], time[29]), (30, 4.0, 120.0), "the middle of each frame");
    assert!(high[2] > 100.0 * low[2] && low[27] > 100.0 * high[27], "a quarter of the rate, then an eighth");
    let ran = gapwave(&dir, &[&common[..], &["-o", "b.csv", "--values", "complex"]].concat());
    assert!(ran.code == 2 && ran.err.contains(".npy only"), "{}", ran.err);
    let ran = gapwave(&dir, &["spectrum", "stft", "a.csv", "-o", "b.csv", "--nperseg", "1001"]);
    assert!(ran.code == 1 && ran.err.contains("1000 values, a frame has 1001"), "{}", ran.err);
    run(&["-o", "c.npy", "--values", "complex"]);
    only(&dir, &["a.csv", "a.npy", "c.npy", "cut.csv", "whole.csv"]);
}

#[test]
fn kernels_completions_and_check_answer() {
    let (_keep, dir) = temp();
    let kernels = json(&ok(&dir, &["kernels", "--json"]));
    let ids: Vec<_> = kernels.as_array().unwrap().iter().map(|k| k["id"].as_str().unwrap().to_owned()).collect();
    assert!(
        ["fft/c2c", "fft/rfft", "fft/irfft", "filter/compact", "impute/linear", "impute/locf"]
            .iter()
            .all(|k| ids.iter().any(|i| i == k))
    );
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kernels.md")).expect("the page");
    assert!(
        page.ends_with(&ok(&dir, &["kernels", "--markdown"]).out),
        "docs/kernels.md is not what the command prints"
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(ok(&dir, &["completions", shell]).out.contains("impute"));
    }
    let ran = ok(&dir, &["check", "--device", "cpu", "--kernel", "scan", "--json"]);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l["failed"] == 0 && l["passed"].as_u64() > Some(0)));
    assert_eq!(gapwave(&dir, &["check", "--kernel", "no-such-kernel"]).code, 2);
}
