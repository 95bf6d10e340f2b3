//! Periods of a series: its autocorrelation, and the periods after which it repeats itself.
//!
//! Plain functions in f64, on the CPU.
//!
//! References: M. Vlachos, P. Yu, V. Castelli, "On periodicity detection and structural periodic similarity", SIAM Data
//! Mining 2005 (AUTOPERIOD); R. Fisher, "Tests of significance in harmonic analysis", Proc. R. Soc. A 125, 1929;
//! M. Priestley, "Spectral Analysis and Time Series", 1981 (estimates of the autocovariance).

use super::engine::Float;
use super::rfft::{bins, packed};
use crate::{Error, Result, SimdLevel};
use gapwave_columns::Complex64;

/// What the sums of an autocorrelation are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimate {
    /// The number of values at every lag: smaller at large lags, and never larger than at lag 0.
    #[default]
    Biased,
    /// The number of pairs at that lag.
    Unbiased,
}

fn refused(why: String) -> Error {
    Error::Refused { kernel: "periods", why }
}

/// The sums `Σ z[i]·z[i + lag]` for lags to `most`, by transforms of a length that leaves room for them.
fn lagged(z: &[f64], most: usize) -> Result<Vec<f64>> {
    let room = z.len().checked_add(most).and_then(|n| n.checked_next_power_of_two()).filter(|n| *n <= 1 << 40);
    let n = room.ok_or_else(|| refused(format!("{} values with {most} lags are too many", z.len())))?.max(2);
    let level = SimdLevel::best();
    let mut wide = vec![0.0; n];
    wide[..z.len()].copy_from_slice(z);
    let mut spectrum = vec![Complex64::default(); bins(n)];
    packed::transform(n, level, 1.0, &wide, &mut spectrum);
    // Powers are even, so that their inverse transform is a forward one too.
    for (k, z) in spectrum.iter().enumerate() {
        wide[k] = z.norm_sqr();
        wide[(n - k) % n] = z.norm_sqr();
    }
    packed::transform(n, level, 1.0 / n as f64, &wide, &mut spectrum);
    Ok(spectrum.iter().take(most + 1).map(|z| z.re.wide()).collect())
}

/// Pairs of values that are so many rows apart and both there.
fn pairs(seen: &[f64], most: usize) -> Result<Vec<f64>> {
    if seen.iter().all(|&s| s == 1.0) {
        return Ok((0..=most).map(|lag| (seen.len() - lag) as f64).collect());
    }
    Ok(lagged(seen, most)?.into_iter().map(f64::round).collect())
}

/// The autocovariance at lags 0 to `max_lag`: `Σ (x[i] − m)·(x[i + lag] − m)` over the pairs of values that are both
/// there, divided as `estimate` says, `m` the mean. NaN is a missing value: what is missing takes part in no pair, and a
/// lag without any pair has 0. With `normalised` all is divided by the variance, so that lag 0 has 1: the
/// autocorrelation. A series that does not vary has zeros.
///
/// ```
/// use gapwave_kernels::fft::periods::{Estimate, autocorrelation};
/// let x: Vec<f64> = (0..240).map(|i| (i as f64 * std::f64::consts::TAU / 24.0).sin()).collect();
/// let r = autocorrelation(&x, 24, Estimate::Unbiased, true)?;
/// assert!((r[0] - 1.0).abs() < 1e-12 && (r[24] - 1.0).abs() < 1e-12 && (r[12] + 1.0).abs() < 1e-12);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
///
/// # Errors
/// [`Error::Refused`] where there is no value, one is infinite, or `max_lag` is not below the length.
pub fn autocorrelation(x: &[f64], max_lag: usize, estimate: Estimate, normalised: bool) -> Result<Vec<f64>> {
    if max_lag >= x.len() {
        return Err(refused(format!("a lag of {max_lag} needs more than the {} values there are", x.len())));
    }
    let seen = seen(x)?;
    let count = seen.iter().sum::<f64>();
    let mean = x.iter().filter(|x| !x.is_nan()).sum::<f64>() / count;
    let z: Vec<f64> = x.iter().map(|x| if x.is_nan() { 0.0 } else { x - mean }).collect();
    covariance(&z, &seen, max_lag, estimate, normalised)
}

