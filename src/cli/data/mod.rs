//! `gapwave data`: making data, and finding out how it is best read.

mod generate;
mod profile;

use super::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// Make synthetic data of any length; find out how a file is best read
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand, Debug)]
enum Kind {
    /// Make synthetic data of any length: the same seed gives the same data
    Generate(generate::Args),
    /// Read a file at once and in chunks of several sizes, and recommend settings
    Profile(profile::Args),
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.kind {
        Kind::Generate(args) => generate::run(args),
        Kind::Profile(args) => profile::run(args),
    }
}
