//! # `impute/bounds`
//!
//! ## What
//! The first two and the last two observations of each series: all that the rows around a chunk need to know of it.
//! It is the first pass of the methods that fill gaps across chunks.
//!
//! ## Definition
//! An observation is a cell that is neither null nor NaN nor the sentinel `missing`.
//!
//! ## Layout
//! In one or more arrays `[rows]` or `[rows, series]` of any real type. Out, for each, `u32 [series, 16]`:
//!
//! | words | hold |
//! |---|---|
//! | 0 | rows |
//! | 1, 2 | first and second observation's distance from the start (1 = row 0; 0 = there is none) |
//! | 3 | 0 |
//! | 4–7 | their values' bits, low word first |
//! | 8–15 | the same of the last and the last but one, distances counted from the end (1 = the last row) |
//!
//! Rows and distances end at 2³² − 1; a distance that large counts as none.
//!
//! ## Accuracy
//! Exact.
//!
//! ## Cost
//! On the CPU a chunk is read only as far as its second observation from either end; the GPU reads it once.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, impute::bounds::Bounds};
//! let k = Bounds::default();
//! let x = Array::from(vec![f32::NAN, 5.0, 6.0, f32::NAN, f32::NAN]);
//! let mut y = ArrayMut::zeros(&k.infer(&[x.meta()])?.outs[0])?;
//! k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! let y = y.finish(1)?;
//! let words = y.as_slice::<u32>()?;
//! assert_eq!(&words[..5], &[5, 2, 3, 0, 5.0f32.to_bits()]);
//! assert_eq!(&words[8..13], &[5, 3, 4, 0, 6.0f32.to_bits()]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! None: it follows from what [`super::linear`] and [`super::locf`] look at.

mod fit;

use super::blocks::Table;
use super::cell::for_real;
use super::options::{MISSING, check_inputs, series};
use super::side::WORDS;
use super::{cases, gpu};
use crate::kernel::{Class, Entry, Io, Kernel, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Plan, Result, Tolerance, real};
pub(crate) use fit::BoundsFit;
use gapwave_columns::{Array, DType, Meta, Out, View};
use serde::{Deserialize, Serialize};

/// First and last observations of each series.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// A value that means missing; NaN and null always do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "impute/bounds",
    version: 1,
    class: Class::Exact,
    part: true,
    help: "first and last observations of each series",
    params: &[MISSING],
    parse: |t| Ok(Box::new(parse_params::<Bounds>("impute/bounds", t)?)),
    cases: cases::bounds,
    bench: |_| Vec::new(),
};

impl Kernel for Bounds {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        check_inputs(ENTRY.id, ins, self.missing, |d| !matches!(d, DType::Complex64 | DType::Complex128))?;
        let outs = ins.iter().map(|m| Meta::new(DType::U32, [series(m), 2 * WORDS])).collect();
        Ok(Io::new(ins, outs, Reach::Whole))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        ins.iter()
            .map(|a| {
                let (n, rows, size) = (series(&a.meta()), a.rows(), a.dtype().size());
                let values = real(a);
                let there = |at: usize| {
                    let x = values[at];
                    a.valid().is_none_or(|v| v.get(at))
                        && !x.is_nan()
                        && !cases::is_sentinel(a.dtype(), x, self.missing)
                };
                let mut words = vec![0u32; n * 16];
                for (s, w) in words.chunks_exact_mut(16).enumerate() {
                    let seen: Vec<usize> = (0..rows).filter(|r| there(r * n + s)).collect();
                    (w[0], w[8]) = (rows as u32, rows as u32);
                    let mut put = |half: usize, k: usize, row: usize, dist: usize| {
                        w[half + 1 + k] = dist as u32;
                        let at = (row * n + s) * size;
                        let mut bits = [0u8; 8];
                        bits[..size].copy_from_slice(&a.bytes()[at..at + size]);
                        let bits = u64::from_le_bytes(bits);
                        w[half + 4 + 2 * k] = bits as u32;
                        w[half + 5 + 2 * k] = (bits >> 32) as u32;
                    };
                    for (k, &r) in seen.iter().take(2).enumerate() {
                        put(0, k, r, r + 1);
                    }
                    for (k, &r) in seen.iter().rev().take(2).enumerate() {
                        put(8, k, r, rows - r);
                    }
                }
                Ok(Array::new([n, 16], words)?)
            })
            .collect()
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        for (x, y) in ins.iter().zip(outs) {
            let words = y.as_mut_slice::<u32>()?;
            for_real!(x.dtype(), T => {
                let ends = Table::<T>::new(x, self.missing)?.ends(cx.level);
                for ((first, last), w) in ends.into_iter().zip(words.chunks_exact_mut(2 * WORDS)) {
                    first.to_words(&mut w[..WORDS]);
                    last.to_words(&mut w[WORDS..]);
                }
            });
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        gpu::plan_bounds(ins, self.missing, caps)
    }
}
