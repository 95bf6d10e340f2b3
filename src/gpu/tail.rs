//! Clearing the bits after a bitmap's end.
//!
//! Kernels may leave them undefined in the bitmaps they write, and rely on zeros in those they read: an array that
//! stays on the device is cleaned in between. On the way to the host they are masked for free.

use super::device::Shared;
use crate::Result;
use gapwave_columns::{Len, Meta};
use gapwave_kernels::plan::{Groups, Needs, Program, Slice};
use gapwave_kernels::{Caps, Plan};

/// The part of the bitmap of `bits` bits that is to be bound, as offset and bytes, and the bits before the end within
/// it. `None` where the bitmap ends with its last 64-bit word.
fn tail(bits: usize, caps: &Caps) -> Option<(u64, u64, u32)> {
    if bits.is_multiple_of(64) {
        return None;
    }
    let end = bits.div_ceil(64) as u64 * 8;
    let align = u64::from(caps.storage_align).max(8);
    let offset = (end - 8) / align * align;
    Some((offset, end - offset, (bits as u64 - offset * 8) as u32))
}

fn program() -> Program {
    Program {
        name: "bitmap_tail",
        wgsl: gapwave_shaders::source("primitives/bitmap_tail", &[]).into(),
        workgroup: [1, 1, 1],
        shared_bytes: 0,
        needs: Needs::default(),
    }
}

/// Appends to a plan what cleans the bitmaps of its outputs `outs` whose lengths are known.
pub(crate) fn clean_outputs(plan: &mut Plan, outs: &[Meta], caps: &Caps) {
    for (i, meta) in outs.iter().enumerate().filter(|(_, m)| m.nullable && m.len == Len::Exact) {
        if let Some((offset, bytes, bits)) = tail(meta.elements(), caps) {
            let slice = Slice { offset, bytes, ..plan.output_valid(i, meta) };
            plan.run(program(), &[slice], &[bits], Groups([1, 1, 1]), 1);
        }
    }
}

impl Shared {
    /// Cleans a bitmap whose length was found out just now.
    pub(super) fn clean(&self, bitmap: &wgpu::Buffer, bits: usize) -> Result<()> {
        let Some((offset, bytes, bits)) = tail(bits, &self.caps) else { return Ok(()) };
        let pipeline = self.pipeline(&program())?;
        let uniform = self.one_off(bytemuck::cast_slice(&[bits, 0, 0, 0]), wgpu::BufferUsages::UNIFORM)?;
        self.scoped("bitmap_tail", || {
            let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("bitmap_tail"),
                layout: &pipeline.layout,
                entries: &[
                    super::executor::entry(0, &uniform.buffer, 0, 16),
                    super::executor::entry(1, bitmap, offset, bytes),
                ],
            });
            let mut encoder = self.encoder();
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
            drop(pass);
            super::counters::add(&self.counting.dispatches, 1);
            self.submit(encoder);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_part_holds_the_last_word() {
        for align in [4, 16, 32, 256] {
            let caps = Caps { storage_align: align, ..Caps::webgpu_minimum() };
            for bits in [1, 31, 32, 63, 65, 2047, 2049, 100_001] {
                let (offset, bytes, within) = tail(bits, &caps).unwrap();
                assert_eq!(offset * 8 + u64::from(within), bits as u64);
                assert!(offset % 8 == 0 && offset % u64::from(align) == 0);
                assert!(u64::from(within) < bytes * 8 && u64::from(within) + 64 > bytes * 8);
            }
            assert_eq!(tail(0, &caps), None);
            assert_eq!(tail(128, &caps), None);
        }
    }
}
