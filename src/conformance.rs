//! Holding results to the kernels' definitions.

use gapwave_columns::Array;
use gapwave_kernels::Case;

/// What a case must give, from the kernel's oracle.
pub fn expected(case: &Case) -> Result<Vec<Array>, String> {
    case.kernel.oracle(&case.ins).map_err(|e| format!("oracle: {e}"))
}

/// Compares results with the expected ones within the kernel's tolerance; the error says what differs.
pub fn compare(case: &Case, got: &[Array], want: &[Array]) -> Result<(), String> {
    if got.len() != want.len() {
        return Err(format!("{} results, expected {}", got.len(), want.len()));
    }
    let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
    let tolerance = case.kernel.tolerance(&metas);
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        tolerance.compare(got, want).map_err(|e| format!("result {i}: {e}"))?;
    }
    Ok(())
}
