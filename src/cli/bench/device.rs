//! Work on data that stays on the GPU, and what the GPU counts.

use super::cases::Prepared;
use super::places::Place;
use crate::{DeviceArray, Session};
use gapwave_columns::Array;
use gapwave_harness::{Counts, Fault, Took, Work};
use std::collections::VecDeque;
use std::rc::Rc;

/// Runs queued on data that stays on the GPU; inputs and outputs take turns.
pub(super) struct DeviceWork<'a> {
    session: &'a Session,
    prepared: Rc<Prepared>,
    ins: Vec<Vec<DeviceArray>>,
    at: usize,
    /// The last results, as many as there are copies: their memory is not written again before all others were.
    outs: VecDeque<Vec<DeviceArray>>,
    good: Option<Vec<Array>>,
    before: Spent,
    canary: bool,
}

impl<'a> DeviceWork<'a> {
    pub(super) fn new(place: &'a Place, prepared: Rc<Prepared>, copies: usize) -> Result<Self, Fault> {
        let session = &place.session;
        let upload = || prepared.case.ins.iter().map(|a| session.upload(a)).collect::<crate::Result<_>>();
        let ins: Vec<Vec<DeviceArray>> = (0..copies).map(|_| upload()).collect::<crate::Result<_>>()?;
        session.wait()?;
        forget(session);
        let before = spent(session);
        let canary = is_hardware(session);
        Ok(DeviceWork { session, prepared, ins, at: 0, outs: VecDeque::new(), good: None, before, canary })
    }

    fn enqueue(&mut self, times: u32) -> crate::Result<()> {
        for _ in 0..times {
            self.at = (self.at + 1) % self.ins.len();
            let ins: Vec<&DeviceArray> = self.ins[self.at].iter().collect();
            let outs = self.session.enqueue_all(self.prepared.case.kernel.as_ref(), &ins)?;
            self.outs.push_back(outs);
            if self.outs.len() > self.ins.len() {
                self.outs.pop_front();
            }
        }
        Ok(())
    }
}

impl Work for DeviceWork<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        self.run_times(1)
    }

    fn run_times(&mut self, times: u32) -> Result<(), Fault> {
        self.enqueue(times)?;
        Ok(self.session.wait()?)
    }

    fn run_timed(&mut self, times: u32) -> Result<Took, Fault> {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = self.session.gpu_device() {
            use crate::gpu::DeviceTime;
            let ((), time) = gpu.timed(|| self.enqueue(times))?;
            return Ok(match time {
                DeviceTime::Measured { time, tick } => Took::Own { clock: "timestamps", time, tick },
                DeviceTime::Rejected(why) => Took::Rejected(why.into()),
                _ => Took::Rejected("the device has no timestamps".into()),
            });
        }
        self.run_times(times)?;
        Ok(Took::Wall)
    }

    fn verify(&mut self) -> Result<(), String> {
        let outs = self.outs.back().ok_or("nothing was run")?;
        let got = outs.iter().map(DeviceArray::download).collect::<crate::Result<_>>().map_err(|e| e.to_string())?;
        self.prepared.verify(got, &mut self.good)
    }

    fn copies(&self) -> u32 {
        self.ins.len() as u32
    }

    fn bytes(&mut self) -> Option<u64> {
        Some(self.prepared.bytes(self.good.as_deref()?))
    }

    fn cold_parts(&mut self) -> Vec<(&'static str, f64)> {
        cold_parts(self.session, &self.before)
    }

    fn counts(&mut self) -> Counts {
        counts(self.session)
    }

    fn canary(&mut self) -> Option<f64> {
        #[cfg(feature = "gpu")]
        if self.canary {
            let time = self.session.gpu_device()?.canary().ok()?;
            return Some(time.as_nanos() as f64);
        }
        let _ = self.canary;
        None
    }
}

/// What was spent on plans and shaders so far, in ns.
pub(super) struct Spent {
    plan: u64,
    compile: u64,
}

#[cfg(feature = "gpu")]
fn counters(session: &Session) -> Option<crate::gpu::Counters> {
    // A session on the CPU must not open a GPU for this.
    session.gpu_name()?;
    Some(session.gpu_device()?.counters())
}

/// Makes the next run on the GPU a cold one, but for what the driver keeps.
pub(super) fn forget(session: &Session) {
    #[cfg(feature = "gpu")]
    if session.gpu_name().is_some()
        && let Some(gpu) = session.gpu_device()
    {
        gpu.forget_plans();
    }
    let _ = session;
}

pub(super) fn spent(session: &Session) -> Spent {
    #[cfg(feature = "gpu")]
    if let Some(c) = counters(session) {
        return Spent { plan: c.plan_ns, compile: c.compile_ns };
    }
    let _ = session;
    Spent { plan: 0, compile: 0 }
}

/// What was spent on plans and shaders since then.
pub(super) fn cold_parts(session: &Session, before: &Spent) -> Vec<(&'static str, f64)> {
    let now = spent(session);
    if now.plan == 0 {
        return Vec::new();
    }
    let since = |now: u64, before: u64| now.saturating_sub(before) as f64;
    vec![("plan", since(now.plan, before.plan)), ("compile", since(now.compile, before.compile))]
}

/// What the GPU counted so far.
pub(super) fn counts(session: &Session) -> Counts {
    #[cfg(feature = "gpu")]
    if let Some(c) = counters(session) {
        return Counts::new()
            .with("dispatches", c.dispatches)
            .with("bytes_up", c.bytes_up)
            .with("bytes_down", c.bytes_down)
            .with("bytes_copied", c.bytes_copied)
            .with("bytes_cleared", c.bytes_cleared)
            .with("submissions", c.submissions)
            .with("pipelines_compiled", c.pipelines_compiled)
            .with("buffers_created", c.buffers_created)
            .with("device_bytes_peak", c.peak_device_bytes);
    }
    let _ = session;
    Counts::new()
}

/// Whether the GPU is a real one, whose clock rate a canary can watch.
fn is_hardware(session: &Session) -> bool {
    #[cfg(feature = "gpu")]
    return session.gpu_device().is_some_and(|g| g.info().device_type != "software");
    #[cfg(not(feature = "gpu"))]
    {
        let _ = session;
        false
    }
}
