// The total of each block of 2048 elements.
#include "grid"

struct Params { n: u32, blocks: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read_write> totals: array<{{T}}>;

const ITEMS = 8u;
var<workgroup> part: array<{{T}}, 256>;

fn op(a: {{T}}, b: {{T}}) -> {{T}} { return {{OP}}; }

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let block = group_index(group, groups);
    var acc = {{ZERO}};
    if block < p.blocks {
        for (var i = 0u; i < ITEMS; i++) {
            let at = (block * ITEMS + i) * 256u + lane;
            if at < p.n { acc = op(acc, x[at]); }
        }
    }
    part[lane] = acc;
    for (var half = 128u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if lane < half { part[lane] = op(part[lane], part[lane + half]); }
    }
    if lane == 0u && block < p.blocks { totals[block] = part[0]; }
}
