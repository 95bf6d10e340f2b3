//! `gapwave spectrum psd --against`.

use super::psd::{Args, frame_count};
use crate::cli::failure::Failure;
use crate::cli::out::outln;
use crate::cli::progress;
use crate::spectral::{Cross, csd};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::{Format, WriteOptions};
use gapwave_kernels::fft::Stft;
use std::process::ExitCode;

/// What is written: the cross spectrum alone in `.npy`, else a table.
fn table(cross: &Cross, names: [&String; 2], format: Format) -> Result<Chunk, Failure> {
    if format == Format::Npy {
        return Ok(Chunk::new([("values", Array::from(cross.csd.clone()))])?);
    }
    Ok(Chunk::new([
        ("frequency".to_owned(), Array::from(cross.frequency.clone())),
        ("re".into(), Array::from(cross.csd.iter().map(|z| z.re).collect::<Vec<_>>())),
        ("im".into(), Array::from(cross.csd.iter().map(|z| z.im).collect::<Vec<_>>())),
        ("coherence".into(), Array::from(cross.coherence())),
        (format!("power of {}", names[0]), Array::from(cross.first.clone())),
        (format!("power of {}", names[1]), Array::from(cross.second.clone())),
    ])?)
}

pub(super) fn run(args: &Args, names: [&String; 2]) -> Result<ExitCode, Failure> {
    let frames = args.frames.kernel()?;
    if names[0] == names[1] {
        return Err(Failure::usage(format!("--against {}: another column than --column was expected", names[1])));
    }
    let session = args.run.session()?;
    let columns = names.map(String::clone);
    let source = super::floats(&args.files, args.files.open(&session, Some(&columns))?)?;
    let fs = super::rate(args.frames.fs, source.as_ref());
    let frames = Stft { fs, ..frames };
    // Columns come in the file's order.
    let place = |name: &String| source.schema().names.iter().position(|n| n == name);
    let [Some(first), Some(second)] = names.map(place) else {
        return Err(Failure::usage(format!("{}: no such columns", args.files.input.display())));
    };
    let write = WriteOptions { format: args.files.written(), ..Default::default() };
    let mut sink = gapwave_datasets::create(&args.files.output, &write)?;
    let mut source = source;
    let (cross, provenance) = progress::watch(&args.run, &session, "csd", move |session, control| {
        csd(session, source.as_mut(), [first, second], &frames, control)
    })?;
    let format = args.files.written().or_else(|| Format::of_extension(&args.files.output)).unwrap_or(Format::Csv);
    sink.write(table(&cross, names, format)?)?;
    sink.finish()?;

    let coherence = cross.coherence();
    let size: Vec<f64> = cross.csd.iter().map(|z| z.norm()).collect();
    let peak = (1..size.len()).max_by(|&a, &b| size[a].total_cmp(&size[b]));
    let (bin, what) = (fs / args.frames.nperseg as f64, format!("{} and {}", names[0], names[1]));
    if args.run.json {
        let report = serde_json::json!({
            "input": args.files.input, "output": args.files.output, "column": names[0], "against": names[1],
            "rows": provenance.rows, "frames": cross.frames, "fs": fs, "bin_width": bin,
            "peak_frequency": peak.map(|k| cross.frequency[k]), "coherence_at_peak": peak.map(|k| coherence[k]),
            "phase_at_peak": peak.map(|k| cross.csd[k].arg()), "provenance": provenance,
        });
        outln!("{}", serde_json::to_string_pretty(&report)?);
    }
    if let Some(k) = peak {
        args.run.say(format!(
            "{what}: {}, most in common at {:.6} (bins are {bin:.6} apart), coherence {:.3}, phase {:.3}",
            frame_count(cross.frames),
            cross.frequency[k],
            coherence[k],
            cross.csd[k].arg()
        ));
    }
    args.run.say(&provenance);
    #[cfg(feature = "cli")]
    if let Some(path) = &args.plot {
        let title = format!("{what}: cross spectral {}, {}", args.frames.scaling, frame_count(cross.frames));
        let line = crate::cli::plot::Line {
            title: &title,
            what: "magnitude",
            frequency: &cross.frequency,
            values: &size,
            power: true,
            logarithmic: args.log_frequency,
        };
        crate::cli::plot::spectrum(path, &line)?;
        args.run.say(format!("drawn in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}
