//! What was measured with what, on what.

use crate::Context;
use gapwave_harness::Fingerprint;

/// The peers in Rust; their versions are those of the lock file.
const CRATES: [&str; 5] = ["rustfft", "realfft", "phastft", "polars", "arrow-select"];
const LOCK: &str = include_str!("../Cargo.lock");

/// The version of a crate that this program was built with.
pub fn crate_version(name: &str) -> Option<&'static str> {
    let entry = LOCK.split("[[package]]").find(|e| e.contains(&format!("name = \"{name}\"\n")))?;
    entry.split("version = \"").nth(1)?.split('"').next()
}

/// This machine and this build, with the versions of all peers and the threads of each side.
pub fn fingerprint(cx: &Context) -> Fingerprint {
    let mut f = Fingerprint::of_this_machine("gapwave-peers", env!("CARGO_PKG_VERSION"))
        .with("gapwave", crate_version("gapwave").unwrap_or("unknown"))
        .with("simd", cx.session.simd().to_string())
        .with("threads", cx.threads.to_string());
    for name in CRATES {
        f = f.with(&format!("crate {name}"), crate_version(name).unwrap_or("unknown"));
    }
    if let Ok(worker) = &cx.worker {
        for (name, version) in worker.borrow().versions() {
            f = f.with(&format!("python {name}"), version.as_str());
        }
    }
    f
}

/// A point in time as `2025-03-01`, in UTC.
pub fn date(unix_s: u64) -> String {
    // Days since 0000-03-01, in eras of 400 years: the leap day comes last in each year.
    let days = unix_s / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (d, m) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{m:02}-{d:02}", era * 400 + year + u64::from(m <= 2))
}

/// A name as a folder may have it.
pub fn slug(name: &str) -> String {
    let dashed: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    dashed.split('-').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(
            [0, 951_782_400, 951_868_800, 1_767_225_599].map(date),
            ["1970-01-01", "2000-02-29", "2000-03-01", "2025-12-31"]
        );
    }

    #[test]
    fn names_and_versions() {
        assert_eq!(slug("Intel(R) Xeon(R) Processor @ 2.1"), "intel-r-xeon-r-processor-2-1");
        assert!(crate_version("rustfft").is_some_and(|v| v.starts_with("6.")));
    }
}
