//! `gapwave devices`.

use super::failure::Failure;
use super::out::outln;
#[cfg(feature = "gpu")]
use super::table;
use gapwave_kernels::SimdLevel;
use serde::Serialize;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    cpu: Cpu,
    /// What `--device auto` considers beside the CPU; `null` where there is nothing.
    auto_gpu: Option<String>,
    #[cfg(feature = "gpu")]
    adapters: Vec<crate::gpu::AdapterReport>,
    hint: Option<&'static str>,
}

#[derive(Serialize)]
struct Cpu {
    threads: usize,
    simd: &'static str,
    levels: Vec<&'static str>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let cpu = Cpu {
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        simd: SimdLevel::best().name(),
        levels: SimdLevel::available().into_iter().map(SimdLevel::name).collect(),
    };
    #[cfg(feature = "gpu")]
    let adapters = crate::gpu::adapters(false);
    #[cfg(feature = "gpu")]
    let (auto_gpu, hint) = {
        use crate::gpu::Verdict;
        let chosen = adapters.iter().find(|a| a.verdict == Verdict::Chosen).map(|a| a.name.clone());
        let none = adapters.is_empty().then_some(
            "no adapter was found: install the Vulkan loader (libvulkan1) and the GPU vendor's driver; \
             mesa-vulkan-drivers has a software one for tests",
        );
        (chosen, none)
    };
    #[cfg(not(feature = "gpu"))]
    let (auto_gpu, hint) = (None, Some("this build has no GPU support: build with the feature `gpu`"));
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        cpu,
        auto_gpu,
        #[cfg(feature = "gpu")]
        adapters,
        hint,
    };
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("CPU: {} threads, {} (has {})", report.cpu.threads, report.cpu.simd, report.cpu.levels.join(", "));
    #[cfg(feature = "gpu")]
    {
        let rows: Vec<Vec<String>> = report
            .adapters
            .iter()
            .map(|a| {
                let verdict = format!("{:?}", a.verdict).to_lowercase();
                vec![a.name.clone(), a.backend.clone(), a.device_type.clone(), a.driver.clone(), verdict, a.why.clone()]
            })
            .collect();
        if !rows.is_empty() {
            table::print(&["GPU", "backend", "type", "driver", "verdict", "why"], &rows);
        }
        for a in &report.adapters {
            if let Some(hint) = &a.hint {
                outln!("{}: {hint}", a.name);
            }
        }
    }
    if let Some(hint) = report.hint {
        outln!("{hint}");
    }
    match &report.auto_gpu {
        Some(name) => outln!("--device auto uses {name} where it is estimated to be faster, else the CPU"),
        None => outln!("--device auto uses the CPU"),
    }
    Ok(ExitCode::SUCCESS)
}
