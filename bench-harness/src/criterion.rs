//! Reads what criterion measured into the same form.
//!
//! criterion keeps `new/benchmark.json` and `new/sample.json` for each benchmark. Their form is not promised, so
//! whatever is not as expected is an error that names the file.

use crate::{Case, Error, Fingerprint, Measurement, Record, Result, Round, work};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
enum Throughput {
    Bytes(u64),
    BytesDecimal(u64),
    Elements(u64),
    ElementsAndBytes { elements: u64, bytes: u64 },
    Bits(u64),
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// The last measurement of every benchmark below criterion's folder (`target/criterion`), as records. Their results
/// were not compared by this crate: `verified` is false, without an error.
///
/// # Errors
/// [`Error::Criterion`] where there is nothing, or a file is not as expected.
pub fn import(folder: &Path, fingerprint: &Fingerprint) -> Result<Vec<Record>> {
    let mut folders = Vec::new();
    find(folder, 0, &mut folders)?;
    folders.sort();
    if folders.is_empty() {
        return Err(Error::Criterion(format!("{} has no measurement of criterion's", folder.display())));
    }
    folders.iter().map(|f| record(f, fingerprint)).collect()
}

/// Deepest folder that is looked into: criterion's own are group/function/value/new.
const DEPTH: usize = 6;

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|e| Error::Criterion(format!("{}: {e}", folder.display())))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        // Links are not followed: they may lead in circles.
        if entry.file_type()?.is_dir() && depth < DEPTH {
            if path.file_name().is_some_and(|n| n == "new") && path.join("sample.json").is_file() {
                found.push(path);
            } else {
                find(&path, depth + 1, found)?;
            }
        }
    }
    Ok(())
}

fn record(folder: &Path, fingerprint: &Fingerprint) -> Result<Record> {
    let bad = |file: &Path, why: String| Error::Criterion(format!("{}: {why}", file.display()));
    let read = |name: &str| -> Result<(PathBuf, String)> {
        let file = folder.join(name);
        let text = fs::read_to_string(&file).map_err(|e| bad(&file, e.to_string()))?;
        Ok((file, text))
    };
    let (file, text) = read("benchmark.json")?;
    let b: Benchmark = serde_json::from_str(&text).map_err(|e| bad(&file, e.to_string()))?;
    let (file, text) = read("sample.json")?;
    let s: Sample = serde_json::from_str(&text).map_err(|e| bad(&file, e.to_string()))?;
    let usable = s.iters.len() == s.times.len()
        && !s.times.is_empty()
        && s.iters.iter().all(|&i| i >= 1.0)
        && s.times.iter().all(|t| t.is_finite() && *t >= 0.0);
    if !usable {
        return Err(bad(&file, "its samples make no sense".into()));
    }
    // A sample of criterion's is one long block: a round of one sub-sample.
    let round = |(t, i): (&f64, &f64)| Round { wall_ns: vec![t / i], ..Round::default() };
    let rounds: Vec<Round> = s.times.iter().zip(&s.iters).map(round).collect();
    let iterations = s.iters.last().map_or(1, |&i| i.min(f64::from(u32::MAX)) as u32);
    let (elements, bytes) = match b.throughput {
        Some(Throughput::Bytes(n) | Throughput::BytesDecimal(n)) => (0, n),
        Some(Throughput::Elements(n)) => (n, 0),
        Some(Throughput::ElementsAndBytes { elements, bytes }) => (elements, bytes),
        Some(Throughput::Bits(n)) => (0, n / 8),
        None => (0, 0),
    };
    let id = match &b.function_id {
        Some(f) => format!("{}/{f}", b.group_id),
        None => b.group_id.clone(),
    };
    let nothing = || Ok(work((), |()| Ok(()), |()| Ok(())));
    let case = Case::new(id, b.value_str.unwrap_or_default(), "criterion", nothing).elements(elements).bytes(bytes);
    let m = Measurement { rounds, iterations, plateau: true, ..Measurement::default() };
    Ok(Record { verified: false, ..Record::new(&case, m, fingerprint) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_of_criterion_are_read() {
        let dir = std::env::temp_dir().join(format!("gapwave-criterion-{}", std::process::id()));
        let new = dir.join("impute/linear/4 M/new");
        fs::create_dir_all(&new).unwrap();
        fs::create_dir_all(dir.join("report")).unwrap();
        let f = Fingerprint::of_this_machine("t", "0");
        assert!(import(&dir, &f).unwrap_err().to_string().contains("no measurement"));
        let benchmark = r#"{"group_id":"impute","function_id":"linear","value_str":"4 M","throughput":{"Bytes":64},
            "full_id":"x","directory_name":"x","title":"x"}"#;
        fs::write(new.join("benchmark.json"), benchmark).unwrap();
        fs::write(new.join("sample.json"), r#"{"sampling_mode":"Linear","iters":[1.0,2.0],"times":[30.0,64.0]}"#)
            .unwrap();
        let got = import(&dir, &f).unwrap();
        fs::write(new.join("sample.json"), r#"{"iters":[1.0],"times":[]}"#).unwrap();
        let bad = import(&dir, &f).unwrap_err().to_string();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!((got.len(), got[0].label.id.as_str(), got[0].label.shape.as_str()), (1, "impute/linear", "4 M"));
        assert_eq!((got[0].median_ns, got[0].min_ns, got[0].bytes), (31.0, 30.0, 64));
        assert!(bad.contains("sample.json"), "{bad}");
    }
}
