//! `gapwave spectrum tempo`.

use super::Read;
use crate::cli::failure::Failure;
use crate::cli::options::RunOptions;
use crate::cli::out::outln;
use crate::cli::progress;
use crate::spectral::{Tempo, TempoSearch, tempo};
use gapwave_columns::{Array, Chunk};
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
#[command(after_long_help = "Prints the tempo and its confidence: from 0, where onsets are as irregular as those of \
    noise, to 1. OUT gets the strength of the onsets over time, 172 values a second (columns time, in seconds, and \
    onset). Silence and steady tones have no tempo, which is no error; sound that is shorter than three beats of the \
    slowest tempo is one.")]
pub(super) struct Args {
    #[command(flatten)]
    read: Read,
    /// The column or channel to listen to: ch1, ch2, … in sound [default: the only one]
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Samples per second [default: that of the file]
    #[arg(long, value_name = "FS", value_parser = super::parse_ratio, allow_negative_numbers = true)]
    fs: Option<f64>,
    /// Slowest tempo, in beats per minute
    #[arg(long, value_name = "BPM", default_value_t = 40.0)]
    slowest: f64,
    /// Fastest tempo, in beats per minute
    #[arg(long, value_name = "BPM", default_value_t = 240.0)]
    fastest: f64,
    /// The likeliest tempo before anything is heard: decides between a tempo, its half and its double
    #[arg(long, value_name = "BPM", default_value_t = 120.0)]
    expected: f64,
    /// Draw how the onsets correlate over tempi, as FILE.svg or FILE.html
    #[cfg(feature = "cli")]
    #[arg(long, value_name = "FILE", value_parser = crate::cli::plot::parse_path)]
    plot: Option<std::path::PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

fn onsets(heard: &Tempo) -> Result<Chunk, Failure> {
    let envelope = &heard.envelope;
    let time = (0..envelope.strength.len()).map(|i| envelope.start + i as f64 / envelope.rate);
    let columns =
        [("time", Array::from(time.collect::<Vec<f64>>())), ("onset", Array::from(envelope.strength.clone()))];
    Ok(Chunk::new(columns)?)
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let session = args.run.session()?;
    let files = args.read.files();
    let (name, mut source) = super::open(&files, args.column.as_deref(), &session)?;
    let known = args.fs.or(source.schema().attrs.fs);
    let Some(fs) = known else {
        let input = files.input.display();
        return Err(Failure::usage(format!("{input}: the file does not say its samples per second: give --fs")));
    };
    let search =
        TempoSearch { slowest: args.slowest, fastest: args.fastest, expected: args.expected, ..TempoSearch::default() };
    let (heard, provenance) = progress::watch(&args.run, &session, "tempo", move |session, control| {
        tempo(session, source.as_mut(), 0, fs, &search, control)
    })?;
    args.read.write(|| onsets(&heard))?;
    if args.run.json {
        let others = heard.alternates.iter().map(|a| serde_json::json!({"bpm": a.bpm, "strength": a.strength}));
        let report = serde_json::json!({
            "input": files.input, "output": args.read.output, "column": name, "rows": provenance.rows, "fs": fs,
            "bpm": heard.bpm, "confidence": heard.confidence, "alternates": others.collect::<Vec<_>>(),
            "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        match heard.bpm {
            Some(bpm) => outln!("{bpm:.2} beats per minute, confidence {:.2}", heard.confidence),
            None => outln!("no tempo: nothing begins"),
        }
        let others: Vec<String> =
            heard.alternates.iter().map(|a| format!("{:.2} ({:.2})", a.bpm, a.strength)).collect();
        if !others.is_empty() {
            args.run.say(format!("also possible: {}", others.join(", ")));
        }
    }
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let (rate, r) = (heard.envelope.rate, &heard.autocorrelation);
        let at = |lag: usize| (60.0 * rate / lag as f64, r[lag]);
        let shown = |p: &(f64, f64)| (search.slowest..=search.fastest).contains(&p.0);
        let curve: Vec<(f64, f64)> = (1..r.len()).map(at).filter(shown).collect();
        let named: Vec<f64> = heard.bpm.into_iter().chain(heard.alternates.iter().map(|a| a.bpm)).collect();
        let title = match heard.bpm {
            Some(bpm) => format!("{name}: {bpm:.2} beats per minute, confidence {:.2}", heard.confidence),
            None => format!("{name}: no tempo"),
        };
        crate::cli::plot::tempo(path, &title, &curve, &named)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
