//! Transforms as plans: lengths with small prime factors in passes, other lengths by Bluestein's algorithm.

mod butterflies;
mod ends;
mod pass;
mod recipe;
mod stages;
mod tables;

use crate::plan::{Needs, Program, Slice};
use crate::{Caps, Error, Plan, Result};
pub(crate) use ends::{Job, Load, Store, Values};
use pass::Pass;
pub use recipe::{Recipe, Room, Tile};
use tables::Table;
pub(crate) use tables::fine_log;

/// Invocations of a workgroup of [`program`].
pub(crate) const WORKGROUP: u64 = 256;

/// A shader that needs nothing but its text: [`WORKGROUP`] invocations in a row, no memory shared between them.
pub(crate) fn program(name: &'static str, shader: &str) -> Program {
    Program {
        name,
        wgsl: gapwave_shaders::source(shader, &[]).into(),
        workgroup: [WORKGROUP as u32, 1, 1],
        shared_bytes: 0,
        needs: Needs::default(),
    }
}

/// A batch of transforms of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signal {
    /// Numbers of a transform.
    pub(crate) n: usize,
    /// Transforms.
    pub(crate) batch: usize,
    /// The sign of the exponent.
    pub(crate) inverse: bool,
    /// What results are multiplied by.
    pub(crate) scale: f64,
    /// Bins written of each transform.
    pub(crate) keep: usize,
}

/// Adds complex transforms of rows of `input` into `output` to a plan. `input` is not written.
pub(crate) fn append(plan: &mut Plan, caps: &Caps, input: Slice, output: Slice, signal: Signal) -> Result<()> {
    let Signal { n, batch, inverse, scale, keep } = signal;
    transform(plan, caps, input, output, &Job { inverse, scale, keep, ..Job::rows(n, batch) })
}

/// Adds transforms of `input` into `output` to a plan. `input` is not written, unless it is the output: complex transforms
/// can work in place.
///
/// A job of one number a row is a copy where that is all that is asked for.
pub(crate) fn transform(plan: &mut Plan, caps: &Caps, input: Slice, output: Slice, job: &Job) -> Result<()> {
    let Job { n, outer, inner, .. } = *job;
    let rows = outer.saturating_mul(inner);
    if n == 0 || rows == 0 {
        return Ok(());
    }
    if n == 1 && (job.load, job.store, job.scale) == (Load::Complex, Store::Complex, 1.0) {
        let bytes = crate::plan::buffer_bytes(rows as u64 * 8);
        if input != output {
            plan.copy(Slice { bytes, ..input }, Slice { bytes, ..output });
        }
        return Ok(());
    }
    let recipe = Recipe::of(n, inner, caps)?;
    let Recipe { m, ref passes, .. } = *recipe;
    let bluestein = recipe.bluestein();
    room(m.max(job.len).max(job.keep), rows)?;
    // The passes there; in Bluestein's algorithm, back again, of which the first is the last one there.
    let count = passes.len();
    let there = passes.iter();
    let back = there.clone().rev().skip(1).filter(|_| bluestein);
    let dispatches = recipe.dispatches();
    // Results go to and fro between two buffers, one of which is the output where it is large enough.
    let whole = !bluestein && job.keep == n && job.store == Store::Complex;
    let bytes = room(m, rows)?.max(16);
    let mut between = [None, (whole && input != output).then_some(output)];
    let mut from = input;
    let mut stride = 1;
    for (i, tile) in there.chain(back).enumerate() {
        let (first, last) = (i == 0, i + 1 == dispatches);
        let turns_back = bluestein && i + 1 == count;
        // The pass that turns back stands first in the second transform.
        if turns_back {
            stride = 1;
        }
        let to = match last {
            true => output,
            false => *between[(dispatches - i) % 2].get_or_insert_with(|| plan.temp(bytes)),
        };
        Pass { job, tile, m, stride, first, last, bluestein, turns_back }.append(plan, caps, from, to)?;
        stride *= tile.r as usize;
        from = to;
    }
    Ok(())
}

/// Bytes of `batch` rows of `n` complex numbers, as long as shaders can count them.
pub(crate) fn room(n: usize, batch: usize) -> Result<u64> {
    let numbers = n as u128 * batch as u128;
    let have = u64::from(u32::MAX);
    if numbers > u128::from(have) {
        let need = u64::try_from(numbers).unwrap_or(u64::MAX);
        return Err(Error::Limit { what: "complex numbers in one transform's batch".into(), need, have });
    }
    Ok(numbers as u64 * 8)
}

/// Adds the two-level table of the roots of `n`: `exp(−2πi·k/n)` for every `2^fine_log(n)`-th `k`, then for the first
/// ones.
pub(crate) fn roots(plan: &mut Plan, n: usize) -> Slice {
    tables::get(plan, Table::TwoLevel { n })
}
