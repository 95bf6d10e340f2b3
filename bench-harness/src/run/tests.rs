//! Runs over a list of cases, by a clock that only the work moves.

use super::*;
use crate::SCHEMA;
use crate::report::{JsonLines, Table};
use crate::{ManualClock, Peak, Peaks, Settings, work};

fn case(clock: &ManualClock, id: &str, result: Result<(), &'static str>) -> Case<'static> {
    let clock = clock.clone();
    let peak = Peak { name: "copy".into(), gb_s: 4.0, from_bytes: 1_000_000 };
    let peaks = Peaks { memory: Some(peak), arithmetic: None };
    let setup = move || {
        let clock = clock.clone();
        let run = move |(): &mut ()| {
            clock.advance(Duration::from_micros(500));
            Ok(())
        };
        Ok(work((), run, move |()| result.map_err(str::to_owned)))
    };
    Case::new(id, "1000 × f32", "cpu", setup).elements(1000).bytes(1_000_000).flops(5000).peaks(peaks)
}

fn go(cases: Vec<Case<'_>>, clock: &ManualClock) -> (Result<Summary>, String, String) {
    go_within(cases, clock, None)
}

fn go_within(cases: Vec<Case<'_>>, clock: &ManualClock, time: Option<Duration>) -> (Result<Summary>, String, String) {
    let (mut json, mut table) = (Vec::new(), Vec::new());
    let executor = Executor::new(clock.clone(), Settings::default()).canary(None);
    let fingerprint = Fingerprint::of_this_machine("test", "0");
    let summary =
        run(cases, &executor, &fingerprint, time, &mut [&mut JsonLines::new(&mut json), &mut Table::new(&mut table)]);
    (summary, String::from_utf8(json).unwrap(), String::from_utf8(table).unwrap())
}

#[test]
fn records_hold_what_was_measured() {
    let clock = ManualClock::new();
    let (summary, json, table) = go(vec![case(&clock, "a", Ok(()))], &clock);
    let summary = summary.unwrap();
    assert_eq!((summary, summary.exit()), (Summary { verified: 1, ..Summary::default() }, Exit::Pass));
    let r = Record::from_json(json.trim()).unwrap();
    assert_eq!((r.schema, r.label.id.as_str(), r.verified, r.error.as_deref()), (SCHEMA, "a", true, None));
    assert_eq!((r.min_ns, r.median_ns, r.iterations), (500_000.0, 500_000.0, 2));
    // 1 MB, 1000 elements and 5000 operations in 0.5 ms, at a peak of 4 GB/s.
    assert_eq!((r.gb_s, r.melem_s, r.gflop_s, r.share), (2.0, 2.0, 0.01, Some(0.5)));
    assert_eq!(r.samples_ns.len(), 12);
    assert_eq!(Record::from_json(&r.to_json().unwrap()).unwrap(), r);
    assert!(table.contains("500.0 µs") && table.contains("50 %") && table.contains("1 verified"), "{table}");
}

#[test]
fn a_wrong_result_has_its_own_exit_status() {
    let clock = ManualClock::new();
    let broken = Case::new("broken", "", "cpu", || Err("no such device".into()));
    let cases = vec![case(&clock, "bad", Err("element 3 differs")), broken, case(&clock, "good", Ok(()))];
    let (summary, json, table) = go(cases, &clock);
    let summary = summary.unwrap();
    assert_eq!(summary, Summary { verified: 1, wrong: 1, failed: 1, ..Summary::default() });
    assert_eq!(summary.exit(), Exit::WrongResult);
    let lines: Vec<&str> = json.lines().collect();
    assert_eq!(lines.len(), 3, "{json}");
    let r = Record::from_json(lines[0]).unwrap();
    assert_eq!((r.verified, r.error.as_deref()), (false, Some("element 3 differs")));
    assert!(Record::from_json(lines[1]).is_err() && lines[1].contains("no such device"), "a failure is no record");
    assert!(table.contains("WRONG") && table.contains("element 3 differs") && table.contains("no such device"));
}

#[test]
fn more_than_the_peak_fails() {
    let clock = ManualClock::new();
    let (summary, json, _) = go(vec![case(&clock, "a", Ok(())).bytes(3_000_000)], &clock);
    assert_eq!(summary.unwrap().exit(), Exit::Error);
    assert!(Record::from_json(json.trim()).unwrap().error.unwrap().starts_with("150 %"));
}

#[test]
fn a_peak_that_was_measured_on_a_busy_machine_is_measured_again() {
    let clock = ManualClock::new();
    let again = |gb_s| {
        let memory = Some(Peak { name: "copy".into(), gb_s, from_bytes: 1_000_000 });
        move || Some(Peaks { memory: memory.clone(), arithmetic: None })
    };
    // 6 GB/s, at a peak of 4 at first.
    let (summary, json, _) = go(vec![case(&clock, "a", Ok(())).bytes(3_000_000).remeasure(again(8.0))], &clock);
    assert_eq!(summary.unwrap().exit(), Exit::Pass);
    assert_eq!(Record::from_json(json.trim()).unwrap().share, Some(0.75));
    let (summary, ..) = go(vec![case(&clock, "a", Ok(())).bytes(3_000_000).remeasure(again(3.0))], &clock);
    assert_eq!(summary.unwrap().exit(), Exit::Error);
}

#[test]
fn nothing_ran_is_an_error() {
    let clock = ManualClock::new();
    let (summary, json, _) = go(Vec::new(), &clock);
    assert!(matches!(summary, Err(Error::NothingRan)));
    assert!(json.is_empty());
    let (summary, ..) = go(vec![Case::new("x", "", "cpu", || Err("no".into()))], &clock);
    assert_eq!(summary.unwrap().exit(), Exit::Error);
    assert_eq!(Summary::default().exit(), Exit::Error);
}

#[test]
fn other_schemas_are_refused() {
    let clock = ManualClock::new();
    let (_, json, _) = go(vec![case(&clock, "a", Ok(()))], &clock);
    let other = json.replacen("\"schema\":2", "\"schema\":1", 1);
    assert!(matches!(Record::from_json(other.trim()), Err(Error::Schema { found: 1 })));
    assert!(matches!(Record::from_json("{}"), Err(Error::Json(_))));
}

#[test]
fn a_run_ends_when_its_time_is_up() {
    let clock = ManualClock::new();
    let cases = (0..4).map(|i| case(&clock, &i.to_string(), Ok(()))).collect();
    let (summary, ..) = go_within(cases, &clock, Some(Duration::from_micros(600)));
    let summary = summary.unwrap();
    assert!(summary.verified >= 1 && summary.skipped >= 1 && summary.verified + summary.skipped == 4, "{summary:?}");
    assert_eq!(summary.exit(), Exit::Inconclusive);
    assert!(summary.line().contains("the time was up"));
}

#[test]
fn rounds_are_spread_over_the_whole_run() {
    let clock = ManualClock::new();
    let log = std::cell::RefCell::new(String::new());
    let logged = |id: &'static str| {
        let (clock, log) = (clock.clone(), &log);
        Case::new(id, "", "cpu", move || {
            log.borrow_mut().push_str(id);
            let clock = clock.clone();
            let run = move |(): &mut ()| {
                clock.advance(Duration::from_millis(1));
                Ok(())
            };
            Ok(work((), run, |()| Ok(())))
        })
    };
    let (summary, json, _) = go(vec![logged("a"), logged("b"), logged("c")], &clock);
    assert_eq!(summary.unwrap().verified, 3);
    assert_eq!(*log.borrow(), "abccbaabc", "three passes, forth and back");
    assert!(json.lines().all(|l| Record::from_json(l).unwrap().samples_ns.len() == 12));
}
