// Which cells are observations: a bit for each, by blocks of 8192 rows of one series, and where the first and the
// last of each block stand.
//
// Positions count through all series, each padded to whole blocks, so that a maximum over blocks never has to know
// where a series begins: what comes from an earlier series is smaller than this one's first position.
#include "grid"

struct Params { rows: u32, blocks: u32, groups: u32, total: u32, sentinel_low: u32, sentinel_high: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read_write> mask: array<u32>;
// Of block b: the last observation's position + 1, and, at groups − 1 − b, total − the first one's; 0 for none.
@group(0) @binding(3) var<storage, read_write> last: array<u32>;
@group(0) @binding(4) var<storage, read_write> first: array<u32>;
{{VALID}}
{{CELL}}

fn observed(v: Cell) -> bool { return {{OBSERVED}}; }

const BLOCK = 8192u;
var<workgroup> words: array<atomic<u32>, 256>;
var<workgroup> lowest: atomic<u32>;
var<workgroup> highest: atomic<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let block = group_index(group, groups);
    let live = block < p.groups;
    let series = block / p.blocks;
    let start = block % p.blocks * BLOCK;
    // All rows there are, then one bit less for each missing one: those are fewer.
    let left = select(0u, p.rows - start, live && start < p.rows);
    let own = lane * 32u;
    var bits = 0xffffffffu;
    if left <= own { bits = 0u; } else if left - own < 32u { bits = (1u << (left - own)) - 1u; }
    {{AND_VALID}}
    atomicStore(&words[lane], bits);
    if lane == 0u {
        atomicStore(&lowest, BLOCK);
        atomicStore(&highest, 0u);
    }
    workgroupBarrier();
    for (var i = 0u; i < 32u; i++) {
        let at = i * 256u + lane;
        if at < left && !observed(x[series * p.rows + start + at]) {
            atomicAnd(&words[at / 32u], ~(1u << (at % 32u)));
        }
    }
    workgroupBarrier();
    let word = atomicLoad(&words[lane]);
    if word != 0u {
        atomicMin(&lowest, own + firstTrailingBit(word));
        atomicMax(&highest, own + firstLeadingBit(word) + 1u);
    }
    workgroupBarrier();
    if !live { return; }
    mask[block * 256u + lane] = word;
    if lane == 0u {
        let high = atomicLoad(&highest);
        let any = high > 0u;
        last[block] = select(0u, block * BLOCK + high, any);
        first[p.groups - 1u - block] = select(0u, p.total - (block * BLOCK + atomicLoad(&lowest)), any);
    }
}
