//! The GPU: the only place that knows wgpu.
