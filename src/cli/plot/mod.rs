//! Drawings: gaps and what filled them, signals before and after, spectra, spectra over time. Written beside and renamed, as all outputs are.

mod heat;
mod pairs;
mod png;
mod spectra;

pub(super) use heat::Picture;
pub(super) use pairs::changed;
pub(super) use spectra::{Line, spectrum, tempo};

use super::count::is_missing;
use super::failure::Failure;
use super::options::Files;
use gapwave_datasets::{Format, ReadOptions};
use plotters::prelude::*;
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

const WIDTH: u32 = 1100;
const PANEL: u32 = 320;
/// More points than a screen has columns show no more.
const POINTS: usize = 4000;

const OBSERVED: RGBColor = RGBColor(55, 75, 100);
const FILLED: RGBColor = RGBColor(214, 82, 24);
const GAP: RGBColor = RGBColor(255, 226, 196);

/// The path of a drawing: `.svg` or `.html`.
pub(super) fn parse_path(s: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(s);
    match path.extension().and_then(|e| e.to_str()) {
        Some("svg" | "html") => Ok(path),
        _ => Err(format!("{s:?} does not end in .svg or .html")),
    }
}

/// A number at a scale, without zeros that say nothing.
fn tick(x: &f64) -> String {
    let text = format!("{x:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn drawing<E: Display>(e: E) -> Failure {
    Failure::failed(format!("drawing: {e}"))
}

/// Puts the drawing in its file, in one piece or not at all.
fn save(path: &Path, svg: &str) -> Result<(), Failure> {
    let text = if path.extension().is_some_and(|e| e == "html") {
        format!(
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>gapwave</title>\n<body style=\"margin:1em\">\n{svg}\n"
        )
    } else {
        svg.to_owned()
    };
    Ok(gapwave_datasets::write_whole(path, text.as_bytes())?)
}

/// A column before and after, by row.
struct Column {
    name: String,
    values: Vec<f64>,
    was_missing: Vec<bool>,
    is_missing: Vec<bool>,
}

fn read(
    path: &Path,
    format: Option<Format>,
    name: &str,
    sentinel: Option<f64>,
) -> Result<(Vec<f64>, Vec<bool>), Failure> {
    let options = ReadOptions { format, ..ReadOptions::columns([name]) };
    let mut source = gapwave_datasets::open(path, &options)?;
    let (mut values, mut missing) = (Vec::new(), Vec::new());
    while let Some(chunk) = source.read(1 << 20)? {
        // Of several numbers a row the first.
        let wide = chunk.cols[0].meta().row_len().max(1);
        values.extend(gapwave_kernels::real(&chunk.cols[0]).into_iter().step_by(wide));
        missing.extend(is_missing(&chunk.cols[0], sentinel).step_by(wide));
    }
    Ok((values, missing))
}

/// Runs of rows for which `f` holds.
fn runs(n: usize, f: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for i in (0..n).filter(|&i| f(i)) {
        match out.last_mut() {
            Some(last) if last.end == i => last.end = i + 1,
            _ => out.push(i..i + 1),
        }
    }
    out
}

/// The points of some rows: all, or the smallest and largest of each piece.
fn points(values: &[f64], rows: Range<usize>, step: usize) -> Vec<(f64, f64)> {
    if step <= 1 {
        return rows.map(|i| (i as f64, values[i])).collect();
    }
    let mut out = Vec::new();
    for from in rows.clone().step_by(step) {
        let piece = from..(from + step).min(rows.end);
        let key = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let (lo, hi) = (piece.clone().min_by(key).unwrap_or(from), piece.max_by(key).unwrap_or(from));
        let (first, second) = (lo.min(hi), lo.max(hi));
        out.push((first as f64, values[first]));
        if second != first {
            out.push((second as f64, values[second]));
        }
    }
    out
}

/// The smallest range that holds the finite numbers, with some air.
fn bounds(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (lo, hi) = values.filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    if lo > hi {
        return 0.0..1.0;
    }
    let air = if hi > lo { (hi - lo) * 0.05 } else { hi.abs().max(1.0) * 0.05 };
    lo - air..hi + air
}

/// Draws each column: observed values, gaps shaded, filled values in colour.
pub(super) fn filled(path: &Path, files: &Files, names: &[String], sentinel: Option<f64>) -> Result<(), Failure> {
    let mut columns = Vec::new();
    for name in names {
        let (_, was_missing) = read(&files.input, files.reading.format, name, sentinel)?;
        let (values, is_missing) = read(&files.output, files.written(), name, sentinel)?;
        columns.push(Column { name: name.clone(), values, was_missing, is_missing });
    }
    let mut svg = String::new();
    {
        let panels = columns.len().max(1);
        let root = SVGBackend::with_string(&mut svg, (WIDTH, PANEL * panels as u32)).into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        for (column, area) in columns.iter().zip(root.split_evenly((panels, 1))) {
            panel(column, &area)?;
        }
        root.present().map_err(drawing)?;
    }
    save(path, &svg)
}

fn panel(c: &Column, area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Result<(), Failure> {
    let n = c.values.len();
    let y = bounds(c.values.iter().zip(&c.is_missing).filter(|(_, m)| !**m).map(|(v, _)| *v));
    let filled = (0..n).filter(|&i| c.was_missing[i] && !c.is_missing[i]).count();
    let gaps = runs(n, |i| c.was_missing[i]);
    let caption = format!(
        "{}: {filled} of {} missing values filled, {} gaps",
        c.name,
        gaps.iter().map(Range::len).sum::<usize>(),
        gaps.len()
    );
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 17))
        .margin(10)
        .x_label_area_size(34)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..(n.max(2) - 1) as f64, y.clone())
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("row")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_desc(&c.name)
        .draw()
        .map_err(drawing)?;
    let step = n / POINTS + 1;
    // A shade is drawn at least as wide as can be seen.
    let least = n as f64 / f64::from(WIDTH);
    let shades = gaps.iter().map(|g| {
        let (a, b) = (g.start as f64 - 0.5, g.end as f64 - 0.5);
        let grow = ((least - (b - a)) / 2.0).max(0.0);
        Rectangle::new([(a - grow, y.start), (b + grow, y.end)], GAP.filled())
    });
    chart.draw_series(shades).map_err(drawing)?;
    for run in runs(n, |i| !c.was_missing[i] && c.values[i].is_finite()) {
        chart.draw_series(LineSeries::new(points(&c.values, run, step), OBSERVED.stroke_width(1))).map_err(drawing)?;
    }
    for run in runs(n, |i| c.was_missing[i] && !c.is_missing[i] && c.values[i].is_finite()) {
        // From the observation before to the one after, so that single cells can be seen.
        let shown = run.start.saturating_sub(1)..(run.end + 1).min(n);
        let shown =
            shown.start + usize::from(c.is_missing[shown.start])..shown.end - usize::from(c.is_missing[shown.end - 1]);
        chart.draw_series(LineSeries::new(points(&c.values, shown, step), FILLED.stroke_width(2))).map_err(drawing)?;
        if n <= POINTS {
            let dots = run.map(|i| Circle::new((i as f64, c.values[i]), 2, FILLED.filled()));
            chart.draw_series(dots).map_err(drawing)?;
        }
    }
    Ok(())
}
