// Each block of 2048 elements, from the value before its first one. The last block writes the total.
// `part` orders the operands, so the operation needs to be associative only.
#include "grid"

struct Params { n: u32, blocks: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read> starts: array<{{T}}>;
@group(0) @binding(3) var<storage, read_write> y: array<{{T}}>;
@group(0) @binding(4) var<storage, read_write> total: array<{{T}}>;

const ITEMS = 8u;
var<workgroup> part: array<{{T}}, 256>;

fn op(a: {{T}}, b: {{T}}) -> {{T}} { return {{OP}}; }

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let block = group_index(group, groups);
    let live = block < p.blocks;
    // Each invocation holds 8 neighbours.
    let first = block * 2048u + lane * ITEMS;
    var v: array<{{T}}, 8>;
    var acc = {{ZERO}};
    for (var i = 0u; i < ITEMS; i++) {
        v[i] = {{ZERO}};
        if live && first + i < p.n { v[i] = x[first + i]; }
        acc = op(acc, v[i]);
    }
    part[lane] = acc;
    workgroupBarrier();
    // Hillis and Steele over the 256 partial values.
    for (var d = 1u; d < 256u; d <<= 1u) {
        var own = part[lane];
        if lane >= d { own = op(part[lane - d], own); }
        workgroupBarrier();
        part[lane] = own;
        workgroupBarrier();
    }
    if !live { return; }
    var before = starts[block];
    if lane > 0u { before = op(before, part[lane - 1u]); }
    for (var i = 0u; i < ITEMS; i++) {
        let after = op(before, v[i]);
        if first + i < p.n { y[first + i] = select(before, after, {{INCLUSIVE}}); }
        before = after;
    }
    if block == p.blocks - 1u && lane == 255u { total[0] = before; }
}
