// Whole transforms of R = 2^{{R_LOG}} numbers, one pass over a batch. A workgroup takes {{C}} rows, transforms each in
// registers and workgroup memory. Variants: {{NAME}}.
#include "grid"
#include "fft/butterflies"

struct Params {
    rows: u32,
    len: u32,       // numbers of a row that are read; zeros beyond, up to R
    keep: u32,      // numbers of a row that are written
    swap: u32,      // 1: exchange real and imaginary part before and after, for an inverse transform
    scale: f32,
    fine_log: u32,  // the table `roots` has every 2^fine_log-th root, then the first 2^fine_log
    coarse: u32,    // roots of the first kind
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2<f32>>;
{{TABLES}}
var<workgroup> tile: array<vec2<f32>, {{T}}>;

// Where number i of column c lies in the tile. Powers of two apart would all be in one bank of the memory: the low bits
// are mixed with higher ones.
fn slot(c: u32, i: u32) -> u32 {
    let at = (c << {{R_LOG}}u) + i;
    return at ^ ((at >> 3u) & 15u);
}

fn swapped(z: vec2<f32>) -> vec2<f32> { return select(z, z.yx, p.swap != 0u); }

fn load(row: u32, i: u32) -> vec2<f32> {
    if row >= p.rows || i >= p.len { return vec2<f32>(0.0, 0.0); }
    return {{LOAD}};
}

@compute @workgroup_size({{LANES}})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let first = group_index(group, groups) * {{C}}u;
    var v0: vec2<f32>;
    var v1: vec2<f32>;
    var v2: vec2<f32>;
    var v3: vec2<f32>;
    var v4: vec2<f32>;
    var v5: vec2<f32>;
    var v6: vec2<f32>;
    var v7: vec2<f32>;
{{BODY}}}
