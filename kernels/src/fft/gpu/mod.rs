//! Transforms as plans: powers of two in passes, other lengths by Bluestein's algorithm.

mod several;
mod single;
mod stages;
mod tables;

use crate::plan::{Needs, Program, Slice};
use crate::{Caps, Error, Plan, Result};
use several::{Chain, Ends};
use single::Single;
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
    /// Bins written of each transform; fewer than `n` only where `n` is not a power of two.
    pub(crate) keep: usize,
}

/// Adds transforms of `input` into `output` to a plan. `input` is not written.
pub(crate) fn append(plan: &mut Plan, caps: &Caps, input: Slice, output: Slice, signal: Signal) -> Result<()> {
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
    if let Some(single) = Single::of(n, false, caps)? {
        return single.append(plan, caps, input, output, signal);
    }
    let m_log = transformed(n).ilog2();
    let passes = several::passes(m_log, stages::tile_log(caps)?).len();
    let bytes = room(1 << m_log, batch)?;
    if n.is_power_of_two() {
        debug_assert_eq!(keep, n, "all bins of a power of two are written");
        let ends = Ends { swap_in: inverse, swap_out: inverse, scale, ..Ends::default() };
        let temp = plan.temp(bytes);
        return several::append(plan, caps, &Chain::between(passes, input, temp, output), m_log, batch, ends);
    }
    let chirp = tables::get(plan, Table::Chirp { n });
    let spectrum = tables::get(plan, Table::Spectrum { n });
    let (a, b) = (plan.temp(bytes), plan.temp(bytes));
    let there = Chain::to_and_fro(passes, input, a, b);
    // The transform that follows is an inverse one: parts are exchanged before its reading and after its writing.
    let ends = Ends {
        swap_in: inverse,
        chirp_in: Some((chirp, n)),
        factor_out: Some(spectrum),
        swap_out: true,
        ..Ends::default()
    };
    several::append(plan, caps, &there, m_log, batch, ends)?;
    let last = there[passes];
    let other = if last == a { b } else { a };
    let mut back = Chain::to_and_fro(passes, last, other, last);
    back[passes] = output;
    let ends = Ends { swap_mid: true, chirp_out: Some((chirp, keep)), swap_out: inverse, scale, ..Ends::default() };
    several::append(plan, caps, &back, m_log, batch, ends)
}

/// Adds the one-sided spectra of `batch` rows of `2·pairs` real numbers in one pass, where they fit a workgroup; says
/// whether they did.
pub(crate) fn append_one_sided(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    (pairs, batch): (usize, usize),
    scale: f64,
) -> Result<bool> {
    let Some(single) = Single::of(pairs, true, caps)? else { return Ok(false) };
    let signal = Signal { n: pairs, batch, inverse: false, scale, keep: pairs + 1 };
    single.append(plan, caps, input, output, signal)?;
    Ok(true)
}

/// The power of two that is transformed for a length `n`: itself, or for Bluestein's algorithm the next one with room
/// for the differences of all indices. There, with c[j] = exp(−πi·j²/n),
/// `y[k] = c[k] · Σ (x[j]·c[j]) · conj(c[k−j])`, a convolution.
fn transformed(n: usize) -> usize {
    if n.is_power_of_two() { n } else { (2 * n - 1).next_power_of_two() }
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
