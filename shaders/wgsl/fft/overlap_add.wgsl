// A signal from its windowed frames: each number is the sum of those of the frames that reach it, times the window and a
// weight.
#include "grid"

struct Params {
    total: u32,
    n: u32,        // of a frame
    hop: u32,
    frames: u32,
    head: u32,     // numbers whose weights come first; then those of one hop, then those of the last `tail` numbers
    tail: u32,
    weights: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> frames: array<f32>;
@group(0) @binding(2) var<storage, read> window: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let t = group_index(group, groups) * 256u + lane;
    if t >= p.total { return; }
    let last = min(t / p.hop, p.frames - 1u);
    var first = 0u;
    if t >= p.n { first = (t - p.n) / p.hop + 1u; }
    var sum = 0.0;
    for (var i = first; i <= last; i++) {
        let j = t - i * p.hop;
        sum += frames[i * p.n + j] * window[j];
    }
    var at = t;
    if t >= p.head {
        if t >= p.total - p.tail {
            at = p.weights - (p.total - t);
        } else {
            at = p.head + (t - p.head) % p.hop;
        }
    }
    x[t] = sum * weights[at];
}
