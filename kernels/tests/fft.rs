//! The transforms on the CPU, at every level: against the definition, and by the laws that hold between transforms.

mod common;

use common::run;
use gapwave_columns::{Array, Complex32, Complex64, Meta};
use gapwave_kernels::case::{uniform, uniform_f32};
use gapwave_kernels::fft::c2c::C2c;
use gapwave_kernels::fft::irfft::Irfft;
use gapwave_kernels::fft::lengths::{accuracy_lengths, is_smooth};
use gapwave_kernels::fft::rfft::Rfft;
use gapwave_kernels::fft::{Axes, Norm, c2c, irfft, rfft};
use gapwave_kernels::{Distance, Kernel, SimdLevel, Tolerance};
use proptest::prelude::*;

const U32: f64 = 1.0 / (1u64 << 24) as f64;
/// Twice the unit roundoff: rustfft makes its f64 roots of unity from f64 angles.
const U64: f64 = 1.0 / (1u64 << 52) as f64;

fn noise(seed: u64, n: usize) -> Vec<Complex32> {
    (0..n as u64).map(|i| Complex32::new(uniform(seed, 2 * i) as f32, uniform(seed, 2 * i + 1) as f32)).collect()
}

fn noise64(seed: u64, n: usize) -> Vec<Complex64> {
    (0..n as u64).map(|i| Complex64::new(uniform(seed, 2 * i), uniform(seed, 2 * i + 1))).collect()
}

/// `Σ x[j]·exp(−2πi·jk/n)`, written here once more so that nothing is shared with what is tested.
fn direct(x: &[Complex64]) -> Vec<Complex64> {
    let n = x.len();
    let term = |j: usize, k: usize| x[j] * Complex64::cis(-std::f64::consts::TAU * (j * k % n) as f64 / n as f64);
    (0..n).map(|k| (0..n).map(|j| term(j, k)).sum()).collect()
}

fn single(v: &[Complex64]) -> Array {
    Array::from(v.to_vec())
}

/// The transform back to `n` real numbers.
fn to(n: usize) -> Irfft {
    Irfft { n: Some(n), ..Irfft::default() }
}

fn check(what: &str, k: &dyn Kernel, level: SimdLevel, x: &Array, want: &Array) {
    let got = run(k, level, x);
    if let Err(e) = k.tolerance(&[x.meta()]).compare(&got, want) {
        panic!("{what}, {level}: {e}");
    }
}

#[test]
fn every_case_agrees_with_the_definition() {
    for entry in [&c2c::ENTRY, &rfft::ENTRY, &irfft::ENTRY] {
        for case in (entry.cases)() {
            let want = case.kernel.oracle(&case.ins).unwrap();
            for level in SimdLevel::available() {
                check(&case.name, case.kernel.as_ref(), level, &case.ins[0], &want[0]);
            }
        }
    }
}

#[test]
fn small_lengths_agree_with_the_direct_sum() {
    for n in 1..=130 {
        let x = noise(n as u64, n);
        let wide: Vec<_> = x.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect();
        let want = direct(&wide);
        let mirrored: Vec<_> = (0..n).map(|k| want[(n - k) % n] / n as f64).collect();
        let real: Vec<f32> = x.iter().map(|z| z.re).collect();
        let real_wide: Vec<_> = real.iter().map(|&r| Complex64::new(r.into(), 0.0)).collect();
        let half = direct(&real_wide)[..n / 2 + 1].to_vec();
        let bins = Array::from(x[..n / 2 + 1].to_vec());
        // Numbers of a spectrum by its symmetry, those of which only the real part counts among them.
        let whole: Vec<_> = (0..n)
            .map(|k| match (2 * k % n, k <= n / 2) {
                (0, _) => Complex64::new(wide[k].re, 0.0),
                (_, true) => wide[k],
                (_, false) => wide[n - k].conj(),
            })
            .collect();
        let sums = direct(&whole);
        let numbers: Vec<f64> = (0..n).map(|j| sums[(n - j) % n].re / n as f64).collect();
        for level in SimdLevel::available() {
            check(&format!("forward {n}"), &C2c::forward(), level, &Array::from(x.clone()), &single(&want));
            check(&format!("inverse {n}"), &C2c::inverse(), level, &Array::from(x.clone()), &single(&mirrored));
            check(&format!("real {n}"), &Rfft::default(), level, &Array::from(real.clone()), &single(&half));
            check(&format!("to real {n}"), &to(n), level, &bins, &Array::from(numbers.clone()));
        }
    }
}

