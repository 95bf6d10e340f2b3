//! How fast threads copy memory.

use super::Peak;
use crate::{Clock, Error, Executor, Result, Settings, work};
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Measures how fast `threads` threads copy memory that no cache holds; bytes read and bytes written both count.
///
/// The buffers are four times the last-level cache together, at least 128 MiB and at most 2 GiB.
///
/// # Errors
/// [`Error::Bandwidth`] where the memory for it cannot be had.
pub fn copy_bandwidth<C: Clock>(clock: C, threads: usize) -> Result<Peak> {
    let cache = last_level_cache().unwrap_or(32 << 20);
    let total = cache.saturating_mul(4).clamp(128 << 20, 2 << 30);
    let settings = Settings {
        sub_samples: 5,
        rounds: 2,
        limit: Duration::from_secs(1),
        patience: 2,
        warm_up_limit: Duration::from_millis(500),
        ..Settings::default()
    };
    let gb_s = copy(&Executor::new(clock, settings), threads.max(1), total / 2)?;
    let name = format!("copy, {threads} thread{}", if threads == 1 { "" } else { "s" });
    Ok(Peak { name, gb_s, from_bytes: cache / 4 * 5 })
}

fn copy<C: Clock>(executor: &Executor<C>, threads: usize, bytes: u64) -> Result<f64> {
    let words = usize::try_from(bytes / 8).map_err(|_| Error::Bandwidth("the buffers are too large".into()))?;
    let buffer = |fill: u64| -> Result<Vec<u64>> {
        let mut v = Vec::new();
        v.try_reserve_exact(words).map_err(|e| Error::Bandwidth(e.to_string()))?;
        v.resize(words, fill);
        Ok(v)
    };
    // Both are written once, so that all their pages exist.
    let buffers = (buffer(1)?, buffer(2)?);
    let part = words.div_ceil(threads).max(1);
    let mut copying = work(
        buffers,
        |(from, to)| {
            let parts = to.chunks_mut(part).zip(from.chunks(part));
            if threads == 1 {
                parts.for_each(|(to, from)| to.copy_from_slice(from));
            } else {
                std::thread::scope(|scope| {
                    for (to, from) in parts {
                        scope.spawn(move || to.copy_from_slice(from));
                    }
                });
            }
            std::hint::black_box(to);
            Ok(())
        },
        |(from, to)| if from == to { Ok(()) } else { Err("the copy differs".into()) },
    );
    let m = executor.measure(copying.as_mut()).map_err(|e| Error::Bandwidth(e.to_string()))?;
    match m.wrong {
        Some(wrong) => Err(Error::Bandwidth(wrong)),
        None => Ok(2.0 * 8.0 * words as f64 / m.min_ns().max(1.0)),
    }
}

/// Bytes of all last-level caches together, where the system tells: processors of several parts have one in each.
pub fn last_level_cache() -> Option<u64> {
    // By level and the cores that share it, so that each counts once.
    let mut caches: BTreeMap<(u8, String), u64> = BTreeMap::new();
    for cpu in fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        let Ok(indices) = fs::read_dir(cpu.path().join("cache")) else { continue };
        for index in indices.flatten() {
            let read = |name: &str| fs::read_to_string(index.path().join(name)).ok();
            let (Some(size), Some(level)) = (read("size"), read("level")) else { continue };
            if let (Some(size), Ok(level)) = (cache_size(&size), level.trim().parse()) {
                caches.insert((level, read("shared_cpu_list").unwrap_or_default()), size);
            }
        }
    }
    let last = caches.keys().map(|(level, _)| *level).max()?;
    Some(caches.iter().filter(|((level, _), _)| *level == last).map(|(_, size)| size).sum())
}

fn cache_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" => 1u64,
        "K" => 1 << 10,
        "M" => 1 << 20,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WallClock;

    #[test]
    fn cache_sizes_are_read() {
        assert_eq!(cache_size("32K\n"), Some(32 << 10));
        assert_eq!(cache_size("260M"), Some(260 << 20));
        assert_eq!(cache_size("512"), Some(512));
        assert_eq!(cache_size("many"), None);
        assert_eq!(cache_size(""), None);
    }

    #[test]
    fn copies_are_whole_whatever_the_threads() {
        for threads in [1, 3, 7] {
            let gb_s = copy(&Executor::new(WallClock::new(), Settings::quick()), threads, 80_008).unwrap();
            assert!(gb_s > 0.0, "{threads}");
        }
    }
}
