//! The command: one file per verb.

#[cfg(feature = "bench")]
mod bench;
mod check;
#[cfg(feature = "cli")]
mod completions;
mod config;
mod convert;
mod count;
mod data;
mod devices;
mod events;
mod failure;
mod filter;
mod impute;
mod kernels;
mod options;
mod out;
#[cfg(feature = "cli")]
mod plot;
mod progress;
mod registry_args;
mod run;
mod signal;
mod spectrum;
mod steps;
mod table;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

/// Filters, transforms and fills gaps in signals, sensor tables and event streams, on GPU and CPU.
///
/// Exit status: 0 done, 1 failed, 2 wrong usage. Results go to standard output, everything else to standard error.
#[derive(Parser)]
#[command(name = "gapwave", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the GPUs: features, limits, which would be used, why the others not, what would help
    Devices(devices::Args),
    /// List the kernels: family, processors, types, reach
    Kernels(kernels::Args),
    /// Run every kernel's cases on this machine's processors and compare with its definition
    Check(check::Args),
    /// Fill the gaps of a table's columns
    Impute(impute::Args),
    /// Keep the rows of a table for which a condition holds
    Filter(filter::Args),
    /// Keep the events of a recording that lie in a time, a region, of a polarity
    Events(events::Args),
    /// Write a file in another format, chunk by chunk
    Convert(convert::Args),
    /// Run the steps of a pipeline file over one file, or over many
    Run(run::Args),
    /// Make synthetic data of any length; find out how a file is best read
    Data(data::Args),
    /// Show the settings and where each comes from
    Config(config::Args),
    /// Filter signals
    Signal(signal::Args),
    /// Transform a signal to its spectrum
    Spectrum(spectrum::Args),
    /// Measure the kernels on this machine
    #[cfg(feature = "bench")]
    Bench(bench::Args),
    /// Print a completion script for a shell
    #[cfg(feature = "cli")]
    Completions(completions::Args),
}

/// The whole command line; the registry's parameters become options of the verbs that run kernels.
fn command() -> Command {
    Cli::command().mut_subcommand("impute", impute::with_methods)
}

/// Runs the command and gives its exit status.
pub fn main() -> ExitCode {
    let settings = match config::Settings::load() {
        Ok(s) => s,
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "gapwave: {}", e.line());
            return ExitCode::from(e.code());
        }
    };
    let matches = match settings.into_defaults(command()).try_get_matches() {
        Ok(m) => m,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    match dispatch(&matches) {
        Ok(code) => code,
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "gapwave: {}", e.line());
            ExitCode::from(e.code())
        }
    }
}

fn dispatch(matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let cli = Cli::from_arg_matches(matches).map_err(|e| Failure::usage(e.to_string()))?;
    let own = matches.subcommand().map(|(_, m)| m);
    match cli.verb {
        Verb::Devices(args) => devices::run(&args),
        Verb::Kernels(args) => kernels::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Impute(args) => impute::run(&args, own.ok_or_else(|| Failure::usage("a verb is missing"))?),
        Verb::Filter(args) => filter::run(&args),
        Verb::Events(args) => events::run(&args),
        Verb::Convert(args) => convert::run(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Data(args) => data::run(&args),
        Verb::Config(args) => config::run(&args),
        Verb::Signal(args) => signal::run(&args),
        Verb::Spectrum(args) => spectrum::run(&args),
        #[cfg(feature = "bench")]
        Verb::Bench(args) => bench::run(&args),
        #[cfg(feature = "cli")]
        Verb::Completions(args) => completions::run(&args, command()),
    }
}
