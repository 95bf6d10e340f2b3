// The whole spectra of rows of an odd number n of real numbers from their one-sided ones.
#include "grid"

struct Params {
    numbers: u32,  // of all rows
    n: u32,
    bins: u32,     // n/2 + 1
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> z: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let row = i / p.n;
    let k = i - row * p.n;
    let first = row * p.bins;
    if k == 0u {
        z[i] = vec2<f32>(y[first].x, 0.0);
    } else if k < p.bins {
        z[i] = y[first + k];
    } else {
        let m = y[first + p.n - k];
        z[i] = vec2<f32>(m.x, -m.y);
    }
}
