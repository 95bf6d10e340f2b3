//! Opening a device, or sharing one that the program owns.

use super::adapters::{self, Verdict};
use super::buffers::Pool;
use super::counters::{Counters, Counting};
use super::faults::{Fault, Faults};
use super::handle::Handle;
use super::pipelines::Pipelines;
use super::prepared::Prepared;
use super::timer::Timer;
use super::transfer::Rings;
use super::wait::panic_text;
use super::{AdapterReport, caps};
use crate::{Error, Result};
use gapwave_kernels::Caps;
use parking_lot::Mutex;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a wait may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Which device to open, and how.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// A part of the adapter's name, in any case. Naming a software adapter is asking for it.
    pub name: Option<String>,
    /// The only backend to use: `vulkan`, `metal` or `dx12`.
    pub backend: Option<String>,
    /// Whether software adapters may be used.
    pub software: bool,
    /// Ask for WebGPU's minimum limits and no features, whatever the adapter has.
    pub minimum_limits: bool,
    /// Whether f64 data may be computed in f32.
    pub f64_as_f32: bool,
    /// Longest wait.
    pub timeout: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            name: None,
            backend: None,
            software: false,
            minimum_limits: false,
            f64_as_f32: false,
            timeout: TIMEOUT,
        }
    }
}

/// An adapter in plain words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AdapterInfoPlain {
    /// Name, as the driver gives it.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub device_type: String,
}

impl fmt::Display for AdapterInfoPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.device_type, self.backend)
    }
}

/// An open device. Cloning shares it; it may be used from many threads.
#[derive(Clone)]
pub struct Gpu(pub(super) Handle<Shared>);

/// What the clones of a [`Gpu`] and the arrays on it share.
pub(super) struct Shared {
    // Declared, and so dropped, before the device they belong to.
    pub(super) prepared: Mutex<Prepared>,
    pub(super) pipelines: Pipelines,
    pub(super) pool: Pool,
    pub(super) rings: Rings,
    pub(super) timer: Mutex<Option<Timer>>,
    pub(super) queue: wgpu::Queue,
    pub(super) device: wgpu::Device,
    _adapter: wgpu::Adapter,
    _instance: wgpu::Instance,
    pub(super) caps: Caps,
    pub(super) info: AdapterInfoPlain,
    pub(super) device_type: wgpu::DeviceType,
    pub(super) uniform_align: u64,
    pub(super) timeout: Duration,
    pub(super) counting: Arc<Counting>,
    pub(super) faults: Faults,
    health: Arc<Health>,
    /// How it was opened; `None` for a device that the program owns.
    options: Option<OpenOptions>,
    /// Whether it stands in for a device that was lost.
    rebuilt: bool,
    successor: Mutex<Option<Gpu>>,
}

/// What the device's callbacks report.
#[derive(Default)]
struct Health {
    lost: AtomicBool,
    why: Mutex<Option<String>>,
    /// An error that no scope caught.
    uncaught: AtomicBool,
    error: Mutex<Option<Error>>,
}

impl Health {
    fn lose(&self, why: &str) {
        self.why.lock().get_or_insert_with(|| why.to_owned());
        self.lost.store(true, Ordering::Release);
    }
}

impl Gpu {
    /// Opens the best adapter that fits: discrete before integrated before virtual before software.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] says what there is and why it does not fit.
    pub fn open(options: &OpenOptions) -> Result<Gpu> {
        Self::open_as(options, false)
    }

    fn open_as(options: &OpenOptions, rebuilt: bool) -> Result<Gpu> {
        let instance = adapters::instance();
        let list = adapters::enumerate(&instance, options);
        let mut refusals: Vec<String> = Vec::new();
        for (adapter, report) in list {
            if report.verdict == Verdict::Rejected {
                refusals.push(refusal(&report));
                continue;
            }
            match pollster::block_on(request(&adapter, options)) {
                Ok((device, queue)) => {
                    return Ok(Self::with(instance, adapter, device, queue, Some(options.clone()), rebuilt));
                }
                Err(e) => refusals.push(format!("{}: {e}", report.name)),
            }
        }
        Err(Error::NoAdapter(if refusals.is_empty() {
            "there is no adapter at all; install the GPU vendor's driver, on Linux with libvulkan1".to_owned()
        } else {
            refusals.join("; ")
        }))
    }

