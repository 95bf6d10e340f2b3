//! `gapwave spectrum stft`.

use super::frames::FrameArgs;
use crate::cli::failure::Failure;
use crate::cli::options::{Files, RunOptions};
use crate::cli::out::outln;
use crate::cli::progress;
use gapwave_columns::{Array, Chunk, for_dtype};
use gapwave_datasets::{Format, Sink, WriteOptions};
use gapwave_kernels::fft::stft::{Output, Stft};
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// The column to transform [default: the only column of numbers]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    #[command(flatten)]
    frames: FrameArgs,
    /// power: squared amplitudes; complex: the spectra themselves, in .npy only
    #[arg(long, value_name = "WHAT", default_value = "power", value_parser = ["power", "complex"])]
    values: String,
    /// Draw the powers over time in decibels, of each cell the largest, as FILE.svg or FILE.html; at most 800 by 400
    /// cells, in bounded memory whatever the length
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// Writes frames as a table: their times, in the middle, and a column for each frequency.
struct Spread<S> {
    sink: S,
    frames: Stft,
}

impl<S: Sink> Sink for Spread<S> {
    fn write(&mut self, chunk: Chunk) -> gapwave_datasets::Result<()> {
        let (frames, bins) = (&self.frames, self.frames.nperseg / 2 + 1);
        let spectra = &chunk.cols[0];
        let time = |i: usize| {
            let first = (chunk.first_row + i as u64) as f64 * frames.hop as f64;
            (first + frames.nperseg as f64 / 2.0) / frames.fs
        };
        let mut columns = vec![("time".to_owned(), Array::from((0..chunk.rows()).map(time).collect::<Vec<_>>()))];
        for k in 0..bins {
            let column: Array = for_dtype!(spectra.dtype(), T => {
                Array::from(spectra.as_slice::<T>()?.iter().skip(k).step_by(bins).copied().collect::<Vec<T>>())
            });
            columns.push(((k as f64 * frames.fs / frames.nperseg as f64).to_string(), column));
        }
        self.sink.write(Chunk::new(columns)?)
    }

    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        self.sink.finish()
    }

    fn held_bytes(&self) -> u64 {
        self.sink.held_bytes()
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let frames = args.frames.kernel()?;
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    let complex = args.values == "complex";
    if complex && format != Format::Npy {
        return Err(Failure::usage("--values complex is written to .npy only: tables hold real numbers"));
    }
    let session = args.run.session()?;
    let (name, mut source) = super::open(&args.files, args.column.as_deref(), &session)?;
    let fs = super::rate(args.frames.fs, source.as_ref());
    let frames = Stft { fs, output: if complex { Output::Complex } else { Output::Power }, ..frames };
    if let Some(rows) = source.rows().filter(|&n| n < frames.nperseg as u64) {
        let (input, frame) = (args.files.input.display(), frames.nperseg);
        let why = format!("{input}: the signal has {rows} values, a frame has {frame}: give a smaller --nperseg");
        return Err(Failure::failed(why));
    }
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let sink = gapwave_datasets::create(&args.files.output, &write)?;
    let mut sink: Box<dyn Sink> = if format == Format::Npy { sink } else { Box::new(Spread { sink, frames }) };
    #[cfg(feature = "cli")]
    let picture = crate::cli::plot::Picture::default();
    #[cfg(feature = "cli")]
    if args.plot.is_some() {
        sink = picture.watch(sink);
    }
    let provenance = progress::watch(&args.run, &session, "stft", move |session, control| {
        session.drive(&frames, source.as_mut(), &[0], sink.as_mut(), control)
    })?;
    let made = frames.frames(usize::try_from(provenance.rows).unwrap_or(usize::MAX));
    let (bins, bin) = (frames.nperseg / 2 + 1, fs / frames.nperseg as f64);
    if args.run.json {
        let report = serde_json::json!({
            "input": args.files.input, "output": args.files.output, "column": name, "rows": provenance.rows,
            "frames": made, "bins": bins, "fs": fs, "bin_width": bin, "frame_seconds": frames.hop as f64 / fs,
            "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    args.run.say(format!("{name}: {made} frames of {bins} bins, {bin:.6} apart"));
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let (half, hop) = (frames.nperseg as f64 / 2.0 / fs, frames.hop as f64 / fs);
        let top = (bins - 1) as f64 * bin;
        let title = format!("{name}: {made} frames of {} rows, one every {}", frames.nperseg, frames.hop);
        let what = if args.frames.scaling == "spectrum" { "dB, power" } else { "dB, power per unit of frequency" };
        picture.draw(path, &title, [half, hop, top], what)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
