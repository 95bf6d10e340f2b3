//! One pipeline over many files.

use super::Spec;
use crate::{Control, Error, Result, Session};
use gapwave_datasets::{Format, ReadOptions};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which files, and where to.
#[derive(Debug, Clone)]
pub struct Many {
    /// The files to read.
    pub inputs: Vec<PathBuf>,
    /// The folder to write to; made if it is not there.
    pub out_dir: PathBuf,
    /// The extension of the files written; `None`: that of the pipeline's `[write]` format, or the input's own.
    pub extension: Option<String>,
    /// Files worked on at a time.
    pub workers: usize,
    /// Whether outputs that are there are made again.
    pub force: bool,
}

/// What became of the files.
#[derive(Debug, Default)]
pub struct Summary {
    /// Files read and written.
    pub done: usize,
    /// Files whose output was there.
    pub skipped: usize,
    /// Rows read.
    pub rows: u64,
    /// Files that failed, and why.
    pub failed: Vec<(PathBuf, Error)>,
}

impl Many {
    /// The output of each input.
    ///
    /// # Errors
    /// Where two inputs would be written to one file, or an input has no name.
    pub fn outputs(&self, spec: &Spec) -> Result<Vec<PathBuf>> {
        let told = match (&self.extension, &spec.write.format) {
            (Some(e), _) => Some(e.trim_start_matches('.').to_owned()),
            (None, Some(name)) => Some(extension(name.parse().map_err(Error::Usage)?).to_owned()),
            (None, None) => None,
        };
        let mut from: HashMap<PathBuf, &Path> = HashMap::with_capacity(self.inputs.len());
        let mut outputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let Some(name) = input.file_name() else {
                return Err(Error::Usage(format!("{}: this is no file", input.display())));
            };
            let mut output = self.out_dir.join(name);
            if let Some(e) = &told {
                output.set_extension(e);
            }
            if let Some(other) = from.insert(output.clone(), input) {
                let why = format!(
                    "{} and {} would both be written to {}: give them to separate runs",
                    other.display(),
                    input.display(),
                    output.display()
                );
                return Err(Error::Usage(why));
            }
            outputs.push(output);
        }
        Ok(outputs)
    }

    /// Runs the pipeline over every file. A file that fails does not stop the others; outputs that are there are
    /// finished (they appear whole or not at all) and skipped. `each` is told of every file that is over, with how many
    /// are. The session's memory is shared among the workers.
    ///
    /// # Errors
    /// Before the first file: where the outputs are not to be had. [`Error::Cancelled`].
    pub fn run(
        &self,
        spec: &Spec,
        session: &Session,
        read: &ReadOptions,
        control: &Control,
        each: &(dyn Fn(&Path, usize) + Sync),
    ) -> Result<Summary> {
        let outputs = self.outputs(spec)?;
        std::fs::create_dir_all(&self.out_dir).map_err(|e| Error::Usage(format!("{}: {e}", self.out_dir.display())))?;
        let workers = self.workers.clamp(1, self.inputs.len().max(1));
        let session = session.with_memory(share(session.memory(), workers));
        let (next, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let summary = Mutex::new(Summary::default());
        let work = || {
            while !control.is_cancelled() {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let (Some(input), Some(output)) = (self.inputs.get(i), outputs.get(i)) else { break };
                let outcome = if !self.force && output.exists() {
                    None
                } else {
                    Some(one(spec, &session, read, input, output, control))
                };
                {
                    let mut s = summary.lock();
                    match outcome {
                        None => s.skipped += 1,
                        Some(Ok(rows)) => {
                            s.done += 1;
                            s.rows += rows;
                        }
                        Some(Err(Error::Cancelled)) => {}
                        Some(Err(e)) => s.failed.push((input.clone(), e)),
                    }
                }
                each(input, over.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        control.check()?;
        let mut summary = summary.into_inner();
        summary.failed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(summary)
    }
}

/// What each of several workers may have in memory: the program itself is there once only, so its share is not divided.
fn share(limit: u64, workers: usize) -> u64 {
    let base = crate::stream::memory::resident().unwrap_or(0).min(limit);
    base + (limit - base) / workers as u64
}

fn one(
    spec: &Spec,
    session: &Session,
    read: &ReadOptions,
    input: &Path,
    output: &Path,
    control: &Control,
) -> Result<u64> {
    control.check()?;
    let pipeline = spec.pipeline(Some(input), Some(output), read)?;
    // The control is everybody's: it stops this file too, and would count its rows as the whole's.
    let own = Control::following(control);
    let (_, made) = pipeline.run_with(session, &own)?;
    Ok(made.first().map_or_else(|| own.progress().rows, |p| p.rows))
}

/// The extension that files of a format have.
fn extension(format: Format) -> &'static str {
    match format {
        Format::Excel => "xlsx",
        Format::Raw => "bin",
        Format::Evt2 | Format::Evt21 | Format::Evt3 => "raw",
        Format::Aedat2 | Format::Aedat31 => "aedat",
        Format::Dsec => "h5",
        Format::EventText => "txt",
        other => other.name(),
    }
}

/// The files that patterns (`in/*.raw`) and names stand for, each once, in order.
///
/// # Errors
/// Where a pattern is malformed, or nothing is found for one.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        let plain = Path::new(pattern);
        if plain.exists() {
            files.push(plain.into());
            continue;
        }
        let refuse = |why: &dyn std::fmt::Display| Error::Usage(format!("{pattern}: {why}"));
        let before = files.len();
        for found in glob::glob(pattern).map_err(|e| refuse(&e))? {
            let path = found.map_err(|e| refuse(&e))?;
            if path.is_file() {
                files.push(path);
            }
        }
        if files.len() == before {
            return Err(refuse(&"there is no such file"));
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|f| seen.insert(f.clone()));
    Ok(files)
}
