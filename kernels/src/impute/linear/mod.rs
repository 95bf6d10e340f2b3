//! # `impute/linear`
//!
//! ## What
//! Fills gaps with the straight line between the observations on either side.
//!
//! ## Definition
//! A missing row `r` between the observations `a` (row `i`) and `b` (row `j`) becomes
//! `a + (b − a)·((r − i)/(j − i))`, each operation rounded to the array's type, nothing fused. Rows, not times: the
//! series are taken as equally spaced.
//!
//! - `max_gap`: a gap of more rows stays wholly missing. `limit`: of each gap at most so many cells are filled,
//!   counted from its start; of a gap at the table's start, which is filled backwards, those nearest to the first
//!   observation.
//! - `edge`: a gap at the table's start or end is kept, takes the nearest observation, or continues the line through
//!   the two nearest observations by the same formula (the only observation where there is but one).
//! - A series without observations stays as it is. An infinite observation is one; next to it the formula gives ±∞
//!   or NaN, and the cell counts as filled.
//!
//! ## Layout
//! In one or more arrays `f32` or `f64`, `[rows]` or `[rows, series]`, with or without validity; out the same. Carry
//! and extra, for each input, `u32 [series, 8]`: two observations beyond either end of a chunk and how many rows
//! there are. Gaps of 2³² − 1 rows or more are not seen across chunks.
//!
//! ## Accuracy
//! Observations to the bit. Filled cells: a few units in the last place of the larger of |a| and |b|, which is much
//! in relative terms where `a ≈ −b`. CPU results are the same bits at every SIMD level, number of threads and
//! chunking. On a GPU, division is good to 2.5 ulp and subnormal results may be 0. Values of f64 are computed on a
//! GPU only where that was asked for, in f32, observations still to the bit.
//!
//! ## Cost
//! Each element is read and written once, 16 bytes in f64; a filled cell costs one division.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, impute::linear::Linear};
//! let k = Linear { max_gap: Some(2), ..Linear::default() };
//! let x = Array::from(vec![1.0f64, f64::NAN, 3.0]);
//! let io = k.infer(&[x.meta()])?;
//! let (zeros, mut y, mut c) =
//!     (Array::zeros(&io.extra[0])?, ArrayMut::zeros(&io.outs[0])?, ArrayMut::zeros(&io.carry[0])?);
//! k.cpu(&Cpu::best(), &[x.view(), zeros.view(), zeros.view()], &mut [y.out(), c.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<f64>()?, &[1.0, 2.0, 3.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `polars.Expr.interpolate`, `pandas.Series.interpolate(method="linear")`; imputeTS's `maxgap`.

mod oracle;

use super::blocks::{self, Table};
use super::bounds::BoundsFit;
use super::options::{Edge, LIMIT, MAX_GAP, MISSING, Rules, check_inputs, check_limits, series};
use super::segment::Line;
use super::side::WORDS;
use super::{cases, gpu};
use crate::kernel::{Class, Entry, Fit, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// Straight lines across gaps.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Most cells filled of one gap, counted from the observation it is filled from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Longest gap that is filled at all, in rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_gap: Option<u64>,
    /// What happens to a gap at the table's start or end.
    #[serde(default)]
    pub edge: Edge,
    /// A value that means missing; NaN and null always do. In f32 arrays it is rounded to f32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "impute/linear",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "straight lines between observations",
    params: &[
        LIMIT,
        MAX_GAP,
        Param {
            name: "edge",
            kind: ParamKind::Choice(&["keep", "nearest", "extrapolate"]),
            help: "what happens to gaps at the table's start and end [default: keep]",
        },
        MISSING,
    ],
    parse: |t| {
        let k: Linear = parse_params(ENTRY.id, t)?;
        check_limits(ENTRY.id, k.limit, k.max_gap)?;
        Ok(Box::new(k))
    },
    cases: cases::linear,
    bench: cases::bench_linear,
};

impl Linear {
    fn rules(&self) -> Rules {
        Rules::new(self.limit, self.max_gap, self.edge)
    }
}

impl Kernel for Linear {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        check_limits(ENTRY.id, self.limit, self.max_gap)?;
        check_inputs(ENTRY.id, ins, self.missing, DType::is_float)?;
        let sides: Vec<Meta> = ins.iter().map(|m| Meta::new(DType::U32, [series(m), WORDS])).collect();
        let elements: usize = ins.iter().map(Meta::elements).sum();
        Ok(Io::new(ins, ins.to_vec(), Reach::Scan).carry(sides.clone()).extra(sides).flops(4 * elements as u64))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter().map(|a| oracle::linear(self, a)).collect()
    }

    // Each of the four roundings adds at most half an ulp of the largest number around, and the cases keep within
    // ±1 (elsewhere the relative part holds): 8 eps covers the formula twice over and a division of 2.5 ulp.
    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let eps = match ins.iter().any(|m| m.dtype == DType::F32) {
            true => f64::from(f32::EPSILON),
            false => f64::EPSILON,
        };
        Tolerance::Near { rel: 8.0 * eps, abs: 8.0 * eps }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let n = ins.len() / 3;
        let (outs, carries) = outs.split_at_mut(n);
        for (i, (y, carry)) in outs.iter_mut().zip(carries).enumerate() {
            let sides = (Some(ins[n + i].as_slice()?), ins[2 * n + i].as_slice()?);
            let (rules, carry) = (self.rules(), carry.as_mut_slice()?);
            match ins[i].dtype() {
                DType::F32 => {
                    blocks::fill::<f32, Line>(cx, &rules, Table::new(&ins[i], self.missing)?, sides, y, carry)?
                }
                DType::F64 => {
                    blocks::fill::<f64, Line>(cx, &rules, Table::new(&ins[i], self.missing)?, sides, y, carry)?
                }
                d => return Err(Error::Refused { kernel: ENTRY.id, why: format!("{d} is not filled with lines") }),
            }
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        gpu::plan_fill(ins, ins.len() / 3, true, &self.rules(), self.missing, gpu::Method::Line, caps)
    }

    fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
        let inputs = ins.iter().map(|m| (m.dtype, series(m))).collect();
        Some(Box::new(BoundsFit::new(self.missing, inputs)))
    }
}
