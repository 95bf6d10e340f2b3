//! What goes into a run and what comes out.

use super::Provenance;
use gapwave_columns::Array;

/// Results of a kernel with where they came from.
#[derive(Debug, Clone)]
pub struct Output {
    pub(crate) arrays: Vec<Array>,
    pub(crate) provenance: Provenance,
}

impl Output {
    /// The results, in the kernel's order.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// The first result; most kernels have only one.
    pub fn array(&self) -> &Array {
        &self.arrays[0]
    }

    /// The results, moved out.
    pub fn into_arrays(self) -> Vec<Array> {
        self.arrays
    }

    /// Where the results came from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

/// What a run takes: one array or several.
pub trait Inputs {
    /// The arrays, sharing their memory.
    fn into_arrays(self) -> Vec<Array>;
}

impl Inputs for Array {
    fn into_arrays(self) -> Vec<Array> {
        vec![self]
    }
}

impl Inputs for &Array {
    fn into_arrays(self) -> Vec<Array> {
        vec![self.clone()]
    }
}

impl Inputs for Vec<Array> {
    fn into_arrays(self) -> Vec<Array> {
        self
    }
}

impl Inputs for &[Array] {
    fn into_arrays(self) -> Vec<Array> {
        self.to_vec()
    }
}

impl Inputs for &Vec<Array> {
    fn into_arrays(self) -> Vec<Array> {
        self.clone()
    }
}

impl<const N: usize> Inputs for [Array; N] {
    fn into_arrays(self) -> Vec<Array> {
        self.into()
    }
}
