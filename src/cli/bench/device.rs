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
    start: Start,
    canary: bool,
}

impl<'a> DeviceWork<'a> {
    pub(super) fn new(place: &'a Place, prepared: Rc<Prepared>, copies: usize) -> Result<Self, Fault> {
        let session = &place.session;
        let upload = || prepared.case.ins.iter().map(|a| session.upload(a)).collect::<crate::Result<_>>();
        let ins: Vec<Vec<DeviceArray>> = (0..copies).map(|_| upload()).collect::<crate::Result<_>>()?;
        session.wait()?;
        let start = Start::now(session);
        let canary = is_hardware(session);
        Ok(DeviceWork { session, prepared, ins, at: 0, outs: VecDeque::new(), good: None, start, canary })
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
        self.start.cold_parts(self.session)
    }

    fn counts(&mut self) -> Counts {
        self.start.counts(self.session)
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

/// What the GPU had counted when some work was made: what comes after it is the work's.
pub(super) struct Start(#[cfg(feature = "gpu")] Option<crate::gpu::Counters>);

#[cfg(feature = "gpu")]
fn counters(session: &Session) -> Option<crate::gpu::Counters> {
    // A session on the CPU must not open a GPU for this.
    session.gpu_name()?;
    Some(session.gpu_device()?.counters())
}

impl Start {
    /// Makes the next run on the GPU a cold one, and counts from here.
    pub(super) fn now(session: &Session) -> Start {
        #[cfg(feature = "gpu")]
        {
            if session.gpu_name().is_some()
                && let Some(gpu) = session.gpu_device()
            {
                gpu.begin_afresh();
            }
            Start(counters(session))
        }
        #[cfg(not(feature = "gpu"))]
        {
            let _ = session;
            Start()
        }
    }

    /// What was spent on plans and shaders since then, in ns.
    pub(super) fn cold_parts(&self, session: &Session) -> Vec<(&'static str, f64)> {
        #[cfg(feature = "gpu")]
        if let (Some(a), Some(b)) = (&self.0, counters(session)) {
            let since = |now: u64, before: u64| now.saturating_sub(before) as f64;
            return vec![("plan", since(b.plan_ns, a.plan_ns)), ("compile", since(b.compile_ns, a.compile_ns))];
        }
        let _ = session;
        Vec::new()
    }

    /// What was counted since then.
    pub(super) fn counts(&self, session: &Session) -> Counts {
        #[cfg(feature = "gpu")]
        if let (Some(a), Some(b)) = (&self.0, counters(session)) {
            return Counts::new()
                .with("dispatches", b.dispatches - a.dispatches)
                .with("bytes_up", b.bytes_up - a.bytes_up)
                .with("bytes_down", b.bytes_down - a.bytes_down)
                .with("bytes_copied", b.bytes_copied - a.bytes_copied)
                .with("bytes_cleared", b.bytes_cleared - a.bytes_cleared)
                .with("submissions", b.submissions - a.submissions)
                .with("pipelines_compiled", b.pipelines_compiled - a.pipelines_compiled)
                .with("buffers_created", b.buffers_created - a.buffers_created)
                .with("device_bytes_peak", b.peak_device_bytes);
        }
        let _ = session;
        Counts::new()
    }
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
