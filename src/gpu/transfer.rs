//! Moving bytes between the host and the device through a few staging buffers that are kept.
//!
//! `Queue::write_buffer` allocates on each call; these rings allocate once. Transfers are cut into windows of at most
//! [`WINDOW`] bytes, small arrays share one; while the device copies a window, the host fills or empties another.

use super::copy::{self, PIECE};
use super::counters::{Counting, add};
use super::device::Shared;
use super::wait::{Ticket, wait};
use crate::{Error, Result};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wgpu::{BufferUsages, MapMode};

/// Largest window, in bytes: large enough to hide the cost of a submission, small enough to stay in a core's cache
/// hierarchy and to keep three of them pinned.
pub(super) const WINDOW: u64 = 16 << 20;
/// Staging buffers in flight.
const SLOTS: usize = 3;
/// Where parts begin within a window: wgpu maps at multiples of 8.
const ALIGN: u64 = 8;

/// The two rings. A transfer holds its ring until it ends: the bus is shared anyway.
#[derive(Default)]
pub(super) struct Rings {
    up: Mutex<Vec<Staging>>,
    down: Mutex<Vec<Staging>>,
}

struct Staging {
    buffer: wgpu::Buffer,
    /// The submission that uses it and the mapping that follows it.
    pending: Option<(wgpu::SubmissionIndex, Ticket)>,
    counting: Arc<Counting>,
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.counting.freed(self.buffer.size());
    }
}

/// Bytes to send.
pub(super) struct Up<'a> {
    pub(super) from: &'a [u8],
    pub(super) to: &'a wgpu::Buffer,
}

/// Bytes to fetch.
pub(super) struct Down<'a> {
    pub(super) from: &'a wgpu::Buffer,
    pub(super) offset: u64,
    pub(super) to: &'a mut [u8],
}

/// Bytes on the device.
pub(super) struct Part<'a> {
    pub(super) from: &'a wgpu::Buffer,
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl Down<'_> {
    fn part(&self) -> Part<'_> {
        Part { from: self.from, offset: self.offset, bytes: self.to.len() as u64 }
    }
}

/// A fetch under way: windows whose copies were submitted, and those that were not yet.
pub(super) struct Fetch {
    flying: VecDeque<(Staging, Vec<Piece>)>,
    rest: VecDeque<Vec<Piece>>,
}

/// Bytes `at ..` of part `part`, found or put at `offset` of a window.
struct Piece {
    part: usize,
    at: u64,
    bytes: u64,
    offset: u64,
}

/// Cuts parts of these sizes into windows.
fn windows(sizes: impl IntoIterator<Item = u64>) -> Vec<Vec<Piece>> {
    let (mut all, mut window, mut offset) = (Vec::new(), Vec::new(), 0u64);
    for (part, size) in sizes.into_iter().enumerate() {
        let mut at = 0;
        while at < size {
            if offset >= WINDOW {
                all.push(std::mem::take(&mut window));
                offset = 0;
            }
            let bytes = (size - at).min(WINDOW - offset);
            window.push(Piece { part, at, bytes, offset });
            at += bytes;
            offset = (offset + bytes).next_multiple_of(ALIGN);
        }
    }
    if !window.is_empty() {
        all.push(window);
    }
    all
}

/// Bytes of a window.
fn extent(window: &[Piece]) -> u64 {
    window.last().map_or(0, |p| (p.offset + p.bytes).next_multiple_of(ALIGN))
}

