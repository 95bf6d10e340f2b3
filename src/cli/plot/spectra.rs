//! Lines over frequency, with their peaks named.

use super::{FILLED, Failure, GAP, OBSERVED, PANEL, POINTS, WIDTH, bounds, drawing, points, save, tick};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

/// Peaks that are named at most.
const NAMED: usize = 5;
/// How far a peak must stand out of the median to be named, beside the strongest.
const OUT: f64 = 6.0;
/// Pixels that a name takes.
const NAME: (f64, f64) = (84.0, 18.0);

/// A spectrum to be drawn.
pub(in crate::cli) struct Line<'a> {
    /// Said above.
    pub(in crate::cli) title: &'a str,
    /// Said beside.
    pub(in crate::cli) what: &'a str,
    /// Ascending, in cycles per unit of time.
    pub(in crate::cli) frequency: &'a [f64],
    /// Amplitudes or powers.
    pub(in crate::cli) values: &'a [f64],
    /// Whether the values are powers, not amplitudes.
    pub(in crate::cli) power: bool,
    /// Frequencies on a logarithmic scale too.
    pub(in crate::cli) logarithmic: bool,
}

/// The strongest peaks, the mean aside, that stronger ones do not leak to and whose names do not cover each other;
/// `place` gives a bin's pixel.
fn peaks(values: &[f64], power: bool, place: impl Fn(usize) -> (f64, f64)) -> Vec<usize> {
    let mut sorted: Vec<f64> = values.iter().copied().skip(1).filter(|v| v.is_finite()).collect();
    if sorted.is_empty() {
        return Vec::new();
    }
    let middle = sorted.len() / 2;
    let (_, median, _) = sorted.select_nth_unstable_by(middle, f64::total_cmp);
    let least = *median * OUT;
    let top = |&k: &usize| values[k] > values[k - 1] && values.get(k + 1).is_none_or(|next| values[k] >= *next);
    let mut all: Vec<usize> = (1..values.len()).filter(top).collect();
    all.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut named: Vec<usize> = Vec::new();
    for k in all {
        let (x, y) = place(k);
        let free = |&other: &usize| {
            let (a, b) = place(other);
            (x - a).abs() > NAME.0 || (y - b).abs() > NAME.1
        };
        // A tone between two bins leaks as one over the distance.
        let own = |&other: &usize| {
            let apart = k.abs_diff(other) as f64;
            values[k] > 2.0 * values[other] / if power { apart * apart } else { apart }
        };
        // What is on the slope of another has no valley of 3 dB before it.
        let parted = |&other: &usize| {
            let floor = values[k] * if power { 0.5 } else { std::f64::consts::FRAC_1_SQRT_2 };
            let low = |v: &f64| *v < floor;
            if other < k { values[other..k].iter().rev().any(low) } else { values[k..other].iter().any(low) }
        };
        let apart = |j: &usize| free(j) && own(j) && parted(j);
        if named.is_empty() || (values[k] > least && named.iter().all(apart)) {
            named.push(k);
        }
        if named.len() == NAMED {
            break;
        }
    }
    named
}

/// A number as short as it is told from its neighbours, which are `step` apart.
fn short(x: f64, step: f64) -> String {
    let digits = (1.0 - step.abs().max(1e-12).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{x:.digits$}")
}

/// Draws amplitudes or powers over frequency, the strongest named.
pub(in crate::cli) fn spectrum(path: &Path, line: &Line<'_>) -> Result<(), Failure> {
    let end = line.frequency.last().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
    let first = line.frequency.get(1).copied().unwrap_or(end / 2.0);
    match line.logarithmic && first < end {
        true => over(path, line, (first..end).log_scale(), |f| (f / first).ln() / (end / first).ln()),
        false => over(path, line, 0.0..end, |f| f / end),
    }
}

fn over<X>(path: &Path, line: &Line<'_>, x: X, along: impl Fn(f64) -> f64) -> Result<(), Failure>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
{
    let (frequency, values) = (line.frequency, line.values);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, PANEL + 80)).into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        // The mean aside, which a detrended signal does not have.
        let least = values.iter().copied().skip(1).filter(|a| *a > 0.0 && a.is_finite()).fold(f64::MAX, f64::min);
        let most = values.iter().copied().filter(|a| a.is_finite()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        // Seven decades below the strongest are as much as can be read.
        let low = least.min(most / 10.0).max(most * 1e-7);
        let high = most * 3.0;
        let mut chart = ChartBuilder::on(&root)
            .caption(line.title, ("sans-serif", 17))
            .margin(10)
            .margin_right(26)
            .x_label_area_size(38)
            .y_label_area_size(74)
            .build_cartesian_2d(x, (low..high).log_scale())
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc("frequency, cycles per unit of time")
            .x_label_formatter(&tick)
            .y_desc(line.what)
            .y_label_formatter(&|y| format!("{y:.0e}"))
            .draw()
            .map_err(drawing)?;
        let clipped: Vec<f64> = values.iter().map(|a| a.max(low)).collect();
        let step = clipped.len() / POINTS + 1;
        let from = usize::from(line.logarithmic).min(clipped.len());
        let drawn = points(&clipped, from..clipped.len(), step).into_iter().map(|(i, a)| (frequency[i as usize], a));
        chart.draw_series(LineSeries::new(drawn, OBSERVED.stroke_width(1))).map_err(drawing)?;
        let (wide, tall) = chart.plotting_area().dim_in_pixel();
        let place = |k: usize| {
            let up = (clipped[k] / low).ln() / (high / low).ln();
            (along(frequency[k]) * f64::from(wide), up * f64::from(tall))
        };
        let bin = frequency.get(1).map_or(1.0, |f| f - frequency[0]);
        for k in peaks(values, line.power, place) {
            let left = along(frequency[k]) > 0.9;
            let anchor = Pos::new(if left { HPos::Right } else { HPos::Left }, VPos::Center);
            let style = ("sans-serif", 14).into_font().color(&FILLED).pos(anchor);
            let mark = EmptyElement::at((frequency[k], clipped[k]))
                + Circle::new((0, 0), 3, FILLED.filled())
                + Text::new(short(frequency[k], bin), (if left { -8 } else { 8 }, 0), style);
            chart.draw_series([mark]).map_err(drawing)?;
        }
        root.present().map_err(drawing)?;
    }
    save(path, &svg)
}

