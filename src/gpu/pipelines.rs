//! Compiled shaders, kept by their text.

use super::counters::add;
use super::device::Shared;
use crate::{Error, Result};
use gapwave_kernels::plan::Program;
use parking_lot::Mutex;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// A compiled shader and the layout that follows from its text.
pub(super) struct Pipeline {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

type Slot = Arc<Mutex<Option<Arc<Pipeline>>>>;

/// Pipelines by the final text of their shaders: what differs in a constant or a feature differs in the text.
#[derive(Default)]
pub(super) struct Pipelines(Mutex<HashMap<Arc<str>, Slot>>);

impl Pipelines {
    /// Lets go of all pipelines; those in use live until they are not.
    pub(super) fn forget(&self) {
        self.0.lock().clear();
    }
}

impl Shared {
    /// The pipeline of a program, compiled at its first use. Threads that need the same one compile it once.
    ///
    /// # Errors
    /// [`Error::Internal`] with the compiler's message where the text is wrong.
    pub(super) fn pipeline(&self, program: &Program) -> Result<Arc<Pipeline>> {
        let slot = {
            let mut map = self.pipelines.0.lock();
            match map.get(&*program.wgsl) {
                Some(slot) => slot.clone(),
                None => map.entry(Arc::from(&*program.wgsl)).or_default().clone(),
            }
        };
        let mut slot = slot.lock();
        if let Some(pipeline) = &*slot {
            return Ok(pipeline.clone());
        }
        let pipeline = Arc::new(self.compile(program)?);
        *slot = Some(pipeline.clone());
        Ok(pipeline)
    }

    fn compile(&self, program: &Program) -> Result<Pipeline> {
        let (needs, caps) = (program.needs, &self.caps);
        if (needs.subgroups && !caps.subgroups) || (needs.f16 && !caps.f16) {
            return Err(Error::Internal(format!("{} needs a feature that this device lacks", program.name)));
        }
        let label = Some(program.name);
        let begin = Instant::now();
        let made = self.scoped(program.name, || {
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label,
                source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(&program.wgsl)),
            });
            let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label,
                layout: None,
                module: &module,
                entry_point: Some("main"),
                // Workgroup memory stays zeroed: WGSL promises it, and shaders may rely on it.
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
            let layout = pipeline.get_bind_group_layout(0);
            Ok(Pipeline { pipeline, layout })
        })?;
        add(&self.counting.pipelines_compiled, 1);
        add(&self.counting.compile_ns, begin.elapsed().as_nanos() as u64);
        tracing::debug!(name = program.name, "pipeline compiled");
        Ok(made)
    }
}
