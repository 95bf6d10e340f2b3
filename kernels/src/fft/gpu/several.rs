//! Powers of two that do not fit a workgroup: passes over the data, each a shader made for its radix.

use super::stages::{self, Emit, Place};
use super::tables::{self, Table};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};

/// Fewest columns of a workgroup, as log₂: four complex numbers are the 32 bytes that memory is read in.
const COLUMNS_LOG: u32 = 2;

/// log₂ of the radices of the passes of a transform of length 2^`n_log` by workgroups of 2^`t_log` numbers: as few as
/// possible, as even as possible.
pub(super) fn passes(n_log: u32, t_log: u32) -> Vec<u32> {
    let count = n_log.div_ceil(t_log - COLUMNS_LOG).max(2);
    (0..count).map(|i| n_log / count + u32::from(i < n_log % count)).collect()
}

/// Which buffers the passes go through: pass `i` reads the `i`-th and writes the one after.
pub(super) struct Chain;

impl Chain {
    /// From `input` to `output`, in between to and fro between `temp` and `output`; `input` is not written.
    pub(super) fn between(passes: usize, input: Slice, temp: Slice, output: Slice) -> Vec<Slice> {
        let mut all: Vec<_> =
            (0..=passes).map(|i| if (passes - i).is_multiple_of(2) { output } else { temp }).collect();
        all[0] = input;
        all
    }

    /// From `input` to `a`, `b`, `a`, …
    pub(super) fn to_and_fro(passes: usize, input: Slice, a: Slice, b: Slice) -> Vec<Slice> {
        let mut all: Vec<_> = (0..=passes).map(|i| if i.is_multiple_of(2) { b } else { a }).collect();
        all[0] = input;
        all
    }
}

/// What happens on reading before the first pass and on writing after the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) swap_in: bool,
    /// Rows of so many numbers are read, times this, and padded with zeros.
    pub(super) chirp_in: Option<(Slice, usize)>,
    pub(super) swap_mid: bool,
    /// Results are multiplied by this.
    pub(super) factor_out: Option<Slice>,
    /// The same, and so many numbers a row are written.
    pub(super) chirp_out: Option<(Slice, usize)>,
    pub(super) swap_out: bool,
    pub(super) scale: f64,
}

impl Default for Ends {
    fn default() -> Self {
        Ends {
            swap_in: false,
            chirp_in: None,
            swap_mid: false,
            factor_out: None,
            chirp_out: None,
            swap_out: false,
            scale: 1.0,
        }
    }
}

/// Adds the passes of `batch` transforms of length 2^`n_log`; `chain` has one slice more than there are passes.
pub(super) fn append(
    plan: &mut Plan,
    caps: &Caps,
    chain: &[Slice],
    n_log: u32,
    batch: usize,
    ends: Ends,
) -> Result<()> {
    let t_log = stages::tile_log(caps)?;
    let radices = passes(n_log, t_log);
    let bytes = super::room(1 << n_log, batch)?;
    let outer = tables::get(plan, Table::TwoLevel { n: 1 << n_log });
    let mut s_log = 0;
    for (i, &r_log) in radices.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == radices.len());
        let inner = tables::get(plan, Table::Roots { n: 1 << r_log });
        let chirp_in = ends.chirp_in.filter(|_| first);
        let chirp_out = ends.chirp_out.filter(|_| last);
        let factor_out = ends.factor_out.filter(|_| last);
        let flags = [
            first && ends.swap_in,
            last && ends.swap_mid,
            last && ends.swap_out,
            !last,
            chirp_in.is_some(),
            factor_out.is_some(),
            chirp_out.is_some(),
        ];
        let flags = flags.iter().enumerate().map(|(bit, &on)| u32::from(on) << bit).sum();
        // What is not multiplied by is bound all the same: a pipeline's bindings are fixed.
        let nothing = plan.constant(&[0u32; 4]);
        let whole = |s: Slice, part: bool| if part { s } else { Slice { bytes: bytes.max(16), ..s } };
        let bind = [
            whole(chain[i], chirp_in.is_some()),
            chirp_in.map_or(nothing, |c| c.0),
            chirp_out.map(|c| c.0).or(factor_out).unwrap_or(nothing),
            whole(chain[i + 1], chirp_out.is_some()),
            inner,
            outer,
        ];
        let columns = (batch as u64) << (n_log - r_log);
        let uniform = [
            columns as u32,
            n_log,
            n_log - r_log,
            s_log,
            super::fine_log(1 << n_log),
            flags,
            chirp_in.map_or(0, |c| c.1 as u32),
            chirp_out.map_or(0, |c| c.1 as u32),
            if last { (ends.scale as f32).to_bits() } else { 1f32.to_bits() },
        ];
        let groups = Groups::linear(columns >> (t_log - r_log), caps)?;
        plan.run(program(r_log, t_log), &bind, &uniform, groups, 0);
        s_log += r_log;
    }
    Ok(())
}

fn program(r_log: u32, t_log: u32) -> Program {
    let mut e = Emit::new(r_log, t_log, true);
    e.transform(&stages::radices(r_log), Place::Memory, Place::Memory, |v, _| v.to_owned());
    let wgsl = gapwave_shaders::source(
        "fft/several",
        &[
            ("R_LOG", &r_log.to_string()),
            ("C", &(1u32 << e.columns_log()).to_string()),
            ("T", &(1u32 << t_log).to_string()),
            ("LANES", &e.lanes().to_string()),
            ("BODY", &e.text),
        ],
    );
    Program {
        name: "fft_pass",
        wgsl: wgsl.into(),
        workgroup: [e.lanes(), 1, 1],
        shared_bytes: 8 << t_log,
        needs: Needs::default(),
    }
}
