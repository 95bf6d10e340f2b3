//! Running kernels: choosing a processor, driving chunks, recovering from a lost GPU.

use super::runner::SessionRunner;
use super::step::{Columns, KernelRef, Step, What};
#[cfg(feature = "gpu")]
use super::{DeviceChoice, Precision, choose};
use super::{Inner, Output, Processor, Provenance};
#[cfg(feature = "gpu")]
use crate::gpu::{Gpu, OpenOptions};
use crate::stream::{Cuts, Recovery, Runner, Stage};
use crate::{Control, Error, Result};
use gapwave_columns::{Array, ArrayMut, Chunk, DType, Len, Meta, Out, View};
use gapwave_datasets::{Cast, MemorySource, Sink, Source, cast};
use gapwave_kernels::{Kernel, Reach};
use parking_lot::Mutex;

/// Where a run takes place.
pub(super) struct Choice {
    #[cfg(feature = "gpu")]
    pub(super) gpu: Option<Gpu>,
    pub(super) why: String,
    /// f64 data is turned into f32 before the kernel sees it.
    pub(super) convert: bool,
}

impl Choice {
    pub(super) fn processor(&self) -> Processor {
        #[cfg(feature = "gpu")]
        if self.gpu.is_some() {
            return Processor::Gpu;
        }
        Processor::Cpu
    }
}

impl Inner {
    #[cfg(feature = "gpu")]
    pub(crate) fn gpu(&self) -> Result<Gpu, String> {
        let open = || {
            let s = &self.settings;
            let options = OpenOptions {
                name: if let DeviceChoice::Gpu(name) = &s.device { name.clone() } else { None },
                backend: s.backend.clone(),
                software: s.software,
                minimum_limits: s.minimum_limits,
                f64_as_f32: s.precision == Precision::F32,
                timeout: s.timeout,
            };
            Gpu::open(&options).map_err(|e| match e {
                Error::NoAdapter(why) => why,
                other => other.to_string(),
            })
        };
        let gpu = self.gpu.get_or_init(open).clone()?;
        // A lost device has one successor, whoever asks.
        if gpu.is_lost() { gpu.rebuild().map_err(|e| e.to_string()) } else { Ok(gpu) }
    }

    /// Whether the kernel has GPU code for data of these types and row shapes. Making a plan to find out takes time
    /// (tables, shader text), so answers are remembered.
    #[cfg(feature = "gpu")]
    fn has_plan(&self, gpu: &Gpu, kernel: &dyn Kernel, metas: &[Meta], reach: Reach) -> bool {
        // A few rows tell whether there is a plan at all; how many fit is the driver's to find.
        let few: Vec<Meta> = match reach {
            Reach::Whole => metas.to_vec(),
            _ => metas.iter().map(|m| m.with_rows(m.rows().min(2))).collect(),
        };
        let key = format!("{} {kernel:?} {few:?}", kernel.entry().id);
        if let Some(&known) = self.planned.lock().get(&key) {
            return known;
        }
        let found = kernel.infer(&few).is_ok_and(|io| kernel.gpu(&io.all_ins(&few), gpu.caps()).is_some());
        let mut planned = self.planned.lock();
        if planned.len() >= 1024 {
            planned.clear();
        }
        planned.insert(key, found);
        found
    }

