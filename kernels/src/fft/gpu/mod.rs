//! Transforms as plans: powers of two in passes, other lengths by Bluestein's algorithm.

mod pass;
mod tables;

use crate::plan::Slice;
use crate::{Caps, Error, Plan, Result};
use pass::{Chain, Ends, Tile};
use tables::Table;
pub(super) use tables::fine_log;

/// A batch of transforms of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signal {
    /// Numbers of a transform.
    pub(super) n: usize,
    /// Transforms.
    pub(super) batch: usize,
    /// The sign of the exponent.
    pub(super) inverse: bool,
    /// What results are multiplied by.
    pub(super) scale: f64,
    /// Bins written of each transform; fewer than `n` only where `n` is not a power of two.
    pub(super) keep: usize,
}

/// Adds transforms of `input` into `output` to a plan. `input` is not written.
pub(super) fn append(plan: &mut Plan, caps: &Caps, input: Slice, output: Slice, signal: Signal) -> Result<()> {
    let Signal { n, batch, inverse, scale, keep } = signal;
    if n == 0 || batch == 0 {
        return Ok(());
    }
    if n == 1 {
        // Every norm's factor is 1.
        let bytes = crate::plan::buffer_bytes(batch as u64 * 8);
        plan.copy(Slice { bytes, ..input }, Slice { bytes, ..output });
        return Ok(());
    }
    let tile = Tile::of(caps)?;
    if n.is_power_of_two() {
        debug_assert_eq!(keep, n, "all bins of a power of two are written");
        let ends = Ends { swap_in: inverse, swap_out: inverse, scale, ..Ends::default() };
        let passes = tile.passes(n.ilog2());
        let temp = if passes.len() > 1 { plan.temp(room(n, batch)?) } else { output };
        let slices = Chain::between(passes.len(), input, temp, output);
        return pass::append(plan, caps, tile, &slices, n.ilog2(), batch, ends);
    }
    // y[k] = c[k] · Σ x[j]·c[j] · b[k−j] with c[j] = exp(−πi·j²/n), b = conj(c): a convolution, done cyclically in a
    // length that is a power of two and has room for both signs of k − j.
    let m = (2 * n - 1).next_power_of_two();
    let m_log = m.ilog2();
    let chirp = tables::get(plan, Table::Chirp { n });
    let spectrum = tables::get(plan, Table::Spectrum { n });
    let bytes = room(m, batch)?;
    let passes = tile.passes(m_log);
    let (a, b) = (plan.temp(bytes), plan.temp(bytes));
    let there = Chain::to_and_fro(passes.len(), input, a, b);
    // The transform that follows is an inverse one: parts are exchanged before its reading and after its writing.
    let ends = Ends {
        swap_in: inverse,
        chirp_in: Some((chirp, n)),
        factor_out: Some(spectrum),
        swap_out: true,
        ..Ends::default()
    };
    pass::append(plan, caps, tile, &there, m_log, batch, ends)?;
    let last = there[passes.len()];
    let other = if last == a { b } else { a };
    let mut back = Chain::to_and_fro(passes.len(), last, other, last);
    back[passes.len()] = output;
    let ends = Ends { swap_mid: true, chirp_out: Some((chirp, keep)), swap_out: inverse, scale, ..Ends::default() };
    pass::append(plan, caps, tile, &back, m_log, batch, ends)
}

/// Bytes of `batch` rows of `n` complex numbers, as long as shaders can count them.
pub(super) fn room(n: usize, batch: usize) -> Result<u64> {
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
pub(super) fn roots(plan: &mut Plan, n: usize) -> Slice {
    tables::get(plan, Table::TwoLevel { n })
}
