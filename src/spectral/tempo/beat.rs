//! The beat in an envelope of onsets.

use super::{Alternate, Envelope, Tempo, TempoSearch};
use crate::Result;
use gapwave_kernels::fft::periods::{Estimate, autocorrelation};

/// Deviation of the curve that onsets are smoothed with, in seconds: that of beats that are not played by a machine.
const SMOOTH: f64 = 0.012;
/// Beats that count for a lag's score.
const COUNTED: usize = 4;
/// Beats that the tempo is read from, at most.
const BEATS: usize = 16;
/// Rise, in nepers summed over bands, that the strongest onset of a sound with a tempo has at least.
const ONSET: f64 = 0.2;
/// Alternates that are given, and the least score of one.
const OTHERS: usize = 4;
const WORTH: f64 = 0.1;

/// Numbers smoothed by a normal curve of this deviation.
fn smooth(x: &[f64], deviation: f64) -> Vec<f64> {
    let reach = (3.0 * deviation).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / deviation).powi(2)).exp()).collect();
    let total = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let at = |i: usize| {
        let pairs = (1..=reach).map(|d| {
            let side = |j: Option<usize>| j.and_then(|j| x.get(j)).copied().unwrap_or(0.0);
            weights[d] * (side(i.checked_sub(d)) + side(i.checked_add(d)))
        });
        (weights[0] * x[i] + pairs.sum::<f64>()) / total
    };
    (0..x.len()).map(at).collect()
}

/// The largest correlation at a lag or next to it: what is a whole lag off at a beat may be some off at its multiples.
fn hill(r: &[f64], lag: f64, reach: f64) -> Option<f64> {
    let (from, to) = ((lag - reach).round().max(0.0) as usize, (lag + reach).round() as usize);
    let here = r.get(from..=to)?;
    Some(here.iter().copied().fold(f64::MIN, f64::max))
}

/// How well a lag fits as the beat, regardless of its likelihood: 1 where it and its multiples all correlate fully and
/// its parts do not.
fn fit(r: &[f64], lag: usize) -> f64 {
    let lag = lag as f64;
    let mean = |of: &dyn Fn(usize) -> Option<f64>| {
        let all: Vec<f64> = (1..=COUNTED).map_while(of).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let multiples = mean(&|k| hill(r, k as f64 * lag, (k - 1) as f64 * 0.5)).max(0.0);
    let own = r[lag as usize].max(0.0);
    let whole = (own * multiples).sqrt();
    if whole == 0.0 {
        return 0.0;
    }
    // Where a part of it is nearly as good, that is the beat, or a multiple of that.
    let part = |of: f64| (hill(r, lag / of, 1.0), hill(r, lag * (of - 1.0) / of, 1.0));
    let part = |of: f64| match part(of) {
        (Some(a), Some(b)) => a.min(b).max(0.0) / own,
        _ => 0.0,
    };
    let nearly = [2.0, 3.0, 5.0, 7.0].map(part).into_iter().fold(0.0, f64::max);
    whole * (1.0 - 0.75 / (1.0 + (-(nearly - 0.82) / 0.04).exp()))
}

/// A lag between those of the autocorrelation: the vertex of a parabola, with its height.
fn vertex(r: &[f64], top: usize) -> f64 {
    let (Some(&a), Some(&b), Some(&c)) = (r.get(top.wrapping_sub(1)), r.get(top), r.get(top + 1)) else {
        return top as f64;
    };
    let bend = a - 2.0 * b + c;
    if bend < 0.0 { top as f64 + (0.5 * (a - c) / bend).clamp(-0.5, 0.5) } else { top as f64 }
}

/// The beat's lag, more precisely: from its multiples, each hill counted by its height and, as a place that is as much off
/// is less off for each beat, by the square of how far it is.
fn refine(r: &[f64], lag: usize, smoothed: f64) -> f64 {
    let height = r[lag];
    let (mut places, mut weights) = (0.0, 0.0);
    let mut beat = vertex(r, lag);
    for k in 1..=BEATS {
        let k = k as f64;
        // The beat is known to a part of the hill's width at one, and to less of it after each more.
        let (at, reach) = (k * beat, smoothed.max(2.0));
        let (from, to) = ((at - reach).round().max(1.0) as usize, (at + reach).round() as usize);
        if to + 1 >= r.len() {
            break;
        }
        let Some(top) = (from..=to).max_by(|&a, &b| r[a].total_cmp(&r[b])) else { break };
        if r[top] < 0.25 * height || r[top] < r[top - 1] || r[top] < r[top + 1] {
            continue;
        }
        places += r[top] * k * vertex(r, top);
        weights += r[top] * k * k;
        beat = places / weights;
    }
    beat
}

/// The tempo of an envelope.
pub(super) fn heard(envelope: Envelope, search: &TempoSearch) -> Result<Tempo> {
    let rate = envelope.rate;
    let x = smooth(&envelope.strength, SMOOTH * rate);
    let n = x.len();
    let most = ((BEATS as f64 + 0.5) * 60.0 * rate / search.slowest) as usize;
    let r = autocorrelation(&x, most.min(n - 1).min(n * 2 / 3), Estimate::Unbiased, true)?;
    let mut tempo = Tempo { bpm: None, confidence: 0.0, alternates: Vec::new(), envelope, autocorrelation: r };
    if tempo.envelope.largest < ONSET {
        return Ok(tempo);
    }
    let r = &tempo.autocorrelation;
    let lags = (60.0 * rate / search.fastest).ceil() as usize..=(60.0 * rate / search.slowest) as usize;
    let bpm = |lag: f64| 60.0 * rate / lag;
    let likely = |lag: usize| {
        let octaves = (bpm(lag as f64) / search.expected).log2();
        (-0.5 * (octaves / search.spread).powi(2)).exp()
    };
    let hills = lags.filter(|&l| l > 0 && l + 1 < r.len() && r[l] > 0.0 && r[l] >= r[l - 1] && r[l] > r[l + 1]);
    let mut found: Vec<(usize, f64, f64)> = hills.map(|l| (l, fit(r, l) * likely(l), fit(r, l))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some(&(lag, best, fits)) = found.first() else { return Ok(tempo) };
    if best <= 0.0 {
        return Ok(tempo);
    }
    tempo.bpm = Some(bpm(refine(r, lag, SMOOTH * rate)));
    // Of as many numbers that are independent, noise has a largest correlation of about four deviations.
    let independent = n as f64 / (2.0 * std::f64::consts::PI.sqrt() * SMOOTH * rate);
    let chance = 4.0 / independent.sqrt();
    let sure = 1.0 - (1.0 - fits / chance).min(0.0).exp();
    let loud = tempo.envelope.largest / (tempo.envelope.largest + 1.0);
    tempo.confidence = sure * loud;
    let others = found[1..].iter().filter(|(_, score, _)| *score >= WORTH * best).take(OTHERS);
    tempo.alternates = others
        .map(|&(lag, score, _)| Alternate { bpm: bpm(refine(r, lag, SMOOTH * rate)), strength: score / best })
        .collect();
    Ok(tempo)
}
