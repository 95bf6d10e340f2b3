// One of several passes of a transform of length N = 2^n_log over a batch.
//
// The numbers of a transform stand in N/R columns: column j has x[j + (N/R)·i] for i < R = 2^{{R_LOG}}. A workgroup
// takes {{C}} neighbouring columns, transforms each in registers and workgroup memory, and writes them where the next
// pass finds its own columns (Stockham's order): with j = q + s·p, number i goes to q + s·(R·p + i), times
// exp(−2πi·s·p·i/N). After the last pass the spectrum is in natural order.
//
// Bluestein's algorithm needs products before the first and after the last pass: `load` and `store` do them on the
// way, so that they cost no pass of their own.
#include "grid"
#include "fft/butterflies"

struct Params {
    columns: u32,   // in the whole batch
    n_log: u32,
    cols_log: u32,  // log2 of N/R
    s_log: u32,     // log2 of s
    fine_log: u32,  // the table `outer` has every 2^fine_log-th root, then the first 2^fine_log
    flags: u32,     // below
    len: u32,       // numbers of a row that are read where CHIRP_IN is set
    keep: u32,      // numbers of a row that are written where CHIRP_OUT is set
    scale: f32,
}
const SWAP_IN = 1u;     // exchange real and imaginary part after reading: an inverse transform
const SWAP_MID = 2u;    // the same before the product on writing
const SWAP_OUT = 4u;    // the same after it
const TURN = 8u;        // multiply by the roots between passes
const CHIRP_IN = 16u;   // read `len` numbers a row, times `before`; zeros beyond
const FACTOR_OUT = 32u; // multiply by `after`
const CHIRP_OUT = 64u;  // the same, and write only `keep` numbers a row

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> before: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> after: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> inner: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> outer: array<vec2<f32>>;

var<workgroup> tile: array<vec2<f32>, {{T}}>;

// Where number i of column c lies in the tile. Powers of two apart would all be in one bank of the memory: the low bits
// are mixed with higher ones.
fn slot(c: u32, i: u32) -> u32 {
    let at = i * {{C}}u + c;
    return at ^ ((at >> 3u) & 15u);
}

fn load(column: u32, i: u32) -> vec2<f32> {
    var z = vec2<f32>(0.0, 0.0);
    if column >= p.columns { return z; }
    let row = column >> p.cols_log;
    let at = (column & ((1u << p.cols_log) - 1u)) + (i << p.cols_log);
    if (p.flags & CHIRP_IN) != 0u {
        if at >= p.len { return z; }
        z = x[row * p.len + at];
        if (p.flags & SWAP_IN) != 0u { z = z.yx; }
        return cmul(z, before[at]);
    }
    z = x[(row << p.n_log) + at];
    if (p.flags & SWAP_IN) != 0u { z = z.yx; }
    return z;
}

fn store(column: u32, i: u32, value: vec2<f32>) {
    if column >= p.columns { return; }
    var z = value;
    let row = column >> p.cols_log;
    let j = column & ((1u << p.cols_log) - 1u);
    let q = j & ((1u << p.s_log) - 1u);
    let turn = j >> p.s_log;
    if (p.flags & TURN) != 0u {
        let e = (turn * i) << p.s_log;
        let fine = e & ((1u << p.fine_log) - 1u);
        z = cmul(z, cmul(outer[e >> p.fine_log], outer[(1u << (p.n_log - p.fine_log)) + fine]));
    }
    let at = q + (((turn << {{R_LOG}}u) + i) << p.s_log);
    if (p.flags & SWAP_MID) != 0u { z = z.yx; }
    if (p.flags & (FACTOR_OUT | CHIRP_OUT)) != 0u {
        if (p.flags & CHIRP_OUT) != 0u && at >= p.keep { return; }
        z = cmul(z, after[at]);
    }
    z *= p.scale;
    if (p.flags & SWAP_OUT) != 0u { z = z.yx; }
    if (p.flags & CHIRP_OUT) != 0u {
        y[row * p.keep + at] = z;
    } else {
        y[(row << p.n_log) + at] = z;
    }
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
