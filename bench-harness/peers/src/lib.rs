//! gapwave beside other libraries: in one process and in turn, on the same data, each result compared with the kernel's
//! definition.
//!
//! A family ([`fft`], [`filter`], [`impute`], [`primitives`]) lists its comparisons. A [`Comparison`] is measured by
//! [`measure`] and becomes one record of `gapwave-harness` for each side, from which [`tables`] and [`page`] are made.

pub mod comparison;
pub mod facts;
pub mod fft;
pub mod filter;
pub mod impute;
pub mod measure;
pub mod npy;
pub mod page;
pub mod phast;
pub mod planned;
pub mod primitives;
pub mod python;
pub mod signal;
pub mod stft;
pub mod tables;

pub use comparison::{Checker, Comparison, Contender, Context, Expected};

/// What a family compares.
pub type Family = (&'static str, fn() -> Vec<Comparison>);

/// The families, in the order of the page.
pub const FAMILIES: [Family; 7] = [
    ("fft", fft::comparisons),
    ("planned", planned::comparisons),
    ("stft", stft::comparisons),
    ("signal", signal::comparisons),
    ("filter", filter::comparisons),
    ("impute", impute::comparisons),
    ("primitives", primitives::comparisons),
];
