//! # `primitives/scan`
//!
//! ## What
//! Running sums or maxima along the rows of a one-dimensional array.
//!
//! ## Definition
//! Inclusive: `y[i] = x[0] ⊕ … ⊕ x[i]`; exclusive: `y[i] = 0 ⊕ x[0] ⊕ … ⊕ x[i−1]`, where ⊕ is addition modulo 2³² or
//! the maximum, 0 its neutral element.
//!
//! ## Layout
//! In `u32 [n]`, out `u32 [n]`. Carry: `u32 [1]`, the total so far.
//!
//! ## Accuracy
//! Exact.
//!
//! ## Cost
//! Reads and writes 4 bytes an element; on the GPU 4 more are read (reduce, then scan): no workgroup waits for
//! another, which WebGPU does not promise to work.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, primitives::scan::{Scan, ScanOp}};
//! let k = Scan { op: ScanOp::Add, exclusive: true };
//! let (x, carry) = (Array::from(vec![3u32, 1, 2]), Array::from(vec![10u32]));
//! let io = k.infer(&[x.meta()])?;
//! let (mut y, mut c) = (ArrayMut::zeros(&io.outs[0])?, ArrayMut::zeros(&io.carry[0])?);
//! k.cpu(&Cpu::best(), &[x.view(), carry.view()], &mut [y.out(), c.out()])?;
//! assert_eq!(y.finish(3)?.as_slice::<u32>()?, &[10, 13, 14]);
//! assert_eq!(c.finish(1)?.as_slice::<u32>()?, &[16]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! G. Blelloch, *Prefix Sums and Their Applications*, CMU-CS-90-190, 1990.

mod gpu;

use crate::case::{self, LENGTHS};
use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Case, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, DType, Meta, Out, View};
pub(crate) use gpu::{exclusive_add, plan_scan};
use serde::{Deserialize, Serialize};

/// Running sums or maxima of `u32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// What is accumulated.
    pub op: ScanOp,
    /// Whether an element's own value is left out of its sum.
    #[serde(default)]
    pub exclusive: bool,
}

/// What a scan accumulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScanOp {
    /// Addition modulo 2³².
    Add,
    /// The larger one.
    Max,
}

impl ScanOp {
    fn apply(self, a: u32, b: u32) -> u32 {
        match self {
            ScanOp::Add => a.wrapping_add(b),
            ScanOp::Max => a.max(b),
        }
    }

    /// The operation in WGSL, over `a` and `b`.
    fn wgsl(self) -> &'static str {
        match self {
            ScanOp::Add => "a + b",
            ScanOp::Max => "max(a, b)",
        }
    }
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "primitives/scan",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "running sums or maxima",
    params: &[
        Param { name: "op", kind: ParamKind::Choice(&["add", "max"]), help: "what is accumulated" },
        Param { name: "exclusive", kind: ParamKind::Bool, help: "leave out the element's own value [default: false]" },
    ],
    parse: |t| Ok(Box::new(parse_params::<Scan>("primitives/scan", t)?)),
    cases,
    bench,
};

impl Kernel for Scan {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let [x] = ins else {
            return Err(refused(format!("takes one array, got {}", ins.len())));
        };
        if x.dtype != DType::U32 || x.shape.len() != 1 || x.nullable {
            return Err(refused(format!("takes uint32 [n] without missing values, got {} {:?}", x.dtype, x.shape)));
        }
        Ok(Io::new(ins, vec![x.clone()], Reach::Scan).carry(vec![Meta::new(DType::U32, [1])]))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let mut acc = 0;
        let y = ins[0].as_slice::<u32>()?.iter().map(|&x| {
            let before = acc;
            acc = self.op.apply(acc, x);
            if self.exclusive { before } else { acc }
        });
        Ok(vec![Array::from(y.collect::<Vec<_>>())])
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    // One dependent operation per element, and a chain of them is as fast as memory is read: no SIMD levels.
    fn cpu(&self, _: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let [y, carry] = outs else { return Err(refused("takes two outputs".into())) };
        let mut acc = ins[1].as_slice::<u32>()?[0];
        for (y, &x) in y.as_mut_slice::<u32>()?.iter_mut().zip(ins[0].as_slice::<u32>()?) {
            let before = acc;
            acc = self.op.apply(acc, x);
            *y = if self.exclusive { before } else { acc };
        }
        carry.as_mut_slice::<u32>()?[0] = acc;
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        Some(self.plan(ins, caps))
    }
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}

fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 24);
    let x: Vec<u32> = (0..n as u64).map(|i| case::random(1, i) as u32 >> 16).collect();
    vec![Case::new(case::count(n), Scan { op: ScanOp::Add, exclusive: false }, vec![Array::from(x)])]
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        for op in [ScanOp::Add, ScanOp::Max] {
            let x: Vec<u32> = (0..n as u64).map(|i| case::random(k as u64, i) as u32 >> 7).collect();
            let exclusive = (k % 2 == 0) != (op == ScanOp::Max);
            cases.push(Case::new(
                format!("{op:?} of {n}, exclusive {exclusive}"),
                Scan { op, exclusive },
                vec![Array::from(x)],
            ));
        }
    }
    cases
}
