//! gapwave filters, transforms and fills gaps in signals, sensor tables and event streams.

mod error;
#[cfg(feature = "gpu")]
mod gpu;

pub use error::{Error, Result};
