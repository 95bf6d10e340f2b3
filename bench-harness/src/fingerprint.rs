//! The machine and the build that a measurement was made with.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;

/// The machine and the build that a measurement was made with. What is not known is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Model of the processor.
    pub cpu: Option<String>,
    /// Cores that this process may use.
    pub cores: usize,
    /// The 1-minute load average when the run began.
    pub load: Option<f64>,
    /// How the system sets the clock rate.
    pub governor: Option<String>,
    /// Operating system and kernel.
    pub os: String,
    /// Compiler.
    pub rustc: Option<String>,
    /// Target triple.
    pub target: Option<String>,
    /// Optimisation level.
    pub opt_level: Option<String>,
    /// The measured program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Flags given to the compiler, such as `-C target-cpu=native`, and the target's features that follow from them.
    #[serde(default)]
    pub flags: Option<String>,
    /// Its commit, from the variable `GAPWAVE_COMMIT` at the time of building.
    pub commit: Option<String>,
    /// What only the program knows: adapter, driver, backend, …
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

impl Fingerprint {
    /// This machine and this build of the harness, for a program of that name and version.
    pub fn of_this_machine(program: &str, version: &str) -> Self {
        let read = |path: &str| fs::read_to_string(path).ok();
        let owned = |s: Option<&str>| s.map(str::to_owned);
        Fingerprint {
            cpu: read("/proc/cpuinfo").as_deref().and_then(cpu_model),
            cores: std::thread::available_parallelism().map_or(1, |n| n.get()),
            load: read("/proc/loadavg").and_then(|t| t.split_whitespace().next()?.parse().ok()),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").map(|t| t.trim().to_owned()),
            os: os_name(read("/etc/os-release").as_deref(), read("/proc/sys/kernel/osrelease").as_deref()),
            rustc: owned(option_env!("HARNESS_RUSTC")),
            target: owned(option_env!("HARNESS_TARGET")),
            opt_level: owned(option_env!("HARNESS_OPT_LEVEL")),
            program: program.to_owned(),
            version: version.to_owned(),
            flags: owned(option_env!("HARNESS_FLAGS")),
            commit: owned(option_env!("GAPWAVE_COMMIT")),
            extra: BTreeMap::new(),
        }
    }

    /// The same with something that only the program knows.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}

fn cpu_model(cpuinfo: &str) -> Option<String> {
    // x86 says "model name", some Arm kernels "Model" or "Hardware".
    ["model name", "Model", "Hardware"].iter().find_map(|key| {
        cpuinfo.lines().find_map(|line| {
            let (k, v) = line.split_once(':')?;
            (k.trim() == *key).then(|| v.trim().to_owned())
        })
    })
}

fn os_name(release: Option<&str>, kernel: Option<&str>) -> String {
    let pretty = release.and_then(|t| t.lines().find_map(|l| l.strip_prefix("PRETTY_NAME=")));
    let name = pretty.map_or(std::env::consts::OS, |n| n.trim_matches('"'));
    match kernel {
        Some(k) => format!("{name}, kernel {}", k.trim()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_found() {
        let x86 = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) @ 2.6GHz\n";
        assert_eq!(cpu_model(x86).as_deref(), Some("Intel(R) Xeon(R) @ 2.6GHz"));
        assert_eq!(cpu_model("processor: 0\nModel : Raspberry Pi 5\n").as_deref(), Some("Raspberry Pi 5"));
        assert_eq!(cpu_model(""), None);
    }

    #[test]
    fn the_system_is_named() {
        assert_eq!(os_name(Some("ID=debian\nPRETTY_NAME=\"Debian 12\"\n"), Some("6.1.0\n")), "Debian 12, kernel 6.1.0");
        assert_eq!(os_name(None, None), std::env::consts::OS);
    }

    #[test]
    fn this_build_knows_its_compiler() {
        let f = Fingerprint::of_this_machine("test", "0").with("adapter", "none");
        assert!(f.rustc.as_deref().is_some_and(|v| v.starts_with("rustc ")), "{f:?}");
        assert!(f.cores >= 1);
        assert_eq!(f.extra["adapter"], "none");
    }
}
