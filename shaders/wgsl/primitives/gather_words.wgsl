// Elements of whole words by their numbers; a number beyond the end gives zeros. A workgroup writes 2048 words, those
// beyond the count are left alone.
#include "grid"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

const ITEMS = 8u;
const WORDS = {{WORDS}}u;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let first = group_index(group, groups) * 2048u + lane;
    let end = count[0] * WORDS;
    for (var i = 0u; i < ITEMS; i++) {
        let at = first + i * 256u;
        if at < end {
            let row = index[at / WORDS];
            var word = 0u;
            if row < p.n { word = x[row * WORDS + at % WORDS]; }
            y[at] = word;
        }
    }
}
