//! Where a result came from.

use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A kind of processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Processor {
    /// CPU cores.
    Cpu,
    /// A GPU, or a software adapter where that was asked for.
    Gpu,
}

impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Processor::Cpu => "CPU",
            Processor::Gpu => "GPU",
        })
    }
}

fn seconds<S: Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_f64(d.as_secs_f64())
}

/// Where a result came from: what ran, where, why there, and how long it took.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    /// The kernel, `family/kernel`.
    pub kernel: &'static str,
    /// Its version.
    pub version: u32,
    /// Where it ran.
    pub processor: Processor,
    /// The adapter's name and driver, or the SIMD level and threads.
    pub device: String,
    /// Why there.
    pub why: String,
    /// Whether f64 data was computed in f32, because that was asked for.
    pub f64_as_f32: bool,
    /// Chunks that the work was cut into.
    pub chunks: usize,
    /// Rows of the input.
    pub rows: u64,
    /// Wall time in seconds, reading and writing of the data included.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Wall time of copies to the GPU.
    #[serde(serialize_with = "seconds")]
    pub upload: Duration,
    /// Wall time from submission to the GPU until it was done.
    #[serde(serialize_with = "seconds")]
    pub device_time: Duration,
    /// Wall time of copies from the GPU.
    #[serde(serialize_with = "seconds")]
    pub download: Duration,
    /// Whether the result was taken from the cache.
    pub cached: bool,
    /// What went wrong on the way and was recovered from.
    pub recovered: Vec<String>,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{} on {} ({}): {}; ", self.kernel, self.version, self.processor, self.device, self.why)?;
        write!(f, "{} rows in {} chunk{}, ", self.rows, self.chunks, if self.chunks == 1 { "" } else { "s" })?;
        write!(f, "{:.3} ms", self.elapsed.as_secs_f64() * 1e3)?;
        if self.processor == Processor::Gpu {
            let ms = |d: Duration| d.as_secs_f64() * 1e3;
            let (up, run, down) = (ms(self.upload), ms(self.device_time), ms(self.download));
            write!(f, " (up {up:.3}, device {run:.3}, down {down:.3})")?;
        }
        if self.f64_as_f32 {
            write!(f, ", f64 computed in f32")?;
        }
        for r in &self.recovered {
            write!(f, "; recovered: {r}")?;
        }
        Ok(())
    }
}
