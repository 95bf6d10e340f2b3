//! `gapwave bench` as people and scripts use it: what it prints, what it keeps, and how it ends.
#![cfg(feature = "bench")]

mod common;

use common::command::{Ran, gapwave};
use gapwave::{Array, Chunk, Pipeline, Session, kernels::impute::locf::Locf};
use std::fs;
use std::path::Path;

fn bench(dir: &Path, args: &str) -> Ran {
    let args: Vec<&str> = std::iter::once("bench").chain(args.split_whitespace()).collect();
    gapwave(dir, &args)
}

fn ends(dir: &Path, args: &str, code: i32) -> Ran {
    let ran = bench(dir, args);
    assert_eq!(ran.code, code, "bench {args}\n{}\n{}", ran.out, ran.err);
    ran
}

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

const QUICK: &str = "run --suite quick --device cpu --threads 1 --size 1e4";

#[test]
fn measurements_are_verified_kept_and_compared() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let ran = ends(dir, &format!("{QUICK} --kernel scan,transpose --json --save a.jsonl"), 0);
    let records = lines(&ran.out);
    assert_eq!(records.len(), 2);
    for r in &records {
        assert_eq!((&r["schema"], &r["verified"], &r["place"]), (&2.into(), &true.into(), &"cpu-1".into()));
        assert_eq!((&r["clock"], &r["error"]), (&"wall".into(), &serde_json::Value::Null));
        assert!(r["median_ns"].as_f64().is_some_and(|ns| ns > 0.0) && r["peak"]["gb_s"].is_number());
        let input = 10_000 * 4;
        assert!(r["rotation_bytes"].as_u64().is_some_and(|b| b >= 100 * input), "inputs take turns");
        assert!(r["fingerprint"]["rustc"].as_str().is_some_and(|v| v.starts_with("rustc")));
    }
    assert_eq!(lines(&fs::read_to_string(dir.join("a.jsonl")).expect("a history")), records);

    ends(dir, &format!("{QUICK} --kernel scan --save a.jsonl --format csv"), 0);
    assert_eq!(fs::read_to_string(dir.join("a.jsonl")).expect("a history").lines().count(), 3, "it only grows");
    ends(dir, &format!("{QUICK} --kernel gather --save b.jsonl --format markdown"), 0);

    let same = ends(dir, "compare a.jsonl a.jsonl", 0);
    assert!(same.out.contains("primitives/scan") && same.out.contains("2 within the spread"), "{}", same.out);
    assert_eq!(lines(&ends(dir, "compare a.jsonl a.jsonl --json", 0).out)[0]["pairs"][0]["verdict"], "same");
    let none = ends(dir, "compare a.jsonl b.jsonl", 6);
    assert!(none.err.contains("no case in common"), "{}", none.err);
    ends(dir, "compare a.jsonl not-there.jsonl", 1);
    fs::write(dir.join("bad.jsonl"), "\n{\"schema\": 2, \"id\"").expect("written");
    assert!(ends(dir, "compare a.jsonl bad.jsonl", 1).err.contains("bad.jsonl: line 2"));
}

#[test]
fn a_wrong_result_has_its_own_exit_status_and_nothing_ran_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let ran = ends(dir, &format!("{QUICK} --kernel scan --sabotage wrong"), 4);
    assert!(ran.out.contains("WRONG: result 0: element 0"), "{}", ran.out);
    assert!(ends(dir, &format!("{QUICK} --kernel bounds"), 1).err.contains("nothing ran"));
    assert!(ends(dir, &format!("{QUICK} --kernel nonsense"), 2).err.contains("impute/linear"));
    ends(dir, "count --kernel scan --device cpu --sabotage wrong", 4);
    assert!(ends(dir, "count --kernel bounds --device cpu", 1).err.contains("nothing ran"));
    assert_eq!(ends(dir, "run --size many", 2).out, "");
    ends(dir, "run --device auto", 2);
}

#[test]
fn a_run_whose_time_is_up_says_what_it_left_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let ran = ends(dir.path(), &format!("{QUICK} --kernel primitives --max-time 0.001"), 5);
    assert!(ran.err.contains("the time was up"), "{}", ran.err);
}