impl Shared {
    /// Sends `parts` to the beginnings of their buffers; returns without waiting for the last ones to arrive, which
    /// later submissions see. Up to three bytes after each part are overwritten.
    pub(super) fn send(&self, parts: &[Up<'_>]) -> Result<Option<wgpu::SubmissionIndex>> {
        let mut last = None;
        let mut ring = self.rings.up.lock();
        for window in windows(parts.iter().map(|p| p.from.len() as u64)) {
            let mut slot = self.slot(&mut ring, extent(&window), BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC)?;
            let mut sent = 0;
            let index = self.scoped("an upload", || {
                let mut jobs = Vec::new();
                for p in &window {
                    let from = &parts[p.part].from[p.at as usize..(p.at + p.bytes) as usize];
                    for (k, from) in from.chunks(PIECE).enumerate() {
                        let at = p.offset + (k * PIECE) as u64;
                        let end = at + (from.len() as u64).next_multiple_of(4);
                        jobs.push((slot.buffer.get_mapped_range_mut(at..end).map_err(unmapped)?, from));
                    }
                    sent += p.bytes;
                }
                copy::each(jobs, sent, |(mut room, from)| room.slice(..from.len()).copy_from_slice(from));
                slot.buffer.unmap();
                let mut encoder = self.encoder();
                for p in &window {
                    let bytes = p.bytes.next_multiple_of(4);
                    encoder.copy_buffer_to_buffer(&slot.buffer, p.offset, parts[p.part].to, p.at, bytes);
                }
                let ticket = Ticket::default();
                encoder.map_buffer_on_submit(&slot.buffer, MapMode::Write, .., ticket.callback());
                let index = self.submit(encoder);
                slot.pending = Some((index.clone(), ticket));
                Ok(index)
            })?;
            add(&self.counting.bytes_up, sent);
            ring.push(slot);
            last = Some(index);
        }
        Ok(last)
    }

    /// Fetches `parts`, waiting for everything submitted before.
    pub(super) fn fetch(&self, parts: &mut [Down<'_>]) -> Result<()> {
        let from: Vec<Part<'_>> = parts.iter().map(Down::part).collect();
        let fetch = self.begin_fetch(&from)?;
        self.end_fetch(fetch, parts)
    }

    /// Submits the first copies of a fetch without waiting: they come behind what was submitted before, and before
    /// what is submitted after.
    pub(super) fn begin_fetch(&self, parts: &[Part<'_>]) -> Result<Fetch> {
        let mut ring = std::mem::take(&mut *self.rings.down.lock());
        let mut rest: VecDeque<Vec<Piece>> = windows(parts.iter().map(|p| p.bytes)).into();
        let mut flying = VecDeque::new();
        while flying.len() < SLOTS
            && let Some(window) = rest.pop_front()
        {
            flying.push_back(self.copy_back(&mut ring, window, parts)?);
        }
        self.keep(ring);
        Ok(Fetch { flying, rest })
    }

    /// Waits for what [`Shared::begin_fetch`] began; `parts` are the same.
    pub(super) fn end_fetch(&self, mut fetch: Fetch, parts: &mut [Down<'_>]) -> Result<()> {
        while let Some((slot, window)) = fetch.flying.pop_front() {
            let slot = self.land(slot, &window, parts)?;
            if let Some(window) = fetch.rest.pop_front() {
                let from: Vec<Part<'_>> = parts.iter().map(Down::part).collect();
                let mut ring = vec![slot];
                fetch.flying.push_back(self.copy_back(&mut ring, window, &from)?);
                self.keep(ring);
            } else {
                self.keep(vec![slot]);
            }
        }
        Ok(())
    }

    /// Puts staging buffers back; those beyond the ring's size go.
    fn keep(&self, slots: Vec<Staging>) {
        let mut ring = self.rings.down.lock();
        ring.extend(slots);
        ring.truncate(2 * SLOTS);
    }

    /// Submits the copies of a window to a staging buffer.
    fn copy_back(
        &self,
        ring: &mut Vec<Staging>,
        window: Vec<Piece>,
        parts: &[Part<'_>],
    ) -> Result<(Staging, Vec<Piece>)> {
        let extent = extent(&window);
        let fits = ring.iter().position(|s| s.buffer.size() >= extent);
        let mut slot = match fits {
            Some(i) => ring.swap_remove(i),
            None => self.staging(extent, BufferUsages::MAP_READ | BufferUsages::COPY_DST)?,
        };
        self.scoped("a download", || {
            let mut encoder = self.encoder();
            for p in &window {
                let part = &parts[p.part];
                let bytes = p.bytes.next_multiple_of(4);
                encoder.copy_buffer_to_buffer(part.from, part.offset + p.at, &slot.buffer, p.offset, bytes);
            }
            let ticket = Ticket::default();
            encoder.map_buffer_on_submit(&slot.buffer, MapMode::Read, ..extent, ticket.callback());
            slot.pending = Some((self.submit(encoder), ticket));
            Ok(())
        })?;
        Ok((slot, window))
    }

    /// Waits for a window and copies it out. The staging buffer comes back unmapped.
    fn land(&self, mut slot: Staging, window: &[Piece], parts: &mut [Down<'_>]) -> Result<Staging> {
        if let Some((index, ticket)) = slot.pending.take() {
            wait(self, "a download", &index, Some(&ticket))?;
        }
        let mut fetched = 0;
        self.scoped("a download", || {
            let view = slot.buffer.get_mapped_range(..extent(window)).map_err(unmapped)?;
            let mut jobs = Vec::new();
            let mut pieces = window.iter().peekable();
            for (part, down) in parts.iter_mut().enumerate() {
                // A window holds one piece of a part at most.
                let Some(p) = pieces.next_if(|p| p.part == part) else { continue };
                let (at, offset, n) = (p.at as usize, p.offset as usize, p.bytes as usize);
                let (to, from) = (&mut down.to[at..at + n], &view[offset..offset + n]);
                jobs.extend(to.chunks_mut(PIECE).zip(from.chunks(PIECE)));
                fetched += p.bytes;
            }
            copy::each(jobs, fetched, |(to, from)| to.copy_from_slice(from));
            drop(view);
            slot.buffer.unmap();
            Ok(())
        })?;
        add(&self.counting.bytes_down, fetched);
        Ok(slot)
    }

    /// A free staging buffer of at least `bytes`: the one used longest ago, or a new one. It is out of the ring until
    /// it is put back, so that an error on the way drops it.
    fn slot(&self, ring: &mut Vec<Staging>, bytes: u64, usage: BufferUsages) -> Result<Staging> {
        if ring.len() >= SLOTS {
            let mut slot = ring.remove(0);
            if let Some((index, ticket)) = slot.pending.take() {
                wait(self, "an upload", &index, Some(&ticket))?;
            }
            if slot.buffer.size() >= bytes {
                return Ok(slot);
            }
        }
        self.staging(bytes, usage)
    }

    /// A new staging buffer of at least `bytes`.
    fn staging(&self, bytes: u64, usage: BufferUsages) -> Result<Staging> {
        let size = bytes.next_power_of_two().max(64 << 10);
        let write = usage.contains(BufferUsages::MAP_WRITE);
        let buffer = self.create("gapwave staging", size, usage, write)?;
        Ok(Staging { buffer, pending: None, counting: self.counting.clone() })
    }

    /// A new encoder.
    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("gapwave") })
    }

    /// Submits what was recorded; counted.
    pub(super) fn submit(&self, encoder: wgpu::CommandEncoder) -> wgpu::SubmissionIndex {
        self.counting.submissions.fetch_add(1, Ordering::Relaxed);
        self.queue.submit([encoder.finish()])
    }
}

fn unmapped(e: wgpu::MapRangeError) -> Error {
    Error::DeviceLost(e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_byte_once_and_in_order() {
        let sizes = [0, 3, WINDOW - 4, 8, 0, 2 * WINDOW + 5, 1];
        let mut seen = [0u64; 7];
        for window in windows(sizes) {
            let mut end = 0;
            for p in &window {
                assert_eq!(p.at, seen[p.part]);
                assert!(p.offset >= end && p.offset % ALIGN == 0 && p.bytes > 0);
                // Only a part's end may leave whole words.
                assert!(p.bytes % 4 == 0 || p.at + p.bytes == sizes[p.part]);
                end = p.offset + p.bytes;
                seen[p.part] += p.bytes;
            }
            assert!(extent(&window) <= WINDOW && end <= extent(&window));
        }
        assert_eq!(seen, sizes);
        assert!(windows([0, 0]).is_empty());
    }
}
