// The first numbers of each row times a factor for each.
#include "grid"
#include "fft/butterflies"

struct Params {
    numbers: u32,  // of all results
    m: u32,        // of a result
    length: u32,   // of a row
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> factors: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let row = i / p.m;
    let k = i - row * p.m;
    y[i] = cmul(x[row * p.length + k], factors[k]);
}