/// 1 for each value that is there, 0 for each that is not.
fn seen(x: &[f64]) -> Result<Vec<f64>> {
    if let Some(i) = x.iter().position(|x| x.is_infinite()) {
        return Err(refused(format!("value {i} is {}", x[i])));
    }
    let seen: Vec<f64> = x.iter().map(|x| if x.is_nan() { 0.0 } else { 1.0 }).collect();
    if seen.iter().all(|&s| s == 0.0) { Err(refused("there are no values".into())) } else { Ok(seen) }
}

/// The same of numbers without their mean, 0 where they are missing.
fn covariance(z: &[f64], seen: &[f64], most: usize, estimate: Estimate, normalised: bool) -> Result<Vec<f64>> {
    let count = seen.iter().sum::<f64>();
    let power = z.iter().map(|z| z * z).sum::<f64>();
    let scale = if normalised { power / count } else { 1.0 };
    if power == 0.0 {
        return Ok(vec![0.0; most + 1]);
    }
    let mut sums = lagged(z, most)?;
    let pairs = match estimate {
        Estimate::Biased => vec![count; most + 1],
        Estimate::Unbiased => pairs(seen, most)?,
    };
    for (sum, pairs) in sums.iter_mut().zip(pairs) {
        *sum = if pairs > 0.0 { *sum / pairs / scale } else { 0.0 };
    }
    Ok(sums)
}

/// A period after which a series repeats itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// In rows; not a whole number in general.
    pub period: f64,
    /// Part of the series' variance that waves of this period, and of up to its 32nd part, explain beyond those of the
    /// stronger periods; 0 to 1.
    pub power: f64,
    /// Part of the series' variance that comes again after this period, beyond what the stronger periods explain: the
    /// autocovariance at its hill over the whole variance; 0 to 1.
    pub strength: f64,
}

/// What [`dominant_periods`] looks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Periods that are given at most.
    pub most: usize,
    /// Chance that a series of nothing but noise has a candidate.
    pub significance: f64,
    /// Shortest period, in rows.
    pub shortest: f64,
    /// Longest period, in rows; a third of the series at most, whatever is said.
    pub longest: f64,
}

impl Default for Search {
    fn default() -> Self {
        Search { most: 5, significance: 0.01, shortest: 2.0, longest: f64::INFINITY }
    }
}

/// Waves that are fitted to a period at most.
const HARMONICS: usize = 32;
/// Part of a period's length by which another must differ: what is nearer is the same period, waxing and waning.
const ASIDE: f64 = 0.01;
/// Fewest values that are looked at.
const FEWEST: usize = 12;
/// Least share of the variance that must come again.
const LEAST: f64 = 0.01;
/// Least height of a hill of what is left, as a correlation.
const HILL: f64 = 0.1;

