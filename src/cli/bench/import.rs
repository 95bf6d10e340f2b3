//! `gapwave bench import`.

use crate::cli::failure::Failure;
use gapwave_harness::{Entry, Fingerprint, append, import_criterion};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct ImportArgs {
    /// criterion's folder, usually target/criterion
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// File of JSON lines to append to, which is made if there is none
    #[arg(long, value_name = "FILE")]
    save: PathBuf,
}

pub(super) fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    // criterion notes neither machine nor build: this machine's are right where it was run here, with this compiler.
    let fingerprint = Fingerprint::of_this_machine("criterion", env!("CARGO_PKG_VERSION"));
    let records = import_criterion(&args.folder, &fingerprint)?;
    let entries: Vec<Entry> = records.into_iter().map(|r| Entry::Measured(Box::new(r))).collect();
    append(&args.save, &entries).map_err(|e| Failure::from(e).context(args.save.display().to_string()))?;
    eprintln!("{} measurements appended to {}", entries.len(), args.save.display());
    Ok(ExitCode::SUCCESS)
}