/// Draws how onsets correlate over the tempi of their lags: `curve` has tempi and correlations, `named` those that are
/// named, the first of them the tempo.
pub(in crate::cli) fn tempo(path: &Path, title: &str, curve: &[(f64, f64)], named: &[f64]) -> Result<(), Failure> {
    let at = |bpm: f64| {
        let near = |a: &&(f64, f64), b: &&(f64, f64)| (a.0 - bpm).abs().total_cmp(&(b.0 - bpm).abs());
        curve.iter().min_by(near).map_or(0.0, |p| p.1)
    };
    let (low, high) = curve.iter().fold((f64::MAX, 1.0f64), |(l, h), p| (l.min(p.0), h.max(p.0)));
    let y = bounds(curve.iter().map(|p| p.1));
    let y = y.start..y.end + (y.end - y.start) * 0.12;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, PANEL + 80)).into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 17))
            .margin(10)
            .margin_right(26)
            .x_label_area_size(38)
            .y_label_area_size(64)
            .build_cartesian_2d(low.min(high - 1.0)..high, y.clone())
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc("beats per minute")
            .y_desc("autocorrelation of the onsets")
            .x_label_formatter(&|x| format!("{x:.0}"))
            .draw()
            .map_err(drawing)?;
        let (wide, _) = chart.plotting_area().dim_in_pixel();
        let pixel = |bpm: f64| (bpm - low) / (high - low) * f64::from(wide);
        let mut places: Vec<f64> = Vec::new();
        for (i, &bpm) in named.iter().enumerate() {
            if places.iter().any(|&p| (p - pixel(bpm)).abs() < NAME.0 / 2.0) {
                continue;
            }
            places.push(pixel(bpm));
            let rule = [(bpm, y.start), (bpm, y.end)];
            chart.draw_series(LineSeries::new(rule, GAP.stroke_width(2))).map_err(drawing)?;
            let left = pixel(bpm) > f64::from(wide) - NAME.0;
            let anchor = Pos::new(if left { HPos::Right } else { HPos::Left }, VPos::Center);
            let style = ("sans-serif", if i == 0 { 16 } else { 13 }).into_font().color(&FILLED).pos(anchor);
            let mark = EmptyElement::at((bpm, at(bpm)))
                + Circle::new((0, 0), if i == 0 { 4 } else { 3 }, FILLED.filled())
                + Text::new(format!("{bpm:.1}"), (if left { -8 } else { 8 }, -10), style);
            chart.draw_series([mark]).map_err(drawing)?;
        }
        chart.draw_series(LineSeries::new(curve.iter().copied(), OBSERVED.stroke_width(1))).map_err(drawing)?;
        root.present().map_err(drawing)?;
    }
    save(path, &svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_peaks_are_named_and_none_covers_another() {
        let mut values = vec![1.0f64; 1000];
        for (k, v) in [(0, 1e9), (100, 50.0), (103, 40.0), (500, 90.0), (700, 5.0), (999, 30.0)] {
            values[k] = v;
        }
        let place = |k: usize| (k as f64, values[k].ln());
        assert_eq!(peaks(&values, true, place), [500, 100, 999]);
        assert_eq!(peaks(&[], true, place), [0usize; 0]);
        assert_eq!(peaks(&[5.0, 5.0, 5.0], true, |k| (k as f64, 0.0)), [0usize; 0]);
        // A bump on the way down from a wide peak.
        let bump = |k: i32| if k == 60 { 100.0 } else { 0.0 };
        let slope: Vec<f64> = (0..200).map(|k: i32| 1e4 / (1.0 + f64::from((k - 50).abs())) + bump(k)).collect();
        assert_eq!(peaks(&slope, true, |k| (100.0 * k as f64, 0.0)), [50]);
        // A peak that another one leaks to: 2 · 90 / 4.
        values[504] = 44.0;
        assert_eq!(peaks(&values, false, |k| (100.0 * k as f64, 0.0)), [500, 100, 103, 999]);
    }

    #[test]
    fn numbers_are_as_long_as_they_need_be() {
        assert_eq!([short(1000.0, 31.25), short(0.25, 0.001), short(1.0002, 0.0228)], ["1000", "0.2500", "1.000"]);
    }
}
