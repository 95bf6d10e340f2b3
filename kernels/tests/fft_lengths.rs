//! The transforms on the CPU at every length from 2 to 4096, against the sum that defines them, in f64. Longer ones are in
//! `fft.rs`, against an f64 transform that is held to the sum here.

mod common;

use common::run;
use gapwave_columns::{Array, Complex32, Complex64};
use gapwave_kernels::case::uniform;
use gapwave_kernels::fft::lengths::is_smooth;
use gapwave_kernels::fft::{C2c, Irfft, Rfft};
use gapwave_kernels::{Distance, Kernel, SimdLevel};
use rayon::prelude::*;
use rustfft::FftPlannerScalar;

/// `Σ x[j]·exp(−2πi·jk/n)`. The sums run over four numbers at a time: 2·10¹⁰ products are made here.
fn direct(x: &[Complex64]) -> Vec<Complex64> {
    let n = x.len();
    let roots: Vec<_> = (0..n).map(|k| Complex64::cis(-std::f64::consts::TAU * k as f64 / n as f64)).collect();
    let bin = |k: usize| {
        let mut sums = [Complex64::new(0.0, 0.0); 4];
        let mut at = 0;
        for four in x.chunks(4) {
            for (sum, z) in sums.iter_mut().zip(four) {
                *sum += z * roots[at];
                at += k;
                at -= if at >= n { n } else { 0 };
            }
        }
        sums.iter().sum()
    };
    (0..n).map(bin).collect()
}

/// The worst relative L2 error of smooth lengths and of others, in units of `u·√log₂n`, of what `n` tells.
fn errors_at(n: usize) -> [f64; 2] {
    let unit = f64::powi(2.0, -24) * (n as f64).log2().sqrt();
    let x: Vec<_> = (0..n as u64)
        .map(|i| Complex32::new(uniform(n as u64, 2 * i) as f32, uniform(n as u64, 2 * i + 1) as f32))
        .collect();
    let wide: Vec<_> = x.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect();
    let want = direct(&wide);

    // The f64 transform that judges longer ones.
    let mut fast = wide.clone();
    FftPlannerScalar::new().plan_fft_forward(n).process(&mut fast);
    let d = Distance::between(&Array::from(fast), &Array::from(want.clone()));
    assert!(d.l2 < 2e-14, "{n}: the fast f64 transform is {:e} from the sum", d.l2);

    // The inverse has the bins mirrored, the real part of the numbers the symmetric half of them.
    let inverse: Vec<_> = (0..n).map(|k| want[(n - k) % n] / n as f64).collect();
    let real = Array::from(x.iter().map(|z| z.re).collect::<Vec<f32>>());
    let half: Vec<_> = (0..=n / 2).map(|k| (want[k] + want[(n - k) % n].conj()) * 0.5).collect();
    let bins = Array::from(x[..=n / 2].to_vec());
    let mut whole: Vec<_> = (0..n).map(|k| if k <= n / 2 { wide[k] } else { wide[n - k].conj() }).collect();
    whole[0].im = 0.0;
    if n % 2 == 0 {
        whole[n / 2].im = 0.0;
    }
    FftPlannerScalar::new().plan_fft_inverse(n).process(&mut whole);
    let back: Vec<f64> = whole.iter().map(|z| z.re / n as f64).collect();

    let to_real = Irfft { n: Some(n), ..Irfft::default() };
    let x = Array::from(x);
    let all: [(&dyn Kernel, &Array, Array); 4] = [
        (&C2c::forward(), &x, Array::from(want)),
        (&C2c::inverse(), &x, Array::from(inverse)),
        (&Rfft::default(), &real, Array::from(half)),
        (&to_real, &bins, Array::from(back)),
    ];
    // Rows of a few numbers whose sum happens to be small lose more than the mean: the kernels' own bound is for them.
    let smooth = is_smooth(n) && n >= 16;
    let bound = if smooth { 1.0 } else { 2.0 };
    let mut worst = [0.0f64; 2];
    for (k, x, want) in &all {
        for level in SimdLevel::available() {
            let d = Distance::between(&run(*k, level, x), want);
            let (l2, linf) = (d.l2 / unit, d.linf / unit);
            assert!(l2 <= bound, "{k:?} of {n}, {level}: L2 {l2:.2} · u · √log₂n, allowed {bound}");
            assert!(linf <= 4.0 * bound, "{k:?} of {n}, {level}: L∞ {linf:.2} · u · √log₂n, allowed {}", 4.0 * bound);
            worst[usize::from(!smooth)] = worst[usize::from(!smooth)].max(l2);
        }
    }
    worst
}

#[test]
fn every_length_to_4096_holds_its_bound() {
    let worst =
        (2..4097usize).into_par_iter().map(errors_at).reduce(|| [0.0; 2], |a, b| [a[0].max(b[0]), a[1].max(b[1])]);
    println!("2 to 4096, all levels: worst smooth {:.2}, worst other {:.2} · u · √log₂n", worst[0], worst[1]);
    assert!(worst.iter().all(|w| *w > 0.3), "nothing was compared");
}
