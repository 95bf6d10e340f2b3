//! Sessions: where kernels run.

mod builder;
#[cfg(feature = "gpu")]
mod chain;
#[cfg(feature = "gpu")]
mod choose;
mod device_array;
mod flow;
mod job;
mod output;
mod provenance;
mod run;
mod runner;
pub(crate) mod step;

pub use builder::{Builder, DeviceChoice, Precision};
pub use device_array::DeviceArray;
pub use flow::{Plan, PlannedStep};
pub use job::{Job, Work};
pub use output::{Inputs, Output};
pub use provenance::{Processor, Provenance};

use crate::cpu::CpuExecutor;
#[cfg(feature = "gpu")]
use crate::gpu::Gpu;
use crate::{Control, Result};
use gapwave_columns::{Array, Out, View};
use gapwave_datasets::{Sink, Source};
use gapwave_kernels::{Kernel, SimdLevel};
#[cfg(feature = "gpu")]
use parking_lot::Mutex;
#[cfg(feature = "gpu")]
use std::collections::HashMap;
use std::sync::Arc;
#[cfg(feature = "gpu")]
use std::sync::OnceLock;

/// Where kernels run: CPU cores, a GPU, or whichever is estimated to be faster. Cloning shares threads and device.
///
/// ```
/// use gapwave::{Array, Session, kernels::fft::Rfft};
/// let samples: Vec<f32> = (0..4096).map(|i| (i as f32 * 0.1).sin()).collect();
/// let session = Session::auto()?; // a real GPU where one pays, else the CPU
/// let spectrum = session.run(&Rfft::default(), Array::from(samples))?;
/// assert_eq!(spectrum.array().shape(), [2049]);
/// println!("{}", spectrum.provenance()); // processor, device, why, timings
/// # Ok::<(), gapwave::Error>(())
/// ```
#[derive(Clone)]
pub struct Session {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Builder,
    pub(crate) cpu: Arc<CpuExecutor>,
    /// Opened when it is first wanted: a driver takes longer to start than most work on the CPU.
    #[cfg(feature = "gpu")]
    pub(crate) gpu: Arc<OnceLock<Result<Gpu, String>>>,
    /// Which kernels have GPU code for which types.
    #[cfg(feature = "gpu")]
    pub(crate) planned: Arc<Mutex<HashMap<String, bool>>>,
}

impl Session {
    /// A real GPU where it is estimated to be faster, else the CPU. Software adapters are not considered.
    pub fn auto() -> Result<Session> {
        Self::builder().build()
    }

    /// The CPU alone, with all its cores.
    pub fn cpu() -> Result<Session> {
        Self::builder().device(DeviceChoice::Cpu).build()
    }

    /// A real GPU, or an error that says why there is none.
    pub fn gpu() -> Result<Session> {
        Self::builder().device(DeviceChoice::Gpu(None)).build()
    }

