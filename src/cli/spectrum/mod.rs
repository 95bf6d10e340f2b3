//! `gapwave spectrum`.

mod cross;
mod fft;
mod frames;
mod periods;
mod psd;
mod stft;
mod tempo;

use super::count::is_missing;
use super::failure::Failure;
use super::options::{Files, Reading};
use crate::Session;
use gapwave_columns::{Array, Chunk, DType};
use gapwave_datasets::{Cast, Format, Source, WriteOptions};
use std::path::PathBuf;
use std::process::ExitCode;

/// Transform a signal to its spectrum
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(clap::Subcommand, Debug)]
enum Kind {
    /// The one-sided discrete Fourier transform of a real column, of any length, not normalised
    Fft(fft::Args),
    /// The power spectral density of a real column by Welch's method, in bounded memory whatever its length
    Psd(psd::Args),
    /// The powers or spectra of a real column's frames over time, in bounded memory whatever its length
    Stft(stft::Args),
    /// The periods after which a column repeats itself, such as days and weeks; it may have gaps
    Periods(periods::Args),
    /// The tempo of sound in beats per minute, in bounded memory whatever its length
    Tempo(tempo::Args),
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.kind {
        Kind::Fft(args) => fft::run(args),
        Kind::Psd(args) => psd::run(args),
        Kind::Stft(args) => stft::run(args),
        Kind::Periods(args) => periods::run(args),
        Kind::Tempo(args) => tempo::run(args),
    }
}

/// A number or a quotient of two, more than 0.
fn parse_ratio(s: &str) -> Result<f64, String> {
    let number = |s: &str| s.trim().parse::<f64>().map_err(|_| format!("{s:?} is not a number"));
    let value = match s.split_once('/') {
        Some((a, b)) => number(a)? / number(b)?,
        None => number(s)?,
    };
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(format!("{s:?} is not a positive number")) }
}

/// Rows per unit of time: as asked for, else as the file says.
fn rate(asked: Option<f64>, source: &dyn Source) -> f64 {
    asked.or(source.schema().attrs.fs.filter(|fs| *fs > 0.0)).unwrap_or(1.0)
}

/// A file that is read; a file need not be written.
#[derive(clap::Args, Debug)]
struct Read {
    /// File to read: a table, an array, or sound
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write, its format told by the extension; it appears when it is complete [default: none]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Format of the file that is written, whatever its name says
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    #[command(flatten)]
    reading: Reading,
}

impl Read {
    fn files(&self) -> Files {
        let output = self.output.clone().unwrap_or_default();
        Files { input: self.input.clone(), output, to: self.to, reading: self.reading.clone() }
    }

    /// Writes a table, where one is asked for.
    fn write(&self, table: impl FnOnce() -> Result<Chunk, Failure>) -> Result<(), Failure> {
        let Some(output) = &self.output else { return Ok(()) };
        let write = WriteOptions { format: self.files().written(), ..Default::default() };
        let mut sink = gapwave_datasets::create(output, &write)?;
        sink.write(table()?)?;
        Ok(sink.finish()?)
    }
}

/// Opens the one column that is transformed, of floats, and gives its name.
fn open(files: &Files, column: Option<&str>, session: &Session) -> Result<(String, Box<dyn Source>), Failure> {
    let columns = column.map(|c| vec![c.to_owned()]);
    let source = files.open(session, columns.as_deref())?;
    let names = source.schema().names.clone();
    let input = files.input.display();
    let [name] = &*names else {
        return Err(match names.len() {
            0 => Failure::failed(format!("{input}: no column of numbers")),
            _ => Failure::usage(format!(
                "{input}: several columns of numbers: say which with --column: {}",
                names.join(", ")
            )),
        });
    };
    let name = name.clone();
    Ok((name, floats(files, source)?))
}

/// The columns as floats, if each has one number a row.
fn floats(files: &Files, source: Box<dyn Source>) -> Result<Box<dyn Source>, Failure> {
    let cols = &source.schema().cols;
    if let Some(meta) = cols.iter().find(|m| m.shape.len() != 1) {
        let (input, row) = (files.input.display(), &meta.shape[1..]);
        return Err(Failure::failed(format!("{input}: one signal was expected, got rows of {row:?}")));
    }
    let narrow = cols.iter().enumerate().filter(|(_, m)| !m.dtype.is_float());
    let casts: Vec<_> = narrow.map(|(i, _)| (i, DType::F64)).collect();
    Ok(if casts.is_empty() { source } else { Box::new(Cast::new(source, casts)) })
}

/// Reads a column whole, for what needs all of it.
fn whole(source: &mut dyn Source, files: &Files) -> Result<Array, Failure> {
    let mut parts = Vec::new();
    while let Some(mut chunk) = source.read(1 << 20)? {
        parts.push(chunk.cols.swap_remove(0));
    }
    if parts.is_empty() {
        return Err(Failure::failed(format!("{}: no rows", files.input.display())));
    }
    Ok(Array::concat(&parts)?)
}

/// Says where the gaps of a column are, as an error, if there are any.
fn no_gaps(column: Array, name: &str, files: &Files) -> Result<Array, Failure> {
    let gaps = is_missing(&column, None).filter(|m| *m).count();
    if gaps > 0 {
        let first = is_missing(&column, None).position(|m| m).unwrap_or(0) + 1;
        let (input, rows) = (files.input.display(), column.len());
        return Err(Failure::failed(format!(
            "{input}: column {name}: {gaps} of {rows} values are missing, the first in row {first}: fill them with `gapwave impute` first"
        )));
    }
    Ok(column.without_valid())
}