    /// Where a kernel should run on data of these types.
    pub(super) fn choose(&self, kernel: &dyn Kernel, data: &[Meta]) -> Result<Choice> {
        let cpu = |why: String| Choice {
            #[cfg(feature = "gpu")]
            gpu: None,
            why,
            convert: false,
        };
        #[cfg(not(feature = "gpu"))]
        {
            let _ = (kernel, data);
            Ok(cpu("this build has no GPU support".into()))
        }
        #[cfg(feature = "gpu")]
        {
            let demanded = match self.settings.device {
                DeviceChoice::Cpu => return Ok(cpu("the CPU was asked for".into())),
                DeviceChoice::Auto => false,
                DeviceChoice::Gpu(_) => true,
            };
            let io = kernel.infer(data)?;
            if !demanded {
                // Without opening anything: would even a large GPU pay?
                let (pays, why) = choose::gpu_pays(&io.cost, self.cpu.threads(), "discrete");
                if !pays {
                    return Ok(cpu(why));
                }
            }
            let gpu = match self.gpu() {
                Ok(gpu) => gpu,
                Err(why) if demanded => return Err(Error::NoAdapter(why)),
                Err(why) => return Ok(cpu(format!("auto: no GPU ({why})"))),
            };
            let runs = |metas: &[Meta]| self.has_plan(&gpu, kernel, metas, io.reach);
            let converted: Vec<Meta> = data.iter().map(|m| Meta { dtype: as_f32(m.dtype), ..m.clone() }).collect();
            let convert = if runs(data) {
                false
            } else if self.settings.precision == Precision::F32 && converted != data && runs(&converted) {
                true
            } else {
                let types: Vec<_> = data.iter().map(|m| m.dtype.name()).collect();
                let f64_only = converted != data && runs(&converted);
                let hint = if f64_only { "; f64 stays on the CPU unless --precision f32 is given" } else { "" };
                let why = format!("no GPU code for {}{hint}", types.join(", "));
                if demanded {
                    return Err(Error::NotOnGpu { kernel: kernel.entry().id, why });
                }
                return Ok(cpu(format!("auto: {why}")));
            };
            if demanded {
                return Ok(Choice { gpu: Some(gpu), why: "the GPU was asked for".into(), convert });
            }
            let (pays, why) = choose::gpu_pays(&io.cost, self.cpu.threads(), &gpu.info().device_type);
            Ok(Choice { gpu: pays.then_some(gpu), why, convert: convert && pays })
        }
    }

    pub(super) fn runs_on_gpu(&self, kernel: &dyn Kernel, inputs: &[Meta]) -> Result<()> {
        #[cfg(feature = "gpu")]
        {
            let gpu = self.gpu().map_err(Error::NoAdapter)?;
            let io = kernel.infer(inputs)?;
            if kernel.gpu(&io.all_ins(inputs), gpu.caps()).is_some() {
                return Ok(());
            }
        }
        #[cfg(not(feature = "gpu"))]
        let _ = inputs;
        let why = "no GPU code for these types".into();
        Err(Error::NotOnGpu { kernel: kernel.entry().id, why })
    }

    pub(super) fn run(&self, kernel: &dyn Kernel, ins: Vec<Array>, control: &Control) -> Result<Output> {
        let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
        let io = kernel.infer(&metas)?;
        let choice = self.choose(kernel, &metas)?;
        let convert = choice.convert;
        let report: Mutex<Option<Provenance>> = Mutex::new(None);
        let mut runner = SessionRunner::new(self, choice, |p| *report.lock() = Some(p));
        let arrays = if io.reach == Reach::Whole {
            // Arrays of different lengths, or of one row: there is nothing to cut.
            let rows = metas.iter().map(Meta::rows).max().unwrap_or(0) as u64;
            let narrow = |a: &Array| cast(a, as_f32(a.dtype()));
            let ins = if convert { ins.iter().map(narrow).collect::<Result<_, _>>()? } else { ins };
            let arrays = loop {
                let done = runner.submit(kernel, &ins, None, None).and_then(|(t, _)| runner.finish(kernel, t, &ins));
                match done {
                    Ok(arrays) => break arrays,
                    Err(e) if runner.recover(&e, true) == Recovery::Again => {}
                    Err(e) => return Err(e),
                }
            };
            runner.ended(kernel, Cuts { chunks: 1, rows });
            arrays
        } else {
            let select: Vec<usize> = (0..ins.len()).collect();
            let table = Chunk::new(ins.into_iter().enumerate().map(|(i, a)| (i.to_string(), a)))?;
            let total = table.rows() as u64;
            control.set_total(total);
            let mut source: Box<dyn Source> = Box::new(MemorySource::new(table));
            if convert {
                let targets = select.iter().map(|&i| (i, as_f32(metas[i].dtype))).collect();
                source = Box::new(Cast::new(source, targets));
            }
            let mut stage = Stage::new(KernelRef::Lent(kernel), source, &select, Box::new(runner), u64::MAX, control)?;
            let rows = self.settings.chunk_rows.unwrap_or(usize::MAX).min(total.max(1) as usize);
            let mut pieces: Vec<Vec<Array>> = Vec::new();
            while let Some(piece) = stage.next(rows)? {
                control.read(stage.cuts().rows, piece.input.bytes(), None);
                if !piece.outs.is_empty() {
                    pieces.push(piece.outs);
                }
            }
            let outs = pieces.first().map_or(0, Vec::len);
            (0..outs)
                .map(|i| Array::concat(&pieces.iter().map(|p| p[i].clone()).collect::<Vec<_>>()))
                .collect::<Result<Vec<_>, _>>()?
        };
        let provenance = report.lock().take();
        let provenance = provenance.ok_or_else(|| Error::Internal("a run without a report".into()))?;
        Ok(Output { arrays, provenance })
    }