/// The periods of a series, strongest first. `x` are equally spaced values, NaN where they are missing.
///
/// The straight line of least squares is taken from the series. Then, again and again: the peaks of the periodogram that
/// stand out of the noise around them (at the [`Search::significance`] that holds for all bins together; the noise is
/// the median of the bins around, so that it may be red) are candidates, each at the frequency between the bins that has
/// the most power. The autocorrelation must have a hill there, with valleys half a period beside it, and the candidate
/// of the most power for which that is so is a period (AUTOPERIOD). Its waves are fitted and taken away, and what is left
/// is searched again. Harmonics of a period are part of it, and so is what is within a hundredth of it or of them.
///
/// Missing values: the series without its line is 0 there, which adds noise to the periodogram and no peaks where the
/// gaps have no pattern; the autocorrelation counts the pairs that are there, and the waves are fitted to what is there.
///
/// ```
/// use gapwave_kernels::{case, fft::periods::{Search, dominant_periods}};
/// let hours = 24 * 60;
/// let noise = case::uniform_f64(1, hours);
/// let x: Vec<f64> = (0..hours).map(|i| (i as f64 * std::f64::consts::TAU / 24.0).sin() + noise[i]).collect();
/// let found = dominant_periods(&x, &Search::default())?;
/// assert!(found.len() == 1 && (found[0].period - 24.0).abs() < 0.05);
/// # Ok::<(), gapwave_kernels::Error>(())
/// ```
///
/// # Errors
/// [`Error::Refused`] where there is no value or one is infinite; [`Error::Param`] where the search makes no sense. A
/// series that is too short, does not vary or has no period gives none.
pub fn dominant_periods(x: &[f64], search: &Search) -> Result<Vec<Period>> {
    let Search { significance, shortest, longest, .. } = *search;
    let fits = significance > 0.0 && significance < 1.0 && shortest >= 2.0 && longest >= shortest;
    if !fits {
        let why = format!("{search:?}: significance is between 0 and 1, periods are from 2 up, the longest the larger");
        return Err(Error::Param { kernel: "periods".into(), why });
    }
    let seen = seen(x)?;
    let n = x.len();
    let count = seen.iter().sum::<f64>();
    if (count as usize) < FEWEST {
        return Ok(Vec::new());
    }
    let mut left = Left { z: flat(x, &seen, count), seen, spacing: Vec::new() };
    let whole = left.power();
    let size = x.iter().filter(|x| !x.is_nan()).map(|x| x * x).sum::<f64>();
    // What roundoff leaves of a straight line does not vary.
    if whole <= size * 1e-24 {
        return Ok(Vec::new());
    }
    left.spacing = pairs(&left.seen, lags(n))?;
    let mut found: Vec<Period> = Vec::new();
    while found.len() < search.most {
        let Some(period) = left.strongest(search, &found)? else { break };
        let hill = period.strength;
        let before = left.power();
        left.remove(period.period);
        let power = (before - left.power()) / whole;
        let strength = (hill * before / whole).clamp(0.0, 1.0);
        if power < LEAST || strength < LEAST {
            break;
        }
        found.push(Period { power: power.min(1.0), strength, ..period });
    }
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(found)
}