#[test]
fn an_impulse_at_every_position_and_a_tone_at_every_bin() {
    for n in [5usize, 12, 16, 60, 97, 128, 256] {
        let w = |k: usize| Complex64::cis(std::f64::consts::TAU * (k % n) as f64 / n as f64);
        let narrow = |z: Complex64| Complex32::new(z.re as f32, z.im as f32);
        for at in 0..n / 2 + 1 {
            // A wave from one bin of its spectrum.
            let bin = |k| Complex32::new(if k == at { 0.6 } else { 0.0 }, if k == at { 0.8 } else { 0.0 });
            let y = Array::from((0..n / 2 + 1).map(bin).collect::<Vec<_>>());
            let wave = |j: usize| match 2 * at % n {
                0 => f64::from(0.6f32) * w(j * at).re,
                _ => 2.0 * (Complex64::new(0.6f32.into(), 0.8f32.into()) * w(j * at)).re,
            };
            let want = Array::from((0..n).map(wave).collect::<Vec<_>>());
            for level in SimdLevel::available() {
                let k = Irfft { n: Some(n), norm: Norm::Forward, ..Irfft::default() };
                check(&format!("bin {at} of {n}"), &k, level, &y, &want);
            }
        }
        for at in 0..n {
            // One row with an impulse at `at`, one with a tone at bin `at`.
            let mut x = vec![Complex32::new(0.0, 0.0); 2 * n];
            x[at] = Complex32::new(1.0, 0.0);
            (0..n).for_each(|j| x[n + j] = narrow(w(j * at)));
            let mut want: Vec<_> = (0..n).map(|k| w(at * k).conj()).collect();
            want.extend((0..n).map(|k| Complex64::new(if k == at { n as f64 } else { 0.0 }, 0.0)));
            let (x, want) = (Array::new([2, n], x).unwrap(), Array::new([2, n], want).unwrap());
            for level in SimdLevel::available() {
                check(&format!("{at} of {n}"), &C2c::forward(), level, &x, &want);
            }
        }
    }
}

#[test]
fn round_trips_are_within_twice_the_bound() {
    for n in [1usize, 2, 3, 7, 30, 64, 100, 101, 1000, 1024, 4096, 4099, 65_536] {
        for norm in [Norm::Backward, Norm::Ortho, Norm::Forward] {
            let x = Array::from(noise(3, n));
            let there = C2c::forward().norm(norm);
            for level in SimdLevel::available() {
                let back = run(&C2c::inverse().norm(norm), level, &run(&there, level, &x));
                let Tolerance::Norm { l2, .. } = there.tolerance(&[x.meta()]) else { panic!("a norm") };
                let d = Distance::between(&back, &x);
                assert!(d.l2 <= 2.0 * l2, "{n} {norm:?} {level}: {:e} > {:e}", d.l2, 2.0 * l2);
                let real = Array::from(uniform_f32(4, n));
                let back = run(
                    &Irfft { n: Some(n), norm, ..Irfft::default() },
                    level,
                    &run(&Rfft { norm, ..Rfft::default() }, level, &real),
                );
                let d = Distance::between(&back, &real);
                assert!(d.l2 <= 2.0 * l2, "real {n} {norm:?} {level}: {:e} > {:e}", d.l2, 2.0 * l2);
            }
        }
    }
}

/// Relative L2 error of the forward transform in units of `u·√log₂n`.
fn error_of(x: &Array, want: &Array, u: f64, n: usize, k: &dyn Kernel, level: SimdLevel) -> (f64, f64) {
    let unit = u * (n.max(2) as f64).log2().sqrt();
    let d = Distance::between(&run(k, level, x), want);
    (d.l2 / unit, d.linf / unit)
}

