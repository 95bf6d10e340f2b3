//! The kernels of gapwave: definitions, plans, CPU code, oracles and cases. No GPU library, no files.
//!
//! A [`Kernel`] describes its work as data, and one executor per processor runs it. On a GPU that is a [`Plan`]:
//! buffers, dispatches and final WGSL text, which can be printed, compared and tested without a GPU. On CPU cores it
//! is a call at a given [`SimdLevel`].
//!
//! [`registry::KERNELS`] is the only list of kernels.

mod caps;
pub mod case;
mod cpu;
mod error;
pub mod fft;
pub mod filter;
pub mod impute;
mod kernel;
mod memory;
pub mod plan;
pub mod primitives;
pub mod registry;
mod share;
pub mod signal;
mod tolerance;

pub use caps::Caps;
pub use case::Case;
pub use cpu::{Cpu, SimdLevel};
pub use error::{Error, Result};
pub use kernel::{Class, Cost, Entry, Fit, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
pub use plan::Plan;
pub use tolerance::{Distance, Tolerance, real};
