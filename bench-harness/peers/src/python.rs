//! The Python process: one for all sides of a family, which waits for the next line on its standard input while the
//! others are timed. It times itself; what goes over the pipe is outside.

use crate::comparison::{Checker, Expected};
use crate::npy;
use gapwave::Array;
use gapwave_harness::{Fault, Took, Work};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

const SCRIPT: &str = include_str!("../worker.py");
/// Nothing it is asked to do should take as long.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest answer that is read.
const LINE: u64 = 64 << 10;
/// Variables by which libraries below NumPy choose their threads.
const THREADS: [&str; 6] = [
    "POLARS_MAX_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
];

/// A Python process that runs the worker script.
pub struct Worker {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<io::Result<String>>,
    patience: Duration,
    versions: BTreeMap<String, String>,
    made: usize,
}

impl Worker {
    /// Starts `python` with the worker script, each library on `threads` threads.
    pub fn start(python: &Path, dir: &Path, threads: usize) -> Result<Worker, Fault> {
        Self::start_patiently(python, dir, threads, PATIENCE)
    }

    fn start_patiently(python: &Path, dir: &Path, threads: usize, patience: Duration) -> Result<Worker, Fault> {
        let script = dir.join("worker.py");
        std::fs::write(&script, SCRIPT)?;
        let mut command = Command::new(python);
        command.arg("-u").arg(&script).arg(threads.to_string()).envs(THREADS.map(|v| (v, threads.to_string())));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("no pipe from Python")?;
        let (send, lines) = sync_channel(1);
        std::thread::Builder::new().name("python".into()).spawn(move || {
            let mut stdout = BufReader::new(stdout);
            loop {
                let line = read_line(&mut stdout);
                let last = line.is_err();
                if send.send(line).is_err() || last {
                    return;
                }
            }
        })?;
        let mut worker = Worker { child, stdin, lines, patience, versions: BTreeMap::new(), made: 0 };
        let hello = worker.ask(&json!({"op": "hello"}))?;
        worker.versions = serde_json::from_value(hello["versions"].clone())?;
        Ok(worker)
    }

    /// Versions of Python and of the packages that are there.
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
    }

    /// The version of a package, if it is there.
    pub fn version(&self, package: &str) -> Option<&str> {
        self.versions.get(package).map(String::as_str)
    }

    fn ask(&mut self, what: &Value) -> Result<Value, Fault> {
        let stdin = self.stdin.as_mut().ok_or("the Python process has ended")?;
        let sent = writeln!(stdin, "{what}").and_then(|()| stdin.flush());
        let line = sent.map_err(|e| format!("the Python process has ended: {e}")).and_then(|()| {
            match self.lines.recv_timeout(self.patience) {
                Ok(line) => line.map_err(|e| format!("the Python process has ended: {e}")),
                Err(RecvTimeoutError::Timeout) => Err(format!("Python did not answer within {:?}", self.patience)),
                Err(RecvTimeoutError::Disconnected) => Err("the Python process has ended".into()),
            }
        });
        // After a time-out an answer may still come, to a question that is no longer asked: there is no going on.
        let line = line.inspect_err(|_| self.end())?;
        let answer: Value = serde_json::from_str(&line).map_err(|e| format!("Python answered {line:?}: {e}"))?;
        match answer["error"].as_str() {
            Some(why) => Err(format!("Python: {why}").into()),
            None => Ok(answer),
        }
    }

    fn end(&mut self) {
        self.stdin = None;
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.by_ref().take(LINE).read_line(&mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if !line.ends_with('\n') {
        return Err(io::Error::other(format!("an answer of more than {LINE} bytes")));
    }
    Ok(line)
}

/// Writes arrays where the Python process can read them; those that are there already are left alone.
pub fn save_inputs(dir: &Path, inputs: &[(&str, &Array)]) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    for (name, array) in inputs {
        // The memory of an input is what tells it from others: it lives as long as the comparison does.
        let path = dir.join(format!("{name}-{:p}-{}.npy", array.bytes().as_ptr(), array.bytes().len()));
        if !path.exists() {
            npy::write(&path, array)?;
        }
        files.insert((*name).to_owned(), path);
    }
    Ok(files)
}

