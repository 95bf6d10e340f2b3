//! `crates`: what a crate that gapwave could use, or uses, is worth beside the standard library, on what gapwave does
//! with it. Prints Markdown on standard output.

mod allocator;
mod channels;
mod hashing;
mod locks;

use clap::{Parser, Subcommand};
use gapwave_harness::{Case, Entry, Executor, Exit, Fault, Fingerprint, Record, Settings, Side, WallClock, interleave};
use gapwave_peers::{measure, tables};
use std::path::PathBuf;
use std::process::ExitCode;

/// What crates are worth beside the standard library
#[derive(Parser)]
#[command(after_help = "Exit status: 0 all verified, 1 an error, 2 wrong usage, 4 a wrong result")]
struct Args {
    /// Fewer and shorter rounds
    #[arg(long, global = true)]
    quick: bool,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Two builds of the gapwave command in turn on the same jobs: A without mimalloc, B with it
    Allocator {
        /// The build that is compared with
        a: PathBuf,
        /// The other one
        b: PathBuf,
    },
}

/// Some ways of doing the same thing, the standard library's first.
pub(crate) struct Question {
    id: &'static str,
    shape: String,
    /// Operations of one iteration.
    elements: u64,
    threads: usize,
    sides: Vec<Side<'static>>,
}

fn answer(question: Question, settings: &Settings, fingerprint: &Fingerprint) -> Result<Vec<Entry>, Fault> {
    let Question { id, shape, elements, threads, sides } = question;
    eprintln!("{id}: {shape}");
    let guarded = sides.into_iter().map(|s| measure::guarded(s.name, s.work));
    let (mut sides, failures): (Vec<_>, Vec<_>) = guarded.unzip();
    let executor = Executor::new(WallClock::new(), settings.clone());
    let measured = interleave(&executor, &mut sides)?;
    let mut entries = Vec::new();
    for ((side, m), failed) in sides.iter().zip(measured).zip(failures) {
        let case = Case::new(id, shape.as_str(), side.name.as_str(), || Err("measured before".into()));
        let case = case.place(format!("cpu-{threads}")).elements(elements);
        entries.push(match &*failed.borrow() {
            Some(why) => Entry::Failed(case.label, format!("{}{why}", measure::FAILED)),
            None => Entry::Measured(Box::new(Record::new(&case, m, fingerprint))),
        });
    }
    Ok(entries)
}

fn run(args: &Args) -> Result<Exit, Fault> {
    let fingerprint = Fingerprint::of_this_machine("gapwave-peers", env!("CARGO_PKG_VERSION"));
    let mut settings = if args.quick { Settings::quick() } else { Settings::default() };
    let questions = match &args.verb {
        None => {
            let all = [locks::questions(), hashing::questions(), channels::questions()];
            all.into_iter().flatten().collect()
        }
        Some(Verb::Allocator { a, b }) => {
            // Whole processes: one run is a sample.
            settings = Settings { sub_samples: 3, patience: 2, limit: std::time::Duration::from_secs(20), ..settings };
            allocator::questions(a, b)?
        }
    };
    println!("## What crates are worth\n");
    println!(
        "{}, {} cores, {}; {}.\n",
        fingerprint.cpu.as_deref().unwrap_or("unknown processor"),
        fingerprint.cores,
        fingerprint.os,
        fingerprint.rustc.as_deref().unwrap_or("unknown compiler")
    );
    println!("The first side of each table is what the others are compared with; `M/s` counts operations.\n");
    let mut all = Vec::new();
    for question in questions {
        let entries = answer(question, &settings, &fingerprint)?;
        tables::group(&entries).iter().for_each(|t| println!("{}", t.render()));
        all.extend(entries);
    }
    Ok(tables::exit(&all))
}

fn main() -> ExitCode {
    let exit = run(&Args::parse()).unwrap_or_else(|e| {
        eprintln!("{e}");
        Exit::Error
    });
    exit.into()
}
