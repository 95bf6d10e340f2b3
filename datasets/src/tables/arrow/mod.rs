//! Arrow IPC: files and streams.

mod message;
mod read;
mod write;

pub(super) use read::ArrowSource;
pub use write::ArrowSink;
