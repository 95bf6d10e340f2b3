//! Pieces that the other families are made of.

pub mod scan;