#[test]
fn accuracy_up_to_a_million_points() {
    let lengths = accuracy_lengths();
    assert!(lengths.len() >= 171);
    // rustfft has one code for AVX2 and AVX-512; scalar code is too slow for the long ones in a debug build.
    let levels = [SimdLevel::Scalar, SimdLevel::best()];
    let mut worst = [0.0f64; 2];
    for &n in &lengths {
        let x = Array::from(noise(n as u64, n));
        let real = Array::from(uniform_f32(n as u64, n));
        let (k, r) = (C2c::forward(), Rfft::default());
        let (bins, i) = (Array::from(noise(n as u64, n / 2 + 1)), to(n));
        let (want, want_real) =
            (k.oracle(std::slice::from_ref(&x)).unwrap(), r.oracle(std::slice::from_ref(&real)).unwrap());
        let want_back = i.oracle(std::slice::from_ref(&bins)).unwrap();
        let allowed = if is_smooth(n) { 1.0 } else { 2.0 };
        for level in levels.into_iter().skip(usize::from(n > 1 << 17)) {
            for (what, (l2, linf)) in [
                ("complex", error_of(&x, &want[0], U32, n, &k, level)),
                ("real", error_of(&real, &want_real[0], U32, n, &r, level)),
                ("to real", error_of(&bins, &want_back[0], U32, n, &i, level)),
            ] {
                assert!(l2 <= allowed, "{what} {n} {level}: L2 {l2:.2}·u·√log₂n, allowed {allowed}");
                assert!(linf <= 4.0 * allowed, "{what} {n} {level}: L∞ {linf:.2}·u·√log₂n");
                let class = usize::from(!is_smooth(n));
                worst[class] = worst[class].max(l2);
            }
        }
    }
    println!("{} lengths; worst smooth {:.2}, worst other {:.2} · u · √log₂n", lengths.len(), worst[0], worst[1]);
}

#[test]
fn long_transforms_are_shared_out_over_threads() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    // Powers of two, smooth ones, an odd one, and a prime that cannot be shared out.
    for n in [1usize << 19, 786_432, 823_543, 1_000_000, 1 << 20, 524_287] {
        let allowed = if is_smooth(n) { 1.0 } else { 2.0 };
        let x = Array::new([2, n], noise(n as u64, 2 * n)).unwrap();
        let real = Array::from(uniform_f32(n as u64, 2 * n));
        let (k, r) = (C2c::inverse().norm(Norm::Forward), Rfft::default());
        let (want, want_real) =
            (k.oracle(std::slice::from_ref(&x)).unwrap(), r.oracle(std::slice::from_ref(&real)).unwrap());
        let level = SimdLevel::best();
        let (l2, linf) = pool.install(|| error_of(&x, &want[0], U32, n, &k, level));
        assert!(l2 <= allowed && linf <= 4.0 * allowed, "{n}: L2 {l2:.2}, L∞ {linf:.2} · u · √log₂n");
        let (l2, linf) = pool.install(|| error_of(&real, &want_real[0], U32, 2 * n, &r, level));
        assert!(l2 <= allowed && linf <= 4.0 * allowed, "real {n}: L2 {l2:.2}, L∞ {linf:.2} · u · √log₂n");
        let (bins, i) = (Array::from(noise(n as u64, n + 1)), to(2 * n));
        let want = i.oracle(std::slice::from_ref(&bins)).unwrap();
        let (l2, linf) = pool.install(|| error_of(&bins, &want[0], U32, 2 * n, &i, level));
        assert!(l2 <= allowed && linf <= 4.0 * allowed, "to real {n}: L2 {l2:.2}, L∞ {linf:.2} · u · √log₂n");
        // Cutting a batch changes no bit.
        let alone = pool.install(|| run(&k, level, &x.slice_rows(1, 1).unwrap()));
        assert_eq!(alone, pool.install(|| run(&k, level, &x)).slice_rows(1, 1).unwrap(), "{n}");
    }
}

