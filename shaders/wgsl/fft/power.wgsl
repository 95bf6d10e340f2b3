// Squared amplitudes of one-sided spectra.
#include "grid"

struct Params {
    numbers: u32,  // bins of all spectra
    bins: u32,
    last: u32,     // bin 0 and this one stand for themselves, the others for their mirror images too
    alone: f32,
    pair: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> z: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let k = i % p.bins;
    let factor = select(p.pair, p.alone, k == 0u || k == p.last);
    y[i] = factor * dot(z[i], z[i]);
}