/// The series without its straight line of least squares, 0 where it is missing.
fn flat(x: &[f64], seen: &[f64], count: f64) -> Vec<f64> {
    let there = || x.iter().enumerate().filter(|(_, x)| !x.is_nan());
    let middle = there().map(|(i, _)| i as f64).sum::<f64>() / count;
    let mean = there().map(|(_, x)| x).sum::<f64>() / count;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (i, x) in there() {
        let t = i as f64 - middle;
        xy += t * (x - mean);
        xx += t * t;
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    let at = |(i, (x, s)): (usize, (&f64, &f64))| if *s > 0.0 { x - mean - slope * (i as f64 - middle) } else { 0.0 };
    x.iter().zip(seen).enumerate().map(at).collect()
}

/// What is left of a series.
struct Left {
    z: Vec<f64>,
    seen: Vec<f64>,
    /// Pairs at each lag.
    spacing: Vec<f64>,
}

impl Left {
    fn power(&self) -> f64 {
        self.z.iter().map(|z| z * z).sum()
    }

    /// The period of the most power that the autocorrelation confirms; its strength is the hill's height.
    fn strongest(&self, search: &Search, found: &[Period]) -> Result<Option<Period>> {
        let n = self.z.len();
        let mut spectrum = vec![Complex64::default(); bins(n)];
        packed::transform(n, SimdLevel::best(), 1.0, &self.z, &mut spectrum);
        let power: Vec<f64> = spectrum.iter().map(|z| z.norm_sqr()).collect();
        // In bins: from three periods up.
        let longest = search.longest.min(n as f64 / 3.0);
        let (first, last) = ((n as f64 / longest - 0.5).ceil().max(1.0) as usize, n as f64 / search.shortest + 0.5);
        let last = (last as usize).min(power.len() - 1);
        if first > last {
            return Ok(None);
        }
        // Of the largest of m bins that are distributed exponentially.
        let m = (last + 1 - first) as f64;
        let limit = -(1.0 - (1.0 - search.significance).powf(1.0 / m)).ln();
        // Harmonics of what was found, and what is beside them: periods that wax and wane.
        let known = |k: usize| {
            let of = |p: &Period| {
                let order = k as f64 * p.period / n as f64;
                let off = (order - order.round()).abs();
                let near = off * n as f64 / p.period < 1.5 || off < ASIDE * order;
                (1.0..=waves(p.period) as f64).contains(&order.round()) && near
            };
            found.iter().any(of)
        };
        let peak = |k: usize| power[k] > power[k - 1] && power.get(k + 1).is_none_or(|next| power[k] >= *next);
        let mut candidates: Vec<usize> = (first..=last).filter(|&k| peak(k) && !known(k)).collect();
        candidates.retain(|&k| power[k] > limit * noise(&power, k));
        candidates.sort_by(|&a, &b| power[b].total_cmp(&power[a]));
        if candidates.is_empty() {
            return Ok(None);
        }
        let r = covariance(&self.z, &self.seen, lags(n), Estimate::Unbiased, true)?;
        let mut hills = candidates.into_iter().filter_map(|k| self.hill(&r, k));
        let fits = |p: &Period| (search.shortest..=longest * (1.0 + 1e-9)).contains(&p.period);
        Ok(hills.find(fits))
    }

    /// The period of the peak at bin `k`, if the autocorrelation has a hill there.
    fn hill(&self, r: &[f64], k: usize) -> Option<Period> {
        let period = self.finer(k);
        let fits = |times: f64| (times + 0.625) * period < (r.len() - 1) as f64;
        // A short period is looked at where a multiple is nearly a whole lag.
        let off = |times: &f64| (times * period - (times * period).round()).abs();
        let times = (1..=8).map(f64::from).filter(|t| *t == 1.0 || (period < 16.0 && fits(*t)));
        let lag = period * times.min_by(|a, b| off(a).total_cmp(&off(b)))?;
        let mean = |from: f64, to: f64| {
            let places = (0..9).map(|i| lag + period * (from + (to - from) * f64::from(i) / 8.0));
            let values: Vec<f64> = places.filter_map(|at| between(r, at)).collect();
            values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        // The highest around must be here, not on a slope that leads to another hill.
        let around = (lag - 0.375 * period).ceil() as usize..=((lag + 0.375 * period) as usize).min(r.len() - 1);
        let top = around.max_by(|&a, &b| r[a].total_cmp(&r[b]))?;
        let is_top = (top as f64 - lag).abs() <= (0.08 * period).max(1.0);
        let near = if period < 16.0 { r[top] } else { mean(-0.125, 0.125) };
        let valleys = mean(-0.625, -0.375).max(mean(0.375, 0.625));
        // Four deviations of noise.
        let chance = 4.0 / self.spacing[top].max(1.0).sqrt();
        let is_hill = is_top && valleys < 0.6 * near && r[top] > chance.max(HILL);
        is_hill.then(|| Period { period, power: 0.0, strength: r[top].min(1.0) })
    }

    /// The period of the most power around bin `k`, by golden sections.
    fn finer(&self, k: usize) -> f64 {
        const GOLDEN: f64 = 0.618_033_988_749_894_8;
        let n = self.z.len() as f64;
        let power = |bin: f64| {
            let mut sums = (0.0, 0.0);
            turning(std::f64::consts::TAU * bin / n, &self.z, |z, c, s| {
                sums.0 += z * c;
                sums.1 += z * s;
            });
            sums.0 * sums.0 + sums.1 * sums.1
        };
        let (mut low, mut high) = (k as f64 - 0.75, (k as f64 + 0.75).min(n / 2.0));
        let (mut a, mut b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (mut at_a, mut at_b) = (power(a), power(b));
        // To a thousandth of a bin.
        while high - low > 1e-3 {
            if at_a > at_b {
                (high, b, at_b) = (b, a, at_a);
                a = high - GOLDEN * (high - low);
                at_a = power(a);
            } else {
                (low, a, at_a) = (a, b, at_b);
                b = low + GOLDEN * (high - low);
                at_b = power(b);
            }
        }
        // The shortest there is, exactly.
        if high >= n / 2.0 - 2e-3 { 2.0 } else { 2.0 * n / (low + high) }
    }

    /// Fits the waves of a period, one after the other and each twice, and takes them away.
    fn remove(&mut self, period: f64) {
        for _ in 0..2 {
            for h in 1..=waves(period) {
                let turn = std::f64::consts::TAU * h as f64 / period;
                let (mut cc, mut cs, mut ss, mut zc, mut zs) = (0.0, 0.0, 0.0, 0.0, 0.0);
                turning(turn, &self.z, |z, c, s| {
                    zc += z * c;
                    zs += z * s;
                });
                turning(turn, &self.seen, |seen, c, s| {
                    cc += seen * c * c;
                    cs += seen * c * s;
                    ss += seen * s * s;
                });
                let det = cc * ss - cs * cs;
                // Of the shortest period there is one wave only.
                let (a, b) = if det > 1e-9 * cc * cc {
                    ((zc * ss - zs * cs) / det, (zs * cc - zc * cs) / det)
                } else {
                    (if cc > 0.0 { zc / cc } else { 0.0 }, 0.0)
                };
                let mut wave = Vec::with_capacity(self.z.len());
                turning(turn, &self.seen, |seen, c, s| wave.push(seen * (a * c + b * s)));
                self.z.iter_mut().zip(wave).for_each(|(z, wave)| *z -= wave);
            }
        }
    }
}

/// Calls `f` with each number and the cosine and sine of its place times `turn`.
fn turning(turn: f64, x: &[f64], mut f: impl FnMut(f64, f64, f64)) {
    // Turned step by step, and made afresh before roundoff is seen.
    const FRESH: usize = 64;
    let (step_s, step_c) = turn.sin_cos();
    for (block, x) in x.chunks(FRESH).enumerate() {
        let (mut s, mut c) = (turn * (block * FRESH) as f64).sin_cos();
        for &x in x {
            f(x, c, s);
            (c, s) = (c * step_c - s * step_s, s * step_c + c * step_s);
        }
    }
}

/// The autocorrelation between its lags.
fn between(r: &[f64], lag: f64) -> Option<f64> {
    let at = lag.max(0.0) as usize;
    let (a, b) = (r.get(at)?, r.get(at + 1)?);
    Some(a + (b - a) * lag.fract())
}

/// Waves that are fitted to a period: it, its half, …, none shorter than two rows.
fn waves(period: f64) -> usize {
    ((period / 2.0 + 1e-6) as usize).clamp(1, HARMONICS)
}

/// Lags that are looked at: to the valley after the longest period, a third of the series.
fn lags(n: usize) -> usize {
    n * 3 / 5
}

/// The mean power of noise at bin `k`: from the median of the bins around it, itself left out.
fn noise(power: &[f64], k: usize) -> f64 {
    // Half an octave to each side, as noise may be red, and enough bins for a median.
    let reach = (k / 3).clamp(8, 200);
    let (from, to) = (k.saturating_sub(reach).max(1), (k + reach).min(power.len() - 1));
    let mut around: Vec<f64> = (from..=to).filter(|i| i.abs_diff(k) > 1).map(|i| power[i]).collect();
    if around.is_empty() {
        return f64::INFINITY;
    }
    let middle = around.len() / 2;
    let (_, median, _) = around.select_nth_unstable_by(middle, f64::total_cmp);
    // The mean of an exponential distribution is its median over ln 2.
    *median / std::f64::consts::LN_2
}
