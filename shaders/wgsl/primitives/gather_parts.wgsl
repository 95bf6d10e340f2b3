// Elements of 1, 8 or 16 bits by their numbers; a number beyond the end gives zeros. An invocation puts together one
// word of the output at a time, so that no two write into the same; a workgroup writes 256 · ITEMS words. Bits of the
// last word beyond the count are 0.
#include "grid"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

const ITEMS = {{ITEMS}}u;
const BITS = {{BITS}}u;
const PER_WORD = {{PER_WORD}}u;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let first = group_index(group, groups) * (256u * ITEMS) + lane;
    let end = count[0];
    for (var i = 0u; i < ITEMS; i++) {
        let at = first + i * 256u;
        if at * PER_WORD < end {
            var word = 0u;
            for (var k = 0u; k < PER_WORD; k++) {
                let place = at * PER_WORD + k;
                if place < end {
                    let row = index[place];
                    if row < p.n {
                        let part = (x[row / PER_WORD] >> ((row % PER_WORD) * BITS)) & ((1u << BITS) - 1u);
                        word |= part << (k * BITS);
                    }
                }
            }
            y[at] = word;
        }
    }
}
