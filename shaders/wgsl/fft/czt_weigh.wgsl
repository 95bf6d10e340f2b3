// Rows of n numbers times the weights of each, and zeros up to the length of a convolution.
#include "grid"
#include "fft/butterflies"

struct Params {
    numbers: u32,  // of all convolutions
    length: u32,   // of a convolution
    n: u32,        // of a row
    parts: u32,    // 1 for real numbers, 2 for complex ones
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let row = i / p.length;
    let j = i - row * p.length;
    if j >= p.n {
        y[i] = vec2<f32>(0.0, 0.0);
        return;
    }
    let k = (row * p.n + j) * p.parts;
    if p.parts == 1u {
        y[i] = x[k] * weights[j];
    } else {
        y[i] = cmul(vec2<f32>(x[k], x[k + 1u]), weights[j]);
    }
}
