//! # `primitives/transpose`
//!
//! ## What
//! Rows become columns.
//!
//! ## Definition
//! `y[j, i] = x[i, j]`.
//!
//! ## Layout
//! In `[rows, columns]` of any type without missing values, out `[columns, rows]`.
//!
//! ## Accuracy
//! Exact: bits are moved.
//!
//! ## Cost
//! Each element is read and written once. Tiles are turned in the first cache or, on a GPU, in workgroup memory, so
//! that both sides are touched in whole lines. Elements of 1 and 2 bytes stay on the CPU: a WebGPU buffer is words.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, primitives::transpose::Transpose};
//! let x = Array::new([2, 3], vec![1u16, 2, 3, 4, 5, 6])?;
//! let mut y = ArrayMut::zeros(&Transpose {}.infer(&[x.meta()])?.outs[0])?;
//! Transpose {}.cpu(&Cpu::best(), &[x.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<u16>()?, &[1, 4, 2, 5, 3, 6]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! G. Ruetsch, P. Micikevicius, *Optimizing Matrix Transpose in CUDA*, NVIDIA, 2009.

mod gpu;

use crate::case;
use crate::kernel::{Class, Entry, Io, Kernel, Reach, params_table, parse_params};
use crate::{Caps, Case, Cpu, Error, Plan, Result, Tolerance};
use bytemuck::Pod;
use gapwave_columns::{Array, DType, Meta, Out, View, for_dtype};
pub(crate) use gpu::plan_transpose;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows become columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transpose {}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "primitives/transpose",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "rows become columns",
    params: &[],
    parse: |t| Ok(Box::new(parse_params::<Transpose>("primitives/transpose", t)?)),
    cases,
    bench,
};

/// Elements along a tile's sides: 64 × 64 of f64 are 32 KiB.
const TILE: usize = 64;
/// Columns turned at a time: a cache line of f64.
const LINE: usize = 8;

impl Kernel for Transpose {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let [x] = ins else { return Err(refused(format!("takes one array, got {}", ins.len()))) };
        let [rows, cols] = x.shape[..] else {
            return Err(refused(format!("takes [rows, columns], got {:?}", x.shape)));
        };
        if x.nullable {
            return Err(refused("takes an array without missing values".into()));
        }
        x.check_size()?;
        Ok(Io::new(ins, vec![Meta::new(x.dtype, [cols, rows])], Reach::Whole))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = &ins[0];
        let (rows, cols) = (x.shape()[0], x.shape()[1]);
        for_dtype!(x.dtype(), T => {
            let x = x.as_slice::<T>()?;
            let y = (0..rows * cols).map(|k| x[k % rows * cols + k / rows]).collect();
            Ok(vec![Array::new([cols, rows], y)?])
        })
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let (x, shape) = (ins[0].bytes(), ins[0].shape());
        let y = outs[0].bytes_mut();
        match ins[0].dtype().size() {
            1 => turn::<u8>(cx, x, shape, y),
            2 => turn::<u16>(cx, x, shape, y),
            4 => turn::<u32>(cx, x, shape, y),
            8 => turn::<u64>(cx, x, shape, y),
            _ => turn::<[u64; 2]>(cx, x, shape, y),
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let x = ins.first()?;
        (x.dtype.size() >= 4).then(|| self.plan(x, caps))
    }
}

// Moving elements is the same instruction at every level: the compiler's baseline is all there is to gain.
fn turn<T: Pod + Send + Sync>(cx: &Cpu, x: &[u8], shape: &[usize], y: &mut [u8]) {
    let (rows, cols) = (shape[0], shape[1]);
    if rows == 0 || cols == 0 {
        return;
    }
    let (x, y): (&[T], &mut [T]) = (bytemuck::cast_slice(x), bytemuck::cast_slice_mut(y));
    // A band of the output: up to 64 of its rows, which are columns of the input.
    let band = |(b, y): (usize, &mut [T])| turn_columns(&x[b * TILE..], cols, y, rows);
    if cx.threads() == 1 {
        y.chunks_mut(TILE * rows).enumerate().for_each(band);
    } else {
        y.par_chunks_mut(TILE * rows).enumerate().for_each(band);
    }
}

/// The first columns of `x`, whose rows are `stride` apart, as rows of `rows` elements: as many as `y` has room for.
/// Each line of `x` is read while it is in the first cache.
pub(crate) fn turn_columns<T: Copy>(x: &[T], stride: usize, y: &mut [T], rows: usize) {
    for (b, y) in y.chunks_mut(LINE * rows).enumerate() {
        for from in (0..rows).step_by(TILE) {
            let to = rows.min(from + TILE);
            for (j, out) in y.chunks_exact_mut(rows).enumerate() {
                let column = x[from * stride + b * LINE + j..].iter().step_by(stride);
                for (out, v) in out[from..to].iter_mut().zip(column) {
                    *out = *v;
                }
            }
        }
    }
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}

fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.map_or(4096, usize::isqrt).max(1);
    let x = (0..(n * n) as u64).map(|i| case::random(1, i) as u32).collect();
    let a = Array::new([n, n], x).unwrap_or_else(|e| unreachable!("a case's shape: {e}"));
    vec![Case::new(format!("{n} × {n}"), Transpose {}, vec![a])]
}

fn cases() -> Vec<Case> {
    let shapes = [
        [0, 0],
        [0, 3],
        [3, 0],
        [1, 1],
        [1, 1000],
        [1000, 1],
        [3, 5],
        [15, 17],
        [16, 16],
        [31, 33],
        [32, 32],
        [33, 31],
        [64, 64],
        [65, 63],
        [100, 257],
        [2049, 3],
        [3, 2049],
        [300, 200],
    ];
    let mut cases = Vec::new();
    for (k, shape) in shapes.into_iter().enumerate() {
        for j in 0..2 {
            let dtype = DType::ALL[(k * 5 + j * 7) % DType::ALL.len()];
            let a = for_dtype!(dtype, T => {
                let words = |i: usize| [case::random(k as u64, i as u64), case::random(99, i as u64)];
                let x = (0..shape[0] * shape[1])
                    .map(|i| bytemuck::pod_read_unaligned::<T>(&bytemuck::cast_slice(&words(i))[..size_of::<T>()]));
                Array::new(shape, x.collect()).unwrap_or_else(|e| unreachable!("a case's shape: {e}"))
            });
            cases.push(Case::new(format!("{shape:?} of {dtype}"), Transpose {}, vec![a]));
        }
    }
    cases
}
