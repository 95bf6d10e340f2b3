// A mask of all rows.
#include "grid"

struct Params { n: u32, words: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let w = group_index(group, groups) * 256u + lane;
    if w >= p.words { return; }
    let left = p.n - w * 32u;
    mask[w] = select((1u << (left % 32u)) - 1u, 0xffffffffu, left >= 32u);
}
