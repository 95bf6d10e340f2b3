// One-sided spectra of real numbers to those of their Hilbert transforms: bins a quarter turn back, and nothing where a
// bin is its own mirror image.
#include "grid"

struct Params {
    numbers: u32,  // bins of all spectra
    bins: u32,
    last: u32,     // this bin and bin 0 are their own mirror images
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> z: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let k = i % p.bins;
    let alone = k == 0u || k == p.last;
    z[i] = select(vec2<f32>(z[i].y, -z[i].x), vec2<f32>(0.0, 0.0), alone);
}
