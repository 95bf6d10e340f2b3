//! gapwave.
