//! Running chunks where the session chose, and recovering when that fails.

#[cfg(feature = "gpu")]
use super::DeviceChoice;
use super::run::Choice;
use super::{Inner, Precision, Processor, Provenance};
#[cfg(feature = "gpu")]
use crate::gpu::Gpu;
use crate::stream::{Cuts, Recovery, Runner, State, Ticket};
use crate::{Error, Result};
use gapwave_columns::{Array, Meta};
use gapwave_kernels::{Io, Kernel};
use std::time::{Duration, Instant};

/// Runs chunks where the session chose, and elsewhere when that fails and the choice was the session's own.
pub(super) struct SessionRunner<'a> {
    inner: &'a Inner,
    choice: Choice,
    #[cfg(feature = "gpu")]
    rebuilt: bool,
    started: Instant,
    upload: Duration,
    device: Duration,
    download: Duration,
    recovered: Vec<String>,
    report: Option<Box<dyn FnOnce(Provenance) + Send + 'a>>,
}

impl<'a> SessionRunner<'a> {
    /// `report` is told at the end where the work was done.
    pub(super) fn new(inner: &'a Inner, choice: Choice, report: impl FnOnce(Provenance) + Send + 'a) -> Self {
        SessionRunner {
            inner,
            choice,
            #[cfg(feature = "gpu")]
            rebuilt: false,
            started: Instant::now(),
            upload: Duration::ZERO,
            device: Duration::ZERO,
            download: Duration::ZERO,
            recovered: Vec::new(),
            report: Some(Box::new(report)),
        }
    }

    pub(super) fn provenance(&self, kernel: &dyn Kernel, cuts: Cuts) -> Provenance {
        let processor = self.choice.processor();
        let device = match processor {
            #[cfg(feature = "gpu")]
            Processor::Gpu => self.choice.gpu.as_ref().map(|g| g.info().to_string()).unwrap_or_default(),
            _ => format!("{}, {} threads", self.inner.cpu.level(), self.inner.cpu.threads()),
        };
        let entry = kernel.entry();
        let on_gpu = processor == Processor::Gpu;
        Provenance {
            kernel: entry.id,
            version: entry.version,
            processor,
            device,
            why: self.choice.why.clone(),
            f64_as_f32: self.choice.convert || (on_gpu && self.inner.settings.precision == Precision::F32),
            chunks: cuts.chunks,
            rows: cuts.rows,
            elapsed: self.started.elapsed(),
            upload: self.upload,
            device_time: self.device,
            download: self.download,
            cached: false,
            recovered: self.recovered.clone(),
        }
    }

    fn on_cpu(
        &self,
        kernel: &dyn Kernel,
        io: &Io,
        ins: &[Array],
        extra: Option<&[Array]>,
        carry: Option<Vec<Array>>,
    ) -> Result<(Vec<Array>, Option<State>)> {
        let all = with_state(ins, io, extra, carry.as_deref())?;
        let mut outs = self.inner.cpu.run(kernel, &all, &io.all_outs())?;
        let carry = outs.split_off(io.outs.len());
        Ok((outs, (!carry.is_empty()).then_some(State::Host(carry))))
    }
}

impl Runner for SessionRunner<'_> {
    #[cfg(feature = "gpu")]
    fn depth(&self) -> usize {
        // Chunk k + 1 is submitted before chunk k is fetched.
        if self.choice.gpu.is_some() { 2 } else { 1 }
    }

    fn submit(
        &mut self,
        kernel: &dyn Kernel,
        ins: &[Array],
        extra: Option<&[Array]>,
        carry: Option<State>,
    ) -> Result<(Ticket, Option<State>)> {
        let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
        let io = kernel.infer(&metas)?;
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.choice.gpu {
            let begin = Instant::now();
            let all = with_state(ins, &io, extra, None)?;
            let data_and_extra = ins.len() + io.extra.len();
            let carry = match carry {
                Some(State::Device(carry)) => Some(carry),
                Some(State::Host(carry)) => Some(carry.iter().map(|a| gpu.upload(a)).collect::<Result<Vec<_>>>()?),
                None => None,
            };
            let hosts = if carry.is_some() { &all[..data_and_extra] } else { &all[..] };
            let (flight, carry) = gpu.begin(kernel, hosts, carry, ins.len(), io.outs.len())?;
            self.upload += begin.elapsed();
            return Ok((Ticket::Flying(Box::new(flight)), (!carry.is_empty()).then_some(State::Device(carry))));
        }
        let carry = match carry {
            Some(State::Host(carry)) => Some(carry),
            #[cfg(feature = "gpu")]
            Some(State::Device(_)) => return Err(Error::Internal("state is left on a device that is gone".into())),
            None => None,
        };
        let (outs, carry) = self.on_cpu(kernel, &io, ins, extra, carry)?;
        Ok((Ticket::Done(outs), carry))
    }

    fn finish(&mut self, kernel: &dyn Kernel, ticket: Ticket, _ins: &[Array]) -> Result<Vec<Array>> {
        match ticket {
            Ticket::Done(outs) => Ok(outs),
            #[cfg(feature = "gpu")]
            Ticket::Flying(flight) => {
                let gpu = self.choice.gpu.clone().ok_or_else(|| Error::Internal("the device is gone".into()))?;
                let (outs, timings) = gpu.end(kernel.entry().id, *flight)?;
                self.device += timings.device;
                self.download += timings.download;
                Ok(outs)
            }
            Ticket::Taken => Err(Error::Internal(format!("{}: a chunk was finished twice", kernel.entry().id))),
        }
    }

    #[cfg(not(feature = "gpu"))]
    fn recover(&mut self, _: &Error, _: bool) -> Recovery {
        Recovery::None
    }

    #[cfg(feature = "gpu")]
    fn recover(&mut self, error: &Error, uncut: bool) -> Recovery {
        let Some(gpu): Option<Gpu> = self.choice.gpu.clone() else { return Recovery::None };
        let auto = self.inner.settings.device == DeviceChoice::Auto;
        let gone = matches!(error, Error::DeviceLost(_) | Error::Timeout { .. });
        if gone
            && !self.rebuilt
            && let Ok(again) = gpu.rebuild()
        {
            self.rebuilt = true;
            self.recovered.push(format!("{error}; the device was opened again"));
            self.choice.gpu = Some(again);
            return Recovery::Again;
        }
        if auto && (gone || (error.wants_smaller_chunks() && uncut)) {
            self.recovered.push(format!("{error}; the CPU took over"));
            self.choice.gpu = None;
            return Recovery::Again;
        }
        Recovery::None
    }

    fn ended(&mut self, kernel: &dyn Kernel, cuts: Cuts) {
        if let Some(report) = self.report.take() {
            report(self.provenance(kernel, cuts));
        }
    }
}

/// Data, extras and carry in the kernel's order; what is not there yet is zeros.
fn with_state(ins: &[Array], io: &Io, extra: Option<&[Array]>, carry: Option<&[Array]>) -> Result<Vec<Array>> {
    let mut all = ins.to_vec();
    for (given, metas) in [(extra, &io.extra), (carry, &io.carry)] {
        match given {
            Some(arrays) if arrays.len() == metas.len() => all.extend_from_slice(arrays),
            Some(arrays) => {
                return Err(Error::Internal(format!("{} state arrays where {} belong", arrays.len(), metas.len())));
            }
            None => all.extend(metas.iter().map(Array::zeros).collect::<Result<Vec<_>, _>>()?),
        }
    }
    Ok(all)
}
