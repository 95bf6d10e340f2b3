//! How accurate transforms are on the GPU, at the lengths of `kernels::fft::lengths`, and the laws that find a wrong
//! root of unity where random numbers hide it. `GAPWAVE_GPU` picks an adapter by name.
#![cfg(feature = "gpu")]

mod common;

use gapwave::kernels::case::{random, uniform, uniform_f32};
use gapwave::kernels::fft::lengths::accuracy_lengths;
use gapwave::kernels::fft::{C2c, Irfft, Norm, Recipe, Rfft};
use gapwave::kernels::{Caps, Distance, Kernel, Tolerance};
use gapwave::{Array, Precision, Session};
use gapwave_columns::{Complex32, Complex64};
use std::collections::HashSet;
use std::time::Instant;

/// Unit roundoff of f32.
const U: f64 = 1.0 / (1u64 << 24) as f64;

/// Whether there are butterflies for all prime factors.
fn is_smooth(mut n: usize) -> bool {
    for p in [2, 3, 5, 7, 11, 13] {
        while n.is_multiple_of(p) {
            n /= p;
        }
    }
    n == 1
}

fn noise(seed: u64, n: usize) -> Vec<Complex32> {
    (0..n as u64).map(|i| Complex32::new(uniform(seed, 2 * i) as f32, uniform(seed, 2 * i + 1) as f32)).collect()
}

fn run(session: &Session, kernel: &dyn Kernel, x: &Array) -> Array {
    let mut out = session.run(kernel, x).unwrap_or_else(|e| panic!("{kernel:?} of {:?}: {e}", x.shape())).into_arrays();
    out.swap_remove(0)
}

/// Distance from the oracle in units of `u·√log₂n`, checked against the kernel's bound, and against 1 where there are
/// butterflies for all prime factors. Rows of a few numbers whose sum happens to be small lose more than the mean.
fn error_of(session: &Session, kernel: &dyn Kernel, x: &Array, n: usize) -> f64 {
    let want = kernel.oracle(std::slice::from_ref(x)).expect("an oracle");
    let d = Distance::between(&run(session, kernel, x), &want[0]);
    let Tolerance::Norm { l2, linf } = kernel.tolerance(&[x.meta()]) else { panic!("a norm") };
    let unit = U * (n.max(2) as f64).log2().sqrt();
    let l2 = if is_smooth(n) && n >= 16 { l2.min(unit) } else { l2 };
    assert!(d.l2 <= l2, "{kernel:?} of {n}: L2 {:.2}, allowed {:.2} · u · √log₂n", d.l2 / unit, l2 / unit);
    assert!(d.linf <= linf, "{kernel:?} of {n}: L∞ {:.2}, allowed {:.2} · u · √log₂n", d.linf / unit, linf / unit);
    d.l2 / unit
}

/// Which transforms are tried at a length.
#[derive(Clone, Copy, PartialEq)]
enum Kinds {
    All,
    /// The forward one, and one of the others in turn: a shader for each takes a software adapter long to compile.
    Two,
}

fn accuracy(session: &Session, lengths: &[usize], kinds: Kinds) {
    let names = ["forward", "inverse", "real", "to real"];
    // The worst of smooth lengths and of others.
    let mut worst = [[0.0f64; 2]; 4];
    for (i, &n) in lengths.iter().enumerate() {
        let at = usize::from(!is_smooth(n));
        for (k, worst) in worst.iter_mut().enumerate() {
            if kinds == Kinds::Two && k > 0 && k - 1 != i % 3 {
                continue;
            }
            let seed = n as u64;
            let e = match k {
                0 => error_of(session, &C2c::forward(), &Array::from(noise(seed, n)), n),
                1 => error_of(session, &C2c::inverse(), &Array::from(noise(seed, n)), n),
                2 => error_of(session, &Rfft::default(), &Array::from(uniform_f32(seed, n)), n),
                _ => {
                    let back = Irfft { n: Some(n), ..Irfft::default() };
                    error_of(session, &back, &Array::from(noise(seed, n / 2 + 1)), n)
                }
            };
            worst[at] = worst[at].max(e);
        }
    }
    let shown: Vec<_> = names.iter().zip(worst).map(|(name, [a, b])| format!("{name} {a:.2} / {b:.2}")).collect();
    println!("{} lengths; worst (smooth / other) {} · u · √log₂n", lengths.len(), shown.join(", "));
}

/// At least 150 lengths: the shortest ones that have each pair of radices in a row and each way through the shaders that
/// plans for a device of these limits ever have, and others of `accuracy_lengths` spread over the scale.
fn gpu_lengths(caps: &Caps) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut take = |n: usize| {
        let recipe = Recipe::of(n, 1, caps).expect("a recipe");
        let mut new = false;
        for tile in &recipe.passes {
            let ways = tile.radices.windows(2).map(|w| (w[0], w[1])).chain([(tile.radices.len() as u32, 0)]);
            for way in ways {
                new |= seen.insert((way, 0, false, false));
            }
            let short = tile.r / tile.radices[0] < 8 || tile.r / tile.radices[tile.radices.len() - 1] < 8;
            let path = recipe.passes.len() * 8 + usize::from(recipe.bluestein()) * 4 + usize::from(tile.split) * 2;
            new |= seen.insert(((0, 0), path + n % 2, tile.by_column, short));
        }
        new
    };
    let longer = [8191, 8192, 10_000, 12_288, 16_384, 44_100, 65_537, 100_000, 131_072, 1 << 20, 1_000_000];
    let mut all: Vec<_> = (2..=4096).chain(longer).filter(|&n| take(n)).collect();
    println!("{} ways and pairs of radices in {} lengths", seen.len(), all.len());
    let others: Vec<_> = accuracy_lengths().into_iter().filter(|n| !all.contains(n)).collect();
    let step = (others.len() / 150usize.saturating_sub(all.len()).max(1)).max(1);
    all.extend(others.into_iter().step_by(step));
    all.sort_unstable();
    assert!(all.len() >= 150, "{}", all.len());
    all
}

