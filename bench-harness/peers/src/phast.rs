//! phastft's sides. It works in place on separate real and imaginary parts.

use crate::fft::piece;
use crate::{Checker, Contender, Context, Expected};
use gapwave::View;
use gapwave_harness::Fault;
use num_complex::Complex32;
use phastft::planner::{Direction, PlannerDit32, PlannerR2c32};
use phastft::{fft_f32_dit_with_planner, r2c_fft_f32_with_planner};
use rayon::prelude::*;
use std::rc::Rc;

/// How the numbers lie.
#[derive(Clone, Copy, PartialEq)]
pub enum Layout {
    /// Real and imaginary parts apart, as phastft wants them.
    Split,
    /// In pairs, as everyone else has them: they are taken apart before and put together after, row by row.
    Interleaved,
}

/// Its errors grow faster with the length than the kernel's bound, which is that of a good transform: at 2²⁰ numbers
/// they were 1.5 times the bound. It is held to twice the bound, and its name says so.
const TOLERANCE: f64 = 2.0;

impl Layout {
    fn name(self, threads: usize) -> String {
        let layout = if self == Layout::Split { "split" } else { "interleaved" };
        format!("phastft, {layout}{} (2 × tolerance)", if threads > 1 { ", rows by rayon" } else { "" })
    }
}

/// Input parts, output parts, and the output in pairs; what a layout does not need is empty.
struct Parts {
    x: [Vec<f32>; 2],
    re: Vec<f32>,
    im: Vec<f32>,
    pairs: Vec<Complex32>,
}

fn join(re: &[f32], im: &[f32], y: &mut [Complex32]) {
    y.iter_mut().zip(re.iter().zip(im)).for_each(|(y, (&re, &im))| *y = Complex32::new(re, im));
}

fn verify(shape: [usize; 2]) -> impl FnMut(&mut Parts, &mut Checker) -> Result<(), String> {
    move |s, checker| {
        if s.pairs.is_empty() {
            let mut y = vec![Complex32::default(); s.re.len()];
            join(&s.re, &s.im, &mut y);
            return checker.check(&[View::new(&shape, &y).map_err(|e| e.to_string())?]);
        }
        checker.check(&[View::new(&shape, &s.pairs).map_err(|e| e.to_string())?])
    }
}

/// Transforms of complex rows.
pub fn c2c(cx: &Context, e: &Rc<Expected>, layout: Layout) -> Contender {
    let e = &e.within(TOLERANCE);
    let x = &e.case().ins[0];
    let [batch, n] = [x.shape()[0], x.shape()[1]];
    let planner = PlannerDit32::new(n);
    let piece = piece(batch, n, cx.threads);
    let numbers: Vec<Complex32> = x.as_slice().map(<[_]>::to_vec).unwrap_or_default();
    let name = layout.name(cx.threads);
    let zeros = |k: usize| vec![0f32; k];
    match layout {
        Layout::Split => {
            let parts = [numbers.iter().map(|z| z.re).collect(), numbers.iter().map(|z| z.im).collect()];
            let state = Parts { x: parts, re: zeros(batch * n), im: zeros(batch * n), pairs: Vec::new() };
            let run = move |s: &mut Parts| -> Result<(), Fault> {
                let [xr, xi] = &s.x;
                let ins = xr.par_chunks(piece).zip(xi.par_chunks(piece));
                let outs = s.re.par_chunks_mut(piece).zip(s.im.par_chunks_mut(piece));
                ins.zip(outs).for_each(|((xr, xi), (re, im))| {
                    let ins = xr.chunks_exact(n).zip(xi.chunks_exact(n));
                    for ((xr, xi), (re, im)) in ins.zip(re.chunks_exact_mut(n).zip(im.chunks_exact_mut(n))) {
                        re.copy_from_slice(xr);
                        im.copy_from_slice(xi);
                        fft_f32_dit_with_planner(re, im, Direction::Forward, &planner);
                    }
                });
                Ok(())
            };
            Contender::new(name, e, state, run, verify([batch, n]))
        }
        Layout::Interleaved => {
            let none = || [Vec::new(), Vec::new()];
            let pairs = vec![Complex32::default(); batch * n];
            let state = Parts { x: none(), re: Vec::new(), im: Vec::new(), pairs };
            let ins = e.clone();
            let run = move |s: &mut Parts| -> Result<(), Fault> {
                let x = ins.case().ins[0].as_slice::<Complex32>()?;
                x.par_chunks(piece).zip(s.pairs.par_chunks_mut(piece)).for_each_init(
                    || (vec![0f32; n], vec![0f32; n]),
                    |(re, im), (x, y)| {
                        for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)) {
                            for ((re, im), z) in re.iter_mut().zip(im.iter_mut()).zip(x) {
                                (*re, *im) = (z.re, z.im);
                            }
                            fft_f32_dit_with_planner(re, im, Direction::Forward, &planner);
                            join(re, im, y);
                        }
                    },
                );
                Ok(())
            };
            Contender::new(name, e, state, run, verify([batch, n]))
        }
    }
}

/// Transforms of real rows.
pub fn rfft(cx: &Context, e: &Rc<Expected>, layout: Layout) -> Contender {
    let e = &e.within(TOLERANCE);
    let x = &e.case().ins[0];
    let [batch, n] = [x.shape()[0], x.shape()[1]];
    let bins = n / 2 + 1;
    let planner = PlannerR2c32::new(n);
    let rows = piece(batch, 1, cx.threads);
    let split = layout == Layout::Split;
    let room = |wanted: bool| if wanted { vec![0f32; batch * bins] } else { Vec::new() };
    let pairs = if split { Vec::new() } else { vec![Complex32::default(); batch * bins] };
    let state = Parts { x: [Vec::new(), Vec::new()], re: room(split), im: room(split), pairs };
    let ins = e.clone();
    let run = move |s: &mut Parts| -> Result<(), Fault> {
        let x = ins.case().ins[0].as_slice::<f32>()?.par_chunks(rows * n);
        if split {
            let outs = s.re.par_chunks_mut(rows * bins).zip(s.im.par_chunks_mut(rows * bins));
            x.zip(outs).for_each(|(x, (re, im))| {
                let outs = re.chunks_exact_mut(bins).zip(im.chunks_exact_mut(bins));
                for (x, (re, im)) in x.chunks_exact(n).zip(outs) {
                    r2c_fft_f32_with_planner(x, re, im, &planner);
                }
            });
            return Ok(());
        }
        x.zip(s.pairs.par_chunks_mut(rows * bins)).for_each_init(
            || (vec![0f32; bins], vec![0f32; bins]),
            |(re, im), (x, y)| {
                for (x, y) in x.chunks_exact(n).zip(y.chunks_exact_mut(bins)) {
                    r2c_fft_f32_with_planner(x, re, im, &planner);
                    join(re, im, y);
                }
            },
        );
        Ok(())
    };
    Contender::new(layout.name(cx.threads), e, state, run, verify([batch, bins]))
}
