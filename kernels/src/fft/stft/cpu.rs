//! Frames on the CPU: a few at a time are windowed into memory that stays in a cache, transformed, and written out.

use super::super::detrend::Line;
use super::super::engine::{self, Float};
use super::super::rfft::bins;
use super::super::rfft::packed::{self, Tables};
use super::lanes::Frames;
use super::{Detrend, Stft};
use crate::fft::lanes;
use crate::memory;
use crate::{SimdLevel, share};
use fearless_simd::dispatch;
use gapwave_columns::Complex;

/// Numbers of the frames that are worked on together: their spectra and themselves are within a second-level cache.
const BLOCK: usize = 1 << 14;

/// Transforms all frames in the lanes of vectors.
fn in_lanes<T: Float + Tables, const POWER: bool>(
    k: &Stft,
    level: SimdLevel,
    frames: &Frames<T>,
    x: &[T],
    y: &mut [T],
) {
    let row = bins(k.nperseg) * if POWER { 1 } else { 2 };
    let wide = lanes::width::<T>(level);
    let together = (BLOCK / k.nperseg).next_multiple_of(wide).max(wide);
    let copy = if memory::is_long(y) { memory::copy_past } else { |from: &[T], to: &mut [T]| to.copy_from_slice(from) };
    let work = |(block, y): (usize, &mut [T])| {
        let (room, distance) = (frames.room(wide), frames.distance(row));
        lanes::aligned(room + (wide * distance).div_ceil(2), |work| {
            let (field, rows) = work.split_at_mut(2 * room);
            for (group, y) in y.chunks_mut(wide * row).enumerate() {
                let x = (&x[(block * together + group * wide) * k.hop..], k.hop, y.len() / row);
                let rows = &mut rows[..wide * distance];
                dispatch!(level.token(), simd => frames.run::<_, POWER>(simd, x, field, (&mut *rows, distance)));
                // As much as can be at once: it is then not read from memory before it is written.
                if distance == row {
                    copy(&rows[..y.len()], y);
                } else {
                    y.chunks_exact_mut(row).zip(rows.chunks(distance)).for_each(|(y, r)| copy(&r[..row], y));
                }
            }
        });
    };
    share::for_each(true, y.chunks_mut(together * row).enumerate(), work);
}

/// Takes the trend from a frame.
pub(super) fn subtract(what: Detrend, frame: &mut [f64]) {
    match what {
        Detrend::None => {}
        Detrend::Constant => {
            let mean = frame.iter().sum::<f64>() / frame.len() as f64;
            frame.iter_mut().for_each(|y| *y -= mean);
        }
        Detrend::Linear => {
            let Line { mean, slope, middle } = Line::through(frame);
            for (i, y) in frame.iter_mut().enumerate() {
                *y -= mean + slope * (i as f64 - middle);
            }
        }
    }
}

/// Calls `write` with the spectra of some frames and the part of `output` that they belong to.
fn frames<T: Float + Tables, B: Send>(
    k: &Stft,
    level: SimdLevel,
    x: &[T],
    output: &mut [B],
    scale: f64,
    write: impl Fn(&[Complex<T>], &mut [B]) + Sync + Send,
) {
    let (n, bins) = (k.nperseg, bins(k.nperseg));
    let window: Vec<T> = k.window.values(n).into_iter().map(T::of).collect();
    let together = (BLOCK / n).max(1);
    let work = |(block, out): (usize, &mut [B])| {
        let (first, here) = (block * together, out.len() / bins);
        // Numbers of the frames as pairs, then their spectra.
        let room = (here * n).div_ceil(2);
        engine::with_work(room + here * bins, |work| {
            let (pairs, spectra) = work.split_at_mut(room);
            let windowed = &mut bytemuck::cast_slice_mut::<_, T>(pairs)[..here * n];
            for (i, to) in windowed.chunks_exact_mut(n).enumerate() {
                window_frame(k.detrend, &x[(first + i) * k.hop..][..n], &window, to);
            }
            packed::transform(n, level, scale, windowed, spectra);
            write(spectra, out);
        });
    };
    share::for_each(true, output.chunks_mut(together * bins).enumerate(), work);
}

fn window_frame<T: Float>(detrend: Detrend, x: &[T], window: &[T], to: &mut [T]) {
    if detrend == Detrend::None {
        to.iter_mut().zip(x).zip(window).for_each(|((to, &x), &w)| *to = x * w);
        return;
    }
    // In f64: a small signal on a large offset would be lost.
    let mut wide: Vec<f64> = x.iter().map(|x| x.wide()).collect();
    subtract(detrend, &mut wide);
    to.iter_mut().zip(&wide).zip(window).for_each(|((to, &x), &w)| *to = T::of(x) * w);
}

pub(super) fn complex<T: Float + Tables>(k: &Stft, level: SimdLevel, x: &[T], y: &mut [Complex<T>]) {
    let window = k.window.values(k.nperseg);
    let s = k.factor(&window);
    match lanes_of(k, &window, s, Vec::new()) {
        Some(f) => in_lanes::<T, false>(k, level, &f, x, bytemuck::cast_slice_mut(y)),
        None => frames(k, level, x, y, s, |spectra, out| out.copy_from_slice(spectra)),
    }
}

pub(super) fn power<T: Float + Tables>(k: &Stft, level: SimdLevel, x: &[T], y: &mut [T]) {
    let window = k.window.values(k.nperseg);
    let s = k.factor(&window).powi(2);
    let bins = bins(k.nperseg);
    let weights: Vec<T> = (0..bins).map(|bin| T::of(s * k.weight(bin))).collect();
    if let Some(f) = lanes_of(k, &window, 1.0, weights.clone()) {
        return in_lanes::<T, true>(k, level, &f, x, y);
    }
    frames(k, level, x, y, 1.0, |spectra, out| {
        for (row, to) in spectra.chunks_exact(bins).zip(out.chunks_exact_mut(bins)) {
            to.iter_mut().zip(row).zip(&weights).for_each(|((to, z), &w)| *to = (z.re * z.re + z.im * z.im) * w);
        }
    });
}

/// A trend is taken from a frame at a time.
fn lanes_of<T: Float + Tables>(k: &Stft, window: &[f64], scale: f64, weights: Vec<T>) -> Option<Frames<T>> {
    let plain = k.detrend == Detrend::None;
    plain.then(|| Frames::of(k.nperseg, window, scale, weights)).flatten()
}
