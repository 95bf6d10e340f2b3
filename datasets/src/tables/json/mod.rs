//! JSON: an object a line (NDJSON), an array of objects, or an object of arrays.
//!
//! A column is one of numbers or of truth values where all its values are; else it is text: strings as they are, other
//! values by their JSON. A key that an object lacks is a missing value, as `null` is. Numbers are read exactly.

mod build;
mod ndjson;
mod scan;
mod survey;
mod whole;
mod write;

pub(super) use ndjson::NdjsonSource;
pub(super) use whole::{check_memory, open_whole};
pub use write::JsonSink;
