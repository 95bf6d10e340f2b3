// Frames of a signal, one every `hop` numbers, each multiplied by the window.
#include "grid"

struct Params {
    numbers: u32,  // of all frames
    n: u32,        // of a frame
    hop: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> window: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let frame = i / p.n;
    let j = i - frame * p.n;
    y[i] = x[frame * p.hop + j] * window[j];
}
