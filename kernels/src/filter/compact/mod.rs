//! # `filter/compact`
//!
//! ## What
//! Keeps the rows of a table in which given columns lie in given ranges.
//!
//! ## Definition
//! A row is kept where every [`Range`] accepts it; without ranges every row is kept. A range accepts values from its
//! lower to its upper bound, both included, compared as numbers in the column's own type: `i64` and `u64` exactly,
//! −0 like +0. A `not` range accepts the values outside. A missing value (validity bit 0) and NaN are neither in a
//! range nor outside of it, so both kinds of range drop the row, as SQL's `WHERE` does. Missing values in columns
//! that no range names do not matter.
//!
//! Bounds are rounded inwards to the column's type: `x ≥ 1.5` on integers is `x ≥ 2`, and a bound beyond the type's
//! end accepts all or nothing. On `f32` columns a bound is not rounded to the nearest `f32` first: no `f32` equals
//! 0.1, so the range from 0.1 to 0.1 is empty there.
//!
//! ## Layout
//! In: at least one column, all 1-D of one length, any type. Columns named by a range: integers or floats. Any of
//! them may be nullable. Out: the same columns with the kept rows in order, at most as many as came in, each bit of
//! each value as it was (NaN payloads and −0 included). Bits beyond the kept rows are undefined.
//!
//! ## Accuracy
//! Exact.
//!
//! ## Cost
//! Every column is read once, kept rows are written once. An event of 13 bytes (time `i64`, x and y `i16`,
//! polarity `i8`) with a share s of rows kept moves 13 + 13·s bytes, and 13·s more on most CPUs, which read a line
//! before they write it. At 14 GB/s, which one core of a server of 2023 reaches, that is 1040 million rows/s at
//! s = 0.016, 830 at 0.146 and 415 at 0.797. Where few rows are kept, lines of columns that no range reads are
//! skipped, and more is possible.
//!
//! Measured on one core of a shared machine of two (Sapphire Rapids, copying at about 20 GB/s), 50 M events, million
//! rows/s at these shares, the fastest of nine rounds: AVX-512 1180 · 655 · 466, AVX2 1257 · 610 · 410.
//! `ci/peers.sh filter` measures 10 M events beside other libraries.
//!
//! On a GPU the bitmask, its running count and the index list move 0.5 bytes a row beyond the columns themselves,
//! plus 8 bytes a kept row.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, filter::compact::{Compact, Range}};
//! let k = Compact { keep: vec![Range::new(0, 160, 479)] };
//! let x = Array::from(vec![100i16, 160, 479, 480, 200]);
//! let io = k.infer(&[x.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! let mut outs = [y.out()];
//! k.cpu(&Cpu::best(), &[x.view()], &mut outs)?;
//! let rows = outs[0].rows();
//! assert_eq!(y.finish(rows)?.as_slice::<i16>()?, &[160, 479, 200]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! M. Billeter, O. Olsson, U. Assarsson, *Efficient Stream Compaction on Wide SIMD Many-Core Architectures*, HPG 2009.
//! Null comparison as in ISO/IEC 9075 (SQL), where a comparison with NULL is unknown and `WHERE` keeps only true.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod cases;
mod cpu;
mod gpu;
mod ranges;
mod scalar;

use crate::kernel::{Class, Entry, Io, Kernel, Param, ParamKind, Reach, params_table, parse_params};
use crate::{Caps, Cpu, Error, Plan, Result, Tolerance};
use cpu::{Column, Keep, Validity};
use gapwave_columns::{Array, Bitmap, DType, Meta, Out, View, for_dtype};
pub use ranges::{Bound, Range};
use ranges::{Limits, Test};
use serde::{Deserialize, Serialize};

/// Keeps the rows that every range accepts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compact {
    /// The ranges; none keep every row.
    #[serde(default)]
    pub keep: Vec<Range>,
}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "filter/compact",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "keeps the rows whose values lie in ranges",
    params: &[Param {
        name: "keep",
        kind: ParamKind::Toml,
        help: "ranges, all of which must hold: [{ column = 0, lower = 1, upper = 5, not = false }, …]",
    }],
    parse: |t| {
        let k = parse_params::<Compact>("filter/compact", t)?;
        let nan = |b: Option<Bound>| matches!(b, Some(Bound::Float(f)) if f.is_nan());
        match k.keep.iter().position(|r| nan(r.lower) || nan(r.upper)) {
            Some(i) => Err(Error::Param { kernel: "filter/compact".into(), why: format!("range {i}: a bound is NaN") }),
            None => Ok(Box::new(k)),
        }
    },
    cases: cases::cases,
    bench: cases::bench,
};