#[test]
fn accuracy_in_double_precision() {
    let mut worst = [0.0f64; 2];
    for n in accuracy_lengths().into_iter().filter(|&n| n <= 600 || (n <= 5000 && is_smooth(n))) {
        let x = Array::from(noise64(n as u64, n));
        let k = C2c::forward();
        let want = k.oracle(std::slice::from_ref(&x)).unwrap();
        let allowed = if is_smooth(n) { 1.0 } else { 2.0 };
        for level in SimdLevel::available() {
            let (l2, linf) = error_of(&x, &want[0], U64, n, &k, level);
            assert!(l2 <= allowed && linf <= 4.0 * allowed, "{n} {level}: L2 {l2:.2}, L∞ {linf:.2} · u · √log₂n");
            worst[usize::from(!is_smooth(n))] = worst[usize::from(!is_smooth(n))].max(l2);
            let (bins, i) = (Array::from(noise64(n as u64, n / 2 + 1)), to(n));
            let want = i.oracle(std::slice::from_ref(&bins)).unwrap();
            let (l2, linf) = error_of(&bins, &want[0], U64, n, &i, level);
            assert!(l2 <= allowed && linf <= 4.0 * allowed, "to real {n} {level}: L2 {l2:.2}, L∞ {linf:.2}");
        }
    }
    println!("worst smooth {:.2}, worst other {:.2} · u · √log₂n", worst[0], worst[1]);
}

#[test]
fn the_bits_of_a_row_do_not_depend_on_its_neighbours() {
    for n in (1..=70).chain([100, 128, 256, 1000, 1024, 4096]) {
        let x = noise(n as u64, 3 * n);
        let (k, r) = (C2c::forward(), Rfft::default());
        let real: Vec<f32> = x.iter().map(|z| z.im).collect();
        for level in SimdLevel::available() {
            let all = run(&k, level, &Array::new([3, n], x.clone()).unwrap());
            let all_real = run(&r, level, &Array::new([3, n], real.clone()).unwrap());
            let bins = n / 2 + 1;
            let back = run(&to(n), level, &Array::new([3, bins], x[..3 * bins].to_vec()).unwrap());
            for (i, row) in x.chunks_exact(n).enumerate() {
                let spectrum = Array::new([1, bins], x[i * bins..][..bins].to_vec()).unwrap();
                assert_eq!(
                    run(&to(n), level, &spectrum),
                    back.slice_rows(i, 1).unwrap(),
                    "back, row {i} of {n} at {level}"
                );
                let alone = run(&k, level, &Array::new([1, n], row.to_vec()).unwrap());
                assert_eq!(alone, all.slice_rows(i, 1).unwrap(), "row {i} of {n} at {level}");
                let alone = run(&r, level, &Array::new([1, n], real[i * n..][..n].to_vec()).unwrap());
                assert_eq!(alone, all_real.slice_rows(i, 1).unwrap(), "real row {i} of {n} at {level}");
            }
        }
    }
}

#[test]
fn what_is_not_taken_is_refused() {
    let k = C2c::forward();
    let refuse = |k: &dyn Kernel, m: Meta| k.infer(&[m]).unwrap_err().to_string();
    use gapwave_columns::DType::{Complex64 as C, F32, I16};
    assert!(refuse(&k, Meta::new(F32, [4])).contains("float32"));
    assert!(refuse(&k, Meta::new(C, [4]).nullable(true)).contains("fill the gaps first"));
    let along = |axes: &[i8]| C2c::forward().axes(Axes::new(axes).unwrap());
    assert!(refuse(&along(&[-4]), Meta::new(C, [4, 4, 4])).contains("axis -4 of an array of 3 axes"));
    assert!(refuse(&along(&[0, -3]), Meta::new(C, [4, 4, 4])).contains("named twice"));
    for wrong in ["axes = []", "axes = [0, 1, 2, 3]", "axes = [0.5]", "axes = 1"] {
        assert!((c2c::ENTRY.parse)(wrong.parse().unwrap()).is_err(), "{wrong}");
    }
    assert!(refuse(&Rfft::default(), Meta::new(I16, [4])).contains("int16"));
    assert!(refuse(&Rfft::default(), Meta::new(F32, [2, 4]).nullable(true)).contains("impute"));
    assert!(refuse(&to(6), Meta::new(C, [3])).contains("6 numbers has 4 bins, got 3"), "nothing is padded");
    assert!(refuse(&to(5), Meta::new(C, [2, 4])).contains("5 numbers has 3 bins, got 4"), "nothing is cut off");
    assert!(refuse(&to(0), Meta::new(C, [1])).contains("0 bins"));
    assert!(refuse(&to(usize::MAX), Meta::new(C, [4])).contains("bins"));
    assert!(refuse(&Irfft::default(), Meta::new(C, [1])).contains("say n = 1"));
    assert!(refuse(&Irfft::default(), Meta::new(F32, [4])).contains("float32"));
    assert!((irfft::ENTRY.parse)("n = -1".parse().unwrap()).is_err());
    assert!((c2c::ENTRY.parse)("direction = \"sideways\"".parse().unwrap()).is_err());
    assert!((c2c::ENTRY.parse)("n = 16".parse().unwrap()).is_err(), "the input has the length");
    let k = (c2c::ENTRY.parse)("direction = \"inverse\"\nnorm = \"ortho\"".parse().unwrap()).unwrap();
    assert_eq!(format!("{k:?}"), format!("{:?}", C2c::inverse().norm(Norm::Ortho)));
}

