//! `gapwave check`.

use super::failure::Failure;
use super::out::outln;
use super::table;
use crate::{DeviceChoice, Error, Session, conformance};
use gapwave_kernels::{SimdLevel, registry::KERNELS};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Run every kernel's cases on this machine's processors and compare with its definition in f64
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// auto: the CPU at every SIMD level, and a real GPU if there is one. cpu, gpu, gpu:NAME: only that
    #[arg(long, default_value = "auto", env = "GAPWAVE_DEVICE", value_name = "DEVICE")]
    device: DeviceChoice,
    /// Only kernels whose name contains this
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// Print one JSON line for each kernel and processor
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    kernel: &'static str,
    version: u32,
    processor: String,
    passed: usize,
    failed: usize,
    /// Cases that the processor does not take.
    not_here: usize,
    first_failure: Option<String>,
}

fn processors(device: &DeviceChoice) -> Result<Vec<(String, Session)>, Failure> {
    let mut all = Vec::new();
    if !matches!(device, DeviceChoice::Gpu(_)) {
        for level in SimdLevel::available() {
            let session = Session::builder().device(DeviceChoice::Cpu).simd(level).build()?;
            all.push((format!("CPU {level}"), session));
        }
    }
    if *device != DeviceChoice::Cpu {
        let demanded = matches!(device, DeviceChoice::Gpu(_));
        let choice = if demanded { device.clone() } else { DeviceChoice::Gpu(None) };
        match Session::builder().device(choice).software(demanded).build() {
            Ok(session) => all.push((session.gpu_name().unwrap_or_else(|| "GPU".into()), session)),
            Err(e) if demanded => return Err(e.into()),
            Err(e) => eprintln!("not checked: {e}"),
        }
    }
    Ok(all)
}

fn check(entry: &'static gapwave_kernels::Entry, name: &str, session: &Session) -> Line {
    let mut line = Line {
        kernel: entry.id,
        version: entry.version,
        processor: name.to_owned(),
        passed: 0,
        failed: 0,
        not_here: 0,
        first_failure: None,
    };
    for case in (entry.cases)() {
        let result = match session.run(case.kernel.as_ref(), &case.ins) {
            Err(Error::NotOnGpu { .. }) => {
                line.not_here += 1;
                continue;
            }
            Err(e) => Err(e.to_string()),
            Ok(got) => conformance::expected(&case).and_then(|want| conformance::compare(&case, got.arrays(), &want)),
        };
        match result {
            Ok(()) => line.passed += 1,
            Err(why) => {
                line.failed += 1;
                line.first_failure.get_or_insert(format!("{}: {why}", case.name));
            }
        }
    }
    line
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let processors = processors(&args.device)?;
    let chosen = |id: &str| args.kernel.as_ref().is_none_or(|k| id.contains(k.as_str()));
    let entries: Vec<_> = KERNELS.iter().filter(|e| chosen(e.id)).collect();
    if entries.is_empty() {
        return Err(gapwave_kernels::registry::find(args.kernel.as_deref().unwrap_or_default())
            .map(|_| ())
            .map_or_else(Failure::from, |()| Failure::failed("nothing to check")));
    }
    let mut lines = Vec::new();
    for entry in entries {
        for (name, session) in &processors {
            let line = check(entry, name, session);
            if args.json {
                outln!("{}", serde_json::to_string(&line)?);
            }
            lines.push(line);
        }
    }
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for l in &lines {
        *totals.entry("passed").or_default() += l.passed;
        *totals.entry("failed").or_default() += l.failed;
    }
    if !args.json {
        let cells = |l: &Line| {
            let verdict = match (&l.first_failure, l.passed) {
                (Some(why), _) => format!("FAILED: {why}"),
                (None, 0) => "not on this processor".to_owned(),
                (None, _) => "as defined".to_owned(),
            };
            vec![
                l.kernel.to_owned(),
                l.processor.clone(),
                l.passed.to_string(),
                l.failed.to_string(),
                l.not_here.to_string(),
                verdict,
            ]
        };
        let header = ["kernel", "processor", "passed", "failed", "not here", "verdict"];
        table::print(&header, &lines.iter().map(cells).collect::<Vec<_>>());
    }
    let (passed, failed) = (totals["passed"], totals["failed"]);
    eprintln!("{passed} passed, {failed} failed");
    if failed > 0 || passed == 0 { Ok(ExitCode::FAILURE) } else { Ok(ExitCode::SUCCESS) }
}
