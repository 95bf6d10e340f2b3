//! How accurate transforms are on the GPU, at the lengths of `kernels::fft::lengths`, and the laws that find a wrong
//! root of unity where random numbers hide it. `GAPWAVE_GPU` picks an adapter by name.
#![cfg(feature = "gpu")]

mod common;

use gapwave::kernels::case::{random, uniform, uniform_f32};
use gapwave::kernels::fft::lengths::accuracy_lengths;
use gapwave::kernels::fft::{C2c, Irfft, Norm, Rfft};
use gapwave::kernels::{Distance, Kernel, Tolerance};
use gapwave::{Array, Precision, Session};
use gapwave_columns::{Complex32, Complex64};

/// Unit roundoff of f32.
const U: f64 = 1.0 / (1u64 << 24) as f64;

fn noise(seed: u64, n: usize) -> Vec<Complex32> {
    (0..n as u64).map(|i| Complex32::new(uniform(seed, 2 * i) as f32, uniform(seed, 2 * i + 1) as f32)).collect()
}

fn run(session: &Session, kernel: &dyn Kernel, x: &Array) -> Array {
    let mut out = session.run(kernel, x).unwrap_or_else(|e| panic!("{kernel:?} of {:?}: {e}", x.shape())).into_arrays();
    out.swap_remove(0)
}

/// Distance from the oracle in units of `u·√log₂n`, checked against the kernel's bound.
fn error_of(session: &Session, kernel: &dyn Kernel, x: &Array, n: usize) -> f64 {
    let want = kernel.oracle(std::slice::from_ref(x)).expect("an oracle");
    let d = Distance::between(&run(session, kernel, x), &want[0]);
    let Tolerance::Norm { l2, linf } = kernel.tolerance(&[x.meta()]) else { panic!("a norm") };
    let unit = U * (n.max(2) as f64).log2().sqrt();
    assert!(d.l2 <= l2, "{kernel:?} of {n}: L2 {:.2}, allowed {:.2} · u · √log₂n", d.l2 / unit, l2 / unit);
    assert!(d.linf <= linf, "{kernel:?} of {n}: L∞ {:.2}, allowed {:.2} · u · √log₂n", d.linf / unit, linf / unit);
    d.l2 / unit
}

fn accuracy(session: &Session, lengths: &[usize]) {
    // The worst of powers of two and of others: complex, real, and back to real.
    let mut worst = [0.0f64; 6];
    for &n in lengths {
        let at = usize::from(!n.is_power_of_two());
        let e = error_of(session, &C2c::forward(), &Array::from(noise(n as u64, n)), n);
        worst[at] = worst[at].max(e);
        let e = error_of(session, &Rfft::default(), &Array::from(uniform_f32(n as u64, n)), n);
        worst[2 + at] = worst[2 + at].max(e);
        let back = Irfft { n: Some(n), ..Irfft::default() };
        let e = error_of(session, &back, &Array::from(noise(n as u64, n / 2 + 1)), n);
        worst[4 + at] = worst[4 + at].max(e);
    }
    let [complex, real, back] = [0, 2, 4].map(|i| &worst[i..i + 2]);
    println!("{} lengths; worst complex {complex:.2?}, real {real:.2?}, back {back:.2?} · u · √log₂n", lengths.len());
}

#[test]
fn every_length_holds_its_bound() {
    if !common::gpu_or_skip() {
        return;
    }
    let lengths = accuracy_lengths();
    assert!(lengths.iter().filter(|n| n.is_power_of_two()).count() >= 21 && lengths.len() >= 171);
    accuracy(&common::gpu(false, Precision::Native, None), &lengths);
}

#[test]
fn powers_of_two_and_some_others_hold_it_at_the_webgpu_limits() {
    if !common::gpu_or_skip() {
        return;
    }
    let some = |(i, n): (usize, usize)| (n.is_power_of_two() || i % 8 == 3).then_some(n);
    let lengths: Vec<_> = accuracy_lengths().into_iter().enumerate().filter_map(some).collect();
    accuracy(&common::gpu(true, Precision::Native, None), &lengths);
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
            let back = run(&session, &Irfft { n: Some(n), norm, ..Irfft::default() }, &run(&session, &Rfft { norm, ..Rfft::default() }, &real));
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

/// All lengths, by hand: `GAPWAVE_LENGTHS=2..4096 cargo test --release --test fft_accuracy -- --ignored --nocapture`.
#[test]
#[ignore = "an hour on a software adapter"]
fn every_length_of_a_range_holds_its_bound() {
    if !common::gpu_or_skip() {
        return;
    }
    let range = std::env::var("GAPWAVE_LENGTHS").unwrap_or_else(|_| "2..4096".into());
    let ends: Vec<usize> = range.split("..").map(|n| n.parse().expect("GAPWAVE_LENGTHS=FIRST..LAST")).collect();
    let lengths: Vec<_> = (ends[0]..=ends[1]).collect();
    for part in lengths.chunks(64) {
        let start = std::time::Instant::now();
        // A session for some lengths only: it keeps the shaders of all.
        accuracy(&common::gpu(false, Precision::Native, None), part);
        println!("{}..{}: {:.1} s", part[0], part[part.len() - 1], start.elapsed().as_secs_f64());
    }
}
