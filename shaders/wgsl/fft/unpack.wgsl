// The one-sided spectrum of n real numbers from the transform z of their n/2 pairs: even and odd numbers are told
// apart by symmetry. An invocation writes bins k and n/2 − k.
#include "grid"
#include "fft/butterflies"

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
    let a = z[row * p.half + select(k, 0u, k == p.half)];
    let b = z[row * p.half + select(m, 0u, k == 0u)];
    let w = cmul(roots[k >> p.fine_log], roots[p.coarse + (k & ((1u << p.fine_log) - 1u))]);
    let even = vec2<f32>(a.x + b.x, a.y - b.y);
    let odd = cmul(vec2<f32>(a.y + b.y, b.x - a.x), w);
    let f = 0.5 * p.scale;
    let out = row * (p.half + 1u);
    var low = f * (even + odd);
    var high = f * vec2<f32>(even.x - odd.x, odd.y - even.y);
    // Real by definition; a product with a rounded root is not always.
    if k == 0u {
        low.y = 0.0;
        high.y = 0.0;
    }
    y[out + k] = low;
    if m != k { y[out + m] = high; }
}
