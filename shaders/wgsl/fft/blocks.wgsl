// Rows of numbers in blocks: block b begins at number origin + b·step of its row, which is 0 beyond its ends. With
// `mirror` the row is taken from its end, conjugated.
#include "grid"

struct Params {
    numbers: u32,  // of all blocks
    size: u32,     // of a block
    blocks: u32,   // of a row
    n: u32,        // of a row
    step: u32,
    before: u32,   // −origin
    mirror: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read_write> y: array<{{T}}>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let block = i / p.size;
    let row = block / p.blocks;
    let at = (block - row * p.blocks) * p.step + (i - block * p.size);
    if at < p.before || at - p.before >= p.n {
        y[i] = {{T}}();
    } else if p.mirror != 0u {
        y[i] = {{CONJ}} * x[row * p.n + p.n - 1u - (at - p.before)];
    } else {
        y[i] = x[row * p.n + at - p.before];
    }
}
