// From a chunk's bounds and what is known around it: what the fill needs at its ends, and the carry for the chunk
// after. One invocation a series.
#include "grid"

struct Params { rows: u32, series: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> bounds: array<u32>;
@group(0) @binding(2) var<storage, read> before: array<u32>;
// Of each series: 0, 1 rows before and after; 2, 3 distance of the nearest observation before and after; 4–7 their
// values; 8, 9 rows between the table's last two and its first two observations, 0 where there are not two; 10–13 the
// values of the outermost but one at the end and at the start; 14, 15 unused.
@group(0) @binding(3) var<storage, read_write> sides: array<u32>;
@group(0) @binding(4) var<storage, read_write> carry: array<u32>;
{{EXTRA}}

const NONE = 0xffffffffu;
fn sum(a: u32, b: u32) -> u32 { return select(a + b, NONE, a > NONE - b); }

// A distance counted from beyond this chunk; one that large counts as none.
fn far(distance: u32) -> u32 {
    let d = sum(distance, p.rows);
    return select(d, 0u, distance == 0u || d == NONE);
}

// Rows, two distances and the values' words of one side.
struct Side { rows: u32, near: u32, next: u32, near_value: vec2<u32>, next_value: vec2<u32> }

// The chunk's own side, then what lies beyond.
fn join(own: Side, beyond: Side) -> Side {
    var s = own;
    s.rows = sum(own.rows, beyond.rows);
    if own.near == 0u {
        s.near = far(beyond.near);
        s.near_value = beyond.near_value;
        s.next = far(beyond.next);
        s.next_value = beyond.next_value;
    } else if own.next == 0u {
        s.next = far(beyond.near);
        s.next_value = beyond.near_value;
    }
    if s.near == 0u { s.near_value = vec2<u32>(0u); }
    if s.next == 0u { s.next_value = vec2<u32>(0u); }
    return s;
}

fn own_side(at: u32) -> Side {
    return Side(bounds[at], bounds[at + 1u], bounds[at + 2u], vec2<u32>(bounds[at + 4u], bounds[at + 5u]),
                vec2<u32>(bounds[at + 6u], bounds[at + 7u]));
}

fn side_before(at: u32) -> Side {
    return Side(before[at], before[at + 1u], before[at + 2u], vec2<u32>(before[at + 4u], before[at + 5u]),
                vec2<u32>(before[at + 6u], before[at + 7u]));
}

fn side_after(at: u32) -> Side {
    {{SIDE_AFTER}}
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
    let series = group_index(group, groups) * 64u + lane;
    if series >= p.series { return; }
    let b = side_before(series * 8u);
    let a = side_after(series * 8u);
    let start = join(own_side(series * 16u), a);
    let end = join(own_side(series * 16u + 8u), b);
    let c = series * 8u;
    carry[c] = end.rows;
    carry[c + 1u] = end.near;
    carry[c + 2u] = end.next;
    carry[c + 3u] = 0u;
    carry[c + 4u] = end.near_value.x;
    carry[c + 5u] = end.near_value.y;
    carry[c + 6u] = end.next_value.x;
    carry[c + 7u] = end.next_value.y;
    let s = series * 16u;
    sides[s] = b.rows;
    sides[s + 1u] = a.rows;
    sides[s + 2u] = b.near;
    sides[s + 3u] = a.near;
    sides[s + 4u] = b.near_value.x;
    sides[s + 5u] = b.near_value.y;
    sides[s + 6u] = a.near_value.x;
    sides[s + 7u] = a.near_value.y;
    sides[s + 8u] = select(0u, end.next - end.near, end.next != 0u);
    sides[s + 9u] = select(0u, start.next - start.near, start.next != 0u);
    sides[s + 10u] = end.next_value.x;
    sides[s + 11u] = end.next_value.y;
    sides[s + 12u] = start.next_value.x;
    sides[s + 13u] = start.next_value.y;
}
