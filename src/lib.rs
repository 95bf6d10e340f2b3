//! gapwave filters, transforms (FFT) and fills gaps in signals, sensor tables and event streams: on a GPU through wgpu,
//! on SIMD CPU cores where there is none.
//!
//! A [`Session`] is where kernels run; kernels are plain values ([`kernels`]); data are [`Array`]s, or tables read in
//! chunks ([`datasets`]). Every result says where it was made and why ([`Provenance`]).
//!
//! ```
//! use gapwave::kernels::{fft::Rfft, impute::linear::Linear};
//! use gapwave::{Array, Session};
//!
//! let session = Session::auto()?; // a real GPU where one pays, else the CPU
//! let samples = Array::from(vec![1.0f32, f32::NAN, 3.0, 2.0, 1.0, 2.0]);
//! let filled = session.run(&Linear::default(), &samples)?;
//! assert_eq!(filled.array().as_slice::<f32>()?[1], 2.0);
//! let spectrum = session.run(&Rfft::default(), filled.array())?;
//! println!("{:?}\n{}", spectrum.array(), spectrum.provenance()); // processor, device, why, timings
//! # Ok::<(), gapwave::Error>(())
//! ```
//!
//! Fallback is never silent and never changes the type of numbers: `gpu` runs there or fails with the reason, only
//! `auto` may choose, and f64 stays on the CPU unless [`Precision::F32`] says otherwise.

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
mod pipeline;
mod session;
pub mod spectral;
mod stream;

pub use control::{Control, Progress};
pub use error::{Error, Result};
pub use gapwave_columns as columns;
pub use gapwave_columns::{
    Array, ArrayMut, Beside, Bitmap, Chunk, Columns, Complex32, Complex64, DType, Meta, Out, View,
};
pub use gapwave_datasets as datasets;
pub use gapwave_kernels as kernels;
pub use pipeline::{Pipeline, Spec, many};
pub use session::{
    Builder, DeviceArray, DeviceChoice, Inputs, Job, Output, Plan, PlannedStep, Precision, Processor, Provenance,
    Session, Work,
};
pub use stream::memory::{parse_bytes, show_bytes};
#[cfg(feature = "gpu")]
pub use wgpu;

/// The README's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
