//! Measure, decide, remember, report: the benchmark harness of gapwave.
