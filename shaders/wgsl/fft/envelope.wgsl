// Amplitudes of complex numbers from their real and imaginary parts. The squares are those of quotients by the larger
// part, because its own may be beyond what a number can hold.
#include "grid"

struct Params { n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> re: array<f32>;
@group(0) @binding(2) var<storage, read> im: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let i = group_index(group, groups) * 256u + lane;
    if i >= p.n { return; }
    let a = abs(re[i]);
    let b = abs(im[i]);
    let larger = max(a, b);
    let smaller = min(a, b);
    if larger == 0.0 {
        y[i] = 0.0;
        return;
    }
    let q = smaller / larger;
    y[i] = larger * sqrt(1.0 + q * q);
}
