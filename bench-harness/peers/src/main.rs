//! `gapwave-peers`: measures gapwave and its peers and writes the page of results. Use `ci/peers.sh`.

use clap::{Parser, Subcommand};
use gapwave::{DeviceChoice, Session};
use gapwave_harness::{Entry, Exit, Fault, read_history};
use gapwave_peers::python::Worker;
use gapwave_peers::{Context, FAMILIES, Family, facts, measure, page, tables};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::rc::Rc;

/// gapwave beside other libraries
#[derive(Parser)]
#[command(after_help = "Exit status: 0 all verified, 1 a side failed or nothing ran, 2 wrong usage, 4 a wrong result")]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Measure families, with one thread and with all, and print tables
    Run {
        /// fft, planned, stft, signal, filter, impute, primitives [default: all]
        families: Vec<String>,
        /// Rewrite this page, keeping the sections of families that were not measured
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
        /// Append the records to DIR/<processor>/peers.jsonl
        #[arg(long, value_name = "DIR")]
        results: Option<PathBuf>,
        /// The command that the page names
        #[arg(long, default_value = "gapwave-peers run")]
        command: String,
        #[command(flatten)]
        how: How,
    },
    /// Measure one family in this process, a line of JSON for each side on standard output
    #[command(hide = true)]
    Measure {
        family: String,
        #[arg(long)]
        threads: usize,
        #[command(flatten)]
        how: How,
    },
}

#[derive(clap::Args)]
struct How {
    /// The Python that has the peers
    #[arg(long, env = "GAPWAVE_PEERS_PYTHON", value_name = "FILE")]
    python: Option<PathBuf>,
    /// Two short rounds: to see that everything works
    #[arg(long)]
    quick: bool,
    /// Only comparisons whose name and shape contain this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

fn family(name: &str) -> Result<Family, Fault> {
    let names = || FAMILIES.map(|(n, _)| n).join(", ");
    FAMILIES.into_iter().find(|(n, _)| *n == name).ok_or_else(|| format!("{name:?} is none of {}", names()).into())
}

/// Measures one family in a process of its own: polars, rayon and the libraries below NumPy read their number of
/// threads once.
fn child(family: &str, threads: usize, how: &How) -> Result<Vec<Entry>, Fault> {
    let n = threads.to_string();
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["measure", family, "--threads", &n])
        .envs(["POLARS_MAX_THREADS", "RAYON_NUM_THREADS"].map(|v| (v, &n)));
    command.args(how.python.iter().flat_map(|p| ["--python".as_ref(), p.as_os_str()]));
    command.args(how.only.iter().flat_map(|o| ["--only", o.as_str()]));
    if how.quick {
        command.arg("--quick");
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut text = String::new();
    child.stdout.take().ok_or("no pipe")?.read_to_string(&mut text)?;
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("measuring {family} on {n} threads: {status}").into());
    }
    Ok(read_history(&text)?)
}

fn measure_here(name: &str, threads: usize, how: &How) -> Result<(), Fault> {
    let dir = tempfile::Builder::new().prefix("gapwave-peers").tempdir()?;
    let worker = match &how.python {
        None => Err("no Python was named".to_owned()),
        Some(python) => Worker::start(python, dir.path(), threads).map_err(|e| e.to_string()),
    };
    let worker = worker.map(|w| Rc::new(RefCell::new(w)));
    let session = Session::builder().device(DeviceChoice::Cpu).threads(threads).build()?;
    let cx = Context { threads, session, worker, dir: dir.path().to_owned() };
    let mut all = family(name)?.1();
    let wanted = |c: &gapwave_peers::Comparison, o: &String| format!("{} {}", c.id, c.shape).contains(o.as_str());
    all.retain(|c| how.only.as_ref().is_none_or(|o| wanted(c, o)));
    let mut settings = measure::settings(how.quick);
    if name == "planned" && !how.quick {
        // Its iterations are short, and the sides near each other.
        settings.rounds *= 3;
    }
    measure::measure(all, &cx, &settings, &mut std::io::stdout().lock())
}

fn run(args: Args) -> Result<Exit, Fault> {
    let (families, page_file, results, command, how) = match args.verb {
        Verb::Measure { family, threads, how } => return measure_here(&family, threads, &how).map(|()| Exit::Pass),
        Verb::Run { families, page, results, command, how } => (families, page, results, command, how),
    };
    let mut chosen = Vec::new();
    for name in &families {
        match family(name) {
            Ok(f) => chosen.push(f),
            Err(e) => {
                eprintln!("{e}");
                return Ok(Exit::Usage);
            }
        }
    }
    if chosen.is_empty() {
        chosen = FAMILIES.into();
    }
    let mut threads = vec![1, std::thread::available_parallelism()?.get()];
    threads.dedup();
    let mut all = Vec::new();
    for (name, _) in chosen {
        for &n in &threads {
            let entries = child(name, n, &how)?;
            tables::group(&entries).iter().for_each(|t| println!("{}", t.render()));
            all.extend(entries);
        }
    }
    if let Some(dir) = results {
        keep(&dir, &all)?;
    }
    if let Some(file) = page_file {
        let old = std::fs::read_to_string(&file).unwrap_or_default();
        std::fs::write(&file, page::page(&old, &all, &command))?;
    }
    Ok(tables::exit(&all))
}

fn keep(dir: &std::path::Path, all: &[Entry]) -> Result<(), Fault> {
    let measured = |e: &&Entry| matches!(e, Entry::Measured(_));
    let entries: Vec<Entry> = all.iter().filter(measured).cloned().collect();
    let Some(Entry::Measured(first)) = entries.first() else { return Ok(()) };
    let dir = dir.join(facts::slug(first.fingerprint.cpu.as_deref().unwrap_or("unknown")));
    std::fs::create_dir_all(&dir)?;
    Ok(gapwave_harness::append(&dir.join("peers.jsonl"), &entries)?)
}

fn main() -> ExitCode {
    let exit = run(Args::parse()).unwrap_or_else(|e| {
        eprintln!("{e}");
        Exit::Error
    });
    let _ = std::io::stdout().flush();
    exit.into()
}
