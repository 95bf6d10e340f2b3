//! Planned transforms of one length, over the lengths that rustfft's own benchmarks have and longer ones, and batches of
//! them. The threads are those of rayon's pool in this process, which has as many as each side may use.

use crate::phast::{self, Layout};
use crate::{Checker, Comparison, Contender, Context, Expected};
use gapwave::{Array, View};
use gapwave_harness::Fault;
use gapwave_kernels::fft::{C2c, Rfft};
use gapwave_kernels::{Case, Cpu, Kernel};
use num_complex::Complex32;
use rayon::prelude::*;
use realfft::RealFftPlanner;
use rustfft::FftPlanner;
use std::cell::RefCell;
use std::rc::Rc;

/// Lengths of one row: powers of two, of five and of seven, primes and their like, sample rates, and long ones.
const LENGTHS: [usize; 48] = [
    1 << 6,
    1 << 7,
    1 << 8,
    1 << 9,
    1 << 10,
    1 << 11,
    1 << 12,
    1 << 13,
    1 << 14,
    1 << 15,
    1 << 16,
    1 << 17,
    1 << 18,
    1 << 19,
    1 << 20,
    1 << 21,
    1 << 22,
    1 << 23,
    1 << 24,
    125,
    625,
    3125,
    15_625,
    78_125,
    390_625,
    1_953_125,
    343,
    2401,
    16_807,
    117_649,
    823_543,
    149,
    151,
    251,
    257,
    1009,
    2017,
    2879,
    32_767,
    65_521,
    65_537,
    746_483,
    746_497,
    44_100,
    48_000,
    100_000,
    1_000_000,
    3 << 20,
];
/// Rows of a batch, and their lengths.
const BATCH: usize = 1024;
const BATCHES: [usize; 6] = [64, 256, 1000, 1024, 4096, 16_384];
/// Numbers that an iteration transforms, at least: shorter rows are transformed several times.
const ITERATION: usize = 100_000;
/// Lengths from which on several threads share a complex row. Below it a second run with all threads would be the first
/// again.
const SHARED: usize = 300_000;

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let rows = LENGTHS.into_iter().flat_map(|n| {
        let elements = (n * times(n)) as u64;
        let of = |id,
                  shared: usize,
                  kernel: Rc<dyn Fn() -> Case>,
                  make: fn(&Context, &Rc<Expected>, usize) -> Vec<Contender>| {
            let sides = move |cx: &Context| -> Result<Vec<Contender>, Fault> {
                if cx.threads > 1 && n < shared {
                    return Ok(Vec::new());
                }
                Ok(make(cx, &Expected::of(kernel())?, n))
            };
            let shape = if times(n) > 1 { format!("{n}, {} times", times(n)) } else { n.to_string() };
            Comparison { id, shape, elements, unit: "samples", sides: Box::new(sides) }
        };
        let c = of("planned/c2c", SHARED, Rc::new(move || case(C2c::default(), noise(n), [1, n])), c2c);
        let real = move || case(Rfft::default(), noise(n).iter().map(|z| z.re).collect::<Vec<_>>(), [1, n]);
        // Of real rows, neighbours are one complex number.
        [c, of("planned/rfft", 2 * SHARED, Rc::new(real), rfft)]
    });
    let batches = BATCHES.into_iter().map(|n| Comparison {
        id: "planned/batch",
        shape: format!("{BATCH} × {n}"),
        elements: (BATCH * n) as u64,
        unit: "samples",
        sides: Box::new(move |cx| {
            let case = case(C2c::default(), noise(BATCH * n), [BATCH, n]);
            Ok(batch(cx, &Expected::of(case)?, n))
        }),
    });
    rows.chain(batches).collect()
}

fn times(n: usize) -> usize {
    ITERATION.div_ceil(n)
}

fn noise(n: usize) -> Vec<Complex32> {
    let uniform = gapwave_kernels::case::uniform;
    (0..n as u64).map(|i| Complex32::new(uniform(1, 2 * i) as f32, uniform(1, 2 * i + 1) as f32)).collect()
}

fn case<T: gapwave_columns::Element>(kernel: impl Kernel + 'static, x: Vec<T>, shape: [usize; 2]) -> Case {
    Case::new("noise", kernel, vec![Array::new(shape, x).expect("as many numbers")])
}

/// What all sides of a comparison write into: each in memory of its own differed by up to a tenth from run to run where
/// two made the same call of the same library, by which pages of a cache they happened to get.
type Room = Rc<RefCell<Vec<Complex32>>>;

fn room(numbers: usize) -> Room {
    Rc::new(RefCell::new(vec![Complex32::default(); numbers]))
}

/// A side that calls `run` with what it writes into. What it left is spoilt once it was checked: the next side must
/// write its own.
fn side(
    name: impl Into<String>,
    e: &Rc<Expected>,
    room: &Room,
    shape: [usize; 2],
    mut run: impl FnMut(&mut [Complex32]) -> Result<(), Fault> + 'static,
) -> Contender {
    let check = move |y: &mut Room, checker: &mut Checker| {
        let y = &mut *y.borrow_mut();
        checker.check(&[View::new(&shape, y).map_err(|e| e.to_string())?])?;
        y.fill(Complex32::new(f32::NAN, f32::NAN));
        Ok(())
    };
    Contender::new(name, e, room.clone(), move |y| run(&mut y.borrow_mut()), check)
}

