//! `gapwave spectrum psd`.

use super::frames::FrameArgs;
use crate::cli::failure::Failure;
use crate::cli::options::{Files, RunOptions};
use crate::cli::out::outln;
use crate::cli::progress;
use crate::spectral::{Periodogram, Psd, periodogram, welch};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::{Format, WriteOptions};
use gapwave_kernels::fft::Stft;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) files: Files,
    /// The column to transform [default: the only column of numbers]
    #[arg(long, value_name = "NAME")]
    pub(super) column: Option<String>,
    /// A second column: writes the cross spectrum with it, conj(first)·second (columns frequency, re, im; complex128 in
    /// .npy), and, in tables, the coherence of the two, from 0 to 1, and the power of each. Runs on the CPU
    #[arg(long, value_name = "NAME", requires = "column")]
    pub(super) against: Option<String>,
    /// One frame of all rows: the periodogram, in memory as a whole; SciPy's has --window boxcar
    #[arg(long, conflicts_with_all = ["nperseg", "noverlap", "against"])]
    whole: bool,
    #[command(flatten)]
    pub(super) frames: FrameArgs,
    /// Draw it, the strongest peaks named, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    pub(super) plot: Option<std::path::PathBuf>,
    /// Draw it over a logarithmic scale of frequency
    #[cfg(feature = "cli")]
    #[arg(long, requires = "plot")]
    pub(super) log_frequency: bool,
    #[command(flatten)]
    pub(super) run: RunOptions,
}

/// What is written: the powers in `.npy`, else a table.
fn table(psd: &Psd, scaling: &str, format: Format) -> Result<Chunk, Failure> {
    let power = Array::from(psd.power.clone());
    if format == Format::Npy {
        return Ok(Chunk::new([("values", power)])?);
    }
    Ok(Chunk::new([("frequency", Array::from(psd.frequency.clone())), (scaling, power)])?)
}

/// So many frames, in words.
pub(super) fn frame_count(frames: u64) -> String {
    format!("{frames} frame{}", if frames == 1 { "" } else { "s" })
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    if let (Some(first), Some(second)) = (&args.column, &args.against) {
        return super::cross::run(args, [first, second]);
    }
    let frames = args.frames.kernel()?;
    let session = args.run.session()?;
    let (name, mut source) = super::open(&args.files, args.column.as_deref(), &session)?;
    let fs = super::rate(args.frames.fs, source.as_ref());
    let frames = Stft { fs, ..frames };
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let mut sink = gapwave_datasets::create(&args.files.output, &write)?;
    let (psd, provenance) = if args.whole {
        let signal = super::no_gaps(super::whole(source.as_mut(), &args.files)?, &name, &args.files)?;
        let Stft { window, detrend, scaling, .. } = frames;
        let how = Periodogram { window, detrend, scaling, fs };
        progress::watch(&args.run, &session, "psd", move |session, _| periodogram(session, &signal, &how))?
    } else {
        progress::watch(&args.run, &session, "psd", move |session, control| {
            welch(session, source.as_mut(), 0, &frames, control)
        })?
    };
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    sink.write(table(&psd, &args.frames.scaling, format)?)?;
    sink.finish()?;

    let nperseg = if args.whole { provenance.rows as usize } else { args.frames.nperseg };
    let (bin, peak) = (fs / nperseg as f64, psd.peak());
    if args.run.json {
        let report = serde_json::json!({
            "input": args.files.input, "output": args.files.output, "column": name, "rows": provenance.rows,
            "frames": psd.frames, "fs": fs, "bin_width": bin, "peak_frequency": peak.map(|k| psd.frequency[k]),
            "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    if let Some(k) = peak {
        let at = psd.frequency[k];
        args.run.say(format!("{name}: {}, strongest at {at:.6} (bins are {bin:.6} apart)", frame_count(psd.frames)));
    }
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let what = if args.frames.scaling == "spectrum" { "power" } else { "power per unit of frequency" };
        let title = format!("{name}: power spectral {}, {}", args.frames.scaling, frame_count(psd.frames));
        let line = crate::cli::plot::Line {
            title: &title,
            what,
            frequency: &psd.frequency,
            values: &psd.power,
            power: true,
            logarithmic: args.log_frequency,
        };
        crate::cli::plot::spectrum(path, &line)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
