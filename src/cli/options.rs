//! Options that most verbs share.

use super::failure::Failure;
use crate::{DeviceChoice, Precision, Session};
use gapwave_columns::DType;
use gapwave_datasets::events::Polarity;
use gapwave_datasets::{Format, RawLayout, ReadOptions, Sink, Source, WriteOptions};
use gapwave_kernels::SimdLevel;
use std::path::PathBuf;

/// Where the work runs and what is said about it.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct RunOptions {
    /// Processor: auto, cpu, gpu, or gpu:NAME for the GPU whose name contains NAME
    #[arg(long, default_value = "auto", env = "GAPWAVE_DEVICE", value_name = "DEVICE", help_heading = "Where it runs")]
    pub(super) device: DeviceChoice,
    /// native: f64 data is computed in f64, on the CPU. f32: f64 data may be computed in f32 on the GPU
    #[arg(long, default_value = "native", env = "GAPWAVE_PRECISION", help_heading = "Where it runs")]
    pub(super) precision: Precision,
    /// Rows of a chunk at most [default: as many as fit]
    #[arg(long, env = "GAPWAVE_CHUNK", value_name = "ROWS", help_heading = "Where it runs",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) chunk: Option<u64>,
    /// Memory that the process may take, as 512MiB, 2GB or 25% of what is available [default: 25%]
    #[arg(long, env = "GAPWAVE_MEMORY", value_name = "SIZE", help_heading = "Where it runs",
          value_parser = crate::parse_bytes)]
    pub(super) memory: Option<u64>,
    /// CPU threads [default: all]
    #[arg(long, env = "GAPWAVE_THREADS", value_name = "N", help_heading = "Where it runs",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// SIMD level of the CPU path, to compare them [default: the best]
    #[arg(long, env = "GAPWAVE_SIMD", value_name = "LEVEL", help_heading = "Where it runs")]
    pub(super) simd: Option<SimdLevel>,
    /// Print what was done as JSON on standard output
    #[arg(long, help_heading = "What is said")]
    pub(super) json: bool,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "What is said")]
    pub(super) quiet: bool,
    /// Progress on standard error: auto is a bar on a terminal
    #[arg(long, default_value = "auto", value_enum, help_heading = "What is said")]
    pub(super) progress: ProgressKind,
}

/// How progress is shown.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProgressKind {
    /// A bar where standard error is a terminal.
    Auto,
    /// A bar.
    Bar,
    /// JSON lines.
    Json,
    /// Nothing.
    None,
}

impl RunOptions {
    /// The session that the options ask for.
    pub(super) fn session(&self) -> Result<Session, Failure> {
        let mut b = Session::builder()
            .device(self.device.clone())
            .precision(self.precision)
            // Whoever demands a GPU gets the software adapter where there is no other; `auto` never does.
            .software(matches!(self.device, DeviceChoice::Gpu(_)))
            .threads(self.threads.map_or(0, usize::from));
        if let Some(level) = self.simd {
            b = b.simd(level);
        }
        if let Some(bytes) = self.memory {
            b = b.memory(bytes);
        }
        if let Some(rows) = self.chunk {
            b = b.chunk_rows(usize::try_from(rows).unwrap_or(usize::MAX));
        }
        Ok(b.build()?)
    }

    /// Says something on standard error, unless told to be quiet.
    pub(super) fn say(&self, what: impl std::fmt::Display) {
        if !self.quiet {
            eprintln!("{what}");
        }
    }
}

/// How files are read.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct Reading {
    /// Format of the file that is read, whatever its content and name say: csv, tsv, parquet, arrow, ndjson, json, excel,
    /// npy, raw, wav, evt2, evt21, evt3, dat, aedat2, aedat31, aedat4, hdf5, dsec, event-text
    #[arg(long, value_name = "FORMAT", help_heading = "How files are read")]
    pub(super) format: Option<Format>,
    /// Read files instead of mapping them into memory: for files that change while they are read
    #[arg(long, env = "GAPWAVE_NO_MMAP", help_heading = "How files are read")]
    pub(super) no_mmap: bool,
    /// How polarity of events is written: signed (-1, 1) or binary (0, 1) [default: as the format has it]
    #[arg(long, value_name = "signed|binary", help_heading = "How files are read")]
    pub(super) polarity_encoding: Option<Polarity>,
    /// External triggers of a recording (t, id, value) instead of its events
    #[arg(long, help_heading = "How files are read")]
    pub(super) triggers: bool,
    /// Type of the elements of a raw binary file: f64, i16, …
    #[arg(long, value_name = "TYPE", help_heading = "How files are read", value_parser = parse_dtype)]
    pub(super) dtype: Option<DType>,
    /// Shape of a raw binary file: rows first, `*` for as many as there are: '*,3'
    #[arg(long, value_name = "N,M", help_heading = "How files are read", value_parser = parse_shape)]
    pub(super) shape: Option<Shape>,
    /// Sheet of a workbook, by name or by number from 1 [default: the first]
    #[arg(long, value_name = "SHEET", help_heading = "How files are read")]
    pub(super) sheet: Option<String>,
}

