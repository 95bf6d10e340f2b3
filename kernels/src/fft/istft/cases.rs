//! Inputs to try the transform on.

use super::{Istft, Scaling, bins};
use crate::case::{Case, uniform_f32};
use crate::fft::Window;
use gapwave_columns::{Array, Complex32, Complex64};

/// Any numbers: a transform need not be that of a signal.
fn spectra(seed: u64, frames: usize, bins: usize) -> Vec<Complex32> {
    uniform_f32(seed, 2 * frames * bins).chunks_exact(2).map(|p| Complex32::new(p[0], p[1])).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let windows = [Window::Hann, Window::Hamming, Window::Kaiser(8.6), Window::Blackman, Window::Boxcar];
    // Frames of every kind of length, side by side and overlapping, none, one and many; parts of several frames.
    let shapes = [
        (0usize, 4usize, 2usize),
        (1, 1, 1),
        (9, 1, 1),
        (1, 7, 2),
        (3, 8, 3),
        (40, 8, 4),
        (1000, 2, 1),
        (500, 7, 2),
        (60, 16, 1),
        (90, 64, 48),
        (77, 97, 31),
        (70, 256, 64),
        (33, 400, 160),
        (9, 1024, 300),
        (300, 127, 1),
        (5, 8192, 4096),
        (41, 16, 16),
    ];
    for (i, (frames, nperseg, hop)) in shapes.into_iter().enumerate() {
        let kernel = Istft {
            window: if hop == nperseg { Window::Boxcar } else { windows[i % windows.len()] },
            scaling: [Scaling::None, Scaling::Spectrum, Scaling::Density][i % 3],
            fs: 48.0,
            ..Istft::new(nperseg, hop)
        };
        let (z, shape) = (spectra(i as u64, frames, bins(nperseg)), [frames, bins(nperseg)]);
        let name = format!("{frames} frames of {nperseg} every {hop}, {}", kernel.window);
        if nperseg <= 1024 {
            // Squares, so that the lower half of the significand is not empty.
            let square = |x: f32| f64::from(x).powi(2) - 0.3;
            let wide: Vec<_> = z.iter().map(|z| Complex64::new(square(z.re), square(z.im))).collect();
            let wide = Array::new(shape, wide).expect("frames times bins");
            cases.push(Case::new(format!("{name} complex128"), kernel, vec![wide]));
        }
        cases.push(Case::new(name, kernel, vec![Array::new(shape, z).expect("frames times bins")]));
    }
    cases
}

/// Sound: ten seconds of it at 48 kHz, or as much as is asked for.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(480_000);
    let case = |(nperseg, hop): (usize, usize)| {
        let kernel = Istft::new(nperseg, hop);
        let frames = kernel.forward().frames(n);
        let z = Array::new([frames, bins(nperseg)], spectra(1, frames, bins(nperseg))).expect("frames times bins");
        Case::new(format!("{n}, {nperseg} every {hop}"), kernel, vec![z])
    };
    [(400, 160), (1024, 256), (4096, 1024)].map(case).into()
}
