// The first two and the last two observations of each series, one workgroup a series: words as `impute/bounds` says.
#include "grid"

struct Params { rows: u32, series: u32, blocks: u32, groups: u32, total: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
// Maxima over the blocks before and, from the other end, after each block, as `impute/observe` counts.
@group(0) @binding(3) var<storage, read> previous: array<u32>;
@group(0) @binding(4) var<storage, read> following: array<u32>;
@group(0) @binding(5) var<storage, read_write> bounds: array<u32>;
{{CELL}}

const BLOCK = 8192u;
var<workgroup> best: atomic<u32>;

// Position + 1 of the last observation of a block before position `end`; 0 for none.
fn last_in(block: u32, end: u32, lane: u32) -> u32 {
    workgroupBarrier();
    if lane == 0u { atomicStore(&best, 0u); }
    workgroupBarrier();
    let base = block * BLOCK + lane * 32u;
    var word = mask[block * 256u + lane];
    if end <= base { word = 0u; } else if end - base < 32u { word &= (1u << (end - base)) - 1u; }
    if word != 0u { atomicMax(&best, base + firstLeadingBit(word) + 1u); }
    workgroupBarrier();
    return atomicLoad(&best);
}

// Total − the position of the first observation of a block from position `start` on; 0 for none.
fn first_in(block: u32, start: u32, lane: u32) -> u32 {
    workgroupBarrier();
    if lane == 0u { atomicStore(&best, 0u); }
    workgroupBarrier();
    let base = block * BLOCK + lane * 32u;
    var word = mask[block * 256u + lane];
    if start >= base + 32u { word = 0u; } else if start > base { word &= 0xffffffffu << (start - base); }
    if word != 0u { atomicMax(&best, p.total - (base + firstTrailingBit(word))); }
    workgroupBarrier();
    return atomicLoad(&best);
}

fn put(at: u32, k: u32, distance: u32, index: u32) {
    bounds[at + 1u + k] = distance;
    var v = cell(0u, 0u);
    if distance != 0u { v = x[index]; }
    bounds[at + 4u + 2u * k] = low(v);
    bounds[at + 5u + 2u * k] = high(v);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let number = group_index(group, groups);
    let live = number < p.series;
    let series = min(number, p.series - 1u);
    let head = series * p.blocks;
    let tail = head + p.blocks - 1u;
    let base = head * BLOCK;
    let end = p.total - (base + p.blocks * BLOCK);
    // Anything at or below `base`, and `end` from the other side, belongs to another series.
    var z = last_in(tail, 0xffffffffu, lane);
    if z == 0u { z = previous[tail]; }
    if z <= base { z = base; }
    let z_block = select(tail, (z - 1u) / BLOCK, z > base);
    var y = last_in(z_block, select(base, z - 1u, z > base), lane);
    if y == 0u { y = previous[z_block]; }
    if y <= base || z == base { y = base; }

    var a = first_in(head, 0u, lane);
    if a == 0u { a = following[p.groups - 1u - head]; }
    if a <= end { a = end; }
    let a_block = select(head, (p.total - a) / BLOCK, a > end);
    var b = first_in(a_block, p.total - a + 1u, lane);
    if b == 0u { b = following[p.groups - 1u - a_block]; }
    if b <= end || a == end { b = end; }
    if !live || lane != 0u { return; }

    let at = series * 16u;
    let cells = series * p.rows;
    bounds[at] = p.rows;
    bounds[at + 3u] = 0u;
    bounds[at + 8u] = p.rows;
    bounds[at + 11u] = 0u;
    let first = p.total - a - base;
    let second = p.total - b - base;
    put(at, 0u, select(0u, first + 1u, a > end), cells + first);
    put(at, 1u, select(0u, second + 1u, b > end), cells + second);
    put(at + 8u, 0u, select(0u, p.rows + base + 1u - z, z > base), cells + z - 1u - base);
    put(at + 8u, 1u, select(0u, p.rows + base + 1u - y, y > base), cells + y - 1u - base);
}
