//! The adapters of this machine, and which of them is used.

use super::{OpenOptions, caps};
use serde::Serialize;
use wgpu::{Backend, Backends, DeviceType};

/// What was decided about an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is what `auto` uses.
    Chosen,
    /// It could be used.
    Usable,
    /// It is not used.
    Rejected,
}

/// The limits that matter for computing; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// Largest buffer.
    pub buffer_bytes: u64,
    /// Largest part of a buffer that a shader can bind.
    pub binding_bytes: u64,
    /// Storage buffers that one shader can bind.
    pub storage_buffers: u32,
    /// Memory of a workgroup.
    pub workgroup_bytes: u32,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Smallest and largest subgroup.
    pub subgroup: [u32; 2],
}

/// An adapter and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// Name, as the driver gives it.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub device_type: String,
    /// Driver and its version.
    pub driver: String,
    /// Limits that matter for computing.
    pub limits: AdapterLimits,
    /// Features that gapwave makes use of.
    pub features: Vec<String>,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// What would change it.
    pub hint: Option<String>,
}

/// The adapters of this machine, the best first. Software adapters are rejected unless `software` is set. An empty
/// list means that there is no driver at all.
pub fn adapters(software: bool) -> Vec<AdapterReport> {
    let options = OpenOptions { software, ..OpenOptions::default() };
    enumerate(&instance(), &options).into_iter().map(|(_, report)| report).collect()
}

/// A wgpu instance with gapwave's backends, or those that `WGPU_BACKEND` names.
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: Backends::from_env().unwrap_or(Backends::VULKAN | Backends::METAL | Backends::DX12),
        // Layers for debugging are asked for with WGPU_VALIDATION and WGPU_DEBUG, not by the build's profile.
        flags: wgpu::InstanceFlags::empty().with_env(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

/// The adapters with their reports, the best first: those that may be used before those that are rejected.
pub(super) fn enumerate(instance: &wgpu::Instance, options: &OpenOptions) -> Vec<(wgpu::Adapter, AdapterReport)> {
    let all = pollster::block_on(instance.enumerate_adapters(Backends::all()));
    let mut found: Vec<_> = all.into_iter().map(|a| judge(a, options)).collect();
    found.sort_by_key(|(rank, ..)| *rank);
    let mut list: Vec<_> = found.into_iter().map(|(_, adapter, report)| (adapter, report)).collect();
    if let Some((_, best)) = list.first_mut()
        && best.verdict == Verdict::Usable
    {
        best.verdict = Verdict::Chosen;
        best.why = format!("the best adapter here: {}", best.device_type);
    }
    list
}

type Rank = (bool, u8, u8);

fn judge(adapter: wgpu::Adapter, options: &OpenOptions) -> (Rank, wgpu::Adapter, AdapterReport) {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let (kind, order) = type_of(info.device_type);
    let name = options.name.as_deref();
    let other = options.backend.as_deref().filter(|b| !info.backend.to_string().eq_ignore_ascii_case(b));
    let named = name.map(|n| info.name.to_lowercase().contains(&n.to_lowercase()));
    let rejected = if named == Some(false) {
        Some((format!("its name does not contain {:?}", name.unwrap_or_default()), None))
    } else if let Some(wanted) = other {
        Some((format!("its backend is {}, not {wanted}", info.backend), None))
    } else if info.device_type == DeviceType::Cpu && !options.software && named != Some(true) {
        Some((
            "software adapter: it emulates a GPU on the CPU; gapwave's own CPU path is faster".to_owned(),
            Some(
                "GAPWAVE_SOFTWARE_GPU=1 or --device gpu:NAME runs on it anyway; for a real GPU install its vendor's \
                 Vulkan driver"
                    .to_owned(),
            ),
        ))
    } else {
        let why = if adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
            caps::below_minimum(&limits)
        } else {
            Some("it has no compute shaders".to_owned())
        };
        why.map(|why| (why, Some("a newer driver may help".to_owned())))
    };
    let (verdict, (why, hint)) = match rejected {
        Some(r) => (Verdict::Rejected, r),
        None => (Verdict::Usable, (format!("{kind} adapter; a better one comes first"), None)),
    };
    let plain = caps::caps(&limits, features, false);
    let report = AdapterReport {
        name: info.name.clone(),
        backend: info.backend.to_string(),
        device_type: kind.to_owned(),
        driver: driver(&info),
        limits: AdapterLimits {
            buffer_bytes: plain.buffer_bytes,
            binding_bytes: plain.binding_bytes,
            storage_buffers: plain.storage_buffers,
            workgroup_bytes: plain.workgroup_bytes,
            invocations: plain.invocations,
            subgroup: [info.subgroup_min_size, info.subgroup_max_size],
        },
        features: (features & caps::helpful()).iter_names().map(|(n, _)| n.to_lowercase()).collect(),
        verdict,
        why,
        hint,
    };
    let backend = match info.backend {
        Backend::Metal => 0,
        Backend::Vulkan => 1,
        Backend::Dx12 => 2,
        _ => 3,
    };
    ((verdict == Verdict::Rejected, order, backend), adapter, report)
}

/// Driver and version in one line.
pub(super) fn driver(info: &wgpu::AdapterInfo) -> String {
    format!("{} {}", info.driver, info.driver_info).trim().to_owned()
}

/// The word for a type of device and its place in the order of preference.
pub(super) fn type_of(t: DeviceType) -> (&'static str, u8) {
    match t {
        DeviceType::DiscreteGpu => ("discrete", 0),
        DeviceType::IntegratedGpu => ("integrated", 1),
        DeviceType::VirtualGpu => ("virtual", 2),
        DeviceType::Other => ("other", 3),
        DeviceType::Cpu => ("software", 4),
    }
}
