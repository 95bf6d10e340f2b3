//! Signals before and after a filter.

use super::{FILLED, OBSERVED, PANEL, POINTS, WIDTH, bounds, drawing, points, read, save};
use crate::cli::failure::Failure;
use crate::cli::options::Files;
use plotters::prelude::*;
use std::path::Path;

/// What was before lies behind.
const BEFORE: RGBColor = RGBColor(176, 188, 202);
const AFTER: RGBColor = FILLED;

/// Draws each column before and after; `rate` rows after for one before.
pub(in crate::cli) fn changed(path: &Path, files: &Files, names: &[String], rate: f64) -> Result<(), Failure> {
    let mut svg = String::new();
    {
        let panels = names.len().max(1);
        let root = SVGBackend::with_string(&mut svg, (WIDTH, PANEL * panels as u32)).into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        for (name, area) in names.iter().zip(root.split_evenly((panels, 1))) {
            let (before, _) = read(&files.input, files.reading.format, name, None)?;
            let (after, _) = read(&files.output, files.written(), name, None)?;
            panel(name, [(&before, 1.0), (&after, rate)], &area)?;
        }
        root.present().map_err(drawing)?;
    }
    save(path, &svg)
}

fn panel(
    name: &str,
    signals: [(&[f64], f64); 2],
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Result<(), Failure> {
    let y = bounds(signals.iter().flat_map(|(x, _)| x.iter().copied()));
    let last = signals[0].0.len().max(2) - 1;
    let mut chart = ChartBuilder::on(area)
        .caption(name, ("sans-serif", 17))
        .margin(10)
        .x_label_area_size(34)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..last as f64, y)
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("row")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_desc(name)
        .draw()
        .map_err(drawing)?;
    for ((x, rate), (label, colour)) in signals.into_iter().zip([("before", BEFORE), ("after", AFTER)]) {
        let step = x.len() / POINTS + 1;
        let line = points(x, 0..x.len(), step).into_iter().map(|(row, y)| (row / rate, y));
        let line = line.filter(|(_, y)| y.is_finite());
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(1)))
            .map_err(drawing)?
            .label(label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(OBSERVED.mix(0.4))
        .draw()
        .map_err(drawing)
}
