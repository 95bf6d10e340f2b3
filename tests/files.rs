//! Files of any size through the command: bounded memory, many files, interruption, settings.
#![cfg(feature = "cli")]

mod common;

use common::command::{Ran, gapwave};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn ok(dir: &Path, args: &[&str]) -> Ran {
    let ran = gapwave(dir, args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    ran
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

fn names(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(dir)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    all.sort();
    all
}

const KEEP: [&str; 6] = ["--time", "1000..900000", "--roi", "100,80,1100,640", "--polarity", "on"];

#[test]
fn a_recording_is_filtered_in_bounded_memory_whatever_the_chunks() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    ok(dir, &["data", "generate", "events", "--rows", "1e7", "--seed", "3", "-o", "in.raw", "--to", "evt2"]);
    let limit = 160u64 << 20;
    let mut first: Option<Vec<u8>> = None;
    for how in [
        &["--memory", "160MiB"][..],
        &["--memory", "8GiB"],
        &["--chunk", "100003"],
        &["--no-mmap", "--threads", "1", "--memory", "160MiB"],
    ] {
        let mut args = vec!["events", "in.raw", "-o", "out.raw", "--json"];
        args.extend(KEEP);
        args.extend(how);
        let report = json(&ok(dir, &args));
        assert_eq!(report["rows"], 10_000_000);
        assert!(report["kept"].as_u64().is_some_and(|k| (10_000..10_000_000).contains(&k)), "{report}");
        if how.contains(&"160MiB")
            && let Some(peak) = report["peak_memory"].as_u64()
        {
            assert!(peak <= limit + limit / 10, "{how:?}: {} MiB in memory at the peak", peak >> 20);
        }
        let made = fs::read(dir.join("out.raw")).expect("the output");
        assert_eq!(*first.get_or_insert_with(|| made.clone()), made, "{how:?}");
    }
    // The formats say the same.
    ok(dir, &["convert", "out.raw", "-o", "out.dat"]);
    ok(dir, &["convert", "out.dat", "-o", "again.raw", "--quiet"]);
    assert_eq!(fs::read(dir.join("again.raw")).ok(), first);
    assert_eq!(names(dir), ["again.raw", "in.raw", "out.dat", "out.raw"]);
}

#[test]
fn a_limit_that_cannot_hold_says_what_would() {
    let dir = tempfile::tempdir().expect("a folder");
    ok(dir.path(), &["data", "generate", "events", "--rows", "1e5", "-o", "in.raw"]);
    let ran = gapwave(dir.path(), &["convert", "in.raw", "-o", "out.dat", "--memory", "1MiB"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("give at least"), "{}", ran.err);
    assert_eq!(names(dir.path()), ["in.raw"]);
}

#[test]
fn a_pipeline_runs_over_many_files_and_goes_on_after_a_bad_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    fs::create_dir(dir.join("in")).expect("a folder");
    for i in 0..12 {
        let (seed, out) = (i.to_string(), format!("in/{i:02}.raw"));
        ok(dir, &["data", "generate", "events", "--rows", "5000", "--seed", &seed, "-o", &out, "--to", "evt3", "-q"]);
    }
    let whole = fs::read(dir.join("in/05.raw")).expect("a recording");
    fs::write(dir.join("in/05.raw"), &whole[..whole.len() - 1]).expect("cut short");
    fs::write(dir.join("p.toml"), "[[step]]\nfilter = \"x >= 100 and polarity > 0\"\n[write]\nformat = \"dat\"\n")
        .expect("a pipeline");
    let dry = ok(dir, &["run", "p.toml", "in/*.raw", "--out-dir", "out", "--dry-run"]);
    assert!(dry.out.contains("in/03.raw -> out/03.dat"), "{}", dry.out);
    assert!(!dir.join("out").exists());

    let ran = gapwave(dir, &["run", "p.toml", "in/*.raw", "--out-dir", "out", "--workers", "4", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let report = json(&ran);
    assert_eq!((&report["done"], &report["skipped"]), (&11.into(), &0.into()));
    assert_eq!(report["failed"][0]["input"], "in/05.raw");
    assert!(ran.err.contains("in/05.raw: "), "{}", ran.err);
    let expected: Vec<String> = (0..12).filter(|i| *i != 5).map(|i| format!("{i:02}.dat")).collect();
    assert_eq!(names(&dir.join("out")), expected);

    fs::write(dir.join("in/05.raw"), &whole).expect("mended");
    let report = json(&ok(dir, &["run", "p.toml", "in/*.raw", "--out-dir", "out", "--workers", "3", "--json"]));
    assert_eq!((&report["done"], &report["skipped"]), (&1.into(), &11.into()));
    let report = json(&ok(dir, &["run", "p.toml", "in/*.raw", "--out-dir", "out", "--force", "--json"]));
    assert_eq!((&report["done"], &report["skipped"]), (&12.into(), &0.into()));
    // As if run by itself.
    ok(dir, &["events", "in/07.raw", "-o", "one.dat", "--roi", "100,0,9999,9999", "--polarity", "on"]);
    assert_eq!(fs::read(dir.join("one.dat")).ok(), fs::read(dir.join("out/07.dat")).ok());

    let ran = gapwave(dir, &["run", "p.toml", "in/*.dat", "--out-dir", "out"]);
    assert!(ran.code != 0 && ran.err.contains("there is no such file"), "{}", ran.err);
    fs::create_dir(dir.join("also")).expect("a folder");
    fs::copy(dir.join("in/01.raw"), dir.join("also/01.raw")).expect("a copy");
    let ran = gapwave(dir, &["run", "p.toml", "in/*.raw", "also/*.raw", "--out-dir", "out"]);
    assert!(ran.code == 2 && ran.err.contains("would both be written"), "{} {}", ran.code, ran.err);
}

#[test]
fn a_plan_is_printed_and_nothing_done() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    ok(dir, &["data", "generate", "events", "--rows", "2e5", "-o", "in.raw"]);
    fs::write(dir.join("p.toml"), "[read]\npath = \"in.raw\"\n[[step]]\nfilter = \"t < 5000\"\n").expect("a pipeline");
    let ran = gapwave(dir, &["run", "p.toml", "--dry-run"]);
    assert!(ran.code == 2 && ran.err.contains("no file to write"), "{}", ran.err);
    let plan = json(&ok(dir, &["run", "p.toml", "-o", "out.dat", "--dry-run", "--json"]));
    assert_eq!(plan["steps"][0]["kernel"], "filter/compact");
    assert_eq!(plan["steps"][0]["reach"], "rows");
    assert!(
        plan["chunk_rows"].as_u64() > Some(0) && plan["memory"].as_u64() <= plan["memory_limit"].as_u64(),
        "{plan}"
    );
    let text = ok(dir, &["run", "p.toml", "-o", "out.dat", "--dry-run"]).out;
    assert!(text.contains("step 1   filter/compact on CPU"), "{text}");
    assert_eq!(names(dir), ["in.raw", "p.toml"]);
}

#[test]
fn progress_is_told_in_lines_of_json() {
    let dir = tempfile::tempdir().expect("a folder");
    ok(dir.path(), &["data", "generate", "events", "--rows", "3e6", "-o", "in.raw", "--to", "evt2"]);
    let ran = ok(dir.path(), &["convert", "in.raw", "-o", "out.dat", "--progress", "json", "--chunk", "50000"]);
    let lines: Vec<Value> = ran.err.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let last = lines.last().expect("lines");
    assert_eq!((&last["rows"], &last["fraction"]), (&3_000_000.into(), &1.0.into()), "{last}");
    for key in ["bytes", "rows_per_second", "elapsed", "eta"] {
        assert!(last[key].is_number(), "{key}: {last}");
    }
    let fractions: Vec<f64> = lines.iter().filter_map(|l| l["fraction"].as_f64()).collect();
    assert!(fractions.windows(2).all(|w| w[0] <= w[1]), "{fractions:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_within_a_second_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let begin = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gapwave"));
        command.args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the command")
    };
    // Far more than can be written in the time.
    let mut child = begin(&["data", "generate", "events", "--rows", "1e12", "-o", "out.raw", "--to", "evt2"]);
    let deadline = Instant::now() + Duration::from_secs(20);
    while names(dir).is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(names(dir).len(), 1, "it has begun to write");
    std::thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    let status = child.wait().expect("it ends");
    let took = sent.elapsed();
    assert!(!status.success());
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(names(dir), Vec::<String>::new());
}