fn norm2(a: &[Complex32]) -> f64 {
    a.iter().map(|z| f64::from(z.re).powi(2) + f64::from(z.im).powi(2)).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_shape(batch in 0usize..9, n in 0usize..700, seed in 0u64..1000, level in 0usize..8) {
        let levels = SimdLevel::available();
        let level = levels[level % levels.len()];
        let ortho = C2c::forward().norm(Norm::Ortho);
        let (x, y) = (noise(seed, batch * n), noise(seed + 5000, batch * n));
        let sum: Vec<_> = x.iter().zip(&y).map(|(a, b)| a * 0.5 + b * 0.25).collect();
        let array = |v: &[Complex32]| Array::new([batch, n], v.to_vec()).unwrap();
        let [fx, fy, fsum] = [&x, &y, &sum].map(|v| run(&ortho, level, &array(v)));
        let tol = 4.0 * U32 * (n.max(2) as f64).log2().sqrt();
        let fx: &[Complex32] = fx.as_slice().unwrap();
        // Parseval, row by row.
        for (a, b) in x.chunks_exact(n.max(1)).zip(fx.chunks_exact(n.max(1))) {
            prop_assert!((norm2(a) - norm2(b)).abs() <= tol * norm2(a));
        }
        // Linearity.
        let combined: Vec<_> = fx.iter().zip(fy.as_slice::<Complex32>().unwrap()).map(|(a, b)| a * 0.5 + b * 0.25).collect();
        prop_assert!(Distance::between(&fsum, &array(&combined)).l2 <= 2.0 * tol);
        // A row alone gives the same bits as in its batch.
        for (row, want) in x.chunks_exact(n.max(1)).zip(fx.chunks_exact(n.max(1))) {
            let alone = run(&ortho, level, &Array::from(row.to_vec()));
            prop_assert_eq!(alone.as_slice::<Complex32>().unwrap(), want);
        }
    }

    #[test]
    fn a_real_signal_has_a_mirrored_spectrum(batch in 1usize..5, n in 1usize..700, seed in 0u64..1000) {
        let level = SimdLevel::best();
        let real = uniform_f32(seed, batch * n);
        let wide: Vec<_> = real.iter().map(|&re| Complex32::new(re, 0.0)).collect();
        let full = run(&C2c::forward(), level, &Array::new([batch, n], wide).unwrap());
        let half = run(&Rfft::default(), level, &Array::new([batch, n], real).unwrap());
        let bins = n / 2 + 1;
        let (full, half) = (full.as_slice::<Complex32>().unwrap(), half.as_slice::<Complex32>().unwrap());
        let tol = 4.0 * U32 * (n.max(2) as f64).log2().sqrt();
        for (f, h) in full.chunks_exact(n).zip(half.chunks_exact(bins)) {
            let size = norm2(f);
            for (k, z) in h.iter().enumerate() {
                prop_assert!(f64::from((f[k] - z).norm()) <= tol * size);
                prop_assert!(f64::from((f[(n - k) % n].conj() - z).norm()) <= tol * size);
            }
            prop_assert_eq!(h[0].im, 0.0);
            prop_assert!(n % 2 == 1 || h[n / 2].im == 0.0);
        }
    }
}
