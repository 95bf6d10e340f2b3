//! A session's settings.

use super::{Inner, Session};
use crate::cpu::CpuExecutor;
use crate::{Error, Result};
use gapwave_kernels::SimdLevel;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Which processor a session uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// Whichever is estimated to be faster.
    #[default]
    Auto,
    /// CPU cores.
    Cpu,
    /// The GPU, the one whose name contains this text if any; fails where it cannot.
    Gpu(Option<String>),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "gpu" => Ok(DeviceChoice::Gpu(None)),
            _ => match s.strip_prefix("gpu:") {
                Some(name) if !name.is_empty() => Ok(DeviceChoice::Gpu(Some(name.to_owned()))),
                _ => Err(format!("{s:?} is none of auto, cpu, gpu, gpu:NAME")),
            },
        }
    }
}

/// What happens to f64 data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// f64 is computed in f64, which means on the CPU.
    #[default]
    Native,
    /// f64 may be computed in f32 on the GPU. Observed values are still never rewritten; on the CPU it is still f64.
    F32,
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "native" => Ok(Precision::Native),
            "f32" => Ok(Precision::F32),
            _ => Err(format!("{s:?} is none of native, f32")),
        }
    }
}

/// A session's settings.
#[derive(Debug, Clone)]
pub struct Builder {
    pub(crate) device: DeviceChoice,
    pub(crate) backend: Option<String>,
    pub(crate) precision: Precision,
    pub(crate) simd: Option<SimdLevel>,
    pub(crate) threads: usize,
    pub(crate) chunk_rows: Option<usize>,
    pub(crate) memory: Option<u64>,
    pub(crate) software: bool,
    pub(crate) minimum_limits: bool,
    pub(crate) timeout: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            device: DeviceChoice::Auto,
            backend: None,
            precision: Precision::Native,
            simd: None,
            threads: 0,
            chunk_rows: None,
            memory: None,
            software: false,
            minimum_limits: false,
            timeout: Duration::from_secs(60),
        }
    }
}

impl Builder {
    /// Which processor to use.
    pub fn device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// The only way to reach a GPU: `vulkan`, `metal` or `dx12`. All of them if not said.
    pub fn backend(mut self, backend: impl Into<String>) -> Self {
        self.backend = Some(backend.into());
        self
    }

    /// What happens to f64 data.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// The SIMD level of the CPU path; it must be one of [`SimdLevel::available`]. The best one if not said.
    pub fn simd(mut self, level: SimdLevel) -> Self {
        self.simd = Some(level);
        self
    }

    /// Threads of the CPU path; 0 for all.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Rows of a chunk at most. If not said: everything at once in memory; from files as many as the memory limit holds
    /// and the clock finds good.
    pub fn chunk_rows(mut self, rows: usize) -> Self {
        self.chunk_rows = Some(rows.max(1));
        self
    }

    /// Bytes that the process may have in memory while it works through a file: sizes of chunks follow from it. If not
    /// said: a quarter of what is available, control groups considered.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Whether an adapter that emulates a GPU on the CPU will do: for tests.
    pub fn software(mut self, software: bool) -> Self {
        self.software = software;
        self
    }

    /// Whether to request no more than what every WebGPU implementation has: for tests.
    pub fn minimum_limits(mut self, minimum: bool) -> Self {
        self.minimum_limits = minimum;
        self
    }

    /// How long to wait for the GPU before it counts as lost.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn inner(self) -> Result<Inner> {
        let level = self.simd.unwrap_or_else(SimdLevel::best);
        if !SimdLevel::available().contains(&level) {
            return Err(Error::Usage(format!("this machine has no {level}")));
        }
        let cpu = Arc::new(CpuExecutor::new(level, self.threads)?);
        Ok(Inner {
            settings: self,
            cpu,
            #[cfg(feature = "gpu")]
            gpu: Default::default(),
            #[cfg(feature = "gpu")]
            planned: Default::default(),
        })
    }

    /// The session.
    ///
    /// # Errors
    /// Where a GPU is demanded and there is none, or the SIMD level is not to be had.
    pub fn build(self) -> Result<Session> {
        let inner = self.inner()?;
        if matches!(inner.settings.device, DeviceChoice::Gpu(_)) {
            #[cfg(feature = "gpu")]
            inner.gpu().map_err(Error::NoAdapter)?;
            #[cfg(not(feature = "gpu"))]
            return Err(Error::NoAdapter("this build of gapwave has no GPU support (feature `gpu`)".into()));
        }
        Ok(Session { inner: Arc::new(inner) })
    }

    #[cfg(feature = "gpu")]
    pub(super) fn with_gpu(self, gpu: crate::gpu::Gpu) -> Result<Session> {
        let inner = self.inner()?;
        let _ = inner.gpu.set(Ok(gpu));
        Ok(Session { inner: Arc::new(inner) })
    }
}
