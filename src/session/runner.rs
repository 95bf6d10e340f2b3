//! Running chunks where the session chose, and recovering when that fails.

#[cfg(feature = "gpu")]
use super::DeviceChoice;
use super::run::Choice;
use super::{Inner, Precision, Processor, Provenance};
use crate::Result;
#[cfg(feature = "gpu")]
use crate::gpu::Gpu;
use crate::stream::{Cuts, Runner};
#[cfg(feature = "gpu")]
use crate::{Error, cpu};
#[cfg(feature = "gpu")]
use gapwave_columns::View;
use gapwave_columns::{Array, Meta};
use gapwave_kernels::Kernel;
#[cfg(feature = "gpu")]
use gapwave_kernels::{Io, Reach};
use std::time::{Duration, Instant};

/// Runs chunks where the session chose, and elsewhere when that fails and the choice was the session's own.
pub(super) struct SessionRunner<'a> {
    inner: &'a Inner,
    #[cfg(feature = "gpu")]
    gpu: Option<Gpu>,
    #[cfg(feature = "gpu")]
    rebuilt: bool,
    upload: Duration,
    device: Duration,
    download: Duration,
    recovered: Vec<String>,
}

impl<'a> SessionRunner<'a> {
    #[cfg_attr(not(feature = "gpu"), allow(unused_variables, reason = "there is only one processor"))]
    pub(super) fn new(inner: &'a Inner, choice: &Choice) -> Self {
        SessionRunner {
            inner,
            #[cfg(feature = "gpu")]
            gpu: choice.gpu.clone(),
            #[cfg(feature = "gpu")]
            rebuilt: false,
            upload: Duration::ZERO,
            device: Duration::ZERO,
            download: Duration::ZERO,
            recovered: Vec::new(),
        }
    }

    pub(super) fn provenance(&self, kernel: &dyn Kernel, cuts: Cuts, started: Instant, choice: &Choice) -> Provenance {
        let cpu = || (Processor::Cpu, format!("{}, {} threads", self.inner.cpu.level(), self.inner.cpu.threads()));
        #[cfg(feature = "gpu")]
        let (processor, device) = self.gpu.as_ref().map_or_else(cpu, |g| (Processor::Gpu, g.info().to_string()));
        #[cfg(not(feature = "gpu"))]
        let (processor, device) = cpu();
        let entry = kernel.entry();
        let on_gpu = processor == Processor::Gpu;
        Provenance {
            kernel: entry.id,
            version: entry.version,
            processor,
            device,
            why: choice.why.clone(),
            f64_as_f32: choice.convert || (on_gpu && self.inner.settings.precision == Precision::F32),
            chunks: cuts.chunks,
            rows: cuts.rows,
            elapsed: started.elapsed(),
            upload: self.upload,
            device_time: self.device,
            download: self.download,
            cached: false,
            recovered: self.recovered.clone(),
        }
    }

    #[cfg(feature = "gpu")]
    fn on_gpu(&mut self, gpu: &Gpu, kernel: &dyn Kernel, data: usize, ins: &[Array], io: &Io) -> Result<Vec<Array>> {
        let views: Vec<View<'_>> = ins.iter().map(Array::view).collect();
        let mut timings = Default::default();
        let arrays = cpu::collect(&io.all_outs(), |outs| {
            timings = gpu.run(kernel, &views, outs, data)?;
            Ok(())
        })?;
        self.upload += timings.upload;
        self.device += timings.device;
        self.download += timings.download;
        Ok(arrays)
    }
}

impl Runner for SessionRunner<'_> {
    fn run(&mut self, kernel: &dyn Kernel, data: usize, ins: &[Array]) -> Result<Vec<Array>> {
        let metas: Vec<Meta> = ins[..data].iter().map(Array::meta).collect();
        let io = kernel.infer(&metas)?;
        #[cfg(feature = "gpu")]
        while let Some(gpu) = self.gpu.clone() {
            let auto = self.inner.settings.device == DeviceChoice::Auto;
            let error = match self.on_gpu(&gpu, kernel, data, ins, &io) {
                Ok(arrays) => return Ok(arrays),
                Err(e) => e,
            };
            let gone = matches!(error, Error::DeviceLost(_) | Error::Timeout { .. });
            let cannot_cut = io.reach == Reach::Whole || metas.first().is_none_or(|m| m.rows() <= 1);
            let again = if gone && !self.rebuilt { gpu.rebuild().ok() } else { None };
            if again.is_some() {
                self.rebuilt = true;
                self.recovered.push(format!("{error}; the device was opened again"));
                self.gpu = again;
            } else if auto && (gone || (error.wants_smaller_chunks() && cannot_cut)) {
                self.recovered.push(format!("{error}; the CPU took over"));
                self.gpu = None;
            } else {
                return Err(error);
            }
        }
        self.inner.cpu.run(kernel, ins, &io.all_outs())
    }
}
