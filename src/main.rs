//! The `gapwave` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gapwave::cli::main()
}