impl Compact {
    fn tests(&self, ins: &[Meta]) -> Result<Vec<Test>> {
        let Some(first) = ins.first() else { return Err(refused("takes at least one column".into())) };
        for (i, m) in ins.iter().enumerate() {
            if m.shape.len() != 1 || m.shape != first.shape {
                return Err(refused(format!(
                    "takes one-dimensional columns of equal length; column 0 is {:?}, column {i} is {:?}",
                    first.shape, m.shape
                )));
            }
        }
        ranges::tests(&self.keep, ins)
    }
}

impl Kernel for Compact {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.tests(ins)?;
        Ok(Io::new(ins, ins.iter().map(|m| m.clone().at_most()).collect(), Reach::Rows))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
        let tests = self.tests(&metas)?;
        let rows: Vec<usize> = (0..ins[0].rows()).filter(|&i| tests.iter().all(|t| accepts(t, ins, i))).collect();
        ins.iter()
            .map(|a| {
                let taken: Result<Array> = for_dtype!(a.dtype(), T => {
                    let x = a.as_slice::<T>()?;
                    Ok(Array::from(rows.iter().map(|&i| x[i]).collect::<Vec<_>>()))
                });
                match a.valid() {
                    Some(v) => Ok(taken?.with_valid(Bitmap::from_fn(rows.len(), |k| v.get(rows[k])))?),
                    None => taken,
                }
            })
            .collect()
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let metas: Vec<Meta> = ins.iter().map(View::meta).collect();
        let tests = self.tests(&metas)?;
        if outs.len() != ins.len() || outs.iter().zip(ins).any(|(o, i)| o.meta().rows() < i.rows()) {
            return Err(refused("takes as many outputs as columns, each with room for every row".into()));
        }
        let tests: Vec<_> = tests.into_iter().map(|t| (t, ins[t.column].bytes(), ins[t.column].valid())).collect();
        let keep = Keep { rows: ins[0].rows(), tests: &tests };
        let (mut columns, mut valid) = (Vec::new(), Vec::new());
        for (i, (input, out)) in ins.iter().zip(outs.iter_mut()).enumerate() {
            let dtype = input.dtype();
            let (dst, bits): (&mut [u8], _) =
                for_dtype!(dtype, T => out.parts_mut::<T>().map(|(x, b)| (bytemuck::cast_slice_mut(x), b)))?;
            columns.push(Column { dtype, src: input.bytes(), dst, tested: self.keep.iter().any(|r| r.column == i) });
            valid.extend(bits.map(|b| Validity { src: input.valid(), dst: b.words_mut() }));
        }
        let kept = cpu::run(cx.level, &keep, columns, valid);
        outs.iter_mut().for_each(|o| o.set_rows(kept));
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        Some(self.plan(ins, caps))
    }
}

/// Whether a row is in the range, value by value: the definition.
fn accepts(t: &Test, ins: &[Array], row: usize) -> bool {
    let a = &ins[t.column];
    if a.valid().is_some_and(|v| !v.get(row)) {
        return false;
    }
    macro_rules! value {
        ($t:ty) => {
            bytemuck::cast_slice::<u8, $t>(a.bytes())[row]
        };
    }
    let within = |inside: bool| inside != t.not;
    match (t.limits, t.dtype) {
        (Limits::Int { lo, hi }, DType::I8) => within((lo..=hi).contains(&value!(i8).into())),
        (Limits::Int { lo, hi }, DType::I16) => within((lo..=hi).contains(&value!(i16).into())),
        (Limits::Int { lo, hi }, DType::I32) => within((lo..=hi).contains(&value!(i32).into())),
        (Limits::Int { lo, hi }, _) => within((lo..=hi).contains(&value!(i64))),
        (Limits::UInt { lo, hi }, DType::U8) => within((lo..=hi).contains(&value!(u8).into())),
        (Limits::UInt { lo, hi }, DType::U16) => within((lo..=hi).contains(&value!(u16).into())),
        (Limits::UInt { lo, hi }, DType::U32) => within((lo..=hi).contains(&value!(u32).into())),
        (Limits::UInt { lo, hi }, _) => within((lo..=hi).contains(&value!(u64))),
        (Limits::Float { lo, hi }, d) => {
            let x = if d == DType::F32 { f64::from(value!(f32)) } else { value!(f64) };
            !x.is_nan() && within((lo..=hi).contains(&x))
        }
    }
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}
