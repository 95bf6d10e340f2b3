//! Memory of the device, kept for the next run when it is free.

use super::counters::Counting;
use super::device::Shared;
use super::handle::Handle;
use crate::{Error, Result};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// Idle memory that is always allowed, in bytes; beyond it, as much as was ever in use at one time.
const IDLE: u64 = 256 << 20;

/// Uses of every pooled buffer: one kind serves inputs, outputs and scratch alike.
const USAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

/// Buffers that nobody uses at the moment.
pub(super) struct Pool {
    largest: u64,
    counting: Arc<Counting>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The longest idle first.
    idle: VecDeque<wgpu::Buffer>,
    idle_bytes: u64,
    used_bytes: u64,
    most_used: u64,
}

/// A buffer from the pool, which goes back when it is dropped. Commands in flight may still use it then: those that
/// the next user submits come after them.
pub(super) struct Pooled {
    buffer: Option<wgpu::Buffer>,
    owner: Handle<Shared>,
}

impl Pool {
    pub(super) fn new(largest: u64, counting: Arc<Counting>) -> Self {
        Pool { largest, counting, state: Mutex::default() }
    }

    /// Bytes of the buffer that serves for `bytes`: steps of a quarter of a power of two, so that chunks of nearly one
    /// size share buffers and at most a fifth is wasted.
    fn class(&self, bytes: u64) -> u64 {
        let bytes = bytes.max(256);
        let step = (1u64 << bytes.ilog2()) / 4;
        bytes.next_multiple_of(step).min(self.largest & !3).max(bytes)
    }

    fn take(&self, class: u64) -> Option<wgpu::Buffer> {
        let mut state = self.state.lock();
        // The last one used is the likeliest to be warm.
        let at = state.idle.iter().rposition(|b| b.size() == class)?;
        let buffer = state.idle.remove(at)?;
        state.idle_bytes -= class;
        state.used(class);
        Some(buffer)
    }

    fn give_back(&self, buffer: wgpu::Buffer, keep: bool) {
        let mut state = self.state.lock();
        state.used_bytes -= buffer.size();
        if !keep {
            self.counting.freed(buffer.size());
            return;
        }
        state.idle_bytes += buffer.size();
        state.idle.push_back(buffer);
        let bound = IDLE.max(state.most_used);
        while state.idle_bytes > bound
            && let Some(oldest) = state.idle.pop_front()
        {
            state.idle_bytes -= oldest.size();
            self.counting.freed(oldest.size());
        }
    }

    /// Lets go of everything idle; returns its bytes.
    pub(super) fn purge(&self) -> u64 {
        let mut state = self.state.lock();
        let freed = std::mem::take(&mut state.idle_bytes);
        state.idle.clear();
        self.counting.freed(freed);
        freed
    }
}

impl State {
    fn used(&mut self, bytes: u64) {
        self.used_bytes += bytes;
        self.most_used = self.most_used.max(self.used_bytes);
    }
}

impl Handle<Shared> {
    /// A buffer of at least `bytes` bytes with old data in it.
    ///
    /// # Errors
    /// [`Error::OutOfDeviceMemory`] where there is no room even after all idle buffers were let go.
    pub(super) fn buffer(&self, bytes: u64) -> Result<Pooled> {
        if self.faults.at_allocation() {
            return Err(Error::OutOfDeviceMemory(format!("{bytes} bytes (injected)")));
        }
        let class = self.pool.class(bytes);
        let buffer = match self.pool.take(class) {
            Some(buffer) => buffer,
            None => {
                let buffer = match self.create("gapwave", class, USAGE, false) {
                    Err(Error::OutOfDeviceMemory(_)) if self.pool.purge() > 0 => {
                        self.create("gapwave", class, USAGE, false)?
                    }
                    other => other?,
                };
                self.pool.state.lock().used(class);
                buffer
            }
        };
        Ok(Pooled { buffer: Some(buffer), owner: self.clone() })
    }
}

impl Shared {
    /// A new buffer outside of the pool.
    pub(super) fn create(
        &self,
        label: &str,
        size: u64,
        usage: wgpu::BufferUsages,
        mapped_at_creation: bool,
    ) -> Result<wgpu::Buffer> {
        let what = format!("a buffer of {size} bytes");
        if size > self.pool.largest {
            return Err(Error::OutOfDeviceMemory(format!("{what}; the largest has {}", self.pool.largest)));
        }
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation };
        // Memory that runs out surfaces as a validation error on some drivers.
        let buffer = self.scoped(&what, || Ok(self.device.create_buffer(&descriptor))).map_err(|e| match e {
            Error::Internal(why) => Error::OutOfDeviceMemory(why),
            e => e,
        })?;
        self.counting.allocated(size);
        Ok(buffer)
    }

    /// A new buffer that holds `data`, padded to whole words.
    pub(super) fn constant(&self, label: &str, data: &[u8], usage: wgpu::BufferUsages) -> Result<wgpu::Buffer> {
        let size = gapwave_kernels::plan::buffer_bytes(data.len() as u64);
        let buffer = self.create(label, size, usage | wgpu::BufferUsages::COPY_DST, true)?;
        self.scoped(label, || {
            let mut room = buffer.get_mapped_range_mut(..).map_err(|e| Error::OutOfDeviceMemory(e.to_string()))?;
            room.slice(..data.len()).copy_from_slice(data);
            drop(room);
            buffer.unmap();
            Ok(())
        })?;
        Ok(buffer)
    }
}

impl Pooled {
    pub(super) fn get(&self) -> &wgpu::Buffer {
        self.buffer.as_ref().expect("a buffer is there until it is dropped")
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            let keep = self.owner.check_lost().is_ok();
            self.owner.pool.give_back(buffer, keep);
        }
    }
}
