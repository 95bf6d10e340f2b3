//! How fast the device copies its own memory and multiplies and adds, to compare kernels with.

use super::device::Gpu;
use super::executor::entry;
use super::timer::DeviceTime;
use super::wait::wait;
use crate::{Error, Result};
use gapwave_kernels::plan::{Groups, Needs, Program};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Bytes of the copied buffer where the device has room: more than any cache.
const BYTES: u64 = 512 << 20;
/// Chains × lanes × operations of one link in `bench/fma`.
const FLOPS: u64 = 4 * 4 * 2;
/// Tries of which the best counts.
const TRIES: usize = 6;

fn program(name: &'static str, shader: &str) -> Program {
    Program {
        name,
        wgsl: Cow::Owned(gapwave_shaders::source(shader, &[])),
        workgroup: [256, 1, 1],
        shared_bytes: 0,
        needs: Needs::default(),
    }
}

impl Gpu {
    /// Waits for all that was enqueued so far.
    pub fn wait(&self) -> Result<()> {
        let last = self.0.submit(self.0.encoder());
        wait(&self.0, "enqueued work", &last, None)
    }

    fn software(&self) -> bool {
        self.info().device_type == "software"
    }

    /// Copies from buffer to buffer on the device, reading and writing counted: the best of several rates in GB/s, of
    /// the driver's own copy and of a shader.
    pub fn copy_bandwidth(&self) -> Result<f64> {
        let (most, copies) = if self.software() { (64 << 20, 4) } else { (BYTES, 32) };
        // One dispatch moves at most 65,535² groups of 4 KiB, so only the memory bounds it.
        let bytes = most.min(self.caps().buffer_bytes / 4).min(self.caps().binding_bytes) & !4095;
        let (from, to) = (self.0.buffer(bytes)?, self.0.buffer(bytes)?);
        let driver = self.best(copies, |encoder| {
            encoder.copy_buffer_to_buffer(from.get(), 0, to.get(), 0, bytes);
            Ok(())
        })?;
        let pipeline = self.0.pipeline(&program("bench copy", "bench/copy"))?;
        let quads = (bytes / 16) as u32;
        let uniform = self.0.one_off(bytemuck::cast_slice(&[quads, 0, 0, 0]), wgpu::BufferUsages::UNIFORM)?;
        let groups = Groups::linear(bytes / 4096, self.caps())?.0;
        let entries = [entry(0, &uniform.buffer, 0, 16), entry(1, from.get(), 0, bytes), entry(2, to.get(), 0, bytes)];
        let shader = self.best(copies, |encoder| self.dispatch(encoder, &pipeline, &entries, groups, None))?;
        Ok(2.0 * bytes as f64 / driver.min(shader) / 1e9)
    }

    /// f32 multiply-adds, each two operations: the best of several rates in thousand millions per second.
    pub fn fma_rate(&self) -> Result<f64> {
        let (links, groups) = if self.software() { (256, 64) } else { (4096, 16_384) };
        let ns = self.fma(links, groups, TRIES)?.as_nanos() as f64;
        Ok((FLOPS * u64::from(links) * 256 * u64::from(groups)) as f64 / ns)
    }

    /// Time of a small fixed amount of multiply-adds: its length depends on the clock rate alone.
    pub fn canary(&self) -> Result<Duration> {
        let (links, groups) = if self.software() { (64, 2) } else { (4096, 256) };
        self.fma(links, groups, 3)
    }

    fn fma(&self, links: u32, groups: u32, tries: usize) -> Result<Duration> {
        let pipeline = self.0.pipeline(&program("bench fma", "bench/fma"))?;
        let words = [links, 1.5f32.to_bits(), 0, 0];
        let uniform = self.0.one_off(bytemuck::cast_slice(&words), wgpu::BufferUsages::UNIFORM)?;
        let bytes = u64::from(groups) * 256 * 4;
        let sums = self.0.buffer(bytes)?;
        let entries = [entry(0, &uniform.buffer, 0, 16), entry(1, sums.get(), 0, bytes)];
        let mut best = Duration::MAX;
        for _ in 0..tries {
            let begin = Instant::now();
            let ((), device) = self.timed(|| {
                let stamps = self.0.stamps();
                let mut encoder = self.0.encoder();
                let writes = stamps.as_ref().and_then(|s| s.writes(true, true));
                self.dispatch(&mut encoder, &pipeline, &entries, [groups, 1, 1], writes)?;
                self.0.submit(encoder);
                Ok(())
            })?;
            best = best.min(match device {
                DeviceTime::Measured { time, .. } if !time.is_zero() => time,
                _ => begin.elapsed(),
            });
        }
        let mut first = [0u8; 4];
        self.0.fetch(&mut [super::transfer::Down { from: sums.get(), offset: 0, to: &mut first }])?;
        match f32::from_le_bytes(first) {
            32.0 => Ok(best),
            wrong => Err(Error::Internal(format!("the multiply-adds give {wrong}, not 32"))),
        }
    }

    /// The shortest time of one of `copies` copies, in seconds.
    fn best(&self, copies: u32, record: impl Fn(&mut wgpu::CommandEncoder) -> Result<()>) -> Result<f64> {
        let mut best = f64::INFINITY;
        for _ in 0..TRIES {
            let begin = self.0.scoped("the copy bandwidth", || {
                let mut encoder = self.0.encoder();
                (0..copies).try_for_each(|_| record(&mut encoder))?;
                let begin = Instant::now();
                Ok((begin, self.0.submit(encoder)))
            })?;
            wait(&self.0, "the copy bandwidth", &begin.1, None)?;
            best = best.min(begin.0.elapsed().as_secs_f64());
        }
        Ok(best / f64::from(copies))
    }

    fn dispatch(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        pipeline: &super::pipelines::Pipeline,
        entries: &[wgpu::BindGroupEntry<'_>],
        groups: [u32; 3],
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) -> Result<()> {
        let layout = &pipeline.layout;
        let group = self.0.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
        pass.set_pipeline(&pipeline.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
        Ok(())
    }
}
