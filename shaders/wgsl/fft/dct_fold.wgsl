// Rows in the order that a cosine transform takes them in: the even numbers forwards, then the odd ones backwards.
#include "grid"

struct Params {
    numbers: u32,  // of all rows
    n: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let j = i % p.n;
    let odd = j & 1u;
    let to = select(j / 2u, p.n - 1u - j / 2u, odd == 1u);
    v[i - j + to] = x[i];
}
