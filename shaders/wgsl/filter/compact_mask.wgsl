// One bit per row: whether the row's value is in a range (and there). The range's bounds come as bits in the order of
// the values. A workgroup makes 256 words from 8192 rows: neighbours read neighbouring rows, so each invocation first
// holds bits of rows 256 apart, and workgroup memory brings them side by side.
#include "grid"

struct Params { n: u32, words: u32, lo_high: u32, lo_low: u32, hi_high: u32, hi_low: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> mask: array<u32>;
{{VALID}}

const BYTES = {{BYTES}}u;
const PER_WORD = {{PER_WORD}}u;
// Values of less than 4 bytes stand in the top bits of a word.
const SHIFT = {{SHIFT}}u;
const SIGNED = {{SIGNED}};
const FLOAT = {{FLOAT}};
const NOT = {{NOT}};
const FIRST = {{FIRST}};
const TOP = 0x80000000u;

var<workgroup> flags: array<u32, 256>;

// High and low word of a row's value.
fn value(row: u32) -> vec2<u32> {
    if BYTES == 8u { return vec2<u32>(x[2u * row + 1u], x[2u * row]); }
    let at = (row % PER_WORD) * (32u - SHIFT);
    return vec2<u32>((x[row / PER_WORD] >> at) << SHIFT, 0u);
}

fn at_most(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x < b.x || (a.x == b.x && a.y <= b.y);
}

fn accepts(row: u32) -> bool {
    var v = value(row);
    if FLOAT {
        // NaN by its bits: above infinity when the sign is taken away.
        let magnitude = v.x & ~TOP;
        if BYTES == 8u {
            if magnitude > 0x7ff00000u || (magnitude == 0x7ff00000u && v.y != 0u) { return false; }
        } else if magnitude > 0x7f800000u {
            return false;
        }
        if v.x >= TOP { v = ~v; } else { v.x |= TOP; }
    } else if SIGNED {
        v.x ^= TOP;
    }
    let inside = at_most(vec2<u32>(p.lo_high, p.lo_low), v) && at_most(v, vec2<u32>(p.hi_high, p.hi_low));
    return inside != NOT;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let block = group_index(group, groups);
    let first = block * 8192u + lane;
    var own = 0u;
    // Workgroups of the fold beyond the end have nothing to read.
    if block * 256u < p.words {
        for (var i = 0u; i < 32u; i++) {
            let row = first + i * 256u;
            if row < p.n && accepts(row) { own |= 1u << i; }
        }
    }
    flags[lane] = own;
    workgroupBarrier();
    // Word `lane` of the block holds rows 32·lane ..: bit lane/8 of 32 neighbours, read from different banks.
    let base = (lane % 8u) * 32u;
    var word = 0u;
    for (var i = 0u; i < 32u; i++) {
        let k = (i + lane) % 32u;
        word |= ((flags[base + k] >> (lane / 8u)) & 1u) << k;
    }
    let w = block * 256u + lane;
    if w < p.words {
        {{AND_VALID}}
        if !FIRST { word &= mask[w]; }
        mask[w] = word;
    }
}
