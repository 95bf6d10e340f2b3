//! How much memory there is, and how much of it this process uses.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The part of the available memory that a session takes where it is not told.
const PART: u64 = 4;
/// Where nothing can be found out.
const UNKNOWN: u64 = 4 << 30;
/// How long an answer about available memory is good for.
const FRESH: Duration = Duration::from_millis(100);

/// Bytes available to this process: what the system has left, or the tightest of its control groups if that is less.
pub(crate) fn available() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let system = match system.available_memory() {
        0 => UNKNOWN,
        n => n,
    };
    groups().into_iter().filter_map(|g| g.left()).fold(system, u64::min)
}

/// The limit of a session that was given none.
pub(crate) fn default_limit() -> u64 {
    available() / PART
}

/// Bytes of this process that are in memory; `None` where the system does not say.
pub(crate) fn resident() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Most bytes of this process that were in memory at a time; `None` where the system does not say.
#[cfg(feature = "command")]
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// A control group that limits memory.
struct Group {
    limit: PathBuf,
    usage: PathBuf,
    /// File with a line of what could be given back: pages of files.
    stat: PathBuf,
}

impl Group {
    fn left(&self) -> Option<u64> {
        let read = |p: &Path| std::fs::read_to_string(p).ok()?.trim().parse::<u64>().ok();
        let limit = read(&self.limit)?;
        let used = read(&self.usage)?;
        // Pages of files count as used and go when they are needed.
        let stat = std::fs::read_to_string(&self.stat).unwrap_or_default();
        let files = ["inactive_file ", "active_file "]
            .iter()
            .filter_map(|key| stat.lines().find_map(|l| l.strip_prefix(key))?.parse::<u64>().ok())
            .sum::<u64>();
        Some(limit.saturating_sub(used.saturating_sub(files)))
    }
}

/// The control groups of this process, versions 1 and 2, from the innermost outwards.
fn groups() -> Vec<Group> {
    let Ok(own) = std::fs::read_to_string("/proc/self/cgroup") else { return Vec::new() };
    let mut out = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let (root, limit, usage) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max", "memory.current")
        } else if controllers.split(',').any(|c| c == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        } else {
            continue;
        };
        // In a container the path is that of the host while the root is the container's own group.
        let mut at = Some(Path::new(path.trim_start_matches('/')));
        while let Some(p) = at {
            let dir = Path::new(root).join(p);
            out.push(Group { limit: dir.join(limit), usage: dir.join(usage), stat: dir.join("memory.stat") });
            at = p.parent();
        }
    }
    out
}

/// Available memory, looked up now and then.
pub(super) struct Watch {
    at: Option<Instant>,
    available: u64,
}

impl Watch {
    pub(super) fn new() -> Self {
        Watch { at: None, available: u64::MAX }
    }

    pub(super) fn available(&mut self) -> u64 {
        if self.at.is_none_or(|at| at.elapsed() > FRESH) {
            self.available = available();
            self.at = Some(Instant::now());
        }
        self.available
    }
}

/// A number of bytes as people write it: `512MiB`, `2GiB`, `1.5GB`, `4096`, `25%` of what is available.
///
/// # Errors
/// What was expected.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let refuse = || format!("{text:?} is no size: expected something like 512MiB, 2GB or 25%");
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| refuse())?;
    let unit = unit.trim();
    if unit == "%" {
        return if number > 0.0 && number <= 100.0 {
            Ok((available() as f64 * number / 100.0) as u64)
        } else {
            Err(refuse())
        };
    }
    let scale: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024f64.powi(2),
        "g" | "gib" => 1024f64.powi(3),
        "t" | "tib" => 1024f64.powi(4),
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        _ => return Err(refuse()),
    };
    let bytes = number * scale;
    if (1.0..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(refuse()) }
}

/// A number of bytes for people.
pub fn show_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0} {}", units[unit])
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        assert_eq!(parse_bytes("512MiB"), Ok(512 << 20));
        assert_eq!(parse_bytes("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(parse_bytes("4096"), Ok(4096));
        assert_eq!(parse_bytes("2g"), Ok(2 << 30));
        assert!(parse_bytes("25%").unwrap() > 0);
        for bad in ["", "x", "12 apples", "-1", "0", "1e9", "101%", "0%", "1.2.3"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
        assert_eq!(show_bytes(563 << 20), "563 MiB");
        assert_eq!(show_bytes(1536), "1.5 KiB");
        assert_eq!(show_bytes(12), "12 B");
    }

    #[test]
    fn this_process_uses_less_than_there_is() {
        let left = available();
        assert!(left > 1 << 20);
        if let Some(used) = resident() {
            assert!((1 << 20..1 << 40).contains(&used), "{used}");
        }
    }
}
