// One-sided spectra with another number of bins: what is beyond is left out, what is missing is zero.
#include "grid"

struct Params {
    numbers: u32,  // bins of all results
    bins: u32,     // of a result
    given: u32,    // of an input
    keep: u32,     // bins taken
    pair: u32,     // the bin that was or becomes its own mirror image; beyond all bins where there is none
    factor: f32,   // its factor
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.numbers { return; }
    let row = i / p.bins;
    let k = i - row * p.bins;
    if k >= p.keep {
        y[i] = vec2<f32>(0.0, 0.0);
        return;
    }
    y[i] = x[row * p.given + k] * select(1.0, p.factor, k == p.pair);
}