/// Removes the inputs of a comparison that is over.
pub fn forget_inputs(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "npy") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A side that runs in the Python process.
pub struct Side {
    worker: Rc<RefCell<Worker>>,
    id: usize,
    tick: Duration,
    expected: Rc<Expected>,
    checker: Checker,
    dir: PathBuf,
}

impl Side {
    pub(crate) fn new(
        worker: Rc<RefCell<Worker>>,
        case: &str,
        params: Value,
        inputs: &BTreeMap<String, PathBuf>,
        expected: Rc<Expected>,
        dir: &Path,
    ) -> Result<Side, Fault> {
        let (id, answer) = {
            let mut w = worker.borrow_mut();
            w.made += 1;
            let id = w.made;
            let what = json!({"op": "prepare", "id": id, "case": case, "inputs": inputs, "params": params});
            (id, w.ask(&what)?)
        };
        let tick = Duration::from_nanos(answer["tick_ns"].as_u64().unwrap_or(1).max(1));
        let checker = expected.checker();
        Ok(Side { worker, id, tick, expected, checker, dir: dir.to_owned() })
    }

    fn compare(&mut self) -> Result<(), Fault> {
        let into = self.dir.join(format!("result-{}", self.id));
        let answer = self.worker.borrow_mut().ask(&json!({"op": "check", "id": self.id, "into": into}))?;
        // The worker compares bits with the result that it saved last.
        if answer["same"] == true {
            return Ok(());
        }
        let want = self.expected.results();
        let files: Vec<PathBuf> = serde_json::from_value(answer["files"].clone())?;
        if files.len() != want.len() || files.iter().any(|f| f.parent() != Some(&self.dir)) {
            return Err(format!("{} results, expected {}", files.len(), want.len()).into());
        }
        // A result may have more elements than expected and then is wrong; it must not have any number of them.
        let read = |(file, want): (&PathBuf, &Array)| npy::read(file, want.len() * 2 + 1024);
        let got: Vec<Array> = files.iter().zip(want).map(read).collect::<io::Result<_>>()?;
        Ok(self.checker.check(&got.iter().map(Array::view).collect::<Vec<_>>())?)
    }
}

impl Work for Side {
    fn run(&mut self) -> Result<(), Fault> {
        self.run_timed(1).map(drop)
    }

    fn run_timed(&mut self, times: u32) -> Result<Took, Fault> {
        let answer = self.worker.borrow_mut().ask(&json!({"op": "run", "id": self.id, "times": times}))?;
        let ns = answer["ns"].as_u64().ok_or("Python gave no time")?;
        Ok(Took::Own { clock: "process", time: Duration::from_nanos(ns), tick: self.tick })
    }

    fn verify(&mut self) -> Result<(), String> {
        self.compare().map_err(|e| e.to_string())
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // Frees what the side holds in Python; where the process has ended there is nothing to free.
        let _ = self.worker.borrow_mut().ask(&json!({"op": "drop", "id": self.id}));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    /// A program in Python's place that says hello and then does something else.
    fn worker(then: &str) -> (tempfile::TempDir, Worker) {
        let dir = tempfile::tempdir().unwrap();
        let fake = dir.path().join("fake-python");
        let hello = r#"read line; echo '{"versions": {"numpy": "2"}}'; read line; "#;
        std::fs::write(&fake, format!("#!/bin/sh\n{hello}{then}\n")).unwrap();
        std::fs::set_permissions(&fake, PermissionsExt::from_mode(0o700)).unwrap();
        let worker = Worker::start_patiently(&fake, dir.path(), 1, Duration::from_millis(500)).unwrap();
        assert_eq!((worker.version("numpy"), worker.version("scipy")), (Some("2"), None));
        (dir, worker)
    }

    fn fails(then: &str, with: &str) {
        let (_dir, mut worker) = worker(then);
        let begin = Instant::now();
        let why = worker.ask(&json!({"op": "run"})).unwrap_err().to_string();
        assert!(why.contains(with), "{why}");
        assert!(worker.ask(&json!({})).is_err());
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_worker_that_dies_hangs_or_floods_is_an_error() {
        fails("exit 3", "has ended");
        fails("exec sleep 60", "did not answer");
        fails("echo nonsense", "nonsense");
        fails("head -c 100000 /dev/zero; exec sleep 60", "more than");
        fails(r#"echo '{"error": "no memory"}'"#, "no memory");
    }
}
