//! Frames: ten minutes of sound at 48 kHz.

use crate::{Checker, Comparison, Contender, Context, Expected};
use gapwave::{Array, View};
use gapwave_harness::Fault;
use gapwave_kernels::Case;
use gapwave_kernels::fft::Stft;
use num_complex::{Complex, Complex32};
use rayon::prelude::*;
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftNum, FftPlanner};
use serde_json::json;

const SAMPLES: usize = 600 * 48_000;
/// Numbers of a frame, and from one to the next.
const FRAMES: [(usize, usize); 5] = [(400, 160), (512, 128), (1024, 256), (2048, 512), (4096, 1024)];

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let of = |(n, hop): (usize, usize)| Comparison {
        id: "stft/stft",
        shape: format!("10 min at 48 kHz, frames of {n} every {hop}, float32"),
        elements: SAMPLES as u64,
        unit: "samples",
        sides: Box::new(move |cx| sides(cx, n, hop)),
    };
    FRAMES.into_iter().map(of).collect()
}

/// As someone would write it who has rustfft and rayon, into rows of bins.
fn complex_by_hand<T: FftNum>(fft: &dyn Fft<T>, x: &[T], window: &[T], hop: usize, y: &mut [Complex<T>]) {
    let (n, zero) = (window.len(), Complex::new(T::zero(), T::zero()));
    let scratch = || (vec![zero; n], vec![zero; fft.get_inplace_scratch_len()]);
    y.par_chunks_mut(n / 2 + 1).enumerate().for_each_init(scratch, |(frame, scratch), (i, y)| {
        for ((z, &x), &w) in frame.iter_mut().zip(&x[i * hop..]).zip(window) {
            *z = Complex::new(x * w, T::zero());
        }
        fft.process_with_scratch(frame, scratch);
        y.copy_from_slice(&frame[..n / 2 + 1]);
    });
}

/// The same who has realfft.
fn real_by_hand(
    fft: &dyn RealToComplex<f32>,
    x: &[f32],
    window: &[f32],
    hop: usize,
    y: &mut [Complex32],
) -> Result<(), Fault> {
    let n = window.len();
    let scratch = || (vec![0.0; n], fft.make_scratch_vec());
    y.par_chunks_mut(n / 2 + 1).enumerate().try_for_each_init(scratch, |(frame, scratch), (i, y)| {
        frame.iter_mut().zip(&x[i * hop..]).zip(window).for_each(|((z, x), w)| *z = x * w);
        fft.process_with_scratch(frame, y, scratch)
    })?;
    Ok(())
}

fn sides(cx: &Context, n: usize, hop: usize) -> Result<Vec<Contender>, Fault> {
    let uniform = |i: usize| gapwave_kernels::case::uniform(1, i as u64) as f32;
    let x: Vec<f32> = (0..SAMPLES).into_par_iter().map(uniform).collect();
    let kernel: Stft = serde_json::from_value(json!({"nperseg": n, "hop": hop, "scaling": "spectrum"}))?;
    let window = kernel.window.values(n);
    let sum: f64 = window.iter().sum();
    let window: Vec<f64> = window.iter().map(|w| w / sum).collect();
    let (frames, bins) = ((SAMPLES - n) / hop + 1, n / 2 + 1);
    // The kernel's own definition sums short frames as they stand, which would take minutes: this is the same in f64.
    let mut want = vec![Complex::new(0.0, 0.0); frames * bins];
    let wide: Vec<f64> = x.iter().map(|&x| x.into()).collect();
    complex_by_hand(FftPlanner::new().plan_fft_forward(n).as_ref(), &wide, &window, hop, &mut want);
    drop(wide);
    let want = Array::new(vec![frames, bins], want)?;
    let case = Case::new("noise", kernel, vec![Array::from(x)]);
    let e = &Expected::given(case, vec![want]);
    let mut sides: Vec<Contender> = Contender::gapwave(cx, e)?.into();
    let narrow: Vec<f32> = window.iter().map(|&w| w as f32).collect();
    let check = move |y: &mut Vec<Complex32>, checker: &mut Checker| {
        checker.check(&[View::new(&[frames, bins], y).map_err(|e| e.to_string())?])
    };
    let zeros = || vec![Complex32::default(); frames * bins];
    let (ins, w, fft) = (e.clone(), narrow.clone(), FftPlanner::<f32>::new().plan_fft_forward(n));
    let run = move |y: &mut Vec<Complex32>| -> Result<(), Fault> {
        complex_by_hand(fft.as_ref(), ins.case().ins[0].as_slice()?, &w, hop, y);
        Ok(())
    };
    sides.push(Contender::new("rustfft and rayon, by hand", e, zeros(), run, check));
    let (ins, fft) = (e.clone(), RealFftPlanner::<f32>::new().plan_fft_forward(n));
    let run = move |y: &mut Vec<Complex32>| real_by_hand(fft.as_ref(), ins.case().ins[0].as_slice()?, &narrow, hop, y);
    sides.push(Contender::new("realfft and rayon, by hand", e, zeros(), run, check));
    let inputs = [("x", &e.case().ins[0])];
    let params = json!({"nperseg": n, "hop": hop});
    sides.push(Contender::python(cx, e, "scipy.signal.stft", "scipy", "stft.scipy", params, &inputs));
    Ok(sides)
}
