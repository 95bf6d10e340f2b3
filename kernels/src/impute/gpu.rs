//! GPU plans.

use super::options::Rules;
use crate::{Caps, Plan, Result};
use gapwave_columns::Meta;

pub(crate) enum Method {
    Line,
    Hold,
}

pub(crate) fn plan_bounds(_: &[Meta], _: Option<f64>, _: &Caps) -> Option<Result<Plan>> {
    None
}
pub(crate) fn plan_fill(
    _: &[Meta],
    _: usize,
    _: bool,
    _: &Rules,
    _: Option<f64>,
    _: Method,
    _: &Caps,
) -> Option<Result<Plan>> {
    None
}
