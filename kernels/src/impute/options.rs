//! What all methods that look along a series have in common: parameters and which inputs are taken.

use crate::kernel::{Param, ParamKind};
use crate::{Error, Result};
use gapwave_columns::{DType, Meta};
use serde::{Deserialize, Serialize};

/// What happens to a gap at the table's start or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// It stays missing.
    #[default]
    Keep,
    /// It takes the nearest observation.
    Nearest,
    /// The line through the two nearest observations goes on.
    Extrapolate,
}

/// Limits as the fill loops use them; `u64::MAX` stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Most cells filled of one gap.
    pub(crate) limit: u64,
    /// Longest gap that is filled at all.
    pub(crate) max_gap: u64,
    /// What happens at the table's ends.
    pub(crate) edge: Edge,
}

impl Rules {
    pub(crate) fn new(limit: Option<u64>, max_gap: Option<u64>, edge: Edge) -> Self {
        Rules { limit: limit.unwrap_or(u64::MAX), max_gap: max_gap.unwrap_or(u64::MAX), edge }
    }
}

pub(crate) const LIMIT: Param = Param {
    name: "limit",
    kind: ParamKind::Int,
    help: "fill at most this many cells of a gap, nearest to the observation they are filled from [default: all]",
};
pub(crate) const MAX_GAP: Param = Param {
    name: "max_gap",
    kind: ParamKind::Int,
    help: "leave gaps of more rows than this wholly missing [default: none]",
};
pub(crate) const MISSING: Param = Param {
    name: "missing",
    kind: ParamKind::Float,
    help: "a value that means missing, for example -200 [default: none; NaN and null always do]",
};

/// Refuses limits that would fill nothing.
pub(crate) fn check_limits(kernel: &'static str, limit: Option<u64>, max_gap: Option<u64>) -> Result<()> {
    for (name, value) in [("limit", limit), ("max_gap", max_gap)] {
        if value == Some(0) {
            return Err(Error::Param {
                kernel: kernel.into(),
                why: format!("{name} is 0, which fills nothing: leave it out or give at least 1"),
            });
        }
    }
    Ok(())
}

/// Refuses inputs that are not `[rows]` or `[rows, series]` of a type that `takes`, or cannot hold the sentinel.
pub(crate) fn check_inputs(
    kernel: &'static str,
    ins: &[Meta],
    missing: Option<f64>,
    takes: fn(DType) -> bool,
) -> Result<()> {
    let refused = |why: String| Err(Error::Refused { kernel, why });
    if ins.is_empty() {
        return refused("takes at least one array".into());
    }
    for (i, m) in ins.iter().enumerate() {
        if !takes(m.dtype) {
            return refused(format!("input {i} is {}, which this method does not fill", m.dtype));
        }
        if !matches!(m.shape.len(), 1 | 2) {
            return refused(format!("input {i} has the shape {:?}, expected [rows] or [rows, series]", m.shape));
        }
        m.check_size()?;
        if m.elements() == 0 && m.row_len() > usize::MAX / 128 {
            return refused(format!("input {i} has too many series: {:?}", m.shape));
        }
        if m.rows() != ins[0].rows() {
            return refused(format!("input {i} has {} rows, input 0 has {}", m.rows(), ins[0].rows()));
        }
        if let Some(s) = missing
            && !m.dtype.is_float()
            && !super::cell::integer_holds(m.dtype, s)
        {
            return refused(format!("input {i} is {}, which cannot hold the missing value {s}", m.dtype));
        }
    }
    Ok(())
}

/// Series of an input.
pub(crate) fn series(m: &Meta) -> usize {
    m.row_len()
}
