//! # `primitives/reduce`
//!
//! ## What
//! The sum, the least, the greatest or the number of the elements that are there.
//!
//! ## Definition
//! NaN and null elements are skipped. `sum` adds in f64, whatever the input's type; `min` and `max` take −0 for less
//! than 0. Where nothing was there the value is 0.
//!
//! ## Layout
//! In one array `[n]`, `f32` or `f64`, with or without validity. Out, which is also the carry: `f64 [2]`, the value and
//! the number of elements that were there, by which an empty result is told from a 0.
//!
//! ## Accuracy
//! `min`, `max` and `count` are exact. `sum` adds blocks of 4096 elements, each in eight lanes, one after the other:
//! the same bits at every SIMD level and number of threads, but not for every chunking.
//!
//! ## Cost
//! Each element is read once. On the CPU only so far.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, primitives::reduce::{Reduce, ReduceOp}};
//! let k = Reduce { op: ReduceOp::Sum };
//! let x = Array::from(vec![1.0f32, f32::NAN, 3.0]);
//! let io = k.infer(&[x.meta()])?;
//! let (zero, mut y, mut c) =
//!     (Array::zeros(&io.carry[0])?, ArrayMut::zeros(&io.outs[0])?, ArrayMut::zeros(&io.carry[0])?);
//! k.cpu(&Cpu::best(), &[x.view(), zero.view()], &mut [y.out(), c.out()])?;
//! assert_eq!(y.finish(2)?.as_slice::<f64>()?, &[4.0, 2.0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, §4.2 (the error of blocked sums).

use crate::case::{self, LENGTHS};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Case, Cpu, Error, Result, Tolerance, real};
use gapwave_columns::{Array, DType, Element, Meta, Out, View};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What becomes of all elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reduce {
    /// What is computed.
    pub op: ReduceOp,
}

/// What a reduction computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReduceOp {
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// How many are there.
    Count,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "primitives/reduce",
    version: 1,
    class: Class::Tolerant,
    part: false,
    help: "the sum, least, greatest or number of all elements",
    params: &[Param { name: "op", kind: ParamKind::Choice(&["sum", "min", "max", "count"]), help: "what is computed" }],
    parse: |t| Ok(Box::new(parse_params::<Reduce>("primitives/reduce", t)?)),
    cases,
    bench,
};

/// Elements of a block: fixed, so that a sum does not depend on who adds it.
const BLOCK: usize = 4096;
const LANES: usize = 8;

/// Value and number of elements.
type State = [f64; 2];

impl ReduceOp {
    /// Two values that are both there.
    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            ReduceOp::Sum | ReduceOp::Count => a + b,
            ReduceOp::Min => {
                if b.total_cmp(&a).is_lt() {
                    b
                } else {
                    a
                }
            }
            ReduceOp::Max => {
                if b.total_cmp(&a).is_gt() {
                    b
                } else {
                    a
                }
            }
        }
    }

    fn merge(self, a: State, b: State) -> State {
        match (a[1] == 0.0, b[1] == 0.0) {
            (_, true) => a,
            (true, _) => b,
            _ => [self.join(a[0], b[0]), a[1] + b[1]],
        }
    }

    fn block<T: Element + Into<f64>>(self, x: &[T], there: impl Fn(usize) -> bool) -> State {
        let mut lanes = [[0.0; 2]; LANES];
        for (i, &v) in x.iter().enumerate() {
            let v: f64 = v.into();
            if there(i) && !v.is_nan() {
                let v = if self == ReduceOp::Count { 1.0 } else { v };
                let lane = &mut lanes[i % LANES];
                *lane = self.merge(*lane, [v, 1.0]);
            }
        }
        lanes.into_iter().fold([0.0; 2], |a, b| self.merge(a, b))
    }

    fn all<T: Element + Into<f64>>(self, cx: &Cpu, x: &View<'_>, start: State) -> Result<State> {
        let (data, valid) = (x.as_slice::<T>()?, x.valid());
        let block = |(b, x): (usize, &[T])| match valid {
            Some(v) => self.block(x, |i| v.get(b * BLOCK + i)),
            None => self.block(x, |_| true),
        };
        Ok(if cx.threads() == 1 {
            data.chunks(BLOCK).enumerate().map(block).fold(start, |a, b| self.merge(a, b))
        } else {
            let parts: Vec<State> = data.par_chunks(BLOCK).enumerate().map(block).collect();
            parts.into_iter().fold(start, |a, b| self.merge(a, b))
        })
    }
}

