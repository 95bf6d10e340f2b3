// Some terms of y[t] = Σ_j h[j]·x[start + t − j] for rows of x, added to those before. A workgroup makes 1024 numbers of
// a row; it takes 256 terms at a time and what they look at into its own memory.
#include "grid"

struct Params {
    rows: u32,
    parts: u32,    // of 1024 numbers, of a row
    n: u32,        // of a row of x
    m: u32,
    len: u32,      // of a row of y
    start: u32,
    first: u32,    // term
    terms: u32,
    mirror: u32,   // h is taken from its end, conjugated
    add: u32,      // to what y holds
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read> h: array<{{T}}>;
@group(0) @binding(3) var<storage, read_write> y: array<{{T}}>;

var<workgroup> taps: array<{{T}}, 256>;
// Numbers start + t − j of x for the part's t and the 256 j, the last j first.
var<workgroup> seen: array<{{T}}, 1280>;

fn term(a: {{T}}, b: {{T}}) -> {{T}} {
    {{TERM}}
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let at = group_index(group, groups);
    let row = at / p.parts;
    let begin = (at - row * p.parts) * 1024u;
    // The fold of the grid may have more: they do nothing, but arrive at the barriers.
    let here = row < p.rows;
    var total: array<{{T}}, 4>;
    for (var tile = 0u; tile < p.terms; tile += 256u) {
        let j0 = p.first + tile;
        let count = min(p.terms - tile, 256u);
        if lane < count {
            let j = j0 + lane;
            if p.mirror != 0u {
                taps[lane] = {{CONJ}} * h[p.m - 1u - j];
            } else {
                taps[lane] = h[j];
            }
        }
        for (var k = lane; k < 1280u; k += 256u) {
            // Counted from 255 + j0 numbers earlier, so that it is never below 0.
            let place = p.start + begin + k;
            var value = {{T}}();
            if here && place >= j0 + 255u && place - j0 - 255u < p.n {
                value = x[row * p.n + place - j0 - 255u];
            }
            seen[k] = value;
        }
        workgroupBarrier();
        var sum = array<{{T}}, 4>();
        for (var j = 0u; j < count; j++) {
            let tap = taps[j];
            let k = lane + 255u - j;
            sum[0] += term(tap, seen[k]);
            sum[1] += term(tap, seen[k + 256u]);
            sum[2] += term(tap, seen[k + 512u]);
            sum[3] += term(tap, seen[k + 768u]);
        }
        total[0] += sum[0];
        total[1] += sum[1];
        total[2] += sum[2];
        total[3] += sum[3];
        workgroupBarrier();
    }
    for (var k = 0u; k < 4u; k++) {
        let t = begin + k * 256u + lane;
        if here && t < p.len {
            let i = row * p.len + t;
            if p.add != 0u {
                y[i] += total[k];
            } else {
                y[i] = total[k];
            }
        }
    }
}
