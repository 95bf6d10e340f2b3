//! The GPU: the only place that knows wgpu.
//!
//! - `adapters` lists what there is and says why each adapter is used or not.
//! - [`Gpu`] is an open device: [`Gpu::run`] takes a kernel from host memory to host memory, [`Gpu::upload`],
//!   [`Gpu::enqueue`] and [`Gpu::download`] keep arrays on the device in between.
//! - One function waits for the device (`wait.rs`); everything else only records and submits.
//!
//! Errors: what the device cannot hold is [`Error::OutOfDeviceMemory`](crate::Error::OutOfDeviceMemory), a device
//! that went away is [`Error::DeviceLost`](crate::Error::DeviceLost), one that does not answer is
//! [`Error::Timeout`](crate::Error::Timeout); whatever wgpu's validation rejects is a mistake in gapwave and comes as
//! [`Error::Internal`](crate::Error::Internal).

mod adapters;
mod array;
mod buffers;
mod caps;
mod copy;
mod counters;
mod device;
mod executor;
mod faults;
mod flight;
mod handle;
mod peaks;
mod pipelines;
mod prepared;
mod record;
mod tail;
mod timer;
mod transfer;
mod wait;

/// Version of wgpu that this was built with, for the fingerprint of measurements.
pub const WGPU_VERSION: &str = env!("GAPWAVE_WGPU");

pub use adapters::{AdapterLimits, AdapterReport, Verdict, adapters};
pub use array::GpuArray;
pub use counters::Counters;
pub use device::{AdapterInfoPlain, Gpu, OpenOptions};
pub use executor::GpuTimings;
pub use faults::Fault;
pub(crate) use flight::Flight;
pub(crate) use tail::clean_outputs;
pub use timer::DeviceTime;
