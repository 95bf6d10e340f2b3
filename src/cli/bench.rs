//! `gapwave bench`.

use super::failure::Failure;
use crate::{ArrayMut, DeviceChoice, Error, Session, conformance};
use gapwave_columns::{Array, Out, View};
use gapwave_harness::report::{JsonLines, Report, Table};
use gapwave_harness::{
    Case as BenchCase, Executor, Exit, Fault, Fingerprint, Peak, Settings, Timing, WallClock, copy_bandwidth, work,
};
use gapwave_kernels::{Case, registry::KERNELS};
use std::process::ExitCode;
use std::rc::Rc;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Time the kernels: kernel × shape × processor, with throughput, share of the measured copy bandwidth, and
    /// whether the result was as defined
    #[command(
        after_help = "Exit status: 0 all verified, 1 something failed or nothing ran, 2 wrong usage, 4 a wrong result"
    )]
    Run(RunArgs),
}

#[derive(clap::Args, Debug)]
struct RunArgs {
    /// Only kernels whose name contains this
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// all: the CPU with one thread and with all, and a real GPU if there is one. cpu, gpu, gpu:NAME: only that
    #[arg(long, default_value = "all", value_name = "DEVICE")]
    device: String,
    /// Fewer and shorter measurements: to see that everything works
    #[arg(long)]
    quick: bool,
    /// CPU threads of the runs with several [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON line for each measurement, raw samples included
    #[arg(long)]
    json: bool,
}

/// A processor to measure on.
struct Place {
    name: String,
    session: Session,
    gpu: bool,
    peak: Option<Peak>,
}

fn places(args: &RunArgs) -> Result<Vec<Place>, Failure> {
    let mut places = Vec::new();
    let (cpu, gpu) = match args.device.as_str() {
        "all" => (true, Some((DeviceChoice::Gpu(None), false))),
        other => match other.parse::<DeviceChoice>().map_err(Failure::usage)? {
            DeviceChoice::Auto => {
                return Err(Failure::usage("bench run measures processors one by one: all, cpu, gpu or gpu:NAME"));
            }
            DeviceChoice::Cpu => (true, None),
            gpu => (false, Some((gpu, true))),
        },
    };
    if cpu {
        let all = args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let mut counts = vec![1, all];
        counts.dedup();
        for threads in counts {
            let session = Session::builder().device(DeviceChoice::Cpu).threads(threads).build()?;
            let name = format!("CPU {}, {threads} thread{}", session.simd(), if threads == 1 { "" } else { "s" });
            let peak = copy_bandwidth(WallClock::new(), threads).map_err(Failure::failed)?;
            places.push(Place { name, session, gpu: false, peak: Some(peak) });
        }
    }
    if let Some((choice, demanded)) = gpu {
        match Session::builder().device(choice).software(demanded).build() {
            Ok(session) => {
                let name = session.gpu_name().unwrap_or_else(|| "GPU".into());
                let peak = gpu_peak(&session).ok();
                places.push(Place { name, session, gpu: true, peak });
            }
            Err(e) if demanded => return Err(e.into()),
            Err(e) => eprintln!("not measured: {e}"),
        }
    }
    Ok(places)
}

/// The GPU's copy bandwidth: a gather of neighbours would not do, so the copy is a plain one of the driver's.
fn gpu_peak(session: &Session) -> Result<Peak, Failure> {
    #[cfg(feature = "gpu")]
    {
        let (bytes, gb_s) = session.gpu_copy_bandwidth()?;
        Ok(Peak { name: "copy on the GPU".into(), gb_s, from_bytes: bytes })
    }
    #[cfg(not(feature = "gpu"))]
    {
        let _ = session;
        Err(Failure::failed("no GPU support"))
    }
}

/// Shape and type of a case's inputs.
fn shape(case: &Case) -> String {
    format!("{} ({})", case.name, case.ins.iter().map(|a| a.dtype().name()).collect::<Vec<_>>().join(" "))
}