    pub(super) fn run_into(&self, kernel: &dyn Kernel, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let metas: Vec<Meta> = ins.iter().map(View::meta).collect();
        let io = kernel.infer(&metas)?;
        let expected = outs.iter().map(|o| o.meta().clone()).eq(io.outs.iter().cloned());
        if !expected {
            return Err(Error::Usage(format!("{} writes {:?}", kernel.entry().id, io.outs)));
        }
        let needs_pass = kernel.fit(&metas).is_some_and(|f| f.needs(0, 1));
        let choice = self.choose(kernel, &metas)?;
        if needs_pass || choice.convert || self.settings.chunk_rows.is_some() {
            let why = format!("{} cannot run into given memory here: use run", kernel.entry().id);
            return Err(Error::Usage(why));
        }
        let extra = zeros(&io.extra)?;
        let carry = zeros(&io.carry)?;
        let mut all_ins = ins.to_vec();
        all_ins.extend(extra.iter().chain(&carry).map(Array::view));
        let mut rooms: Vec<_> = io.carry.iter().map(ArrayMut::zeros).collect::<Result<_, _>>()?;
        let mut all_outs: Vec<Out<'_>> = Vec::with_capacity(outs.len() + rooms.len());
        all_outs.extend(outs.iter_mut().map(Out::reborrow));
        all_outs.extend(rooms.iter_mut().map(ArrayMut::out));
        let on_gpu = {
            #[cfg(feature = "gpu")]
            match &choice.gpu {
                Some(gpu) => gpu.run(kernel, &all_ins, &mut all_outs, ins.len()).map(|_| true)?,
                None => false,
            }
            #[cfg(not(feature = "gpu"))]
            false
        };
        if !on_gpu {
            self.cpu.run_into(kernel, &all_ins, &mut all_outs)?;
        }
        let rows: Vec<usize> = all_outs.iter().map(Out::rows).collect();
        drop(all_outs);
        for (o, rows) in outs.iter_mut().zip(rows).filter(|(o, _)| o.meta().len == Len::AtMost) {
            o.set_rows(rows);
        }
        Ok(())
    }

    pub(super) fn drive(
        &self,
        kernel: &dyn Kernel,
        source: &mut dyn Source,
        select: &[usize],
        sink: &mut dyn Sink,
        control: &Control,
    ) -> Result<Provenance> {
        let what = What::Kernel(KernelRef::Lent(kernel));
        let step = Step { what, columns: Columns::Numbered(select.to_vec()) };
        let made = self.flow(&[step], source, sink, control)?;
        made.into_iter().next().ok_or_else(|| Error::Internal("a run without a report".into()))
    }
}

/// The type that f64 data is computed in where that was asked for.
pub(super) fn as_f32(dtype: DType) -> DType {
    match dtype {
        DType::F64 => DType::F32,
        DType::Complex128 => DType::Complex64,
        other => other,
    }
}

fn zeros(metas: &[Meta]) -> Result<Vec<Array>> {
    Ok(metas.iter().map(Array::zeros).collect::<Result<_, _>>()?)
}
