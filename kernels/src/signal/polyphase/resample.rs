//! Another rate, by a filter made for it.

use super::engine::Ratio;
use super::{cases, check, infer, oracle, run, tolerance};
use crate::fft::Window;
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, params_table, parse_params};
use crate::signal::design::{self, Band};
use crate::{Cpu, Error, Result, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Another rate, `up/down` times the one before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resample {
    /// Numbers of the result …
    pub up: usize,
    /// … for so many of the signal.
    pub down: usize,
    /// What the filter is designed with.
    #[serde(default = "kaiser")]
    pub window: Window,
}

fn kaiser() -> Window {
    Window::Kaiser(5.0)
}

/// The registry's entry.
pub static RESAMPLE: Entry = Entry {
    id: "signal/resample",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "a signal at another rate, without what the new rate cannot hold",
    params: &[
        Param { name: "up", kind: ParamKind::Int, help: "numbers of the result …" },
        Param { name: "down", kind: ParamKind::Int, help: "… for so many of the signal" },
        Param { name: "window", kind: ParamKind::Toml, help: "what the filter is designed with [default: kaiser:5]" },
    ],
    parse: |t| {
        let k: Resample = parse_params(RESAMPLE.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::resample,
    bench: cases::bench,
};

impl Resample {
    /// `up/down` times as many numbers.
    pub fn new(up: usize, down: usize) -> Self {
        Resample { up, down, window: kaiser() }
    }

    fn check(&self) -> Result<()> {
        let (up, down) = self.reduced();
        check(RESAMPLE.id, up, down)
    }

    /// Without what both have in common.
    fn reduced(&self) -> (usize, usize) {
        let (mut a, mut b) = (self.up, self.down);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        (self.up / a.max(1), self.down / a.max(1))
    }

    fn taps(&self) -> Result<Vec<f64>> {
        let (up, down) = self.reduced();
        if up == down {
            return Ok(vec![1.0]);
        }
        let most = up.max(down);
        let mut taps = design::firwin(20 * most + 1, Band::Low(1.0 / most as f64), self.window, 2.0)
            .map_err(|e| Error::Param { kernel: RESAMPLE.id.into(), why: e.to_string() })?;
        taps.iter_mut().for_each(|w| *w *= up as f64);
        Ok(taps)
    }

    /// The ratio with these weights.
    fn ratio<'a>(&self, taps: &'a [f64]) -> Ratio<'a> {
        let (up, down) = self.reduced();
        Ratio { up, down, taps, skip: taps.len() / 2 }
    }

    fn len(&self, rows: usize) -> Option<usize> {
        let (up, down) = self.reduced();
        Some(rows.checked_mul(up)?.div_ceil(down))
    }
}

impl Kernel for Resample {
    fn entry(&self) -> &'static Entry {
        &RESAMPLE
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        let (up, down) = self.reduced();
        infer(RESAMPLE.id, ins, 40 * up.max(down).div_ceil(down) as u64, |rows| self.len(rows))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        oracle(&self.ratio(&self.taps()?), ins, |rows| self.len(rows).unwrap_or(0))
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        tolerance(&self.taps().unwrap_or_default(), ins)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        run(&self.ratio(&self.taps()?), cx, ins, outs)
    }
}
