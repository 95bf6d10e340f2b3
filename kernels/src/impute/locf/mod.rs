//! # `impute/locf`
//!
//! ## What
//! Last observation carried forward: each missing cell takes the observation before it.
//!
//! ## Definition
//! A missing row takes the value of the last observed row before it, also at the table's end. `max_gap`: a gap of
//! more rows stays wholly missing. `limit`: of each gap at most so many cells are filled, counted from its start.
//! `edge = nearest` fills the gap at the table's start backwards from the first observation, `limit` counted from
//! there; `keep` leaves it. There is no line to continue, so `extrapolate` is refused.
//!
//! ## Layout
//! In one or more arrays of any real type, `[rows]` or `[rows, series]`, with or without validity; out the same. In
//! integers null and the sentinel mean missing. Carry, for each input, `u32 [series, 8]` and, only where `max_gap` or
//! `edge = nearest` look ahead, extras of the same layout: two observations beyond either end of a chunk and how many
//! rows there are. Gaps of 2³² − 1 rows or more are not seen across chunks.
//!
//! ## Accuracy
//! Exact on every processor: values are moved as bits, f64 and 64-bit integers too.
//!
//! ## Cost
//! Each element is read and written once.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, impute::locf::Locf};
//! let k = Locf { missing: Some(-200.0), ..Locf::default() };
//! let x = Array::from(vec![-200i64, 7, -200, -200]);
//! let io = k.infer(&[x.meta()])?;
//! let (carry, mut y, mut c) =
//!     (Array::zeros(&io.carry[0])?, ArrayMut::zeros(&io.outs[0])?, ArrayMut::zeros(&io.carry[0])?);
//! k.cpu(&Cpu::best(), &[x.view(), carry.view()], &mut [y.out(), c.out()])?;
//! assert_eq!(y.finish(4)?.as_slice::<i64>()?, &[-200, 7, 7, 7]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `pandas.Series.ffill`, `polars.Expr.forward_fill`; imputeTS's `na_locf`.

mod oracle;

use super::blocks::{self, Table};
use super::bounds::BoundsFit;
use super::cell::for_real;
use super::options::{Edge, LIMIT, MAX_GAP, MISSING, Rules, check_inputs, check_limits, series};
use super::segment::Hold;
use super::side::WORDS;
use super::{cases, gpu};
use crate::kernel::{Class, Entry, Fit, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Last observation carried forward.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locf {
    /// Most cells filled of one gap, counted from the observation it is filled from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Longest gap that is filled at all, in rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_gap: Option<u64>,
    /// What happens to a gap at the table's start: `keep` or `nearest`.
    #[serde(default)]
    pub edge: Edge,
    /// A value that means missing; NaN and null always do. For integers it must be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "impute/locf",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "last observation carried forward",
    params: &[
        LIMIT,
        MAX_GAP,
        Param {
            name: "edge",
            kind: ParamKind::Choice(&["keep", "nearest"]),
            help: "what happens to a gap at the table's start [default: keep]",
        },
        MISSING,
    ],
    parse: |t| {
        let k: Locf = parse_params(ENTRY.id, t)?;
        k.check()?;
        Ok(Box::new(k))
    },
    cases: cases::locf,
    bench: cases::bench_locf,
};

impl Locf {
    fn rules(&self) -> Rules {
        Rules::new(self.limit, self.max_gap, self.edge)
    }

    fn check(&self) -> Result<()> {
        check_limits(ENTRY.id, self.limit, self.max_gap)?;
        if self.edge == Edge::Extrapolate {
            return Err(Error::Param {
                kernel: ENTRY.id.into(),
                why: "edge = extrapolate needs a line to continue; here it is keep or nearest".into(),
            });
        }
        Ok(())
    }

    /// Whether cells depend on rows after them.
    fn looks_ahead(&self) -> bool {
        self.max_gap.is_some() || self.edge != Edge::Keep
    }

    /// Inputs that hold data.
    fn inputs(&self, all: usize) -> usize {
        all / if self.looks_ahead() { 3 } else { 2 }
    }
}

impl Kernel for Locf {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.check()?;
        check_inputs(ENTRY.id, ins, self.missing, |d| !matches!(d, DType::Complex64 | DType::Complex128))?;
        let sides: Vec<Meta> = ins.iter().map(|m| Meta::new(DType::U32, [series(m), WORDS])).collect();
        let extra = if self.looks_ahead() { sides.clone() } else { Vec::new() };
        Ok(Io::new(ins, ins.to_vec(), Reach::Scan).carry(sides).extra(extra))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter().map(|a| oracle::locf(self, a)).collect()
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let n = self.inputs(ins.len());
        let (outs, carries) = outs.split_at_mut(n);
        for (i, (y, carry)) in outs.iter_mut().zip(carries).enumerate() {
            let extra = if self.looks_ahead() { Some(ins[n + i].as_slice()?) } else { None };
            let sides = (extra, ins[ins.len() - n + i].as_slice()?);
            let (rules, carry) = (self.rules(), carry.as_mut_slice()?);
            for_real!(ins[i].dtype(), T => {
                blocks::fill::<T, Hold>(cx, &rules, Table::new(&ins[i], self.missing)?, sides, y, carry)?
            });
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let n = self.inputs(ins.len());
        gpu::plan_fill(ins, n, self.looks_ahead(), &self.rules(), self.missing, gpu::Method::Hold, caps)
    }

    fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
        let inputs = ins.iter().map(|m| (m.dtype, series(m))).collect();
        self.looks_ahead().then(|| Box::new(BoundsFit::new(self.missing, inputs)) as Box<dyn Fit>)
    }
}