#[test]
fn one_dispatch_copy_or_allocation_too_many_is_seen() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let device = if common::gpu_or_skip() { "all" } else { "cpu" };
    let count = format!("count --kernel scan,gather --device {device} --baseline base.jsonl");
    ends(dir, &count, 1);
    ends(dir, &format!("{count} --update"), 0);
    ends(dir, &count, 0);
    assert!(ends(dir, &format!("{count} --sabotage allocation"), 3).err.contains("host_allocations"));
    if device == "all" {
        assert!(ends(dir, &format!("{count} --sabotage dispatch"), 3).err.contains("dispatches (steady) was"));
        assert!(ends(dir, &format!("{count} --sabotage copy"), 3).err.contains("bytes_copied (steady) was 0, is 1024"));
    }
    let base = fs::read_to_string(dir.join("base.jsonl")).expect("a baseline");
    fs::write(dir.join("base.jsonl"), base.lines().skip(1).collect::<Vec<_>>().join("\n")).expect("written");
    assert!(ends(dir, &count, 6).err.contains("not in the baseline"), "a stale baseline is no pass");
}

#[test]
fn the_kernels_run_on_one_s_own_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let x = Array::from((0..5000).map(|i| if i % 7 == 0 { f64::NAN } else { f64::from(i) }).collect::<Vec<_>>());
    let table = Chunk::new([("x", x)]).expect("a table");
    let pipeline = Pipeline::from_table(table).then(Locf::default());
    pipeline.write(dir.path().join("x.npy")).and_then(|p| p.run(&Session::cpu()?)).expect("the file is written");
    let ran = ends(dir.path(), "run --suite quick --device cpu --threads 1 --input x.npy --kernel impute --json", 0);
    let ids: Vec<_> = lines(&ran.out).iter().map(|r| r["id"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(ids, ["impute/linear", "impute/locf"]);
    assert!(ends(dir.path(), "run --input x.npy --kernel transpose", 1).err.contains("no kernel takes"));
}

#[test]
fn a_gpu_is_timed_by_its_own_clock() {
    if !common::gpu_or_skip() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let ran = ends(dir.path(), "run --suite quick --device gpu --kernel scan --size 1e5 --json", 0);
    let records = lines(&ran.out);
    let [device, call] = &records[..] else { panic!("{}", ran.out) };
    assert_eq!((&device["timing"], &call["timing"]), (&"device".into(), &"call".into()));
    // A clock that is not believed is said, never used silently.
    assert!(device["clock"] == "timestamps" || device["clock_rejected"].is_string(), "{device}");
    assert!(device["cold_parts_ns"]["compile"].as_f64().is_some_and(|ns| ns > 0.0));
    assert!(device["counts"]["device_bytes_peak"].as_u64().is_some_and(|b| b > 400_000));
    assert!(device["fingerprint"]["extra"]["driver"].is_string() && device["fingerprint"]["extra"]["wgpu"].is_string());
    assert!(call["peak"].is_null(), "the bus bounds a call, not the device's memory");
}

#[test]
fn criterion_s_measurements_join_the_history() {
    let dir = tempfile::tempdir().expect("a folder");
    let new = dir.path().join("criterion/fft/c2c/new");
    fs::create_dir_all(&new).expect("a folder");
    let benchmark = r#"{"group_id":"fft/c2c","function_id":null,"value_str":"4 × 1024","throughput":null}"#;
    fs::write(new.join("benchmark.json"), benchmark).expect("written");
    fs::write(new.join("sample.json"), r#"{"iters":[1,2],"times":[10.0,22.0]}"#).expect("written");
    ends(dir.path(), "import criterion --save h.jsonl", 0);
    let records = lines(&fs::read_to_string(dir.path().join("h.jsonl")).expect("a history"));
    assert_eq!((&records[0]["id"], &records[0]["verified"]), (&"fft/c2c".into(), &false.into()));
    ends(dir.path(), "import nothing-there --save h.jsonl", 1);
}
