//! `gapwave bench count`: what does not depend on the machine's speed, held to a baseline.

use super::cases::{CaseArgs, Prepared, case};
use super::places::Place;
use super::read;
use crate::cli::failure::Failure;
use crate::cli::out::outln;
use crate::{DeviceChoice, Session};
use gapwave_columns::Array;
use gapwave_harness::{Counted, Drift, Error, Exit, Fault, Peaks, Timing, count, read_counts};
use gapwave_kernels::SimdLevel;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

/// Elements of the inputs: enough for several workgroups and blocks, few enough for a software adapter.
const SIZE: usize = 100_000;

#[derive(clap::Args, Debug)]
pub(super) struct CountArgs {
    #[command(flatten)]
    cases: CaseArgs,
    /// all: the CPU, and a GPU at WebGPU's minimum limits, which are the same everywhere; a software adapter will do.
    /// cpu, gpu, gpu:NAME: only that
    #[arg(long, default_value = "all", value_name = "DEVICE")]
    device: String,
    /// SIMD level of the CPU path [default: the best]
    #[arg(long, value_name = "LEVEL")]
    simd: Option<SimdLevel>,
    /// JSON lines to compare with, as --update writes them
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the baseline instead of comparing with it
    #[arg(long, requires = "baseline")]
    update: bool,
    /// Print one JSON line for each case
    #[arg(long)]
    json: bool,
}

enum On {
    Cpu,
    Gpu(Option<String>),
}

impl On {
    /// A session that nobody used before, so that what is compiled and allocated first is counted every time.
    fn place(&self, simd: Option<SimdLevel>) -> Result<Place, Failure> {
        let (name, key, builder) = match self {
            On::Cpu => ("CPU, 1 thread", "cpu-1", Session::builder().device(DeviceChoice::Cpu).threads(1)),
            On::Gpu(name) => {
                let device = DeviceChoice::Gpu(name.clone());
                ("GPU, WebGPU limits", "gpu", Session::builder().device(device).software(true).minimum_limits(true))
            }
        };
        let gpu = matches!(self, On::Gpu(_));
        let builder = match simd {
            Some(level) => builder.simd(level),
            None => builder,
        };
        // One copy of the inputs: nothing is timed.
        Ok(Place { name: name.into(), key, session: builder.build()?, gpu, peaks: Peaks::default(), cache: 0 })
    }
}

fn counted(p: &Rc<Prepared>, on: &On, simd: Option<SimdLevel>) -> Result<Option<Counted>, Failure> {
    let place = on.place(simd)?;
    let metas: Vec<_> = p.case.ins.iter().map(Array::meta).collect();
    match place.gpu.then(|| place.session.runs_on_gpu(p.case.kernel.as_ref(), &metas)) {
        None | Some(Ok(())) => {}
        Some(Err(crate::Error::NotOnGpu { .. })) => return Ok(None),
        Some(Err(e)) => return Err(e.into()),
    }
    let case = case(&place, p, Timing::Call);
    let label = case.label.to_string();
    let failed = |e: Fault| match e.downcast::<Error>() {
        Ok(e) => Failure::from(*e).context(label),
        Err(e) => Failure::failed(e).context(label),
    };
    Ok(Some(count(case).map_err(failed)?))
}

fn print(c: &Counted) {
    let list = |counts: &gapwave_harness::Counts| {
        let nonzero = counts.0.iter().filter(|(_, v)| **v > 0);
        nonzero.map(|(k, v)| format!("{k} {v}")).collect::<Vec<_>>().join(", ")
    };
    outln!("{}", c.label);
    if !c.cold.0.is_empty() {
        outln!("  first:  {}", list(&c.cold));
    }
    outln!("  steady: {}", list(&c.steady));
}

pub(super) fn run(args: &CountArgs) -> Result<ExitCode, Failure> {
    let places = match args.device.as_str() {
        "all" => vec![On::Cpu, On::Gpu(None)],
        other => match other.parse::<DeviceChoice>().map_err(Failure::usage)? {
            DeviceChoice::Cpu => vec![On::Cpu],
            DeviceChoice::Gpu(name) => vec![On::Gpu(name)],
            DeviceChoice::Auto => return Err(Failure::usage("bench count takes all, cpu, gpu or gpu:NAME")),
        },
    };
    let baseline = match (&args.baseline, args.update) {
        (Some(path), false) => Some(read(path, read_counts)?),
        _ => None,
    };
    let mut all = Vec::new();
    for p in args.cases.of_registry(&[SIZE])? {
        for on in &places {
            let Some(c) = counted(&p, on, args.simd)? else { continue };
            match args.json {
                true => outln!("{}", serde_json::to_string(&c)?),
                false if baseline.is_none() && !args.update => print(&c),
                false => {}
            }
            all.push(c);
        }
    }
    if all.is_empty() {
        return Err(Failure::failed("nothing ran: no benchmark matches"));
    }
    if let (Some(path), true) = (&args.baseline, args.update) {
        let lines: Vec<String> = all.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        gapwave_datasets::write_whole(path, (lines.join("\n") + "\n").as_bytes())?;
        eprintln!("{} cases counted, written to {}", all.len(), path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(mut baseline) = baseline else { return Ok(ExitCode::SUCCESS) };
    // What was not asked for is not missing.
    let asked = |c: &Counted| {
        let place = places.iter().any(|on| matches!(on, On::Cpu) == (c.label.place == "cpu-1"));
        place && args.cases.wants(&c.label.id)
    };
    baseline.retain(asked);
    let drift = Drift::between(&baseline, &all);
    eprint!("{}", drift.text());
    match drift.exit() {
        Exit::Pass => eprintln!("{} cases counted, all as in the baseline", all.len()),
        Exit::Regressed => eprintln!("more is done than before"),
        _ => eprintln!("the baseline is out of date: write it anew with --update"),
    }
    Ok(drift.exit().into())
}
