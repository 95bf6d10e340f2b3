//! `gapwave spectrum fft`.

use crate::Session;
use crate::cli::count::is_missing;
use crate::cli::failure::Failure;
use crate::cli::options::{Files, RunOptions};
use crate::cli::out::outln;
use crate::cli::progress;
use gapwave_columns::{Array, Chunk, Complex32, Complex64, DType};
use gapwave_datasets::{Format, WriteOptions, cast};
use gapwave_kernels::fft::{Rfft, detrend};
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
    /// Subtract the straight line of least squares first
    #[arg(long)]
    detrend: bool,
    /// Draw the amplitudes, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// A spectrum and its peak.
struct Spectrum {
    values: Array,
    frequency: Vec<f64>,
    /// Bin of the largest amplitude, that of the mean aside.
    peak: Option<usize>,
}

fn complex(values: &Array) -> Result<Vec<Complex64>, Failure> {
    Ok(match values.dtype() {
        DType::Complex64 => {
            let wide = |z: &Complex32| Complex64::new(z.re.into(), z.im.into());
            values.as_slice::<Complex32>()?.iter().map(wide).collect()
        }
        _ => values.as_slice::<Complex64>()?.to_vec(),
    })
}

impl Spectrum {
    fn new(values: Array, n: usize, fs: f64) -> Result<Self, Failure> {
        let frequency = (0..values.len()).map(|k| k as f64 * fs / n as f64).collect();
        let amplitude: Vec<f64> = complex(&values)?.iter().map(|z| z.norm()).collect();
        let peak = (1..amplitude.len()).max_by(|&a, &b| amplitude[a].total_cmp(&amplitude[b]));
        Ok(Spectrum { values, frequency, peak })
    }

    /// What is written: complex64 in `.npy`, else a table.
    fn table(&self, format: Format) -> Result<Chunk, Failure> {
        if format == Format::Npy {
            return Ok(Chunk::new([("values", cast(&self.values, DType::Complex64)?)])?);
        }
        let z = complex(&self.values)?;
        Ok(Chunk::new([
            ("frequency", Array::from(self.frequency.clone())),
            ("re", Array::from(z.iter().map(|z| z.re).collect::<Vec<_>>())),
            ("im", Array::from(z.iter().map(|z| z.im).collect::<Vec<_>>())),
        ])?)
    }
}

/// Reads the column whole: a transform needs all of it.
fn read(args: &Args, session: &Session) -> Result<(String, Array, f64), Failure> {
    let (name, mut source) = super::open(&args.files, args.column.as_deref(), session)?;
    let mut parts = Vec::new();
    while let Some(mut chunk) = source.read(1 << 20)? {
        parts.push(chunk.cols.swap_remove(0));
    }
    if parts.is_empty() {
        return Err(Failure::failed(format!("{}: no rows", args.files.input.display())));
    }
    let column = Array::concat(&parts)?;
    let gaps = is_missing(&column, None).filter(|m| *m).count();
    if gaps > 0 {
        let first = is_missing(&column, None).position(|m| m).unwrap_or(0) + 1;
        let input = args.files.input.display();
        return Err(Failure::failed(format!(
            "{input}: column {name}: {gaps} of {} values are missing, the first in row {first}: fill them with `gapwave impute` first",
            column.len()
        )));
    }
    Ok((name, column.without_valid(), super::rate(args.fs, source.as_ref())))
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let session = args.run.session()?;
    let (name, mut signal, fs) = read(args, &session)?;
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let mut sink = gapwave_datasets::create(&args.files.output, &write)?;
    if args.detrend {
        signal = detrend::linear(&signal)?;
    }
    let n = signal.len();
    let output = progress::watch(&args.run, &session, "fft", move |session, _| session.run(&Rfft::default(), signal))?;
    let provenance = output.provenance().clone();
    let spectrum = Spectrum::new(output.into_arrays().swap_remove(0), n, fs)?;
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    sink.write(spectrum.table(format)?)?;
    sink.finish()?;

    let bin = fs / n as f64;
    let peak = spectrum.peak.map(|k| spectrum.frequency[k]);
    if args.run.json {
        let report = serde_json::json!({
            "input": args.files.input, "output": args.files.output, "column": name, "rows": n, "fs": fs,
            "bin_width": bin, "peak_frequency": peak, "detrended": args.detrend, "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    if let Some(peak) = peak {
        args.run.say(format!("{name}: strongest at {peak:.6} (bins are {bin:.6} apart)"));
    }
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let amplitude: Vec<f64> = complex(&spectrum.values)?.iter().map(|z| z.norm()).collect();
        crate::cli::plot::spectrum(
            path,
            &format!("{name}: amplitude spectrum"),
            "amplitude",
            &spectrum.frequency,
            &amplitude,
            spectrum.peak,
        )?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