/// A call with outputs that are reused, as a program that cares would make it.
fn host_case<'a>(place: &'a Place, id: &'a str, case: Rc<Case>) -> Result<BenchCase<'a>, Failure> {
    let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
    let io = case.kernel.infer(&metas)?;
    let (bytes, flops) = (io.cost.read + io.cost.write, io.cost.flops);
    let elements = case.ins.iter().map(Array::len).max().unwrap_or(0) as u64;
    let name = shape(&case);
    let session = &place.session;
    let setup = move || -> Result<Box<dyn gapwave_harness::Work + 'a>, Fault> {
        let rooms: Vec<ArrayMut> = io.outs.iter().map(ArrayMut::zeros).collect::<Result<_, _>>()?;
        let want = conformance::expected(&case)?;
        let (ran, verified) = (case.clone(), case);
        let run = move |(rooms, rows): &mut (Vec<ArrayMut>, Vec<usize>)| -> Result<(), Fault> {
            let views: Vec<View<'_>> = ran.ins.iter().map(Array::view).collect();
            let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
            session.run_into(ran.kernel.as_ref(), &views, &mut outs)?;
            rows.clear();
            rows.extend(outs.iter().map(Out::rows));
            Ok(())
        };
        let verify = move |(rooms, rows): &mut (Vec<ArrayMut>, Vec<usize>)| -> Result<(), String> {
            let got: Vec<Array> = rooms
                .iter_mut()
                .zip(rows.iter())
                .map(|(room, &rows)| room.snapshot(rows))
                .collect::<Result<_, _>>()
                .map_err(|e| e.to_string())?;
            conformance::compare(&verified, &got, &want)
        };
        Ok(work((rooms, Vec::new()), run, verify))
    };
    let peak = if place.gpu { None } else { place.peak.clone() };
    Ok(BenchCase::new(id, name, place.name.clone(), setup).elements(elements).bytes(bytes).flops(flops).peak(peak))
}

/// Runs queued on data that stays on the GPU.
struct DeviceWork<'a> {
    session: &'a Session,
    case: Rc<Case>,
    ins: Vec<crate::DeviceArray>,
    outs: Vec<crate::DeviceArray>,
    want: Vec<Array>,
}

impl gapwave_harness::Work for DeviceWork<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        self.run_times(1)
    }

    fn run_times(&mut self, times: u32) -> Result<(), Fault> {
        for _ in 0..times {
            self.outs = self.session.enqueue_all(self.case.kernel.as_ref(), &self.ins.iter().collect::<Vec<_>>())?;
        }
        self.session.wait()?;
        Ok(())
    }

    fn verify(&mut self) -> Result<(), String> {
        let got: Vec<Array> =
            self.outs.iter().map(|o| o.download()).collect::<crate::Result<_>>().map_err(|e| e.to_string())?;
        conformance::compare(&self.case, &got, &self.want)
    }
}

fn device_case<'a>(place: &'a Place, id: &'a str, case: Rc<Case>) -> Result<BenchCase<'a>, Failure> {
    let host = host_case(place, id, case.clone())?;
    let (elements, bytes, flops, name) = (host.elements, host.bytes, host.flops, shape(&case));
    let session = &place.session;
    let setup = move || -> Result<Box<dyn gapwave_harness::Work + 'a>, Fault> {
        let ins = case.ins.iter().map(|a| session.upload(a)).collect::<crate::Result<_>>()?;
        let want = conformance::expected(&case)?;
        Ok(Box::new(DeviceWork { session, case, ins, outs: Vec::new(), want }))
    };
    let bench = BenchCase::new(id, name, place.name.clone(), setup).timing(Timing::Device);
    Ok(bench.elements(elements).bytes(bytes).flops(flops).peak(place.peak.clone()))
}

fn cases<'a>(places: &'a [Place], kernel: Option<&str>) -> Result<Vec<BenchCase<'a>>, Failure> {
    let mut all = Vec::new();
    for entry in KERNELS.iter().filter(|e| kernel.is_none_or(|k| e.id.contains(k))) {
        for case in (entry.bench)() {
            let case = Rc::new(case);
            for place in places {
                if place.gpu {
                    let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
                    let runs = place.session.runs_on_gpu(case.kernel.as_ref(), &metas);
                    match runs {
                        Ok(()) => all.push(device_case(place, entry.id, case.clone())?),
                        Err(Error::NotOnGpu { .. }) => continue,
                        Err(e) => return Err(e.into()),
                    }
                }
                all.push(host_case(place, entry.id, case.clone())?);
            }
        }
    }
    Ok(all)
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Verb::Run(args) = &args.verb;
    eprintln!("measuring the copy bandwidth …");
    let places = places(args)?;
    let cases = cases(&places, args.kernel.as_deref())?;
    let mut fingerprint = Fingerprint::of_this_machine("gapwave", env!("CARGO_PKG_VERSION"));
    for place in places.iter().filter(|p| p.gpu) {
        fingerprint = fingerprint.with("adapter", place.name.clone());
    }
    let settings = if args.quick { Settings::quick() } else { Settings::default() };
    let executor = Executor::new(WallClock::new(), settings);
    let out = std::io::stdout();
    let (mut json, mut table);
    let report: &mut dyn Report = if args.json {
        json = JsonLines::new(out.lock());
        &mut json
    } else {
        table = Table::new(out.lock());
        &mut table
    };
    let summary = gapwave_harness::run(cases, &executor, &fingerprint, &mut [report]).map_err(|e| match e.exit() {
        Exit::Usage => Failure::usage(e),
        _ => Failure::failed(e),
    })?;
    eprintln!("{}", summary.line());
    Ok(summary.exit().into())
}
