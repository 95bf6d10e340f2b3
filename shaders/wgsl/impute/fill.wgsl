// Each block of 8192 rows of one series: every missing cell from the observations on either side of it.
#include "grid"

struct Params { rows: u32, blocks: u32, groups: u32, total: u32, limit: u32, max_gap: u32, edge: u32, words: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> previous: array<u32>;
@group(0) @binding(4) var<storage, read> following: array<u32>;
@group(0) @binding(5) var<storage, read> sides: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<Cell>;
{{VALID_OUT}}
{{CELL}}
// `HOLDS`, whether the table's last gap is filled at every edge, and `line`.
{{METHOD}}

const BLOCK = 8192u;
const NONE = 0xffffffffu;
const NEAREST = 1u;
const EXTRAPOLATE = 2u;
var<workgroup> words: array<u32, 256>;
var<workgroup> filled: array<atomic<u32>, 256>;
// Of the words before and after each word of the block: the last observation's position + 1 in the block, and BLOCK −
// the first one's; 0 for none.
var<workgroup> before: array<u32, 256>;
var<workgroup> after: array<u32, 256>;

fn sum(a: u32, b: u32) -> u32 { return select(a + b, NONE, a > NONE - b); }

struct Filled { value: Cell, done: bool }

// The cell of `row`, `prev` being the position + 1 of the observation before it in this series and chunk, 0 for none,
// `next` the position of that after it, NONE for none.
fn fill(series: u32, row: u32, prev: u32, next: u32, left: Cell) -> Filled {
    let s = series * 16u;
    let cells = series * p.rows;
    // Distances to the observations on either side, 0 for none.
    var back = 0u;
    var ahead = 0u;
    var a = left;
    var b = left;
    if prev != 0u {
        back = row + 1u - prev;
        a = x[cells + prev - 1u];
    } else if sides[s + 2u] != 0u {
        back = sum(row, sides[s + 2u]);
        a = cell(sides[s + 4u], sides[s + 5u]);
    }
    if next != NONE {
        ahead = next - row;
        b = x[cells + next];
    } else if sides[s + 3u] != 0u {
        ahead = sum(p.rows - row - 1u, sides[s + 3u]);
        b = cell(sides[s + 6u], sides[s + 7u]);
    }
    if back != 0u && ahead != 0u {
        if sum(back - 1u, ahead) > p.max_gap || back > p.limit { return Filled(left, false); }
        return Filled(line(a, b, f32(back), f32(back) + f32(ahead)), true);
    }
    if back != 0u {
        let gap = sum(sum(back - 1u, p.rows - row), sides[s + 1u]);
        if gap > p.max_gap || back > p.limit || (p.edge == 0u && !HOLDS) { return Filled(left, false); }
        let apart = sides[s + 8u];
        if HOLDS || p.edge != EXTRAPOLATE || apart == 0u { return Filled(a, true); }
        let second = cell(sides[s + 10u], sides[s + 11u]);
        return Filled(line(second, a, f32(back) + f32(apart), f32(apart)), true);
    }
    if ahead != 0u {
        let gap = sum(sum(row, sides[s]), ahead);
        if gap > p.max_gap || ahead > p.limit || p.edge == 0u { return Filled(left, false); }
        let apart = sides[s + 9u];
        if p.edge != EXTRAPOLATE || apart == 0u { return Filled(b, true); }
        return Filled(line(b, cell(sides[s + 12u], sides[s + 13u]), -f32(ahead), f32(apart)), true);
    }
    return Filled(left, false);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let number = group_index(group, groups);
    let live = number < p.groups;
    let block = min(number, p.groups - 1u);
    let series = block / p.blocks;
    let start = block % p.blocks * BLOCK;
    let word = mask[block * 256u + lane];
    words[lane] = word;
    atomicStore(&filled[lane], word);
    // Inclusive maxima over the words up to and from each one.
    var low_end = 0u;
    var high_end = 0u;
    if word != 0u {
        low_end = lane * 32u + firstLeadingBit(word) + 1u;
        high_end = BLOCK - (lane * 32u + firstTrailingBit(word));
    }
    before[lane] = low_end;
    after[lane] = high_end;
    workgroupBarrier();
    for (var d = 1u; d < 256u; d <<= 1u) {
        var u = before[lane];
        var v = after[lane];
        if lane >= d { u = max(u, before[lane - d]); }
        if lane + d < 256u { v = max(v, after[lane + d]); }
        workgroupBarrier();
        before[lane] = u;
        after[lane] = v;
        workgroupBarrier();
    }
    // What the blocks around hold of this series.
    let base = series * p.blocks * BLOCK;
    let end = p.total - (base + p.blocks * BLOCK);
    let earlier = previous[block];
    let later = following[p.groups - 1u - block];
    let prev_block = select(0u, earlier - base, earlier > base);
    let next_block = select(NONE, p.total - later - base, later > end);
    let rows = select(0u, p.rows - start, live && start < p.rows);
    for (var i = 0u; i < 32u; i++) {
        let at = i * 256u + lane;
        if at < rows {
            let row = start + at;
            let index = series * p.rows + row;
            let w = at / 32u;
            let bit = at % 32u;
            var value = x[index];
            let bits = words[w];
            if ((bits >> bit) & 1u) == 0u {
                var prev = prev_block;
                let below = bits & ((1u << bit) - 1u);
                if below != 0u { prev = start + w * 32u + firstLeadingBit(below) + 1u; }
                else if w > 0u && before[w - 1u] != 0u { prev = start + before[w - 1u]; }
                var next = next_block;
                // The bit itself is 0: what is left are the bits above it.
                let above = (bits >> bit) << bit;
                if above != 0u { next = start + w * 32u + firstTrailingBit(above); }
                else if w < 255u && after[w + 1u] != 0u { next = start + BLOCK - after[w + 1u]; }
                let f = fill(series, row, prev, next, value);
                value = f.value;
                {{MARK}}
            }
            y[index] = value;
        }
    }
    {{STORE}}
}
