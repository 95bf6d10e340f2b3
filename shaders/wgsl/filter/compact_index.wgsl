// The numbers of the rows kept, in order. A workgroup looks at 2048 rows.
#include "grid"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;

const ITEMS = 8u;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let first = group_index(group, groups) * 2048u + lane;
    for (var i = 0u; i < ITEMS; i++) {
        let row = first + i * 256u;
        if row < p.n {
            let word = mask[row / 32u];
            let bit = 1u << (row % 32u);
            if (word & bit) != 0u { index[starts[row / 32u] + countOneBits(word & (bit - 1u))] = row; }
        }
    }
}
