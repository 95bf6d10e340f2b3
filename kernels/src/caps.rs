//! The limits and features of a GPU as a plain value.

/// What a plan may use. Limits are WebGPU's, in bytes where they are sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// Storage buffers one shader may bind.
    pub storage_buffers: u32,
    /// Bytes of one storage binding.
    pub binding_bytes: u64,
    /// Bytes of one buffer.
    pub buffer_bytes: u64,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Invocations of a workgroup along x; y and z are not used beyond 1.
    pub workgroup_x: u32,
    /// Workgroups along one dimension of a dispatch.
    pub groups: u32,
    /// Bytes that storage binding offsets must be a multiple of.
    pub storage_align: u32,
    /// Whether subgroup operations may be used, of whatever size.
    pub subgroups: bool,
    /// Whether f16 may be used.
    pub f16: bool,
    /// Whether the user asked for f64 data to be computed in f32 on the GPU.
    pub f64_as_f32: bool,
}

impl Caps {
    /// What every WebGPU implementation has.
    pub const fn webgpu_minimum() -> Self {
        Caps {
            storage_buffers: 8,
            binding_bytes: 128 << 20,
            buffer_bytes: 256 << 20,
            workgroup_bytes: 16 << 10,
            invocations: 256,
            workgroup_x: 256,
            groups: 65_535,
            storage_align: 256,
            subgroups: false,
            f16: false,
            f64_as_f32: false,
        }
    }

    /// Mesa's software adapter (llvmpipe of Mesa 22.3).
    pub const fn llvmpipe() -> Self {
        Caps {
            storage_buffers: 16,
            binding_bytes: 128 << 20,
            buffer_bytes: (2 << 30) - 1,
            workgroup_bytes: 32 << 10,
            invocations: 1024,
            workgroup_x: 1024,
            groups: 65_535,
            storage_align: 16,
            subgroups: true,
            f16: true,
            f64_as_f32: false,
        }
    }

    /// A large discrete GPU.
    pub const fn discrete() -> Self {
        Caps {
            storage_buffers: 16,
            binding_bytes: (2 << 30) - 4,
            buffer_bytes: 1 << 40,
            workgroup_bytes: 48 << 10,
            invocations: 1024,
            workgroup_x: 1024,
            groups: 65_535,
            storage_align: 32,
            subgroups: true,
            f16: true,
            f64_as_f32: false,
        }
    }

    /// The same, with f64 data to be computed in f32.
    pub const fn f64_as_f32(mut self) -> Self {
        self.f64_as_f32 = true;
        self
    }
}