#[test]
fn every_way_through_the_shaders_holds_its_bound() {
    if !common::gpu_or_skip() {
        return;
    }
    accuracy(&common::gpu(false, Precision::Native, None), &gpu_lengths(&Caps::llvmpipe()), Kinds::Two);
}

#[test]
fn every_third_of_them_at_the_webgpu_limits() {
    if !common::gpu_or_skip() {
        return;
    }
    let lengths: Vec<_> = gpu_lengths(&Caps::webgpu_minimum()).into_iter().step_by(3).collect();
    accuracy(&common::gpu(true, Precision::Native, None), &lengths, Kinds::Two);
}

#[test]
fn round_trips_are_within_twice_the_bound() {
    if !common::gpu_or_skip() {
        return;
    }
    let session = common::gpu(false, Precision::Native, None);
    for n in [1usize, 2, 3, 16, 97, 400, 1000, 4096, 5003, 8192, 65_536, 100_000, 1 << 18] {
        for norm in [Norm::Backward, Norm::Ortho, Norm::Forward] {
            let x = Array::from(noise(3, n));
            let there = C2c::forward().norm(norm);
            let back = run(&session, &C2c::inverse().norm(norm), &run(&session, &there, &x));
            let Tolerance::Norm { l2, .. } = there.tolerance(&[x.meta()]) else { panic!("a norm") };
            let d = Distance::between(&back, &x);
            assert!(d.l2 <= 2.0 * l2, "{n} {norm:?}: {:e} > {:e}", d.l2, 2.0 * l2);
            let real = Array::from(uniform_f32(4, n));
            let back = run(
                &session,
                &Irfft { n: Some(n), norm, ..Irfft::default() },
                &run(&session, &Rfft { norm, ..Rfft::default() }, &real),
            );
            let d = Distance::between(&back, &real);
            assert!(d.l2 <= 2.0 * l2, "real {n} {norm:?}: {:e} > {:e}", d.l2, 2.0 * l2);
        }
    }
}

/// A row with an impulse at each of `at`, and a row with a tone at each of `at`, with their spectra.
fn impulses_and_tones(n: usize, at: &[usize]) -> (Array, Array) {
    let w = |k: u64| Complex64::cis(std::f64::consts::TAU * (k % n as u64) as f64 / n as f64);
    let narrow = |z: Complex64| Complex32::new(z.re as f32, z.im as f32);
    let (mut x, mut want) = (Vec::new(), Vec::new());
    for &a in at {
        x.extend((0..n).map(|j| Complex32::new(if j == a { 1.0 } else { 0.0 }, 0.0)));
        want.extend((0..n).map(|k| w((a * k) as u64).conj()));
        x.extend((0..n).map(|j| narrow(w((a * j) as u64))));
        want.extend((0..n).map(|k| Complex64::new(if k == a { n as f64 } else { 0.0 }, 0.0)));
    }
    let shape = [2 * at.len(), n];
    (Array::new(shape, x).expect("rows"), Array::new(shape, want).expect("rows"))
}

#[test]
fn impulses_and_tones_at_every_position() {
    if !common::gpu_or_skip() {
        return;
    }
    let kernel = C2c::forward();
    for minimum in [false, true] {
        let session = common::gpu(minimum, Precision::Native, None);
        for n in [2usize, 3, 4, 7, 8, 16, 32, 60, 64, 97, 128, 256, 512] {
            let (x, want) = impulses_and_tones(n, &(0..n).collect::<Vec<_>>());
            let result = kernel.tolerance(&[x.meta()]).compare(&run(&session, &kernel, &x), &want);
            assert_eq!(result, Ok(()), "{n}, minimum limits {minimum}");
        }
        // Several passes: the edges of columns, and some in between.
        for n in [8192usize, 16_384, 32_768, 1 << 18, 1 << 19, 1 << 21, 5003, 44_100] {
            let near = [0, 1, 63, 64, 127, 128, 255, 256, 511, 512, n / 2, n / 2 + 1, n - 1];
            let far = (0..if n < 50_000 { 16 } else { 0 }).map(|i| random(11, i) as usize % n);
            let few = if n > 50_000 { 4 } else { 1 };
            let at: Vec<_> = near.into_iter().step_by(few).chain(far).collect();
            let (x, want) = impulses_and_tones(n, &at);
            let result = kernel.tolerance(&[x.meta()]).compare(&run(&session, &kernel, &x), &want);
            assert_eq!(result, Ok(()), "{n}, minimum limits {minimum}");
        }
    }
}

/// By hand: `GAPWAVE_LENGTHS=2..4096 cargo test --release --test fft_accuracy -- --ignored --nocapture`.
#[test]
#[ignore = "hours on a software adapter"]
fn every_length_of_a_range_holds_its_bound() {
    if !common::gpu_or_skip() {
        return;
    }
    let range = std::env::var("GAPWAVE_LENGTHS").unwrap_or_else(|_| "2..4096".into());
    let ends: Vec<usize> = range.split("..").map(|n| n.parse().expect("GAPWAVE_LENGTHS=FIRST..LAST")).collect();
    let lengths: Vec<_> = (ends[0]..=ends[1]).collect();
    for part in lengths.chunks(64) {
        let start = Instant::now();
        // A session for some lengths only: it keeps the shaders of all.
        accuracy(&common::gpu(false, Precision::Native, None), part, Kinds::All);
        println!("{}..{}: {:.1} s", part[0], part[part.len() - 1], start.elapsed().as_secs_f64());
    }
}
