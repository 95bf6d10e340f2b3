//! Parts of other kernels that are of use by themselves.

use crate::{Comparison, Contender, Context, Expected};
use gapwave_harness::Fault;
use gapwave_kernels::Case;
use gapwave_kernels::primitives::{scan, transpose};
use serde_json::json;

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let largest = |cases: Vec<Case>| cases.into_iter().rfind(|c| c.ins[0].dtype() == gapwave::DType::U32);
    let comparison = |id, case: Case, shape: &str, peers: &'static [[&'static str; 3]]| Comparison {
        id,
        shape: shape.into(),
        elements: case.ins[0].len() as u64,
        unit: "elements",
        sides: Box::new(move |cx| sides(cx, case, peers)),
    };
    let scans = largest((scan::ENTRY.bench)(None));
    let scans = scans.map(|c| {
        let peers = &[["numpy.cumsum", "numpy", "scan.numpy"], ["polars package, cum_sum", "polars", "scan.polars"]];
        comparison("primitives/scan", c, "16 Mi uint32, inclusive sum", peers)
    });
    let transposes = largest((transpose::ENTRY.bench)(None));
    let transposes = transposes.map(|c| {
        let peers = &[["numpy.ascontiguousarray(a.T)", "numpy", "transpose.numpy"]];
        comparison("primitives/transpose", c, "4096 × 4096 uint32", peers)
    });
    scans.into_iter().chain(transposes).collect()
}

fn sides(cx: &Context, case: Case, peers: &[[&str; 3]]) -> Result<Vec<Contender>, Fault> {
    let e = Expected::of(case)?;
    let mut sides: Vec<Contender> = Contender::gapwave(cx, &e)?.into();
    // None of these has threads: the second table shows what gapwave makes of them.
    let inputs = [("x", &e.case().ins[0])];
    let python =
        |&[name, package, case]: &[&str; 3]| Contender::python(cx, &e, name, package, case, json!({}), &inputs);
    sides.extend(peers.iter().map(python));
    Ok(sides)
}
