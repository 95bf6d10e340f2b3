// y[j, i] = x[i, j] by tiles: both sides are read and written along their rows.
#include "grid"

struct Params { rows: u32, cols: u32, across: u32, down: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<{{T}}>;
@group(0) @binding(2) var<storage, read_write> y: array<{{T}}>;

const TILE = {{TILE}}u;
var<workgroup> tile: array<{{T}}, TILE * (TILE + 1u)>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let g = group_index(group, groups);
    let live = g < p.across * p.down;
    let top = g / p.across * TILE;
    let left = g % p.across * TILE;
    let dx = lane % TILE;
    for (var dy = lane / TILE; dy < TILE; dy += 256u / TILE) {
        let i = top + dy;
        let j = left + dx;
        if live && i < p.rows && j < p.cols { tile[dy * (TILE + 1u) + dx] = x[i * p.cols + j]; }
    }
    workgroupBarrier();
    for (var dy = lane / TILE; dy < TILE; dy += 256u / TILE) {
        let j = left + dy;
        let i = top + dx;
        if live && i < p.rows && j < p.cols { y[j * p.rows + i] = tile[dx * (TILE + 1u) + dy]; }
    }
}
