//! Filling gaps against polars' `interpolate` and `fill_null`, in one process.
//!
//! `cargo bench --bench peers_interpolate [-- --level avx512,avx2 --rows 10000000 --rounds 9 --threads 1]`
//!
//! One column, nulls in its bitmap at random. What must be moved for a row of f64: 8 bytes and a bit read, as many
//! written, and as the written lines are read first, 24 bytes in all; at 10 GB/s that is 2.4 ns, or 24 ms for 10 M.
//!
//! gapwave is timed twice: into memory that it was given back (`ArrayMut::reuse`), as a stream of chunks does it, and
//! into fresh memory, as polars does it on every call. polars' result is given back after the clock was read. polars
//! works on one contiguous column without its query engine. Every cell of both results is compared first: both
//! missing, or within 1e-12 (f32: 1e-5) of values within ±1.

mod common;

use gapwave_columns::{Array, ArrayMut, Bitmap, DType};
use gapwave_kernels::impute::{linear::Linear, locf::Locf};
use gapwave_kernels::{Cpu, Kernel, SimdLevel, case, real};
use polars::prelude::*;
use std::any::Any;

struct Job {
    name: &'static str,
    percent: u64,
    dtype: DType,
    kernel: Box<dyn Kernel>,
    theirs: fn(&Series) -> Series,
}

fn line(s: &Series) -> Series {
    interpolate(s, InterpolationMethod::Linear)
}

fn forward(s: &Series) -> Series {
    s.fill_null(FillNullStrategy::Forward(None)).expect("a filled column")
}

fn main() {
    let threads = common::number("--threads", 1) as usize;
    common::fix_polars_threads(threads);
    let rows = common::number("--rows", 10_000_000) as usize;
    let rounds = common::number("--rounds", 9) as usize;
    let mut levels: Vec<SimdLevel> =
        common::option("--level").iter().map(|l| l.parse().expect("a SIMD level of this machine")).collect();
    if levels.is_empty() {
        levels = SimdLevel::available().into_iter().rev().take(2).collect();
    }
    let pool = common::pool(threads);
    let linear = |name, percent, dtype| Job { name, percent, dtype, kernel: Box::new(Linear::default()), theirs: line };
    let jobs = [
        linear("linear f64, 10 % missing", 10, DType::F64),
        linear("linear f64, 50 % missing", 50, DType::F64),
        linear("linear f32, 10 % missing", 10, DType::F32),
        Job {
            name: "locf f64, 10 % missing",
            percent: 10,
            dtype: DType::F64,
            kernel: Box::new(Locf::default()),
            theirs: forward,
        },
    ];
    for job in jobs {
        let bits = case::missing(1, rows, job.percent);
        let (a, s) = columns(case::uniform_f64(2, rows), &bits, job.dtype);
        let io = job.kernel.infer(&[a.meta()]).expect("a column");
        let zeros: Vec<Array> =
            io.extra.iter().chain(&io.carry).map(|m| Array::zeros(m).expect("a few words")).collect();
        let views: Vec<_> = std::iter::once(&a).chain(&zeros).map(Array::view).collect();
        let fill = |level: SimdLevel, mut out: ArrayMut| {
            let mut carry = ArrayMut::zeros(&io.carry[0]).expect("a few words");
            let mut outs = [out.out(), carry.out()];
            pool.install(|| job.kernel.cpu(&Cpu::at(level), &views, &mut outs)).expect("a filled column");
            out.finish(rows).expect("all rows")
        };
        let fresh = || ArrayMut::zeros(&io.outs[0]).expect("memory");
        for &level in &levels {
            let first = fill(level, fresh());
            same(&(job.theirs)(&s), &first, job.dtype);
            let mut kept = Some(first);
            let mut reused = || {
                let old = kept.take().expect("the last round's");
                kept = Some(fill(level, ArrayMut::reuse(old, &io.outs[0]).expect("memory")));
                Box::new(()) as Box<dyn Any>
            };
            let mut anew = || Box::new(fill(level, fresh())) as Box<dyn Any>;
            let mut theirs = || Box::new((job.theirs)(&s)) as Box<dyn Any>;
            let (ours, ours_anew) = (format!("gapwave {level}"), format!("gapwave {level}, fresh memory"));
            let timings = common::interleave(
                rounds,
                &mut [(&ours, &mut reused), (&ours_anew, &mut anew), ("polars", &mut theirs)],
            );
            common::report(&format!("{rows} rows, {}, {threads} thread(s)", job.name), rows as u64, &timings);
        }
    }
}

/// The same column for both; polars' is one chunk with a bitmap.
fn columns(x: Vec<f64>, bits: &Bitmap, dtype: DType) -> (Array, Series) {
    let valid = |i: usize| bits.get(i);
    let array = |a: Array| a.with_valid(bits.clone()).expect("a bit for each row");
    if dtype == DType::F64 {
        let s =
            Float64Chunked::from_iter_options("x".into(), x.iter().enumerate().map(|(i, &v)| valid(i).then_some(v)));
        return (array(Array::from(x)), s.into_series());
    }
    let x: Vec<f32> = x.into_iter().map(|v| v as f32).collect();
    let s = Float32Chunked::from_iter_options("x".into(), x.iter().enumerate().map(|(i, &v)| valid(i).then_some(v)));
    (array(Array::from(x)), s.into_series())
}

/// Panics where the two results are not the same.
fn same(theirs: &Series, ours: &Array, dtype: DType) {
    let near = if dtype == DType::F64 { 1e-12 } else { 1e-5 };
    let theirs = theirs.cast(&DataType::Float64).expect("numbers");
    let theirs = theirs.f64().expect("numbers");
    let valid = ours.valid().expect("a nullable column");
    assert_eq!(theirs.len(), ours.len(), "rows");
    for (i, (x, y)) in real(ours).into_iter().zip(theirs.iter()).enumerate() {
        match y {
            None => assert!(!valid.get(i), "row {i} is missing in polars only"),
            Some(y) => assert!(valid.get(i) && (x - y).abs() <= near, "row {i}: {x}, polars {y}"),
        }
    }
}