/// The name of a peer that has one thread, whatever it may use.
fn alone(cx: &Context, name: &str) -> String {
    if cx.threads > 1 { format!("{name}, one thread") } else { name.to_owned() }
}

/// One row into another.
type Transform = Box<dyn FnMut(&[Complex32], &mut [Complex32]) -> Result<(), Fault>>;

fn c2c(cx: &Context, e: &Rc<Expected>, n: usize) -> Vec<Contender> {
    let (times, cpu, room) = (times(n), Cpu::best(), room(n));
    let side = |name: &str, mut transform: Transform| {
        let ins = e.clone();
        side(name, e, &room, [1, n], move |y| {
            let x = ins.case().ins[0].as_slice()?;
            (0..times).try_for_each(|_| transform(x, y))
        })
    };
    let mut plan = C2c::forward().planned::<f32>(&cpu, n);
    let fft = FftPlanner::<f32>::new().plan_fft_forward(n);
    let own = move |x: &[Complex32], y: &mut [Complex32]| Ok(plan.run(x, y)?);
    let (out, mut scratch) = (fft.clone(), vec![Complex32::default(); fft.get_immutable_scratch_len()]);
    let immutable = move |x: &[Complex32], y: &mut [Complex32]| {
        out.process_immutable_with_scratch(x, y, &mut scratch);
        Ok(())
    };
    let mut sides = vec![side("gapwave", Box::new(own)), side(&alone(cx, "rustfft"), Box::new(immutable))];
    if cx.threads == 1 {
        let mut plan = C2c::forward().planned::<f32>(&cpu, n);
        let own = move |x: &[Complex32], y: &mut [Complex32]| {
            y.copy_from_slice(x);
            Ok(plan.run_in_place(y)?)
        };
        let mut scratch = vec![Complex32::default(); fft.get_inplace_scratch_len()];
        let theirs = move |x: &[Complex32], y: &mut [Complex32]| {
            y.copy_from_slice(x);
            fft.process_with_scratch(y, &mut scratch);
            Ok(())
        };
        sides.extend([side("gapwave, in place", Box::new(own)), side("rustfft, in place", Box::new(theirs))]);
    }
    if n.is_power_of_two() && n > ITERATION {
        sides.extend([Layout::Split, Layout::Interleaved].map(|layout| phast::c2c(cx, e, layout)));
    }
    sides
}

fn rfft(cx: &Context, e: &Rc<Expected>, n: usize) -> Vec<Contender> {
    let (times, bins) = (times(n), n / 2 + 1);
    let mut plan = Rfft::default().planned::<f32>(&Cpu::best(), n);
    let ins = e.clone();
    let own = move |y: &mut [Complex32]| -> Result<(), Fault> {
        let x = ins.case().ins[0].as_slice()?;
        for _ in 0..times {
            plan.run(x, y)?;
        }
        Ok(())
    };
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(n);
    let (mut row, mut scratch, ins) = (vec![0.0; n], fft.make_scratch_vec(), e.clone());
    // realfft uses its input as scratch, so the row is copied first.
    let theirs = move |y: &mut [Complex32]| -> Result<(), Fault> {
        let x = ins.case().ins[0].as_slice()?;
        for _ in 0..times {
            row.copy_from_slice(x);
            fft.process_with_scratch(&mut row, y, &mut scratch)?;
        }
        Ok(())
    };
    let room = room(bins);
    vec![side("gapwave", e, &room, [1, bins], own), side(alone(cx, "realfft"), e, &room, [1, bins], theirs)]
}

fn batch(cx: &Context, e: &Rc<Expected>, n: usize) -> Vec<Contender> {
    let (room, shape) = (room(BATCH * n), [BATCH, n]);
    let mut plan = C2c::forward().planned::<f32>(&Cpu::best(), n);
    let ins = e.clone();
    let own = move |y: &mut [Complex32]| -> Result<(), Fault> { Ok(plan.run(ins.case().ins[0].as_slice()?, y)?) };
    let fft = FftPlanner::<f32>::new().plan_fft_forward(n);
    let (one, mut scratch, ins) = (fft.clone(), vec![Complex32::default(); fft.get_immutable_scratch_len()], e.clone());
    let alone = move |y: &mut [Complex32]| -> Result<(), Fault> {
        one.process_immutable_with_scratch(ins.case().ins[0].as_slice()?, y, &mut scratch);
        Ok(())
    };
    let mut sides = vec![side("gapwave", e, &room, shape, own), side("rustfft, one thread", e, &room, shape, alone)];
    if cx.threads > 1 {
        let (piece, ins) = (crate::fft::piece(BATCH, n, cx.threads), e.clone());
        let by_rows = move |y: &mut [Complex32]| -> Result<(), Fault> {
            let x = ins.case().ins[0].as_slice::<Complex32>()?;
            x.par_chunks(piece).zip(y.par_chunks_mut(piece)).for_each_init(
                || vec![Complex32::default(); fft.get_immutable_scratch_len()],
                |scratch, (x, y)| fft.process_immutable_with_scratch(x, y, scratch),
            );
            Ok(())
        };
        sides.push(side("rustfft, rows by rayon", e, &room, shape, by_rows));
    }
    sides
}
