//! Filling gaps on a GPU: which cells are observations, where the last ones before and the first ones after each
//! block of rows stand, what lies at the ends of the chunk, and then every missing cell by itself.

use super::cell::sentinel_bits;
use super::options::{Edge, Rules, series};
use super::side::WORDS;
use crate::plan::{Groups, Needs, Program, Slice};
use crate::primitives::scan::{ScanOp, plan_scan};
use crate::primitives::transpose::plan_transpose;
use crate::{Caps, Error, Plan, Result};
use gapwave_columns::{DType, Meta};
use gapwave_shaders::{raw, source};

/// Rows of a block: one workgroup, 256 mask words of 32.
const BLOCK: u64 = 8192;
const WORKGROUP: u32 = 256;

/// How missing cells are computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Method {
    /// The line between two observations.
    Line,
    /// The observation before.
    Hold,
}

/// An input's sizes, as the shaders count.
#[derive(Clone, Copy)]
struct Layout {
    rows: u32,
    series: u32,
    /// Blocks of a series.
    blocks: u32,
    /// Blocks of all series.
    groups: u32,
    /// Rows of all series, each padded to whole blocks.
    total: u32,
}

impl Layout {
    fn new(m: &Meta) -> Result<Self> {
        let (rows, series) = (m.rows() as u64, series(m) as u64);
        let blocks = rows.div_ceil(BLOCK).max(1);
        let total = blocks.saturating_mul(BLOCK).saturating_mul(series.max(1));
        let have = u64::from(u32::MAX);
        if total >= have {
            return Err(Error::Limit { what: "rows of all series, in whole blocks of 8192".into(), need: total, have });
        }
        Ok(Layout {
            rows: rows as u32,
            series: series as u32,
            blocks: blocks as u32,
            groups: (blocks * series) as u32,
            total: total as u32,
        })
    }
}

/// Whether the shaders take an input of this type and shape.
fn takes(m: &Meta) -> bool {
    m.dtype.size() >= 4 && (series(m) == 1 || !m.nullable)
}

fn program(name: &'static str, shader: &str, lanes: u32, shared_bytes: u32, keys: &[(&str, &str)]) -> Program {
    Program { name, wgsl: source(shader, keys).into(), workgroup: [lanes, 1, 1], shared_bytes, needs: Needs::default() }
}

/// The declarations of a cell of this type.
fn cell(dtype: DType) -> &'static str {
    raw(if dtype.size() == 4 { "impute/cell_one" } else { "impute/cell_two" }).unwrap_or_default()
}

/// The test of a cell `v` by its bits: not NaN, not the sentinel. A sentinel of 0 is both zeros.
fn observed(dtype: DType, sentinel: Option<u64>) -> &'static str {
    let zero = match dtype {
        DType::F32 => sentinel.is_some_and(|s| s << 33 == 0),
        _ => sentinel.is_some_and(|s| s << 1 == 0),
    };
    match (dtype, sentinel, zero) {
        (DType::F32, None, _) => "(v & 0x7fffffffu) <= 0x7f800000u",
        (DType::F32, Some(_), true) => "(v & 0x7fffffffu) - 1u < 0x7f800000u",
        (DType::F32, Some(_), false) => "(v & 0x7fffffffu) <= 0x7f800000u && v != p.sentinel_low",
        // NaN: more than the bits of infinity, of which the low word is 0.
        (DType::F64, None, _) => "(v.y & 0x7fffffffu) + select(0u, 1u, v.x != 0u) <= 0x7ff00000u",
        (DType::F64, Some(_), true) => {
            "(v.y & 0x7fffffffu) + select(0u, 1u, v.x != 0u) <= 0x7ff00000u && ((v.y & 0x7fffffffu) | v.x) != 0u"
        }
        (DType::F64, Some(_), false) => {
            "(v.y & 0x7fffffffu) + select(0u, 1u, v.x != 0u) <= 0x7ff00000u && any(v != vec2<u32>(p.sentinel_low, p.sentinel_high))"
        }
        (d, None, _) if d.size() == 4 => "v == v",
        (_, None, _) => "v.x == v.x",
        (d, Some(_), _) if d.size() == 4 => "v != p.sentinel_low",
        (_, Some(_), _) => "any(v != vec2<u32>(p.sentinel_low, p.sentinel_high))",
    }
}

