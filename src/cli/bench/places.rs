//! The processors to measure on.

use super::super::failure::Failure;
use crate::{DeviceChoice, Session};
#[cfg(feature = "gpu")]
use gapwave_harness::FlopPeak;
use gapwave_harness::{Fingerprint, Peak, Peaks, WallClock, copy_bandwidth, fma_peak};

/// A processor to measure on.
pub(super) struct Place {
    /// What it is here: the SIMD level and threads, or the adapter.
    pub(super) name: String,
    /// What it is on any machine.
    pub(super) key: &'static str,
    pub(super) session: Session,
    pub(super) gpu: bool,
    pub(super) peaks: Peaks,
    /// Bytes of the caches that inputs must not fit into.
    pub(super) cache: u64,
}

/// Which of them.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct PlaceArgs {
    /// all: the CPU with one thread and with all, and a real GPU if there is one. cpu, gpu, gpu:NAME: only that
    #[arg(long, default_value = "all", value_name = "DEVICE")]
    pub(super) device: String,
    /// The only way to reach a GPU
    #[arg(long, value_name = "BACKEND", value_parser = ["vulkan", "metal", "dx12"])]
    pub(super) backend: Option<String>,
    /// CPU threads of the runs with several [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

impl PlaceArgs {
    /// The CPU's numbers of threads, and the GPU with whether it was demanded.
    fn choices(&self) -> Result<(bool, Option<(DeviceChoice, bool)>), Failure> {
        if self.device == "all" {
            return Ok((true, Some((DeviceChoice::Gpu(None), false))));
        }
        match self.device.parse::<DeviceChoice>().map_err(Failure::usage)? {
            DeviceChoice::Auto => {
                Err(Failure::usage("bench run measures processors one by one: all, cpu, gpu or gpu:NAME"))
            }
            DeviceChoice::Cpu if self.backend.is_some() => Err(Failure::usage("--backend is for GPUs")),
            DeviceChoice::Cpu => Ok((true, None)),
            gpu => Ok((false, Some((gpu, true)))),
        }
    }

    /// The processors, their peaks measured; and the fingerprint of machine and build.
    pub(super) fn places(&self) -> Result<(Vec<Place>, Fingerprint), Failure> {
        let mut places = Vec::new();
        let mut fingerprint = Fingerprint::of_this_machine("gapwave", env!("CARGO_PKG_VERSION"));
        let (cpu, gpu) = self.choices()?;
        if cpu {
            let all = || std::thread::available_parallelism().map_or(1, usize::from);
            let all = self.threads.map_or_else(all, usize::from);
            let counts: &[(&'static str, usize)] =
                if all == 1 { &[("cpu-1", 1)] } else { &[("cpu-1", 1), ("cpu", all)] };
            for &(key, threads) in counts {
                places.push(cpu_place(key, threads)?);
            }
        }
        if let Some((choice, demanded)) = gpu {
            let mut builder = Session::builder().device(choice).software(demanded);
            if let Some(backend) = &self.backend {
                builder = builder.backend(backend);
            }
            match builder.build() {
                Ok(session) => {
                    let place = gpu_place(session)?;
                    fingerprint = of_gpu(fingerprint, &place);
                    places.push(place);
                }
                Err(e) if demanded => return Err(e.into()),
                Err(e) => eprintln!("not measured: {e}"),
            }
        }
        Ok((places, fingerprint))
    }
}

impl Place {
    /// The peaks once more.
    pub(super) fn measure_peaks(&self) -> Option<Peaks> {
        let peaks = if self.gpu { gpu_peaks(&self.session) } else { cpu_peaks(self.session.threads()) };
        peaks.ok()
    }
}

fn cpu_peaks(threads: usize) -> Result<Peaks, Failure> {
    let memory: Peak = copy_bandwidth(WallClock::new(), threads)?;
    let arithmetic = fma_peak(WallClock::new(), threads)?;
    Ok(Peaks { memory: Some(memory), arithmetic: Some(arithmetic) })
}

fn cpu_place(key: &'static str, threads: usize) -> Result<Place, Failure> {
    let session = Session::builder().device(DeviceChoice::Cpu).threads(threads).build()?;
    let name = format!("CPU {}, {threads} thread{}", session.simd(), if threads == 1 { "" } else { "s" });
    let cache = gapwave_harness::last_level_cache().unwrap_or(32 << 20);
    Ok(Place { name, key, session, gpu: false, peaks: cpu_peaks(threads)?, cache })
}

#[cfg(feature = "gpu")]
fn gpu_peaks(session: &Session) -> Result<Peaks, Failure> {
    let gpu = session.gpu_device().ok_or_else(|| Failure::failed("the GPU is gone"))?;
    let gb_s = gpu.copy_bandwidth()?;
    let gflop_s = gpu.fma_rate()?;
    let memory = Peak { name: "copy on the GPU".into(), gb_s, from_bytes: gpu_cache(&gpu) / 4 * 5 };
    let arithmetic = FlopPeak { name: "f32 multiply-add on the GPU".into(), gflop_s };
    Ok(Peaks { memory: Some(memory), arithmetic: Some(arithmetic) })
}

/// Bytes of cache to go beyond. No interface tells the size of a GPU's; the largest there are have 256 MiB. A software
/// adapter's caches are the CPU's, but its speed says nothing, so that waiting for it is in vain.
#[cfg(feature = "gpu")]
fn gpu_cache(gpu: &crate::gpu::Gpu) -> u64 {
    if gpu.info().device_type == "software" { 16 << 20 } else { 256 << 20 }
}

#[cfg(feature = "gpu")]
fn gpu_place(session: Session) -> Result<Place, Failure> {
    let gpu = session.gpu_device().ok_or_else(|| Failure::failed("the GPU is gone"))?;
    let cache = gpu_cache(&gpu);
    let (name, peaks) = (gpu.info().name.clone(), gpu_peaks(&session)?);
    Ok(Place { name, key: "gpu", session, gpu: true, peaks, cache })
}

#[cfg(feature = "gpu")]
fn of_gpu(fingerprint: Fingerprint, place: &Place) -> Fingerprint {
    let Some(gpu) = place.session.gpu_device() else { return fingerprint };
    let info = gpu.info();
    fingerprint
        .with("adapter", &info.name)
        .with("adapter_type", &info.device_type)
        .with("backend", &info.backend)
        .with("driver", &info.driver)
        .with("wgpu", crate::gpu::WGPU_VERSION)
}

#[cfg(not(feature = "gpu"))]
fn gpu_peaks(_: &Session) -> Result<Peaks, Failure> {
    Err(Failure::failed("no GPU support in this build"))
}

#[cfg(not(feature = "gpu"))]
fn gpu_place(_: Session) -> Result<Place, Failure> {
    Err(Failure::failed("no GPU support in this build"))
}

#[cfg(not(feature = "gpu"))]
fn of_gpu(fingerprint: Fingerprint, _: &Place) -> Fingerprint {
    fingerprint
}
