//! Pieces that the other families are made of.

pub mod reduce;
pub mod gather;
pub mod scan;
pub mod transpose;
