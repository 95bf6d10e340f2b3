//! `gapwave spectrum fft`.

use crate::Session;
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
    /// Draw the amplitudes, the strongest peaks named, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    /// Draw it over a logarithmic scale of frequency
    #[cfg(feature = "cli")]
    #[arg(long, requires = "plot")]
    log_frequency: bool,
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
    let column = super::no_gaps(super::whole(source.as_mut(), &args.files)?, &name, &args.files)?;
    Ok((name, column, super::rate(args.fs, source.as_ref())))
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
        let line = crate::cli::plot::Line {
            title: &format!("{name}: amplitude spectrum"),
            what: "amplitude",
            frequency: &spectrum.frequency,
            values: &amplitude,
            power: false,
            logarithmic: args.log_frequency,
        };
        crate::cli::plot::spectrum(path, &line)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
