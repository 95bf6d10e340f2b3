//! Which rows stay.

pub mod compact;
pub mod predicate;
