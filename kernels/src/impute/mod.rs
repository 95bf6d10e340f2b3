//! Filling gaps: what was missing is estimated, what was observed is never rewritten.
//!
//! NaN, a validity bit of 0 and the sentinel (parameter `missing`) all mean missing. A gap is a run of missing rows
//! of one series, as long as the table makes it, however the table is cut into chunks.
//!
//! Arrays are `[rows]` or `[rows, series]`, row-major, rows being time; each series is filled by itself. A filled
//! cell's validity bit becomes 1; a cell that stays missing gets the bit 0 and keeps its bytes.

mod blocks;
pub mod bounds;
mod cases;
mod cell;
mod gpu;
pub mod linear;
pub mod locf;
mod options;
mod segment;
mod side;

pub use options::Edge;
