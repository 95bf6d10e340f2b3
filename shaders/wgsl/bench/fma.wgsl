// Multiply-adds and nothing else: the peak of arithmetic. Four independent chains of four lanes in each invocation;
// x <- x / 2 + 1 goes to 2 whatever it began with, so the result can be checked and nothing overflows.

struct Params { links: u32, seed: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let begin = p.seed + f32(id.x % 64u);
    var a = vec4<f32>(begin);
    var b = vec4<f32>(begin + 1.0);
    var c = vec4<f32>(begin + 2.0);
    var d = vec4<f32>(begin + 3.0);
    let half = vec4<f32>(0.5);
    let one = vec4<f32>(1.0);
    for (var i = 0u; i < p.links; i = i + 1u) {
        a = fma(a, half, one);
        b = fma(b, half, one);
        c = fma(c, half, one);
        d = fma(d, half, one);
    }
    let sum = a + b + c + d;
    sums[id.x] = sum.x + sum.y + sum.z + sum.w;
}
