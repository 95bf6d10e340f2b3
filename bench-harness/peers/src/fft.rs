//! Transforms, on the shapes that `gapwave bench` times too.

use crate::phast::{self, Layout};
use crate::{Checker, Comparison, Contender, Context, Expected};
use gapwave::{Array, View};
use gapwave_harness::Fault;
use gapwave_kernels::fft::{c2c, rfft};
use num_complex::Complex32;
use rayon::prelude::*;
use realfft::RealFftPlanner;
use rustfft::FftPlanner;
use serde_json::json;
use std::rc::Rc;

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let c2c = (c2c::ENTRY.bench)(None).into_iter().map(|case| Comparison {
        id: "fft/c2c",
        shape: format!("{}, complex64", case.name),
        elements: case.ins[0].len() as u64,
        unit: "samples",
        sides: Box::new(move |cx| c2c_sides(cx, &Expected::of(case)?)),
    });
    let rfft = (rfft::ENTRY.bench)(None).into_iter().map(|case| Comparison {
        id: "fft/rfft",
        shape: format!("{}, float32", case.name),
        elements: case.ins[0].len() as u64,
        unit: "samples",
        sides: Box::new(move |cx| rfft_sides(cx, &Expected::of(case)?)),
    });
    c2c.chain(rfft).collect()
}

/// Rows and numbers of a row.
fn shape(a: &Array) -> [usize; 2] {
    [a.shape()[0], a.shape()[1]]
}

/// Compares one buffer of interleaved complex numbers.
fn check(checker: &mut Checker, shape: &[usize], y: &[Complex32]) -> Result<(), String> {
    checker.check(&[View::new(shape, y).map_err(|e| e.to_string())?])
}

/// Numbers of a piece that one thread takes at a time: whole rows, a few pieces for each thread.
pub(crate) fn piece(batch: usize, n: usize, threads: usize) -> usize {
    batch.div_ceil(threads * 4) * n
}

fn c2c_sides(cx: &Context, e: &Rc<Expected>) -> Result<Vec<Contender>, Fault> {
    let x = &e.case().ins[0];
    let [batch, n] = shape(x);
    let mut sides: Vec<Contender> = Contender::gapwave(cx, e)?.into();
    let fft = FftPlanner::<f32>::new().plan_fft_forward(n);
    let zeros = |n: usize| vec![Complex32::default(); n];
    let show = move |y: &mut (Vec<Complex32>, Vec<Complex32>), c: &mut Checker| check(c, &[batch, n], &y.0);

    let (plan, ins) = (fft.clone(), e.clone());
    let run = move |(y, scratch): &mut (Vec<Complex32>, Vec<Complex32>)| -> Result<(), Fault> {
        plan.process_immutable_with_scratch(ins.case().ins[0].as_slice()?, y, scratch);
        Ok(())
    };
    if cx.threads == 1 {
        let state = (zeros(batch * n), zeros(fft.get_immutable_scratch_len()));
        sides.push(Contender::new("rustfft, out of place", e, state, run, show));
        let (plan, ins) = (fft.clone(), e.clone());
        let run = move |(y, scratch): &mut (Vec<Complex32>, Vec<Complex32>)| -> Result<(), Fault> {
            let x = ins.case().ins[0].as_slice::<Complex32>()?;
            // Row by row, so that the copy is in the cache when it is transformed.
            for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)) {
                y.copy_from_slice(x);
                plan.process_with_scratch(y, scratch);
            }
            Ok(())
        };
        let state = (zeros(batch * n), zeros(fft.get_inplace_scratch_len()));
        sides.push(Contender::new("rustfft, in place on a copy", e, state, run, show));
    } else {
        let (plan, ins, piece) = (fft.clone(), e.clone(), piece(batch, n, cx.threads));
        let run = move |(y, _): &mut (Vec<Complex32>, Vec<Complex32>)| -> Result<(), Fault> {
            let x = ins.case().ins[0].as_slice::<Complex32>()?;
            x.par_chunks(piece).zip(y.par_chunks_mut(piece)).for_each_init(
                || vec![Complex32::default(); plan.get_immutable_scratch_len()],
                |scratch, (x, y)| plan.process_immutable_with_scratch(x, y, scratch),
            );
            Ok(())
        };
        sides.push(Contender::new("rustfft, rows by rayon", e, (zeros(batch * n), Vec::new()), run, show));
    }
    if n.is_power_of_two() {
        sides.push(phast::c2c(cx, e, Layout::Split));
        sides.push(phast::c2c(cx, e, Layout::Interleaved));
    }
    sides.extend(python_sides(cx, e, "fft"));
    Ok(sides)
}

struct Real {
    y: Vec<Complex32>,
    row: Vec<f32>,
    scratch: Vec<Complex32>,
}

fn rfft_sides(cx: &Context, e: &Rc<Expected>) -> Result<Vec<Contender>, Fault> {
    let x = &e.case().ins[0];
    let [batch, n] = shape(x);
    let bins = n / 2 + 1;
    let mut sides: Vec<Contender> = Contender::gapwave(cx, e)?.into();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(n);
    let state =
        Real { y: vec![Complex32::default(); batch * bins], row: vec![0.0; n], scratch: fft.make_scratch_vec() };
    let show = move |s: &mut Real, c: &mut Checker| check(c, &[batch, bins], &s.y);
    // realfft uses its input as scratch, so each row is copied first.
    if cx.threads == 1 {
        let (plan, ins) = (fft.clone(), e.clone());
        let run = move |s: &mut Real| -> Result<(), Fault> {
            let x = ins.case().ins[0].as_slice::<f32>()?;
            for (x, y) in x.chunks_exact(n).zip(s.y.chunks_exact_mut(bins)) {
                s.row.copy_from_slice(x);
                plan.process_with_scratch(&mut s.row, y, &mut s.scratch)?;
            }
            Ok(())
        };
        sides.push(Contender::new("realfft", e, state, run, show));
    } else {
        let (plan, ins, rows) = (fft.clone(), e.clone(), piece(batch, 1, cx.threads));
        let run = move |s: &mut Real| -> Result<(), Fault> {
            let x = ins.case().ins[0].as_slice::<f32>()?;
            x.par_chunks(rows * n).zip(s.y.par_chunks_mut(rows * bins)).try_for_each_init(
                || (vec![0.0; n], plan.make_scratch_vec()),
                |(row, scratch), (x, y)| {
                    x.chunks_exact(n).zip(y.chunks_exact_mut(bins)).try_for_each(|(x, y)| {
                        row.copy_from_slice(x);
                        plan.process_with_scratch(row, y, scratch)
                    })
                },
            )?;
            Ok(())
        };
        sides.push(Contender::new("realfft, rows by rayon", e, state, run, show));
    }
    if n.is_power_of_two() {
        sides.push(phast::rfft(cx, e, Layout::Split));
        sides.push(phast::rfft(cx, e, Layout::Interleaved));
    }
    sides.extend(python_sides(cx, e, "rfft"));
    Ok(sides)
}

fn python_sides(cx: &Context, e: &Rc<Expected>, function: &str) -> Vec<Contender> {
    let inputs = [("x", &e.case().ins[0])];
    let side = |name: String, package: &str| {
        Contender::python(cx, e, &name, package, &format!("{function}.{package}"), json!({}), &inputs)
    };
    let scipy = side(format!("scipy.fft.{function}"), "scipy");
    // numpy.fft has no threads.
    if cx.threads == 1 { vec![side(format!("numpy.fft.{function}"), "numpy"), scipy] } else { vec![scipy] }
}
