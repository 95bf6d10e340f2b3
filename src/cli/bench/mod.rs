//! `gapwave bench`: one file per verb, one per kind of work.

mod cases;
mod compare;
mod count;
mod device;
mod host;
mod import;
mod places;
mod ring;
mod run;
mod sabotage;

use super::failure::Failure;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Time the kernels: kernel × shape × processor, with throughput, share of the peaks measured in the same process,
    /// and whether the result was as defined
    #[command(after_help = "Exit status: 0 all verified, 1 something failed, claims more than the machine's peak, or \
                            nothing ran, 2 wrong usage, 4 a wrong result, 5 the time was up before everything was \
                            measured")]
    Run(run::RunArgs),
    /// Put two sets of measurements side by side, of one machine or of two: it describes and does not judge
    #[command(after_help = "Exit status: 0 compared, 1 a file cannot be read, 2 wrong usage, 6 they have nothing in \
                            common")]
    Compare(compare::CompareArgs),
    /// Count what does not depend on the machine's speed (dispatches, bytes, pipelines, memory, allocations) and hold
    /// it to a baseline
    #[command(after_help = "Exit status: 0 as in the baseline, 1 something failed or nothing ran, 2 wrong usage, 3 \
                            more of something than in the baseline, 4 a wrong result, 6 less of something, or other \
                            cases: write the baseline anew with --update")]
    Count(count::CountArgs),
    /// Append what criterion measured (cargo bench) to a history
    Import(import::ImportArgs),
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.verb {
        Verb::Run(args) => run::run(args),
        Verb::Compare(args) => compare::run(args),
        Verb::Count(args) => count::run(args),
        Verb::Import(args) => import::run(args),
    }
}

/// Reads lines of JSON from a file; what is wrong is said with its name.
fn read<T>(path: &Path, parse: fn(&str) -> gapwave_harness::Result<T>) -> Result<T, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::from(e).context(name.clone()))?;
    parse(&text).map_err(|e| Failure::from(e).context(name))
}

/// A number of elements: `1000000`, `1e6`, `64Ki`, `4M`.
fn parse_size(text: &str) -> Result<usize, String> {
    let bad = || format!("{text:?} is no number of elements such as 1000000, 1e6, 64Ki or 4M");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() && c != 'e');
    let unit = match &text[digits.len()..] {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(bad()),
    };
    let n: f64 = digits.parse().map_err(|_| bad())?;
    let n = n * unit;
    if (1.0..=1e12).contains(&n) && n.fract() == 0.0 { Ok(n as usize) } else { Err(bad()) }
}

/// A time: `90`, `90s`, `5m`.
fn parse_time(text: &str) -> Result<std::time::Duration, String> {
    let (digits, unit) = match text.strip_suffix('m') {
        Some(d) => (d, 60.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds: f64 = digits.parse().map_err(|_| format!("{text:?} is no time such as 90s or 5m"))?;
    let seconds = seconds * unit;
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(std::time::Duration::from_secs_f64(seconds))
    } else {
        Err(format!("{text:?} is not between 0 and a day"))
    }
}

impl From<gapwave_harness::Error> for Failure {
    fn from(e: gapwave_harness::Error) -> Self {
        let code = e.exit().code();
        Failure::with_code(code, e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read() {
        assert_eq!(
            ["1000", "1e6", "64Ki", "4M", "2Mi"].map(|t| parse_size(t).ok()),
            [Some(1000), Some(1_000_000), Some(65_536), Some(4_000_000), Some(2 << 20)]
        );
        assert!(["", "0", "-1", "1.5", "4X", "1e99", "many"].iter().all(|t| parse_size(t).is_err()));
        assert_eq!(["90", "90s", "1.5m"].map(|t| parse_time(t).unwrap().as_secs()), [90, 90, 90]);
        assert!(["", "0", "-5", "1h", "1e9"].iter().all(|t| parse_time(t).is_err()));
    }
}
