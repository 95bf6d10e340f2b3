//! Filters of signals.

pub mod design;
