//! `gapwave spectrum psd`.

use super::frames::FrameArgs;
use crate::cli::failure::Failure;
use crate::cli::options::{Files, RunOptions};
use crate::cli::out::outln;
use crate::cli::progress;
use crate::spectral::{Psd, welch};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::{Format, WriteOptions};
use gapwave_kernels::fft::Stft;
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
    /// Draw it, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// What is written: the powers in `.npy`, else a table.
fn table(psd: &Psd, scaling: &str, format: Format) -> Result<Chunk, Failure> {
    let power = Array::from(psd.power.clone());
    if format == Format::Npy {
        return Ok(Chunk::new([("values", power)])?);
    }
    Ok(Chunk::new([("frequency", Array::from(psd.frequency.clone())), (scaling, power)])?)
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let frames = args.frames.kernel()?;
    let session = args.run.session()?;
    let (name, mut source) = super::open(&args.files, args.column.as_deref(), &session)?;
    let fs = super::rate(args.frames.fs, source.as_ref());
    let frames = Stft { fs, ..frames };
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let mut sink = gapwave_datasets::create(&args.files.output, &write)?;
    let work =
        move |session: &crate::Session, control: &crate::Control| welch(session, source.as_mut(), 0, &frames, control);
    let (psd, provenance) = progress::watch(&args.run, &session, "psd", work)?;
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    sink.write(table(&psd, &args.frames.scaling, format)?)?;
    sink.finish()?;

    let (bin, peak) = (fs / args.frames.nperseg as f64, psd.peak());
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
        args.run.say(format!("{name}: {} frames, strongest at {at:.6} (bins are {bin:.6} apart)", psd.frames));
    }
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let what = if args.frames.scaling == "spectrum" { "power" } else { "power per unit of frequency" };
        let title = format!("{name}: power spectral {}, {} frames", args.frames.scaling, psd.frames);
        crate::cli::plot::spectrum(path, &title, what, &psd.frequency, &psd.power, peak)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