#[test]
fn settings_come_from_the_file_the_environment_and_the_command_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    fs::write(dir.join("gapwave.toml"), "memory = \"300MiB\"\nthreads = 1\n[cache]\nenabled = false\n")
        .expect("settings");
    let shown = json(&ok(dir, &["config", "show", "--json"]));
    let find =
        |key: &str| shown.as_array().and_then(|a| a.iter().find(|s| s["key"] == key)).expect("a setting").clone();
    assert_eq!((&find("memory")["value"], &find("memory")["source"]), (&"300MiB".into(), &"gapwave.toml".into()));
    assert_eq!(find("cache.enabled")["value"], "false");
    assert_eq!(find("device")["source"], "default");
    fs::write(dir.join("p.toml"), "[[step]]\nfilter = \"x > 3\"\n").expect("a pipeline");
    ok(dir, &["data", "generate", "events", "--rows", "1000", "-o", "in.raw"]);
    let limit = |args: &[&str]| {
        let mut all = vec!["run", "p.toml", "in.raw", "-o", "out.raw", "--dry-run", "--json"];
        all.extend(args);
        json(&ok(dir, &all))["memory_limit"].as_u64()
    };
    assert_eq!(limit(&[]), Some(300 << 20));
    assert_eq!(limit(&["--memory", "400MiB"]), Some(400 << 20));
    fs::write(dir.join("gapwave.toml"), "threads = 1\nmemroy = 3\n").expect("settings");
    let ran = gapwave(dir, &["config", "show"]);
    assert!(ran.code == 2 && ran.err.contains("gapwave.toml") && ran.err.contains("line 2"), "{}", ran.err);
}

