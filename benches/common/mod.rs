//! Shared by the benchmarks against peers: threads, interleaved timing, one table.

#![allow(dead_code, reason = "every benchmark uses its own part")]

use std::any::Any;
use std::process::Command;
use std::time::Instant;

/// Seconds per call of one side.
pub(crate) struct Timing {
    /// Whose time it is.
    pub(crate) name: String,
    /// One entry a round, in order.
    pub(crate) seconds: Vec<f64>,
}

impl Timing {
    /// The fastest round.
    pub(crate) fn min(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle round.
    pub(crate) fn median(&self) -> f64 {
        let mut s = self.seconds.clone();
        s.sort_by(f64::total_cmp);
        s[s.len() / 2]
    }
}

/// Calls the sides in turn, A B A B …, so that both meet the same neighbours on a shared machine. One round before
/// the first is not counted: it touches fresh memory. What a side gives back is dropped after the clock was read.
#[allow(clippy::type_complexity, reason = "a list of names and closures")]
pub(crate) fn interleave(rounds: usize, sides: &mut [(&str, &mut dyn FnMut() -> Box<dyn Any>)]) -> Vec<Timing> {
    let mut out: Vec<Timing> =
        sides.iter().map(|(n, _)| Timing { name: (*n).to_owned(), seconds: Vec::with_capacity(rounds) }).collect();
    for round in 0..=rounds {
        for ((_, call), timing) in sides.iter_mut().zip(&mut out) {
            let start = Instant::now();
            let result = call();
            let s = start.elapsed().as_secs_f64();
            drop(result);
            if round > 0 {
                timing.seconds.push(s);
            }
        }
    }
    out
}

/// Prints the sides: fastest and middle round in ms, millions of rows a second, and how much faster than the last
/// side each is. The last side is the peer.
pub(crate) fn report(title: &str, rows: u64, timings: &[Timing]) {
    let Some(peer) = timings.last() else { return };
    println!("\n{title}");
    println!(
        "  {:<28}{:>10}{:>12}{:>10}{:>12}{:>10}{:>10}",
        "", "min ms", "median ms", "M/s min", "M/s median", "× min", "× median"
    );
    for t in timings {
        println!(
            "  {:<28}{:>10.2}{:>12.2}{:>10.0}{:>12.0}{:>10.2}{:>10.2}",
            t.name,
            t.min() * 1e3,
            t.median() * 1e3,
            rows as f64 / t.min() / 1e6,
            rows as f64 / t.median() / 1e6,
            peer.min() / t.min(),
            peer.median() / t.median()
        );
    }
}

/// Starts this program again with `POLARS_MAX_THREADS=threads` unless the variable is set already: polars reads it
/// once, before the first line of `main` could be trusted to have set it.
pub(crate) fn fix_polars_threads(threads: usize) {
    const NAME: &str = "POLARS_MAX_THREADS";
    if std::env::var_os(NAME).is_some() {
        return;
    }
    let exe = std::env::current_exe().expect("path of this program");
    let status = Command::new(exe)
        .args(std::env::args_os().skip(1))
        .env(NAME, threads.to_string())
        .status()
        .expect("start this program again");
    std::process::exit(status.code().unwrap_or(1));
}

/// A rayon pool of `threads` threads: run gapwave's side with `pool.install`.
pub(crate) fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool")
}

/// The values after `--name` on the command line, separated by commas.
pub(crate) fn option(name: &str) -> Vec<String> {
    let args: Vec<String> = std::env::args().collect();
    let at = args.iter().position(|a| a == name);
    at.and_then(|i| args.get(i + 1)).map(|v| v.split(',').map(str::to_owned).collect()).unwrap_or_default()
}

/// The whole number after `--name`, or `default`.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    option(name).first().map_or(default, |v| v.replace('_', "").parse().expect("a whole number"))
}
