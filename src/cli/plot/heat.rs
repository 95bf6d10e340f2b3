//! Spectra over time, as colours.

use super::{Failure, drawing, png, save, tick};
use gapwave_columns::{Array, Chunk, Complex32, Complex64, DType};
use gapwave_datasets::Sink;
use gapwave_kernels::real;
use parking_lot::Mutex;
use plotters::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Cells at most; there are at least half as many columns once there are as many frames.
const COLUMNS: usize = 800;
const ROWS: usize = 400;
/// Decibels from the strongest to what is black.
const SPAN: f64 = 80.0;
const WIDTH: u32 = 1100;
const HEIGHT: u32 = 520;

/// The powers of frames, the largest of each cell, in bounded memory whatever their number.
#[derive(Debug, Default)]
struct Cells {
    bins: usize,
    /// Frames of a column.
    each: usize,
    frames: usize,
    /// Column after column, each of as many rows.
    values: Vec<f64>,
}

impl Cells {
    fn rows(&self) -> usize {
        self.bins.min(ROWS)
    }

    fn add(&mut self, frame: &[f64]) {
        if self.bins == 0 {
            (self.bins, self.each) = (frame.len(), 1);
        }
        let rows = self.rows();
        if self.frames == COLUMNS * self.each {
            for column in 0..COLUMNS / 2 {
                for row in 0..rows {
                    let two = [2 * column, 2 * column + 1].map(|c| self.values[c * rows + row]);
                    self.values[column * rows + row] = two[0].max(two[1]);
                }
            }
            self.values.truncate(COLUMNS / 2 * rows);
            self.each *= 2;
        }
        let column = self.frames / self.each;
        self.values.resize((column + 1) * rows, 0.0);
        let cells = &mut self.values[column * rows..];
        for (bin, &power) in frame.iter().enumerate() {
            let cell = &mut cells[bin * rows / self.bins];
            *cell = cell.max(power);
        }
        self.frames += 1;
    }
}

/// A picture of what passes on its way to another sink.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Picture(Arc<Mutex<Cells>>);

struct Seen<S> {
    sink: S,
    picture: Picture,
}

fn powers(spectra: &Array) -> gapwave_datasets::Result<Vec<f64>> {
    Ok(match spectra.dtype() {
        DType::Complex64 => spectra.as_slice::<Complex32>()?.iter().map(|z| f64::from(z.norm_sqr())).collect(),
        DType::Complex128 => spectra.as_slice::<Complex64>()?.iter().map(|z| z.norm_sqr()).collect(),
        _ => real(spectra),
    })
}

impl<S: Sink> Sink for Seen<S> {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        if let Some(spectra) = chunk.cols.first() {
            let width = spectra.shape().get(1).copied().unwrap_or(1).max(1);
            let mut cells = self.picture.0.lock();
            powers(spectra)?.chunks_exact(width).for_each(|frame| cells.add(frame));
        }
        self.sink.write(chunk)
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        self.sink.finish()
    }

    fn held_bytes(&self) -> u64 {
        self.sink.held_bytes() + (COLUMNS * ROWS * 8) as u64
    }
}

impl Picture {
    /// The same sink, watched.
    pub(in crate::cli) fn watch<S: Sink + 'static>(&self, sink: S) -> Box<dyn Sink> {
        Box::new(Seen { sink, picture: self.clone() })
    }

    /// Draws what was seen: frames one every `hop` seconds, from the middle of the first at `start`, up to `top` in
    /// frequency.
    pub(in crate::cli) fn draw(
        &self,
        path: &Path,
        title: &str,
        [start, hop, top]: [f64; 3],
        what: &str,
    ) -> Result<(), Failure> {
        let cells = self.0.lock();
        let (rows, columns) = (cells.rows().max(1), cells.frames.div_ceil(cells.each.max(1)).max(1));
        let decibels = |power: f64| 10.0 * power.max(1e-300).log10();
        let most = cells.values.iter().copied().filter(|p| p.is_finite()).fold(0.0, f64::max);
        let most = if most > 0.0 { decibels(most) } else { 0.0 };
        let level = |power: f64| (((decibels(power) - most) / SPAN + 1.0).clamp(0.0, 1.0) * 255.0).round() as u8;
        // The highest frequency at the top.
        let place = |i: usize| (rows - 1 - i / columns) + (i % columns) * rows;
        let levels: Vec<u8> =
            (0..rows * columns).map(|i| cells.values.get(place(i)).map_or(0, |&p| level(p))).collect();
        // Half a frame's step to each side; the last column may be of fewer frames than the others.
        let (from, to) = (start - hop / 2.0, start + ((columns * cells.each.max(1)) as f64 - 0.5) * hop);
        let mut images = String::new();
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            root.fill(&WHITE).map_err(drawing)?;
            let (left, right) = root.split_horizontally(WIDTH - 120);
            let mut chart = ChartBuilder::on(&left)
                .caption(title, ("sans-serif", 17))
                .margin(10)
                .x_label_area_size(38)
                .y_label_area_size(74)
                .build_cartesian_2d(from..to.max(from + f64::MIN_POSITIVE), 0.0..top.max(f64::MIN_POSITIVE))
                .map_err(drawing)?;
            let mesh = &mut chart.configure_mesh();
            mesh.disable_mesh().x_desc("time").y_desc("frequency, cycles per unit of time");
            mesh.x_label_formatter(&tick).y_label_formatter(&tick);
            mesh.draw().map_err(drawing)?;
            let (x, y) = chart.plotting_area().get_pixel_range();
            images += &png::image(columns, &levels, x, y.clone());
            // The scale, as high as the picture: the same margins, and no caption but its room.
            let mut bar = ChartBuilder::on(&right)
                .caption(" ", ("sans-serif", 17))
                .margin(10)
                .x_label_area_size(38)
                .y_label_area_size(64)
                .build_cartesian_2d(0.0..1.0, most - SPAN..most)
                .map_err(drawing)?;
            let mesh = &mut bar.configure_mesh();
            mesh.disable_mesh().disable_x_axis().y_desc(what).y_label_formatter(&|y| format!("{y:.0}"));
            // Without being told, sizes would follow from the width.
            mesh.label_style(("sans-serif", 12)).axis_desc_style(("sans-serif", 12));
            mesh.draw().map_err(drawing)?;
            let (x, y) = bar.plotting_area().get_pixel_range();
            images += &png::image(1, &(0..=255).rev().collect::<Vec<u8>>(), x, y);
            root.present().map_err(drawing)?;
        }
        save(path, &svg.replace("</svg>", &format!("{images}</svg>")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_the_largest_in_bounded_memory() {
        let mut cells = Cells::default();
        let frames = 100_000;
        for i in 0..frames {
            let mut frame = vec![1.0; 1000];
            if i == 77_777 {
                frame[500] = 9.0;
            }
            cells.add(&frame);
        }
        assert!((COLUMNS / 2..=COLUMNS).contains(&cells.frames.div_ceil(cells.each)) && cells.rows() == ROWS);
        let loud: Vec<usize> = (0..cells.values.len()).filter(|&i| cells.values[i] == 9.0).collect();
        assert_eq!(loud, [77_777 / cells.each * ROWS + 200]);
        assert!(cells.values.iter().all(|&v| v >= 1.0));
    }
}