#[test]
fn profiling_a_file_recommends_settings() {
    let dir = tempfile::tempdir().expect("a folder");
    ok(dir.path(), &["data", "generate", "events", "--rows", "1e6", "-o", "in.raw"]);
    let report = json(&ok(dir.path(), &["data", "profile", "in.raw", "--json"]));
    let probes = report["probes"].as_array().expect("probes");
    assert!(probes.len() >= 4 && probes.iter().all(|p| p["rows"] == 1_000_000), "{report}");
    assert!(report["advice"]["chunk_rows"].as_u64() > Some(0), "{report}");
}

#[test]
fn sixteen_runs_in_one_folder_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    ok(dir, &["data", "generate", "events", "--rows", "2e5", "-o", "in.raw", "--to", "evt2"]);
    // All to one name, and each to its own.
    let children: Vec<_> = (0..16)
        .map(|i| {
            let out = if i % 2 == 0 { "same.dat".to_owned() } else { format!("own{i}.dat") };
            let args = ["events", "in.raw", "-o", &out, "--polarity", "on", "--threads", "1", "-q"];
            let mut command = Command::new(env!("CARGO_BIN_EXE_gapwave"));
            command.args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().expect("the command")
        })
        .collect();
    for child in children {
        let out = child.wait_with_output().expect("it ends");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    let same = fs::read(dir.join("same.dat")).expect("the output");
    for name in names(dir).iter().filter(|n| n.starts_with("own")) {
        assert!(fs::read(dir.join(name)).expect("an output") == same, "{name}");
    }
    assert_eq!(names(dir).len(), 10);
}
