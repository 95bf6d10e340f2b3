//! Inputs to try the transform on.

use super::{Detrend, Output, Scaling, Stft};
use crate::case::{Case, uniform_f32};
use crate::fft::Window;
use gapwave_columns::Array;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let windows = [Window::Hann, Window::Boxcar, Window::Kaiser(8.6), Window::Tukey(0.3), Window::Flattop];
    // Frames of every kind of length, overlapping, side by side and with gaps in between; shorter and longer signals.
    let shapes = [
        (0usize, 4usize, 2usize),
        (3, 4, 1),
        (4, 4, 9),
        (100, 1, 1),
        (100, 2, 3),
        (1000, 7, 2),
        (1000, 16, 16),
        (999, 64, 48),
        (3000, 97, 31),
        (5000, 256, 64),
        (4000, 400, 160),
        (2100, 1024, 300),
        (9000, 1000, 1700),
        (20_000, 8192, 4096),
    ];
    for (i, (n, nperseg, hop)) in shapes.into_iter().enumerate() {
        for output in [Output::Complex, Output::Power] {
            let kernel = Stft {
                window: windows[i % windows.len()],
                scaling: [Scaling::None, Scaling::Spectrum, Scaling::Density][i % 3],
                detrend: [Detrend::None, Detrend::None, Detrend::Constant, Detrend::Linear][(i + 1) % 4],
                fs: 48.0,
                output,
                ..Stft::new(nperseg, hop)
            };
            // A frame of one value without its mean is nothing but roundoff.
            let kernel = if nperseg <= 2 { Stft { detrend: Detrend::None, ..kernel } } else { kernel };
            let x = uniform_f32(i as u64, n);
            let name = format!("{n} numbers, {nperseg} every {hop}, {output:?}");
            if nperseg <= 1024 {
                let wide: Vec<f64> = x.iter().map(|&x| f64::from(x).powi(2) - 0.3).collect();
                cases.push(Case::new(format!("{name} float64"), kernel, vec![Array::from(wide)]));
            }
            cases.push(Case::new(name, kernel, vec![Array::from(x)]));
        }
    }
    cases
}

/// Sound: ten seconds of it at 48 kHz, or as much as is asked for.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(480_000);
    let case = |(nperseg, hop): (usize, usize)| {
        let kernel = Stft { scaling: Scaling::Density, output: Output::Power, ..Stft::new(nperseg, hop) };
        Case::new(format!("{n}, {nperseg} every {hop}"), kernel, vec![Array::from(uniform_f32(1, n))])
    };
    [(400, 160), (1024, 256), (4096, 1024)].map(case).into()
}
