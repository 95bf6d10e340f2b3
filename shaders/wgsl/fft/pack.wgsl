// The transform of the n/2 pairs of n real numbers, times 2, from their one-sided spectrum y. An invocation writes
// numbers k and n/2 − k.
#include "grid"
#include "fft/butterflies"

struct Params {
    rows: u32,
    half: u32,      // n/2
    lanes: u32,     // n/4 + 1
    fine_log: u32,  // the table has every 2^fine_log-th root, then the first 2^fine_log
    coarse: u32,    // roots of the first kind
    scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> roots: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> z: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    // A row is padded to whole workgroups, so that the row needs no division by lane.
    let per_row = (p.lanes + 255u) / 256u;
    let block = group_index(group, groups);
    let row = block / per_row;
    let k = (block % per_row) * 256u + lane;
    if row >= p.rows || k >= p.lanes { return; }
    let m = p.half - k;
    let first = row * (p.half + 1u);
    let out = row * p.half;
    let a = p.scale * y[first + k];
    let b = p.scale * y[first + m];
    if k == 0u {
        z[out] = vec2<f32>(a.x + b.x, a.x - b.x);
        return;
    }
    // The sum of a bin and its mirror is that of the even numbers; their difference, turned back by half a step, that of
    // the odd ones.
    let w = cmul(roots[k >> p.fine_log], roots[p.coarse + (k & ((1u << p.fine_log) - 1u))]);
    let even = vec2<f32>(a.x + b.x, a.y - b.y);
    let odd = cmul(vec2<f32>(a.x - b.x, a.y + b.y), vec2<f32>(w.x, -w.y));
    z[out + k] = vec2<f32>(even.x - odd.y, even.y + odd.x);
    if m != k && m < p.half { z[out + m] = vec2<f32>(even.x + odd.y, odd.x - even.y); }
}
