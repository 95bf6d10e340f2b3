//! Running on CPU cores.

use fearless_simd::Level;
use std::fmt;
use std::str::FromStr;

/// A set of vector instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SimdLevel {
    /// Plain Rust, compiled for the platform's baseline.
    Scalar,
    /// Arm's Advanced SIMD.
    Neon,
    /// x86-64-v2.
    Sse42,
    /// x86-64-v3: AVX2, FMA, BMI.
    Avx2,
    /// AVX-512 as Intel's Ice Lake and AMD's Zen 4 have it.
    Avx512,
}

impl SimdLevel {
    /// The levels this machine has, the slowest first.
    pub fn available() -> Vec<SimdLevel> {
        let best = Level::new();
        let mut levels = vec![SimdLevel::Scalar];
        #[cfg(target_arch = "aarch64")]
        if best.as_neon().is_some() {
            levels.push(SimdLevel::Neon);
        }
        #[cfg(target_arch = "x86_64")]
        {
            if best.as_sse4_2().is_some() {
                levels.push(SimdLevel::Sse42);
            }
            if best.as_avx2().is_some() {
                levels.push(SimdLevel::Avx2);
            }
            if best.as_avx512().is_some() {
                levels.push(SimdLevel::Avx512);
            }
        }
        let _ = best;
        levels
    }

    /// The fastest level this machine has.
    pub fn best() -> SimdLevel {
        Self::available().into_iter().next_back().unwrap_or(SimdLevel::Scalar)
    }

    /// The token that vector code is compiled for, no better than this level even on a better machine.
    pub fn token(self) -> Level {
        let best = Level::new();
        #[cfg(target_arch = "x86_64")]
        {
            let found = match self {
                SimdLevel::Sse42 => best.as_sse4_2().map(Level::Sse4_2),
                SimdLevel::Avx2 => best.as_avx2().map(Level::Avx2),
                SimdLevel::Avx512 => best.as_avx512().map(Level::Avx512),
                _ => None,
            };
            found.unwrap_or(Level::baseline())
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            best
        }
    }

    /// Short name, as the command takes it.
    pub fn name(self) -> &'static str {
        match self {
            SimdLevel::Scalar => "scalar",
            SimdLevel::Neon => "neon",
            SimdLevel::Sse42 => "sse4.2",
            SimdLevel::Avx2 => "avx2",
            SimdLevel::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for SimdLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SimdLevel {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let levels = Self::available();
        levels.iter().copied().find(|l| l.name() == s).ok_or_else(|| {
            let names: Vec<_> = levels.iter().map(|l| l.name()).collect();
            format!("no SIMD level {s:?} on this machine; there are {}", names.join(", "))
        })
    }
}

/// Where a kernel runs on the CPU. Threads are those of the rayon pool that the call is made in.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    /// The instructions to use.
    pub level: SimdLevel,
}

impl Cpu {
    /// The best level of this machine.
    pub fn best() -> Self {
        Cpu { level: SimdLevel::best() }
    }

    /// This level; it must be one of [`SimdLevel::available`].
    pub fn at(level: SimdLevel) -> Self {
        Cpu { level }
    }

    /// Threads at work in this pool.
    pub fn threads(&self) -> usize {
        rayon::current_num_threads()
    }
}