/// A shape as it is said: the rows, if they are, and the shape of a row.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    rows: Option<u64>,
    row: Vec<usize>,
}

fn parse_dtype(s: &str) -> Result<DType, String> {
    DType::ALL
        .into_iter()
        .find(|d| d.name() == s || short(*d) == s)
        .ok_or_else(|| format!("{s:?} is none of {}", DType::ALL.map(|d| d.name()).join(", ")))
}

/// The name as Rust has it: `f64`, `i16`.
fn short(d: DType) -> String {
    let bits = d.size() * 8;
    let kind = d.name().trim_end_matches(char::is_numeric);
    format!(
        "{}{bits}",
        if kind == "uint" {
            "u"
        } else if kind == "complex" {
            "c"
        } else {
            &kind[..1]
        }
    )
}

fn parse_shape(s: &str) -> Result<Shape, String> {
    let (rows, row) = s.split_once(',').map_or((s, None), |(a, b)| (a, Some(b)));
    let number = |t: &str| t.trim().parse::<usize>().map_err(|_| format!("{t:?} in {s:?} is no number"));
    let rows = if rows.trim() == "*" { None } else { Some(number(rows)? as u64) };
    let row = row.map_or(Ok(Vec::new()), |r| r.split(',').map(number).collect())?;
    Ok(Shape { rows, row })
}

impl Reading {
    /// The options, within a session's memory.
    pub(super) fn options(&self, session: &Session) -> Result<ReadOptions, Failure> {
        let raw = match (self.dtype, &self.shape) {
            (None, None) => None,
            (None, Some(_)) => return Err(Failure::usage("--shape needs --dtype: the type of the elements")),
            (Some(dtype), shape) => {
                Some(RawLayout { dtype, row: shape.as_ref().map_or(Vec::new(), |s| s.row.clone()), skip: 0 })
            }
        };
        Ok(ReadOptions {
            format: self.format,
            mmap: !self.no_mmap,
            memory: Some(session.memory() / 2),
            triggers: self.triggers,
            polarity: self.polarity_encoding,
            raw,
            sheet: self.sheet.clone(),
            ..Default::default()
        })
    }
}

/// The file that is read and the file that is written.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct Files {
    /// File to read: a table, an array, sound, or a recording of events
    #[arg(value_name = "IN")]
    pub(super) input: PathBuf,
    /// File to write, its format told by the extension; it appears when it is complete
    #[arg(long, short, value_name = "OUT")]
    pub(super) output: PathBuf,
    /// Format of the file that is written, whatever its name says
    #[arg(long, value_name = "FORMAT")]
    pub(super) to: Option<Format>,
    #[command(flatten)]
    pub(super) reading: Reading,
}

impl Files {
    /// Opens the input.
    pub(super) fn open(&self, session: &Session, columns: Option<&[String]>) -> Result<Box<dyn Source>, Failure> {
        let mut options = self.reading.options(session)?;
        options.columns = columns.map(<[String]>::to_vec);
        let source = gapwave_datasets::open(&self.input, &options)?;
        let said = self.reading.shape.as_ref().and_then(|s| s.rows);
        if let (Some(said), Some(rows)) = (said, source.rows())
            && said != rows
        {
            let input = self.input.display();
            return Err(Failure::usage(format!("{input}: --shape says {said} rows, the file has {rows}")));
        }
        Ok(source)
    }

    /// The format of the output: as said; else the extension's, and where that says nothing the input's.
    pub(super) fn written(&self) -> Option<Format> {
        self.to.or_else(|| Format::of_extension(&self.output).is_none().then_some(self.reading.format).flatten())
    }

    /// Begins the output of what `source` gives.
    pub(super) fn create(&self, source: &dyn Source) -> Result<Box<dyn Sink>, Failure> {
        let format = self.written();
        let options = WriteOptions { format, ..WriteOptions::carrying(source) };
        Ok(gapwave_datasets::create(&self.output, &options)?)
    }
}
