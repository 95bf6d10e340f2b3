//! Options that most verbs share.

use super::failure::Failure;
use crate::{DeviceChoice, Precision, Session};
use gapwave_datasets::Format;
use gapwave_kernels::SimdLevel;
use std::path::{Path, PathBuf};

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

/// The file that is read and the file that is written.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct Files {
    /// Table to read: CSV, TSV, Parquet or NumPy .npy
    #[arg(value_name = "IN")]
    pub(super) input: PathBuf,
    /// File to write, its format told by the extension; it appears when it is complete
    #[arg(long, short, value_name = "OUT")]
    pub(super) output: PathBuf,
    /// Format of both files, whatever their names say
    #[arg(long, value_parser = parse_format, value_name = "csv|tsv|parquet|npy")]
    pub(super) format: Option<Format>,
}

fn parse_format(s: &str) -> Result<Format, String> {
    Format::of_extension(Path::new(&format!("x.{s}"))).ok_or_else(|| format!("{s:?} is none of csv, tsv, parquet, npy"))
}
