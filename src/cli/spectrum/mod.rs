//! `gapwave spectrum`.

mod fft;
mod frames;
mod psd;
mod stft;

use super::failure::Failure;
use super::options::Files;
use crate::Session;
use gapwave_columns::DType;
use gapwave_datasets::{Cast, Source};
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
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.kind {
        Kind::Fft(args) => fft::run(args),
        Kind::Psd(args) => psd::run(args),
        Kind::Stft(args) => stft::run(args),
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
    let meta = &source.schema().cols[0];
    if meta.shape.len() != 1 {
        let why = format!("{input}: one signal was expected, got rows of {:?}", &meta.shape[1..]);
        return Err(Failure::failed(why));
    }
    let wide = meta.dtype.is_float();
    let name = name.clone();
    Ok((name, if wide { source } else { Box::new(Cast::new(source, vec![(0, DType::F64)])) }))
}
