//! # `primitives/gather`
//!
//! ## What
//! Elements of an array by their numbers.
//!
//! ## Definition
//! `y[i] = x[index[i]]`. A number beyond the end of `x` gives an element whose bits are all 0, missing where `x` has a
//! validity bitmap: the same on every processor, and never an error. Numbers may come in any order and repeat.
//!
//! ## Layout
//! In: `x [n]` of any type, nullable or not; `index u32 [k]` without missing values. Out: `[k]` of the type of `x`,
//! nullable like `x`.
//!
//! ## Accuracy
//! Exact: bits are moved, NaN payloads and bits under missing values included.
//!
//! ## Cost
//! Reads 4 bytes and one element for each number and writes one element; with numbers in random order every element
//! costs a cache line. No SIMD levels: gather instructions read element by element too, and memory decides.
//!
//! ## Example
//! ```
//! use gapwave_columns::{Array, ArrayMut};
//! use gapwave_kernels::{Cpu, Kernel, primitives::gather::Gather};
//! let (x, index) = (Array::from(vec![10i16, 20, 30]), Array::from(vec![2u32, 0, 2, 9]));
//! let io = Gather {}.infer(&[x.meta(), index.meta()])?;
//! let mut y = ArrayMut::zeros(&io.outs[0])?;
//! Gather {}.cpu(&Cpu::best(), &[x.view(), index.view()], &mut [y.out()])?;
//! assert_eq!(y.finish(4)?.as_slice::<i16>()?, &[30, 10, 30, 0]);
//! # Ok::<(), gapwave_kernels::Error>(())
//! ```
//!
//! ## References
//! `numpy.take`, with zeros for what its mode `raise` refuses.

mod gpu;

use crate::case::{self, LENGTHS};
use crate::kernel::{Class, Entry, Io, Kernel, Reach, params_table, parse_params};
use crate::{Caps, Case, Cpu, Error, Plan, Result, Tolerance};
use gapwave_columns::{Array, Bitmap, Complex64, DType, Element, Meta, Out, View, for_dtype};
pub(crate) use gpu::{Picked, plan_gather};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Elements by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gather {}

/// The registry's entry.
pub static ENTRY: Entry = Entry {
    id: "primitives/gather",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "elements by their numbers",
    params: &[],
    parse: |t| Ok(Box::new(parse_params::<Gather>("primitives/gather", t)?)),
    cases,
    bench,
};

impl Kernel for Gather {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let [x, index] = ins else {
            return Err(refused(format!("takes an array and numbers, got {} arrays", ins.len())));
        };
        if x.shape.len() != 1 || index.shape.len() != 1 || index.dtype != DType::U32 || index.nullable {
            return Err(refused(format!(
                "takes x [n] and uint32 [k] without missing values, got {} {:?} and {} {:?}",
                x.dtype, x.shape, index.dtype, index.shape
            )));
        }
        let y = Meta::new(x.dtype, index.shape.clone()).nullable(x.nullable);
        Ok(Io::new(ins, vec![y], Reach::Whole))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let (x, index) = (&ins[0], ins[1].as_slice::<u32>()?);
        let size = x.dtype().size();
        let mut bytes = vec![0u8; index.len() * size];
        for (to, &i) in bytes.chunks_exact_mut(size).zip(index) {
            let from = x.bytes().chunks_exact(size).nth(i as usize);
            to.copy_from_slice(from.unwrap_or(&vec![0; size]));
        }
        let y = for_dtype!(x.dtype(), T => Array::from(bytemuck::pod_collect_to_vec::<u8, T>(&bytes)));
        let there = |v: &Bitmap, i: u32| (i as usize) < v.len() && v.get(i as usize);
        Ok(vec![match x.valid() {
            Some(v) => y.with_valid(Bitmap::from_fn(index.len(), |k| there(v, index[k])))?,
            None => y,
        }])
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, _: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let ([x, index], [y]) = (ins, outs) else { return Err(refused("takes two inputs and one output".into())) };
        let index = index.as_slice::<u32>()?;
        for_dtype!(x.dtype(), T => gather::<T>(x.as_slice()?, index, y.as_mut_slice()?));
        if let Some(out) = y.valid_mut() {
            for (word, numbers) in out.words_mut().iter_mut().zip(index.chunks(64)) {
                let there = |i: u32| (i as usize) < x.len() && x.valid().is_none_or(|v| v.get(i as usize));
                *word = numbers.iter().enumerate().fold(0, |w, (k, &i)| w | u64::from(there(i)) << k);
            }
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        Some(self.plan(ins, caps))
    }
}

fn gather<T: Element>(x: &[T], index: &[u32], y: &mut [T]) {
    const PART: usize = 1 << 16;
    let zero = <T as bytemuck::Zeroable>::zeroed();
    let part = |(y, index): (&mut [T], &[u32])| {
        for (y, &i) in y.iter_mut().zip(index) {
            *y = x.get(i as usize).copied().unwrap_or(zero);
        }
    };
    if index.len() <= PART || rayon::current_num_threads() == 1 {
        part((y, index));
    } else {
        y.par_chunks_mut(PART).zip(index.par_chunks(PART)).for_each(part);
    }
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: ENTRY.id, why }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (k, n) in LENGTHS.into_iter().enumerate() {
        // Every type once, each with a length of its own; one number in 16 lies beyond the end.
        let dtype = DType::ALL[k % DType::ALL.len()];
        let r = |i: u64| case::random(k as u64, i);
        let x: Array = for_dtype!(dtype, T => {
            let words: Vec<[u64; 2]> = (0..n as u64).map(|i| [r(i), r(!i)]).collect();
            let size = dtype.size();
            let bytes: Vec<u8> =
                words.iter().flat_map(|w| bytemuck::bytes_of(w)[..size].to_vec()).collect();
            Array::from(bytemuck::pod_collect_to_vec::<u8, T>(&bytes))
        });
        let x = match x.clone().with_valid(case::missing(k as u64, n, 25)) {
            Ok(holes) if k % 2 == 1 => holes,
            _ => x,
        };
        let beyond = (n as u64).div_ceil(16).max(1);
        let index: Vec<u32> = (0..(n as u64 + 37)).map(|i| (r(i ^ 0xabcd) % (n as u64 + beyond)) as u32).collect();
        cases.push(Case::new(format!("{} of {n} {dtype}", index.len()), Gather {}, vec![x, Array::from(index)]));
    }
    let x = Array::from(vec![Complex64::new(f64::NAN, -0.0); 3]);
    cases.push(Case::new("no numbers", Gather {}, vec![x.clone(), Array::from(Vec::<u32>::new())]));
    cases.push(Case::new("far beyond", Gather {}, vec![x, Array::from(vec![u32::MAX, 2, 3, 1 << 31])]));
    cases
}

fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22) as u64;
    let x: Vec<u32> = (0..n).map(|i| case::random(1, i) as u32).collect();
    let index: Vec<u32> = (0..n).map(|i| (case::random(2, i) % n.max(1)) as u32).collect();
    let name = format!("{} at random", case::count(n as usize));
    vec![Case::new(name, Gather {}, vec![Array::from(x), Array::from(index)])]
}