/// Which cells of an input are observations, and what lies beyond each block.
struct Seen {
    /// The cells, each series in one piece.
    x: Slice,
    mask: Slice,
    previous: Slice,
    following: Slice,
}

/// Adds the steps that find the observations of input `i`.
fn plan_seen(plan: &mut Plan, caps: &Caps, i: usize, m: &Meta, missing: Option<f64>, l: Layout) -> Result<Seen> {
    let mut x = plan.input(i, m);
    if l.series > 1 {
        let turned = plan.temp(m.bytes());
        plan_transpose(plan, caps, m.dtype.size(), x, turned, m.rows(), series(m))?;
        x = turned;
    }
    let words = u64::from(l.groups) * 4;
    let (mask, last, first) = (plan.temp(words * 256), plan.temp(words), plan.temp(words));
    let sentinel = sentinel_bits(m.dtype, missing);
    let (valid, and_valid) = if m.nullable {
        (
            "@group(0) @binding(5) var<storage, read> valid: array<u32>;",
            "if bits != 0u { bits &= valid[start / 32u + lane]; }",
        )
    } else {
        ("", "")
    };
    let keys = [
        ("VALID", valid),
        ("AND_VALID", and_valid),
        ("CELL", cell(m.dtype)),
        ("OBSERVED", observed(m.dtype, sentinel)),
    ];
    let observe = program("impute_observe", "impute/observe", WORKGROUP, 1032, &keys);
    let mut bind = vec![x, mask, last, first];
    if m.nullable {
        bind.push(plan.input_valid(i, m));
    }
    let s = sentinel.unwrap_or(0);
    let uniform = [l.rows, l.blocks, l.groups, l.total, s as u32, (s >> 32) as u32];
    plan.run(observe, &bind, &uniform, Groups::linear(l.groups.into(), caps)?, 32);

    let (previous, following, rest) = (plan.temp(words), plan.temp(words), plan.temp(4));
    let zero = plan.constant(&[0u32; 4]);
    for (from, to) in [(last, previous), (first, following)] {
        plan_scan(plan, caps, ScanOp::Max, true, from, zero, to, rest, l.groups.into())?;
    }
    Ok(Seen { x, mask, previous, following })
}

/// Adds the step that writes the bounds of each series.
fn plan_ends(plan: &mut Plan, caps: &Caps, m: &Meta, seen: &Seen, l: Layout, bounds: Slice) -> Result<()> {
    let p = program("impute_bounds", "impute/bounds", WORKGROUP, 4, &[("CELL", cell(m.dtype))]);
    let bind = [seen.x, seen.mask, seen.previous, seen.following, bounds];
    let uniform = [l.rows, l.series, l.blocks, l.groups, l.total];
    plan.run(p, &bind, &uniform, Groups::linear(l.series.into(), caps)?, 0);
    Ok(())
}

/// The plan of `impute/bounds`.
pub(crate) fn plan_bounds(ins: &[Meta], missing: Option<f64>, caps: &Caps) -> Option<Result<Plan>> {
    ins.iter().all(takes).then(|| {
        let mut plan = Plan::new();
        for (i, m) in ins.iter().enumerate().filter(|(_, m)| series(m) > 0) {
            let l = Layout::new(m)?;
            let out = plan.output(i, &Meta::new(DType::U32, [series(m), 2 * WORDS]));
            let seen = plan_seen(&mut plan, caps, i, m, missing, l)?;
            plan_ends(&mut plan, caps, m, &seen, l, out)?;
        }
        Ok(plan)
    })
}

/// The plan of a method: `data` inputs, then for each an extra where there are `extras`, then for each its carry.
pub(crate) fn plan_fill(
    ins: &[Meta],
    data: usize,
    extras: bool,
    rules: &Rules,
    missing: Option<f64>,
    method: Method,
    caps: &Caps,
) -> Option<Result<Plan>> {
    let computes = |m: &Meta| method == Method::Hold || m.dtype == DType::F32 || caps.f64_as_f32;
    ins[..data].iter().all(|m| takes(m) && computes(m)).then(|| {
        let mut plan = Plan::new();
        for i in (0..data).filter(|&i| series(&ins[i]) > 0) {
            let state = State {
                extra: extras.then(|| plan.input(data + i, &ins[data + i])),
                carry: plan.input(ins.len() - data + i, &ins[ins.len() - data + i]),
                carry_out: plan.output(data + i, &ins[ins.len() - data + i]),
            };
            plan_one(&mut plan, caps, i, &ins[i], rules, missing, method, state)?;
        }
        Ok(plan)
    })
}

