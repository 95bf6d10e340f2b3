// Bin k of the one-sided spectrum of the folded row from numbers k and n − k of a cosine transform of type II.
#include "grid"
#include "fft/butterflies"

struct Params {
    rows: u32,
    n: u32,
    bins: u32,      // n/2 + 1
    fine_log: u32,  // the table has every 2^fine_log-th root of 4n, then the first 2^fine_log
    coarse: u32,    // roots of the first kind
    first: f32,     // what number 0 is multiplied by
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> roots: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> z: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    // A row is padded to whole workgroups, so that the row needs no division by lane.
    let per_row = (p.bins + 255u) / 256u;
    let block = group_index(group, groups);
    let row = block / per_row;
    let k = (block % per_row) * 256u + lane;
    if row >= p.rows || k >= p.bins { return; }
    let first = row * p.n;
    let out = row * p.bins + k;
    if k == 0u {
        z[out] = vec2<f32>(p.first * x[first], 0.0);
        return;
    }
    let w = cmul(roots[k >> p.fine_log], roots[p.coarse + (k & ((1u << p.fine_log) - 1u))]);
    z[out] = cmul(vec2<f32>(x[first + k], -x[first + p.n - k]), vec2<f32>(w.x, -w.y));
}