    /// A session of one's own settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A session on a device that the program owns: no callbacks are installed on it, it is never destroyed and never
    /// rebuilt.
    #[cfg(feature = "gpu")]
    pub fn from_wgpu(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Result<Session> {
        let gpu = Gpu::from_wgpu(instance, adapter, device, queue)?;
        Self::builder().device(DeviceChoice::Gpu(None)).with_gpu(gpu)
    }

    /// Runs a kernel, host to host.
    ///
    /// # Errors
    /// Where the kernel refuses the inputs, or the processor that was demanded cannot do it.
    pub fn run(&self, kernel: &dyn Kernel, inputs: impl Inputs) -> Result<Output> {
        self.inner.run(kernel, inputs.into_arrays(), &Control::new())
    }

    /// Runs a kernel from the caller's memory into the caller's memory. Outputs are [`Io::outs`] alone.
    ///
    /// [`Io::outs`]: gapwave_kernels::Io::outs
    pub fn run_into(&self, kernel: &dyn Kernel, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        self.inner.run_into(kernel, ins, outs)
    }

    /// Runs a kernel over the columns `select` of a source, chunk by chunk, into a sink; columns that are not
    /// selected go along. The kernel's outputs take the place of the selected columns where there is one for each,
    /// with as many rows.
    ///
    /// # Errors
    /// Where reading, running or writing fails; the sink is then not finished and a file not written.
    pub fn drive(
        &self,
        kernel: &dyn Kernel,
        source: &mut dyn Source,
        select: &[usize],
        sink: &mut dyn Sink,
        control: &Control,
    ) -> Result<Provenance> {
        self.inner.drive(kernel, source, select, sink, control)
    }

    /// Copies an array to where this session's kernels run, to stay there between kernels.
    pub fn upload(&self, array: &Array) -> Result<DeviceArray> {
        self.inner.upload(array)
    }

    /// Runs a kernel on arrays that are on the device; results stay there. Does not wait.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) for kernels that need a first pass over the data.
    pub fn enqueue_all(&self, kernel: &dyn Kernel, inputs: &[&DeviceArray]) -> Result<Vec<DeviceArray>> {
        self.inner.enqueue(kernel, inputs)
    }

    /// [`Session::enqueue_all`] for a kernel of one input and one result.
    pub fn enqueue(&self, kernel: &dyn Kernel, input: &DeviceArray) -> Result<DeviceArray> {
        let mut outs = self.inner.enqueue(kernel, &[input])?;
        if outs.len() != 1 {
            let why = format!("{} has {} results: use enqueue_all", kernel.entry().id, outs.len());
            return Err(crate::Error::Usage(why));
        }
        Ok(outs.swap_remove(0))
    }

    /// Starts work on a thread of its own: a [`Pipeline`](crate::Pipeline) or a closure over this session.
    pub fn spawn<W: Work>(&self, work: W) -> Job<W::Output> {
        self.spawn_with(work, Control::new())
    }

    /// [`Session::spawn`] with a control of one's own, to be told of progress ([`Control::on_progress`]).
    pub fn spawn_with<W: Work>(&self, work: W, control: Control) -> Job<W::Output> {
        Job::start(self.clone(), work, control)
    }

    /// The same threads and device with chunks of at most this many rows.
    pub fn with_chunk_rows(&self, rows: usize) -> Session {
        self.with(self.inner.settings.clone().chunk_rows(rows))
    }

    /// The same threads and device with this memory limit ([`Builder::memory`]).
    pub fn with_memory(&self, bytes: u64) -> Session {
        self.with(self.inner.settings.clone().memory(bytes))
    }

    /// Bytes that the process may have in memory while a file is worked through.
    pub fn memory(&self) -> u64 {
        self.inner.memory()
    }

    fn with(&self, settings: Builder) -> Session {
        let inner = Inner {
            settings,
            cpu: self.inner.cpu.clone(),
            #[cfg(feature = "gpu")]
            gpu: self.inner.gpu.clone(),
            #[cfg(feature = "gpu")]
            planned: self.inner.planned.clone(),
        };
        Session { inner: Arc::new(inner) }
    }

    /// SIMD level of the CPU path.
    pub fn simd(&self) -> SimdLevel {
        self.inner.cpu.level()
    }

    /// Threads of the CPU path.
    pub fn threads(&self) -> usize {
        self.inner.cpu.threads()
    }

    /// The GPU's name, backend and driver, if one is open.
    pub fn gpu_name(&self) -> Option<String> {
        #[cfg(feature = "gpu")]
        return self.inner.gpu.get().and_then(|g| g.as_ref().ok()).map(|g| g.info().to_string());
        #[cfg(not(feature = "gpu"))]
        None
    }

    /// The GPU, where this session uses one: its peaks, its clock, its counters.
    #[cfg(feature = "gpu")]
    pub fn gpu_device(&self) -> Option<Gpu> {
        self.inner.gpu().ok()
    }

    /// Waits for all that was enqueued so far.
    pub fn wait(&self) -> Result<()> {
        #[cfg(feature = "gpu")]
        if let Some(Ok(gpu)) = self.inner.gpu.get() {
            return gpu.wait();
        }
        Ok(())
    }

    /// Whether the kernel runs on this session's GPU with inputs of these types and shapes, or why not.
    pub fn runs_on_gpu(&self, kernel: &dyn Kernel, inputs: &[gapwave_columns::Meta]) -> Result<()> {
        self.inner.runs_on_gpu(kernel, inputs)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("settings", &self.inner.settings)
            .field("simd", &self.simd())
            .field("threads", &self.threads())
            .field("gpu", &self.gpu_name())
            .finish()
    }
}