/// The state arrays of one input.
struct State {
    extra: Option<Slice>,
    carry: Slice,
    carry_out: Slice,
}

/// Adds the steps that fill input `i`.
#[allow(clippy::too_many_arguments, reason = "an input, its state and the method's parameters")]
fn plan_one(
    plan: &mut Plan,
    caps: &Caps,
    i: usize,
    m: &Meta,
    rules: &Rules,
    missing: Option<f64>,
    method: Method,
    state: State,
) -> Result<()> {
    let l = Layout::new(m)?;
    let seen = plan_seen(plan, caps, i, m, missing, l)?;
    let per_series = u64::from(l.series) * 16 * 4;
    let (bounds, sides) = (plan.temp(per_series), plan.temp(per_series));
    plan_ends(plan, caps, m, &seen, l, bounds)?;

    let mut bind = vec![bounds, state.carry, sides, state.carry_out];
    let keys = match state.extra {
        Some(extra) => {
            bind.push(extra);
            [
                ("EXTRA", "@group(0) @binding(5) var<storage, read> beyond: array<u32>;"),
                (
                    "SIDE_AFTER",
                    "return Side(beyond[at], beyond[at + 1u], beyond[at + 2u], \
                     vec2<u32>(beyond[at + 4u], beyond[at + 5u]), vec2<u32>(beyond[at + 6u], beyond[at + 7u]));",
                ),
            ]
        }
        None => [("EXTRA", ""), ("SIDE_AFTER", "return Side(0u, 0u, 0u, vec2<u32>(0u), vec2<u32>(0u));")],
    };
    let groups = Groups::linear(u64::from(l.series.div_ceil(64)), caps)?;
    plan.run(program("impute_sides", "impute/sides", 64, 0, &keys), &bind, &[l.rows, l.series], groups, 0);

    let output = plan.output(i, m);
    let y = if l.series > 1 { plan.temp(m.bytes()) } else { output };
    let mut bind = vec![seen.x, seen.mask, seen.previous, seen.following, sides, y];
    let (valid_out, mark, store) = if m.nullable {
        bind.push(plan.output_valid(i, m));
        (
            "@group(0) @binding(7) var<storage, read_write> valid_out: array<u32>;",
            "if f.done { atomicOr(&filled[w], 1u << bit); }",
            "workgroupBarrier();\n    let to = start / 32u + lane;\n    \
             if live && to < p.words { valid_out[to] = atomicLoad(&filled[lane]); }",
        )
    } else {
        ("", "", "")
    };
    let joined = |parts: [&str; 2]| parts.map(|p| raw(p).unwrap_or_default()).concat();
    let text = match (method, m.dtype) {
        (Method::Hold, _) => raw("impute/hold").unwrap_or_default().to_owned(),
        (Method::Line, DType::F32) => joined(["impute/line", "impute/line_one"]),
        (Method::Line, _) => joined(["impute/line", "impute/line_two"]),
    };
    let keys = [("VALID_OUT", valid_out), ("CELL", cell(m.dtype)), ("METHOD", &text), ("MARK", mark), ("STORE", store)];
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let edge = match rules.edge {
        Edge::Keep => 0,
        Edge::Nearest => 1,
        Edge::Extrapolate => 2,
    };
    let words = l.rows.div_ceil(64) * 2;
    let uniform = [l.rows, l.blocks, l.groups, l.total, small(rules.limit), small(rules.max_gap), edge, words];
    let fill = program("impute_fill", "impute/fill", WORKGROUP, 4096, &keys);
    plan.run(fill, &bind, &uniform, Groups::linear(l.groups.into(), caps)?, 40);
    if l.series > 1 {
        plan_transpose(plan, caps, m.dtype.size(), y, output, series(m), m.rows())?;
    }
    Ok(())
}
