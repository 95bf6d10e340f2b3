//! A bitmask of the rows, its running count, the list of rows kept, and one gather per column.
//!
//! Values are compared as bits in the order of their values, 64-bit ones as two words, so no arithmetic on them is
//! needed that WGSL does not have. A workgroup makes whole words of the mask by itself: no two write into the same.

use super::ranges::{Limits, Test};
use super::{Compact, refused};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::primitives::gather::{Picked, plan_gather};
use crate::primitives::scan::exclusive_add;
use crate::{Caps, Error, Plan, Result};
use gapwave_columns::{DType, Meta};

const WORKGROUP: u32 = 256;

impl Compact {
    pub(super) fn plan(&self, ins: &[Meta], caps: &Caps) -> Result<Plan> {
        let tests = self.tests(ins)?;
        let Some(first) = ins.first() else { return Err(refused("takes at least one column".into())) };
        let n = first.rows() as u64;
        let rows = u32::try_from(n).map_err(|_| Error::Limit {
            what: "rows of a filter".into(),
            need: n,
            have: u32::MAX.into(),
        })?;
        let words = n.div_ceil(32);
        let mut plan = Plan::new();
        let mask = plan.temp(words * 4);
        if tests.is_empty() {
            let groups = Groups::linear(words.div_ceil(WORKGROUP.into()).max(1), caps)?;
            plan.run(program("compact_all", &[], 0), &[mask], &[rows, words as u32], groups, 0);
        }
        for (i, t) in tests.iter().enumerate() {
            test(&mut plan, caps, t, &ins[t.column], mask, i == 0)?;
        }
        let (counts, starts) = (plan.temp(words * 4), plan.temp(words * 4));
        let groups = Groups::linear(words.div_ceil(WORKGROUP.into()).max(1), caps)?;
        plan.run(program("compact_count", &[], 0), &[mask, counts], &[words as u32], groups, 0);
        let count = plan.output_rows();
        exclusive_add(&mut plan, caps, counts, starts, count, words)?;
        let index = plan.temp(n * 4);
        let groups = Groups::linear(n.div_ceil(u64::from(WORKGROUP) * 8).max(1), caps)?;
        plan.run(program("compact_index", &[], 0), &[mask, starts, index], &[rows], groups, 8);
        let picked = Picked { index, count, most: n };
        for (i, m) in ins.iter().enumerate() {
            let (from, to) = (plan.input(i, m), plan.output(i, m));
            plan_gather(&mut plan, caps, m.dtype.size() as u32 * 8, from, n, picked, to)?;
            if m.nullable {
                let (from, to) = (plan.input_valid(i, m), plan.output_valid(i, m));
                plan_gather(&mut plan, caps, 1, from, n, picked, to)?;
            }
        }
        Ok(plan)
    }
}

/// Adds the mask of one range, or ANDs it into the mask of those before.
fn test(plan: &mut Plan, caps: &Caps, t: &Test, m: &Meta, mask: Slice, first: bool) -> Result<()> {
    let bytes = m.dtype.size();
    let (per_word, shift) = if bytes < 4 { (4 / bytes, 32 - 8 * bytes) } else { (1, 0) };
    let signed = matches!(t.limits, Limits::Int { .. });
    let flag = |b: bool| if b { "true" } else { "false" };
    let valid = "@group(0) @binding(3) var<storage, read> valid: array<u32>;";
    let keys = [
        ("BYTES", &*bytes.to_string()),
        ("PER_WORD", &*per_word.to_string()),
        ("SHIFT", &*shift.to_string()),
        ("SIGNED", flag(signed)),
        ("FLOAT", flag(m.dtype.is_float())),
        ("NOT", flag(t.not)),
        ("FIRST", flag(first)),
        ("VALID", if m.nullable { valid } else { "" }),
        ("AND_VALID", if m.nullable { "word &= valid[w];" } else { "" }),
    ];
    let program = program("compact_mask", &keys, WORKGROUP * 4);
    let (n, words) = (m.rows() as u32, m.rows().div_ceil(32) as u32);
    let (lo, hi) = keys_of(t);
    let uniform = [n, words, (lo >> 32) as u32, lo as u32, (hi >> 32) as u32, hi as u32];
    let mut bind = vec![plan.input(t.column, m), mask];
    if m.nullable {
        bind.push(plan.input_valid(t.column, m));
    }
    let groups = Groups::linear(u64::from(words).div_ceil(WORKGROUP.into()).max(1), caps)?;
    plan.run(program, &bind, &uniform, groups, 64);
    Ok(())
}

/// Bounds as bits that have the order of the values, in the top bits of 64.
fn keys_of(t: &Test) -> (u64, u64) {
    let width = t.dtype.size() as u32 * 8;
    let top = 1u64 << 63;
    let float = |f: f64| {
        let bits = if t.dtype == DType::F32 { u64::from((f as f32).to_bits()) << 32 } else { f.to_bits() };
        match (bits & top != 0, t.dtype) {
            (false, _) => bits | top,
            // The shader knows 32 bits of an `f32`; the others stay 0.
            (true, DType::F32) => !bits & 0xffff_ffff_0000_0000,
            (true, _) => !bits,
        }
    };
    match t.limits {
        Limits::Int { lo, hi } => (((lo as u64) << (64 - width)) ^ top, ((hi as u64) << (64 - width)) ^ top),
        Limits::UInt { lo, hi } => (lo << (64 - width), hi << (64 - width)),
        Limits::Float { lo, hi } => (float(lo), float(hi)),
    }
}

fn program(name: &'static str, keys: &[(&str, &str)], shared_bytes: u32) -> Program {
    Program {
        name,
        wgsl: gapwave_shaders::source(&format!("filter/{name}"), keys).into(),
        workgroup: [WORKGROUP, 1, 1],
        shared_bytes,
        needs: Needs::default(),
    }
}
