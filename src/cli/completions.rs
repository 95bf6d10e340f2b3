//! `gapwave completions`.

use super::failure::Failure;
use clap::Command;
use std::process::ExitCode;

/// Print a completion script; for bash: `source <(gapwave completions bash)`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, mut command: Command) -> Result<ExitCode, Failure> {
    clap_complete::generate(args.shell, &mut command, "gapwave", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
