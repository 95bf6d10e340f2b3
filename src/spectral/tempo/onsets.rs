//! How strongly something begins, moment by moment.

use crate::{Control, Error, Provenance, Result, Session};
use gapwave_columns::Chunk;
use gapwave_datasets::{Sink, Source};
use gapwave_kernels::fft::Stft;
use gapwave_kernels::fft::stft::{Output, Scaling};
use gapwave_kernels::real;

/// Seconds of a frame: long enough for the lowest band, short enough for a beat to be sharp.
const FRAME: f64 = 0.046;
/// Frames that begin within one.
const OVERLAP: usize = 8;
/// Lowest rate of sound that has enough bands.
const RATES: std::ops::RangeInclusive<f64> = 2000.0..=1e7;
/// Edges of the bands are this factor apart: a third of an octave.
const THIRD: f64 = 1.259_921_049_894_873;
/// Lowest edge, in Hz: what is below is wind and rumble.
const LOWEST: f64 = 30.0;
/// Seconds over which a band's power is known.
const MEMORY: f64 = 4.0;
/// What a band has at least, beside the mean of all: leaks of other bands are no onsets.
const FLOOR: f64 = 1e-4;
/// Seconds of the mean that is taken away.
const AROUND: f64 = 1.0;

/// The strength of onsets over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Values per second.
    pub rate: f64,
    /// Seconds from the beginning of the sound to the first value.
    pub start: f64,
    /// What rose in a frame, in nepers summed over bands, less the mean of the second around.
    pub strength: Vec<f64>,
    /// The same without that mean taken away, the largest.
    pub(super) largest: f64,
}

/// Bins of each band: the first, and the one after the last.
fn bands(nperseg: usize, fs: f64) -> Vec<[usize; 2]> {
    let (bins, width) = (nperseg / 2 + 1, fs / nperseg as f64);
    let mut edge = LOWEST;
    let mut at = (LOWEST / width).round().max(1.0) as usize;
    let mut all = Vec::new();
    while at < bins {
        edge *= THIRD;
        // A bin at least.
        let to = ((edge / width).round() as usize).min(bins);
        if to > at {
            all.push([at, to]);
            at = to;
        }
    }
    all
}

/// Frames' powers on their way into an envelope.
struct Onsets {
    bands: Vec<[usize; 2]>,
    /// What of a band's power is still known a frame later.
    keep: f64,
    /// Of each band, what it had of late, not yet divided by `weight`.
    late: Vec<f64>,
    weight: f64,
    before: Vec<f64>,
    here: Vec<f64>,
    flux: Vec<f32>,
}

impl Onsets {
    fn frame(&mut self, powers: &[f64]) {
        self.weight = self.weight * self.keep + (1.0 - self.keep);
        for ((&[from, to], here), late) in self.bands.iter().zip(&mut self.here).zip(&mut self.late) {
            *here = powers[from..to].iter().sum();
            *late = *late * self.keep + *here * (1.0 - self.keep);
        }
        let mean = self.late.iter().sum::<f64>() / self.bands.len() as f64;
        let mut rise = 0.0;
        for ((here, late), before) in self.here.iter().zip(&self.late).zip(&mut self.before) {
            let known = (late + FLOOR * mean) / self.weight;
            let level = if known > 0.0 { (here / known).ln_1p() } else { 0.0 };
            rise += (level - *before).max(0.0);
            *before = level;
        }
        // The first frame follows nothing.
        self.flux.push(if self.flux.is_empty() { 0.0 } else { rise as f32 });
    }
}

impl Sink for Onsets {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        let Some(powers) = chunk.cols.first() else { return Ok(()) };
        let width = powers.shape().get(1).copied().unwrap_or(1).max(1);
        real(powers).chunks_exact(width).for_each(|frame| self.frame(frame));
        Ok(())
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        Ok(())
    }
}

/// The envelope of a column of sound.
pub(super) fn envelope(
    session: &Session,
    source: &mut dyn Source,
    column: usize,
    fs: f64,
    control: &Control,
) -> Result<(Envelope, Provenance)> {
    if !RATES.contains(&fs) {
        return Err(Error::Usage(format!(
            "{fs} samples a second: the tempo of sound is read at rates of 2000 and more"
        )));
    }
    // The power of two that is nearest by ratio.
    let nperseg = 1usize << (FRAME * fs).log2().round() as u32;
    let hop = nperseg / OVERLAP;
    let kernel = Stft { fs, output: Output::Power, scaling: Scaling::Spectrum, ..Stft::new(nperseg, hop) };
    let bands = bands(nperseg, fs);
    let rate = fs / hop as f64;
    let zeros = vec![0.0; bands.len()];
    let mut onsets = Onsets {
        keep: (-1.0 / (MEMORY * rate)).exp(),
        late: zeros.clone(),
        weight: 0.0,
        before: zeros.clone(),
        here: zeros,
        flux: Vec::new(),
        bands,
    };
    let provenance = session.drive(&kernel, source, &[column], &mut onsets, control)?;
    if onsets.late.iter().any(|p| !p.is_finite()) {
        return Err(Error::Usage(
            "the sound has values that are no numbers, or too large ones: fill the gaps first".into(),
        ));
    }
    let largest = onsets.flux.iter().copied().fold(0.0, f32::max).into();
    let strength = less_mean(&onsets.flux, (AROUND * rate / 2.0) as usize);
    Ok((Envelope { rate, start: nperseg as f64 / 2.0 / fs, strength, largest }, provenance))
}

/// Numbers less the mean of those around, `half` on each side.
fn less_mean(x: &[f32], half: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(x.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for &x in x {
        sum += f64::from(x);
        sums.push(sum);
    }
    let at = |(i, &x): (usize, &f32)| {
        let (from, to) = (i.saturating_sub(half), (i + half + 1).min(sums.len() - 1));
        f64::from(x) - (sums[to] - sums[from]) / (to - from) as f64
    };
    x.iter().enumerate().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_side_by_side_and_reach_the_top() {
        for (nperseg, fs) in [(128, 2000.0), (1024, 22_050.0), (2048, 44_100.0), (8192, 192_000.0)] {
            let all = bands(nperseg, fs);
            assert!(all.len() >= 12, "{fs}: {}", all.len());
            assert!(all.windows(2).all(|w| w[0][1] == w[1][0]) && all.iter().all(|b| b[1] > b[0]));
            assert_eq!(all.last().map(|b| b[1]), Some(nperseg / 2 + 1));
        }
    }

    #[test]
    fn the_mean_around_is_taken_away() {
        assert_eq!(less_mean(&[1.0; 5], 2), [0.0; 5]);
        assert_eq!(less_mean(&[0.0, 0.0, 3.0, 0.0, 0.0], 1), [0.0, -1.0, 2.0, -1.0, 0.0]);
        assert!(less_mean(&[], 3).is_empty());
    }
}
