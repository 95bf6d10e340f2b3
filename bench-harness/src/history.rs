//! Measurements kept: a file of JSON lines that only grows.

use crate::{Error, Label, Record, Result, SCHEMA};
use serde::Deserialize;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A line of a history.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A measurement.
    Measured(Box<Record>),
    /// A case that could not be run, and why.
    Failed(Label, String),
}

impl Entry {
    /// The line of a case that could not be run.
    pub(crate) fn failed_line(label: &Label, why: &str) -> Result<String> {
        #[derive(serde::Serialize)]
        struct Failed<'a> {
            schema: u32,
            #[serde(flatten)]
            label: &'a Label,
            failed: &'a str,
        }
        Ok(serde_json::to_string(&Failed { schema: SCHEMA, label, failed: why })?)
    }

    /// The entry as one line of JSON, without the line's end.
    pub fn to_json(&self) -> Result<String> {
        match self {
            Entry::Measured(record) => record.to_json(),
            Entry::Failed(label, why) => Entry::failed_line(label, why),
        }
    }
}

/// Reads lines of records and failures; empty ones are skipped.
///
/// # Errors
/// [`Error::Line`] with the number of the first line that is neither.
pub fn read_history(text: &str) -> Result<Vec<Entry>> {
    #[derive(Deserialize)]
    struct Failed {
        #[serde(flatten)]
        label: Label,
        failed: String,
    }
    let line = |text: &str| -> Result<Entry> {
        match serde_json::from_str::<Failed>(text) {
            Ok(f) => Ok(Entry::Failed(f.label, f.failed)),
            Err(_) => Ok(Entry::Measured(Box::new(Record::from_json(text)?))),
        }
    };
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    lines.map(|(i, l)| line(l).map_err(|e| Error::Line { number: i + 1, why: e.to_string() })).collect()
}

/// Appends entries to a history, which is made where there is none. A line that a killed process left unfinished is
/// ended first, so that it spoils nothing but itself.
///
/// # Errors
/// [`Error::Report`] where the file cannot be written.
pub fn append(path: &Path, entries: &[Entry]) -> Result<()> {
    let mut text = String::new();
    for entry in entries {
        text += &entry.to_json()?;
        text.push('\n');
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.insert(0, '\n');
        }
    }
    // One call, so that two processes that append at once do not mix their lines.
    file.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Fingerprint, Measurement, work};

    fn record() -> Record {
        let case = Case::new("a/b", "10", "cpu", || Ok(work((), |()| Ok(()), |()| Ok(()))));
        Record::new(
            &case,
            Measurement { cold_ns: 5.0, ..Measurement::default() },
            &Fingerprint::of_this_machine("t", "0"),
        )
    }

    #[test]
    fn a_history_only_grows() {
        let dir = std::env::temp_dir().join(format!("gapwave-history-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("h.jsonl");
        let record = || Entry::Measured(Box::new(record()));
        append(&path, &[record()]).unwrap();
        let one = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{one}{{\"schema\":2,\"torn")).unwrap();
        append(&path, &[record(), record()]).unwrap();
        append(&path, &[]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(text.starts_with(&one) && text.ends_with('\n'));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(matches!(read_history(&text), Err(Error::Line { number: 2, .. })));
        let whole = [lines[0], lines[2], "", lines[3]].join("\n");
        assert_eq!(read_history(&whole).unwrap(), vec![Entry::Measured(Box::new(record_of(lines[0]))); 3]);
    }

    fn record_of(line: &str) -> Record {
        Record::from_json(line).unwrap()
    }

    #[test]
    fn failures_are_read_back() {
        let line = r#"{"schema":2,"id":"a","shape":"s","processor":"p","place":"gpu","timing":"call","failed":"no"}"#;
        let got = read_history(line).unwrap();
        assert!(matches!(&got[..], [Entry::Failed(l, why)] if l.id == "a" && why == "no"), "{got:?}");
    }
}