impl Kernel for Reduce {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let [x] = ins else { return Err(refused(format!("takes one array, got {}", ins.len()))) };
        if !x.dtype.is_float() || x.shape.len() != 1 {
            return Err(refused(format!("takes float32 or float64 [n], got {} {:?}", x.dtype, x.shape)));
        }
        let state = vec![Meta::new(DType::F64, [2])];
        Ok(Io::new(ins, state.clone(), Reach::Fold).carry(state).flops(x.elements() as u64))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let there = |i: usize| ins[0].valid().is_none_or(|v| v.get(i));
        let x: Vec<f64> =
            real(&ins[0]).into_iter().enumerate().filter(|(i, v)| there(*i) && !v.is_nan()).map(|p| p.1).collect();
        let value = match self.op {
            ReduceOp::Sum => x.iter().sum(),
            ReduceOp::Min => x.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0),
            ReduceOp::Max => x.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0),
            ReduceOp::Count => x.len() as f64,
        };
        Ok(vec![Array::from(vec![value, x.len() as f64])])
    }

    // A sum of n numbers within ±1, taken in any order, is off by at most n²·eps/2; in blocks far less. The cases
    // have up to 65,537.
    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        match self.op {
            ReduceOp::Sum => Tolerance::Near { rel: 1e-12, abs: 1e-10 },
            _ => Tolerance::Exact,
        }
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let carry = ins[1].as_slice::<f64>()?;
        let start = [carry[0], carry[1]];
        let state = match ins[0].dtype() {
            DType::F32 => self.op.all::<f32>(cx, &ins[0], start)?,
            _ => self.op.all::<f64>(cx, &ins[0], start)?,
        };
        for out in outs {
            out.as_mut_slice::<f64>()?.copy_from_slice(&state);
        }
        Ok(())
    }
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        for (j, op) in [ReduceOp::Sum, ReduceOp::Min, ReduceOp::Max, ReduceOp::Count].into_iter().enumerate() {
            let mut x = case::uniform_f64(k as u64, n);
            x.iter_mut().skip(2).step_by(5).for_each(|v| *v = f64::NAN);
            let single = (k + j) % 2 == 0;
            let a = if single { Array::from(x.iter().map(|&v| v as f32).collect::<Vec<_>>()) } else { Array::from(x) };
            let a = match j {
                0 | 3 => a,
                _ => a.with_valid(case::missing(7, n, 30)).unwrap_or_else(|e| unreachable!("a case's bitmap: {e}")),
            };
            cases.push(Case::new(format!("{op:?} of {n} {}", a.dtype()), Reduce { op }, vec![a]));
        }
    }
    let special = Array::from(vec![f64::NAN, 0.0, -0.0, f64::NAN]);
    for op in [ReduceOp::Min, ReduceOp::Max, ReduceOp::Sum] {
        cases.push(Case::new(format!("{op:?} of zeros"), Reduce { op }, vec![special.clone()]));
    }
    let infinite = Array::from(vec![f32::INFINITY, 1.0, f32::NAN]);
    cases.push(Case::new("sum with infinity", Reduce { op: ReduceOp::Sum }, vec![infinite]));
    cases
}

fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 24);
    let x = Array::from(case::uniform_f32(1, n));
    vec![Case::new(format!("sum of {}", case::count(n)), Reduce { op: ReduceOp::Sum }, vec![x])]
}
