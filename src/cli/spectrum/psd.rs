//! `gapwave spectrum psd`.

use crate::cli::failure::Failure;
use crate::cli::options::{Files, RunOptions};
use crate::cli::out::outln;
use crate::cli::progress;
use crate::spectral::{Psd, welch};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::{Format, WriteOptions};
use gapwave_kernels::fft::stft::{Detrend, Output, Scaling, Stft};
use gapwave_kernels::fft::window::Window;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// The column to transform [default: the only column of numbers]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Rows per unit of time; frequencies are in cycles per that unit. A ratio is taken too: 365.25/7 for weeks of years
    /// [default: that of the file where it has one, as sound does, else 1]
    #[arg(long, value_name = "FS", value_parser = super::parse_ratio, allow_negative_numbers = true)]
    fs: Option<f64>,
    /// Rows of a frame: longer ones tell closer frequencies apart, more of them are averaged to less noise
    #[arg(long, value_name = "N", default_value_t = 256)]
    nperseg: usize,
    /// Rows that a frame shares with the next [default: half of a frame]
    #[arg(long, value_name = "N")]
    noverlap: Option<usize>,
    /// boxcar, bartlett, cosine, hann, hamming, blackman, nuttall, blackmanharris, flattop, tukey:A, kaiser:B, gaussian:S
    #[arg(long, value_name = "WINDOW", default_value = "hann")]
    window: Window,
    /// What is subtracted from each frame
    #[arg(long, value_name = "TREND", default_value = "constant", value_parser = ["none", "constant", "linear"])]
    detrend: String,
    /// density: power per unit of frequency, for noise; spectrum: power, for tones
    #[arg(long, value_name = "SCALING", default_value = "density", value_parser = ["density", "spectrum"])]
    scaling: String,
    /// Draw it, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// The frames, for a rate that is not known yet.
fn frames(args: &Args) -> Result<Stft, Failure> {
    let nperseg = args.nperseg;
    let overlap = args.noverlap.unwrap_or(nperseg / 2);
    if nperseg == 0 || overlap >= nperseg {
        let why = format!("--noverlap {overlap} must be less than --nperseg {nperseg}, and that at least 1");
        return Err(Failure::usage(why));
    }
    let detrend = match args.detrend.as_str() {
        "linear" => Detrend::Linear,
        "constant" => Detrend::Constant,
        _ => Detrend::None,
    };
    let scaling = if args.scaling == "spectrum" { Scaling::Spectrum } else { Scaling::Density };
    let window = args.window;
    Ok(Stft { window, detrend, scaling, output: Output::Power, ..Stft::new(nperseg, nperseg - overlap) })
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
    let frames = frames(args)?;
    let session = args.run.session()?;
    let (name, mut source) = super::open(&args.files, args.column.as_deref(), &session)?;
    let fs = super::rate(args.fs, source.as_ref());
    let frames = Stft { fs, ..frames };
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let mut sink = gapwave_datasets::create(&args.files.output, &write)?;
    let work =
        move |session: &crate::Session, control: &crate::Control| welch(session, source.as_mut(), 0, &frames, control);
    let (psd, provenance) = progress::watch(&args.run, &session, "psd", work)?;
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    sink.write(table(&psd, &args.scaling, format)?)?;
    sink.finish()?;

    let (bin, peak) = (fs / args.nperseg as f64, psd.peak());
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
        let what = if args.scaling == "spectrum" { "power" } else { "power per unit of frequency" };
        let title = format!("{name}: power spectral {}, {} frames", args.scaling, psd.frames);
        crate::cli::plot::spectrum(path, &title, what, &psd.frequency, &psd.power, peak)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
