// Rows of numbers from blocks: number i of a row is number `skip + i mod step` of block `i / step`.
#include "grid"

struct Params {
    numbers: u32,  // of all rows
    len: u32,      // of a row
    size: u32,     // of a block
    blocks: u32,   // of a row
    step: u32,
    skip: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read_write> y: array<{{T}}>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let row = i / p.len;
    let at = i - row * p.len;
    let block = at / p.step;
    y[i] = x[(row * p.blocks + block) * p.size + p.skip + (at - block * p.step)];
}
