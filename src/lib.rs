//! gapwave filters, transforms and fills gaps in signals, sensor tables and event streams.

#![recursion_limit = "256"]

#[cfg(feature = "command")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod conformance;
mod control;
mod cpu;
mod error;
#[cfg(feature = "gpu")]
#[doc(hidden)]
pub mod gpu;
mod session;
mod stream;

pub use control::{Control, Progress};
pub use error::{Error, Result};
pub use gapwave_columns::{Array, ArrayMut, Bitmap, Chunk, Complex32, Complex64, DType, Meta, Out, View};
pub use gapwave_datasets as datasets;
pub use gapwave_kernels as kernels;
pub use session::{
    Builder, DeviceArray, DeviceChoice, Inputs, Job, Output, Pipeline, Precision, Processor, Provenance, Session, Work,
};
#[cfg(feature = "gpu")]
pub use wgpu;
