//! From wgpu's limits and features to what plans are made for.

use gapwave_kernels::Caps;

/// Features that are asked for where the adapter has them.
pub(super) fn helpful() -> wgpu::Features {
    wgpu::Features::SUBGROUP
        | wgpu::Features::SHADER_F16
        | wgpu::Features::TIMESTAMP_QUERY
        | wgpu::Features::PIPELINE_CACHE
}

/// What plans may use on a device of these limits and features.
pub(super) fn caps(limits: &wgpu::Limits, features: wgpu::Features, f64_as_f32: bool) -> Caps {
    // Bindings and copies are whole words, and some drivers report 2 GiB − 1.
    let words = |bytes: u64| bytes & !3;
    Caps {
        storage_buffers: limits.max_storage_buffers_per_shader_stage,
        binding_bytes: words(limits.max_storage_buffer_binding_size),
        buffer_bytes: words(limits.max_buffer_size),
        workgroup_bytes: limits.max_compute_workgroup_storage_size,
        invocations: limits.max_compute_invocations_per_workgroup,
        workgroup_x: limits.max_compute_workgroup_size_x,
        groups: limits.max_compute_workgroups_per_dimension,
        storage_align: limits.min_storage_buffer_offset_alignment,
        subgroups: features.contains(wgpu::Features::SUBGROUP),
        f16: features.contains(wgpu::Features::SHADER_F16),
        f64_as_f32,
    }
}

/// Why an adapter of these limits cannot run every kernel, if so.
pub(super) fn below_minimum(limits: &wgpu::Limits) -> Option<String> {
    let (have, need) = (caps(limits, wgpu::Features::empty(), false), Caps::webgpu_minimum());
    let pairs = [
        ("storage buffers a shader", u64::from(have.storage_buffers), u64::from(need.storage_buffers)),
        ("bytes of workgroup memory", have.workgroup_bytes.into(), need.workgroup_bytes.into()),
        ("invocations a workgroup", have.invocations.into(), need.invocations.into()),
        ("workgroups along one dimension", have.groups.into(), need.groups.into()),
    ];
    let (what, have, need) = pairs.into_iter().find(|(_, have, need)| have < need)?;
    Some(format!("it has {have} {what}, WebGPU's minimum is {need}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wgpus_defaults_are_the_webgpu_minimum() {
        let got = caps(&wgpu::Limits::defaults(), wgpu::Features::empty(), false);
        assert_eq!(got, Caps::webgpu_minimum());
        assert_eq!(below_minimum(&wgpu::Limits::defaults()), None);
        let low = wgpu::Limits { max_storage_buffers_per_shader_stage: 4, ..wgpu::Limits::defaults() };
        assert!(below_minimum(&low).is_some_and(|why| why.contains("4 storage buffers")));
        let odd = wgpu::Limits { max_storage_buffer_binding_size: (2 << 30) - 1, ..wgpu::Limits::defaults() };
        assert_eq!(caps(&odd, wgpu::Features::empty(), false).binding_bytes, (2 << 30) - 4);
    }
}
