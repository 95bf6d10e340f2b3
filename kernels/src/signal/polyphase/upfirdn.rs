//! Zeros put in, weighted sums, and only some of them kept.

use super::engine::Ratio;
use super::{cases, check, infer, oracle, run, tolerance};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::{Cpu, Error, Result, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Most weights.
const MOST_TAPS: usize = 1 << 20;

/// Zeros put in, weighted sums, and only some of them kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upfirdn {
    /// The weights.
    pub taps: Vec<f64>,
    /// How many times as many numbers the zeros make.
    #[serde(default = "one")]
    pub up: usize,
    /// Of how many results one is kept.
    #[serde(default = "one")]
    pub down: usize,
}

fn one() -> usize {
    1
}

/// The registry's entry.
pub static UPFIRDN: Entry = Entry {
    id: "signal/upfirdn",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "a signal at another rate by a filter of given weights",
    params: &[
        Param { name: "taps", kind: ParamKind::Toml, help: "weights, [w0, w1, …]" },
        Param { name: "up", kind: ParamKind::Int, help: "how many times as many numbers zeros make [default: 1]" },
        Param { name: "down", kind: ParamKind::Int, help: "of how many results one is kept [default: 1]" },
    ],
    parse: |t| {
        let k: Upfirdn = parse_params(UPFIRDN.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::upfirdn,
    bench: |_| Vec::new(),
};

impl Upfirdn {
    fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Param { kernel: UPFIRDN.id.into(), why });
        if !(1..=MOST_TAPS).contains(&self.taps.len()) {
            return refused(format!("{} weights: there are 1 to {MOST_TAPS}", self.taps.len()));
        }
        if let Some(i) = self.taps.iter().position(|w| !w.is_finite()) {
            return refused(format!("weight {i} is {}", self.taps[i]));
        }
        check(UPFIRDN.id, self.up, self.down)
    }

    fn ratio(&self) -> Ratio<'_> {
        Ratio { up: self.up, down: self.down, taps: &self.taps, skip: 0 }
    }

    fn len(&self, rows: usize) -> Option<usize> {
        match rows.checked_sub(1) {
            None => Some(0),
            Some(last) => Some(last.checked_mul(self.up)?.checked_add(self.taps.len())?.div_ceil(self.down)),
        }
    }
}

impl Kernel for Upfirdn {
    fn entry(&self) -> &'static Entry {
        &UPFIRDN
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let flops = 2 * self.taps.len().div_ceil(self.down) as u64;
        infer(UPFIRDN.id, ins, flops, |rows| self.len(rows))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        oracle(&self.ratio(), ins, |rows| self.len(rows).unwrap_or(0))
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        tolerance(&self.taps, ins)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        run(&self.ratio(), cx, ins, outs)
    }
}
