//! Arrays that stay where kernels run.

use super::Inner;
use crate::{Error, Result};
use gapwave_columns::{Array, Meta};
use gapwave_kernels::Kernel;

/// An array on the session's device: in GPU memory, or in host memory where the session runs on the CPU.
#[derive(Clone)]
pub struct DeviceArray {
    place: Place,
}

#[derive(Clone)]
enum Place {
    Host(Array),
    #[cfg(feature = "gpu")]
    Gpu(crate::gpu::Gpu, crate::gpu::GpuArray),
}

impl DeviceArray {
    /// Copies the array to host memory: the one call that waits for the device.
    pub fn download(&self) -> Result<Array> {
        match &self.place {
            Place::Host(a) => Ok(a.clone()),
            #[cfg(feature = "gpu")]
            Place::Gpu(gpu, a) => gpu.download(a),
        }
    }

    /// Type and shape; after a filter the rows are an upper bound until they are looked at.
    pub fn meta(&self) -> Meta {
        match &self.place {
            Place::Host(a) => a.meta(),
            #[cfg(feature = "gpu")]
            Place::Gpu(_, a) => a.meta(),
        }
    }

    /// Whether it is in GPU memory.
    pub fn is_on_gpu(&self) -> bool {
        !matches!(self.place, Place::Host(_))
    }
}

impl Inner {
    pub(super) fn upload(&self, array: &Array) -> Result<DeviceArray> {
        #[cfg(feature = "gpu")]
        if self.settings.device != super::DeviceChoice::Cpu
            && let Ok(gpu) = self.gpu()
        {
            let on_gpu = gpu.upload(array)?;
            return Ok(DeviceArray { place: Place::Gpu(gpu, on_gpu) });
        }
        Ok(DeviceArray { place: Place::Host(array.clone()) })
    }

    pub(super) fn enqueue(&self, kernel: &dyn Kernel, inputs: &[&DeviceArray]) -> Result<Vec<DeviceArray>> {
        let hosts: Option<Vec<&Array>> = inputs
            .iter()
            .map(|i| match &i.place {
                Place::Host(a) => Some(a),
                #[cfg(feature = "gpu")]
                Place::Gpu(..) => None,
            })
            .collect();
        if let Some(hosts) = hosts {
            let arrays: Vec<Array> = hosts.into_iter().cloned().collect();
            let outs = self.run(kernel, arrays, &crate::Control::new())?.into_arrays();
            return Ok(outs.into_iter().map(|a| DeviceArray { place: Place::Host(a) }).collect());
        }
        self.enqueue_gpu(kernel, inputs)
    }

    #[cfg(not(feature = "gpu"))]
    fn enqueue_gpu(&self, _: &dyn Kernel, _: &[&DeviceArray]) -> Result<Vec<DeviceArray>> {
        Err(Error::NoAdapter("this build of gapwave has no GPU support".into()))
    }

    #[cfg(feature = "gpu")]
    fn enqueue_gpu(&self, kernel: &dyn Kernel, inputs: &[&DeviceArray]) -> Result<Vec<DeviceArray>> {
        let (mut arrays, mut metas) = (Vec::new(), Vec::new());
        let mut device = None;
        for input in inputs {
            let Place::Gpu(gpu, a) = &input.place else {
                return Err(Error::Usage("some inputs are on the GPU and some in host memory".into()));
            };
            // A filter's result has its final length before the next kernel is planned.
            metas.push(a.resolve()?);
            arrays.push(a.clone());
            device = Some(gpu);
        }
        let Some(gpu) = device else { return Err(Error::Usage("a kernel needs inputs".into())) };
        let io = kernel.infer(&metas)?;
        if kernel.fit(&metas).is_some_and(|f| f.needs(0, 1)) {
            let id = kernel.entry().id;
            return Err(Error::Usage(format!("{id} needs a first pass over the data: use run instead of enqueue")));
        }
        let data = arrays.len();
        for meta in io.extra.iter().chain(&io.carry) {
            arrays.push(gpu.upload(&Array::zeros(meta)?)?);
        }
        let mut outs = gpu.enqueue(kernel, &arrays.iter().collect::<Vec<_>>(), data)?;
        outs.truncate(io.outs.len());
        Ok(outs.into_iter().map(|a| DeviceArray { place: Place::Gpu(gpu.clone(), a) }).collect())
    }
}
