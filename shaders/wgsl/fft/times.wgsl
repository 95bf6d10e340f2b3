// Spectra times one spectrum, in place.
#include "grid"
#include "fft/butterflies"

struct Params {
    numbers: u32,  // bins of all spectra
    bins: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> z: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> h: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    z[i] = cmul(z[i], h[i % p.bins]);
}
