//! Pieces that the other families are made of.

pub mod gather;
pub mod reduce;
pub mod scan;
pub mod transpose;
