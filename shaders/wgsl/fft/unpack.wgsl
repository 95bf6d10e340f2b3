// The one-sided spectrum of n real numbers from the transform z of their n/2 pairs. An invocation writes bins k and
// n/2 − k.
#include "grid"
#include "fft/butterflies"
#include "fft/one_sided"

struct Params {
    rows: u32,
    half: u32,      // n/2
    pairs: u32,     // n/4 + 1
    fine_log: u32,  // the table has every 2^fine_log-th root, then the first 2^fine_log
    coarse: u32,    // roots of the first kind
    scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> z: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> roots: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    // A row is padded to whole workgroups, so that the row needs no division by lane.
    let per_row = (p.pairs + 255u) / 256u;
    let block = group_index(group, groups);
    let row = block / per_row;
    let k = (block % per_row) * 256u + lane;
    if row >= p.rows || k >= p.pairs { return; }
    let m = p.half - k;
    let out = row * (p.half + 1u);
    let a = z[row * p.half + k];
    if k == 0u {
        let bins = outer_bins(a, p.scale);
        y[out] = bins.low;
        y[out + m] = bins.high;
        return;
    }
    let b = z[row * p.half + m];
    let w = cmul(roots[k >> p.fine_log], roots[p.coarse + (k & ((1u << p.fine_log) - 1u))]);
    let bins = one_sided(a, b, w, p.scale);
    y[out + k] = bins.low;
    if m != k { y[out + m] = bins.high; }
}