    /// Shares a device that the program owns: no callbacks are installed on it, it is never destroyed or rebuilt.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] where the device's limits are below WebGPU's minimum.
    pub fn from_wgpu(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Result<Gpu> {
        if let Some(why) = caps::below_minimum(&device.limits()) {
            return Err(Error::NoAdapter(format!("the device given cannot be used: {why}")));
        }
        Ok(Self::with(instance, adapter, device, queue, None, false))
    }

    fn with(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
        options: Option<OpenOptions>,
        rebuilt: bool,
    ) -> Gpu {
        let (info, limits) = (adapter.get_info(), device.limits());
        let health = Arc::new(Health::default());
        if options.is_some() {
            watch(&device, &health);
        }
        let counting = Arc::new(Counting::default());
        Gpu(Handle::new(Shared {
            prepared: Mutex::default(),
            pipelines: Pipelines::default(),
            pool: Pool::new(limits.max_buffer_size, counting.clone()),
            rings: Rings::default(),
            timer: Mutex::default(),
            caps: caps::caps(&limits, device.features(), options.as_ref().is_some_and(|o| o.f64_as_f32)),
            info: AdapterInfoPlain {
                backend: info.backend.to_string(),
                driver: adapters::driver(&info),
                device_type: adapters::type_of(info.device_type).0.to_owned(),
                name: info.name,
            },
            device_type: info.device_type,
            uniform_align: limits.min_uniform_buffer_offset_alignment.into(),
            timeout: options.as_ref().map_or(TIMEOUT, |o| o.timeout),
            counting,
            faults: Faults::default(),
            health,
            options,
            rebuilt,
            successor: Mutex::new(None),
            queue,
            device,
            _adapter: adapter,
            _instance: instance,
        }))
    }

    /// A new device in place of an owned one that was lost, opened with the same options: always the same new device,
    /// whoever asks. Arrays stay on the old one and are lost with it.
    ///
    /// # Errors
    /// [`Error::DeviceLost`] where the device is shared, or had itself been rebuilt already.
    pub fn rebuild(&self) -> Result<Gpu> {
        let Some(options) = &self.0.options else {
            return Err(Error::DeviceLost("it belongs to the program, which alone can open another".into()));
        };
        if self.0.rebuilt {
            return Err(Error::DeviceLost("for a second time".into()));
        }
        let mut successor = self.0.successor.lock();
        if let Some(gpu) = &*successor {
            return Ok(gpu.clone());
        }
        let gpu = Self::open_as(options, true)?;
        Ok(successor.insert(gpu).clone())
    }

    /// What plans may use here.
    pub fn caps(&self) -> &Caps {
        &self.0.caps
    }

    /// The adapter.
    pub fn info(&self) -> &AdapterInfoPlain {
        &self.0.info
    }

    /// What was done so far.
    pub fn counters(&self) -> Counters {
        self.0.counting.read()
    }

    /// Forgets plans, pipelines and idle memory, so that the next run is a cold one but for what the driver keeps, and
    /// [`Counters::peak_device_bytes`] is that of what comes now.
    pub fn begin_afresh(&self) {
        *self.0.prepared.lock() = Prepared::default();
        self.0.pipelines.forget();
        self.0.pool.purge();
        self.0.counting.forget_peak();
    }

    /// Whether the device was lost.
    pub fn is_lost(&self) -> bool {
        self.0.health.lost.load(Ordering::Acquire)
    }

    /// Makes a fault happen after `after` more waits went well.
    #[doc(hidden)]
    pub fn inject(&self, fault: Fault, after: u32) {
        self.0.faults.inject(fault, after);
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gpu({}, {})", self.0.info.name, self.0.info.backend)
    }
}

fn refusal(report: &AdapterReport) -> String {
    let hint = report.hint.as_ref().map(|h| format!(" ({h})")).unwrap_or_default();
    format!("{}: {}{hint}", report.name, report.why)
}

async fn request(
    adapter: &wgpu::Adapter,
    options: &OpenOptions,
) -> Result<(wgpu::Device, wgpu::Queue), wgpu::RequestDeviceError> {
    let (required_features, required_limits) = if options.minimum_limits {
        (wgpu::Features::empty(), wgpu::Limits::defaults())
    } else {
        (adapter.features() & caps::helpful(), adapter.limits())
    };
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("gapwave"),
        required_features,
        required_limits,
        ..wgpu::DeviceDescriptor::default()
    };
    adapter.request_device(&descriptor).await
}

/// Takes the place of wgpu's default callbacks, which panic.
fn watch(device: &wgpu::Device, health: &Arc<Health>) {
    let h = health.clone();
    device.set_device_lost_callback(move |reason, why| {
        tracing::warn!(?reason, why, "device lost");
        h.lose(&why);
    });
    let h = health.clone();
    device.on_uncaptured_error(Arc::new(move |e| {
        tracing::error!(error = %e, "wgpu error outside of every scope");
        h.error.lock().get_or_insert_with(|| typed("wgpu", e));
        h.uncaught.store(true, Ordering::Release);
    }));
}

/// wgpu's error as ours.
fn typed(what: &str, e: wgpu::Error) -> Error {
    match e {
        wgpu::Error::OutOfMemory { .. } => Error::OutOfDeviceMemory(what.to_owned()),
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            Error::Internal(format!("{what}: {description}"))
        }
    }
}

impl Shared {
    /// Notes that the device is gone.
    pub(super) fn lose(&self, why: &str) {
        self.health.lose(why);
    }

    /// Whether the device is still there.
    pub(super) fn check_lost(&self) -> Result<()> {
        if !self.health.lost.load(Ordering::Acquire) {
            return Ok(());
        }
        let why = self.health.why.lock().clone();
        Err(Error::DeviceLost(why.unwrap_or_else(|| "for no reason given".into())))
    }

    /// Whether results can be trusted so far.
    pub(super) fn check(&self) -> Result<()> {
        self.check_lost()?;
        if self.health.uncaught.swap(false, Ordering::AcqRel)
            && let Some(e) = self.health.error.lock().take()
        {
            return Err(e);
        }
        Ok(())
    }

    /// Runs `f`, which makes, records or submits things, with scopes for every kind of error. They see only what
    /// this thread does. Panics of wgpu mean that the device is gone.
    pub(super) fn scoped<T>(&self, what: &str, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let scopes = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::OutOfMemory]
            .map(|filter| self.device.push_error_scope(filter));
        let made = catch_unwind(AssertUnwindSafe(f));
        let mut error = None;
        // Innermost first: memory that ran out explains a validation error that follows from it.
        for scope in scopes.into_iter().rev() {
            let found = pollster::block_on(scope.pop());
            error = error.or(found);
        }
        let made = match made {
            Ok(made) => made,
            Err(panic) => {
                self.lose(panic_text(&*panic));
                return Err(Error::DeviceLost(panic_text(&*panic).to_owned()));
            }
        };
        self.check()?;
        match error {
            Some(e) => Err(typed(what, e)),
            None => made,
        }
    }
}
