// One pass of transforms of M numbers, along an axis whose neighbours are INNER numbers apart.
//
// The numbers of a transform stand in M/R columns: column j has x[j + (M/R)·i] for i < R. A workgroup takes {{C}} columns
// at a time, transforms each in registers and workgroup memory, and writes them where the next pass finds its own
// (Stockham's order): with j = q + s·turn, s the product of the passes before, number i goes to q + s·(R·turn + i), times
// exp(−2πi·s·turn·i/M). After the last pass the spectrum is in natural order. An axis that is not the last one is the same
// with INNER columns for each.
#include "grid"
#include "fft/butterflies"
{{BUTTERFLIES}}
const M = {{M}}u;
const R = {{R}}u;
const C = {{C}}u;
const COLS = {{COLS}}u;     // M/R·INNER, the columns of a row
const INNER = {{INNER}}u;
const STRIDE = {{STRIDE}}u; // s
const FINE = {{FINE}}u;     // the table `outer` has every 2^FINE-th root, then the first 2^FINE
const COARSE = {{COARSE}}u; // roots of the first kind

struct Params {
    outer: u32,   // rows of transforms
    n: u32,       // numbers of a transform that count; the rest up to M is padding
    len: u32,     // numbers of the input from row to row
    keep: u32,    // numbers of the output from row to row
    scale: f32,
    alone: f32,   // factors of powers: of bins that stand for themselves,
    pair: f32,    // of the others,
    last: u32,    // and the last of the former beside 0
    pairs: u32,   // pairs of columns of a row that have each other's mirror images
    fine: u32,    // the table `roots` has every 2^fine-th root of 2n, then the first 2^fine
    coarse: u32,  // roots of the first kind
}
@group(0) @binding(0) var<uniform> p: Params;
{{TABLES}}
var<workgroup> tile: array<{{ELEMENT}}, {{TILE}}>;

// Where number i of column c lies in the tile. Powers of two apart would all be in one bank of the memory: the low bits
// are mixed with higher ones.
fn slot(c: u32, i: u32) -> u32 {
    let at = {{SLOT}};
    return at ^ ((at >> 4u) & 15u);
}

{{PLACE}}
{{HALVES}}
{{LOAD}}
{{STORE}}
@compute @workgroup_size({{LANES}})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let first = group_index(group, groups) * {{TOGETHER}}u;
{{REGISTERS}}{{BODY}}}
