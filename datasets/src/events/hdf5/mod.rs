//! Events in HDF5: Prophesee's layout and DSEC's. Both are described in `docs/events.md`.

#[cfg(feature = "hdf5")]
mod blosc;
#[cfg(feature = "hdf5")]
mod column;
#[cfg(feature = "hdf5")]
#[doc(hidden)]
pub mod ecf;
#[cfg(feature = "hdf5")]
mod emit;
#[cfg(feature = "hdf5")]
mod filter;
#[cfg(feature = "hdf5")]
mod guard;
#[cfg(feature = "hdf5")]
mod read;
#[cfg(feature = "hdf5")]
mod write;

#[cfg(feature = "hdf5")]
pub(super) use read::open;
#[cfg(feature = "hdf5")]
pub use write::{Hdf5Packing, Hdf5Sink};

use crate::{Result, Sink, WriteOptions};
use std::path::Path;

#[cfg(feature = "hdf5")]
pub(super) fn create(path: &Path, format: crate::Format, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Ok(Box::new(Hdf5Sink::create(path, format, Hdf5Packing::Deflate)?))
}

#[cfg(not(feature = "hdf5"))]
pub(super) fn open(path: &Path, _options: &crate::ReadOptions) -> Result<Box<dyn crate::Source>> {
    Err(without(path))
}

#[cfg(not(feature = "hdf5"))]
pub(super) fn create(path: &Path, _format: crate::Format, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Err(without(path))
}

#[cfg(not(feature = "hdf5"))]
fn without(path: &Path) -> crate::Error {
    crate::Error::unsupported(path, "this build of gapwave lacks HDF5 (feature `hdf5`)")
}
