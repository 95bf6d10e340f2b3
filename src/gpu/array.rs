//! Arrays on the device.

use super::buffers::Pooled;
use super::device::{Gpu, Shared};
use super::handle::Handle;
use super::transfer::{Down, Fetch, Part, Up};
use crate::{Error, Result};
use gapwave_columns::{Array, ArrayMut, Bits, Len, Meta, Out, View};
use gapwave_kernels::plan::{bitmap_bytes, buffer_bytes};
use parking_lot::Mutex;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// An array in the device's memory. Cloning shares it; the last clone gives the memory back to the device's pool.
///
/// An output of [`Len::AtMost`] does not know its rows until somebody asks: [`Gpu::download`] does, and so does using
/// it as an input of a following [`Gpu::enqueue`], which waits for the four bytes of the count first.
#[derive(Clone)]
pub struct GpuArray(Handle<Inner>);

struct Inner {
    owner: Handle<Shared>,
    /// With the rows as an upper bound where `rows` is there.
    meta: Meta,
    data: Pooled,
    valid: Option<Pooled>,
    rows: Option<Arc<Rows>>,
    /// Whether the bits after the end of a bitmap of unknown length were cleared.
    clean: Mutex<bool>,
}

/// The number of rows written, which all outputs of one run share.
pub(super) struct Rows {
    pub(super) buffer: Pooled,
    count: OnceLock<usize>,
}

impl Rows {
    pub(super) fn new(buffer: Pooled) -> Self {
        Rows { buffer, count: OnceLock::new() }
    }
}

impl GpuArray {
    /// Room for an array; `rows` where its rows are counted on the device.
    pub(super) fn room(owner: &Handle<Shared>, meta: Meta, rows: Option<Arc<Rows>>) -> Result<Self> {
        let data = owner.buffer(buffer_bytes(meta.bytes()))?;
        let valid = match meta.nullable {
            true => Some(owner.buffer(buffer_bytes(bitmap_bytes(meta.elements())))?),
            false => None,
        };
        Ok(GpuArray(Handle::new(Inner { owner: owner.clone(), meta, data, valid, rows, clean: Mutex::new(false) })))
    }

    /// Type and shape; the rows are an upper bound where the run that made it did not say and nobody asked yet.
    pub fn meta(&self) -> Meta {
        match self.0.rows.as_ref().and_then(|r| r.count.get()) {
            Some(&rows) => Meta { len: Len::Exact, ..self.0.meta.with_rows(rows) },
            None => self.0.meta.clone(),
        }
    }

    pub(super) fn data(&self) -> &wgpu::Buffer {
        self.0.data.get()
    }

    pub(super) fn valid(&self) -> Option<&wgpu::Buffer> {
        self.0.valid.as_ref().map(Pooled::get)
    }

    pub(super) fn lives_on(&self, shared: &Handle<Shared>) -> bool {
        Handle::same(&self.0.owner, shared)
    }

    /// The exact type and shape, waiting for the count of rows where it is not known.
    pub(crate) fn resolve(&self) -> Result<Meta> {
        if let Some(rows) = &self.0.rows
            && rows.count.get().is_none()
        {
            let mut count = [0u8; 4];
            self.0.owner.fetch(&mut [Down { from: rows.buffer.get(), offset: 0, to: &mut count }])?;
            let (count, bound) = (u32::from_le_bytes(count) as usize, self.0.meta.rows());
            if count > bound {
                return Err(Error::Internal(format!("a kernel counted {count} rows where {bound} were there at most")));
            }
            rows.count.get_or_init(|| count);
        }
        Ok(self.meta())
    }

    /// Clears the bits after the bitmap's end, if its length was found out only after it was written.
    pub(super) fn clean(&self) -> Result<()> {
        if let (Some(bitmap), Some(_)) = (self.valid(), &self.0.rows) {
            let mut clean = self.0.clean.lock();
            if !*clean {
                self.0.owner.clean(bitmap, self.resolve()?.elements())?;
                *clean = true;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for GpuArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meta = self.meta();
        let bound = if meta.len == Len::AtMost { "at most " } else { "" };
        write!(f, "GpuArray({}, {bound}{:?})", meta.dtype, meta.shape)
    }
}

impl Gpu {
    /// Copies an array to the device. Does not wait for it to arrive; later work does.
    ///
    /// # Errors
    /// [`Error::OutOfDeviceMemory`], or a limit where it is larger than the largest buffer.
    pub fn upload(&self, a: &Array) -> Result<GpuArray> {
        Ok(self.upload_views(&[a.view()])?.0.remove(0))
    }

    /// Copies arrays to the device, together where they are small; also the last submission, if there was one.
    pub(super) fn upload_views(&self, ins: &[View<'_>]) -> Result<(Vec<GpuArray>, Option<wgpu::SubmissionIndex>)> {
        let shared = &self.0;
        let arrays = ins.iter().map(|v| GpuArray::room(shared, v.meta(), None)).collect::<Result<Vec<_>>>()?;
        let bitmaps: Vec<Option<Vec<u64>>> = ins.iter().map(|v| v.valid().map(words)).collect();
        let mut parts = Vec::with_capacity(2 * ins.len());
        for ((view, array), bits) in ins.iter().zip(&arrays).zip(&bitmaps) {
            parts.push(Up { from: view.bytes(), to: array.data() });
            if let (Some(bits), Some(to)) = (bits, array.valid()) {
                parts.push(Up { from: bytemuck::cast_slice(bits), to });
            }
        }
        let last = shared.send(&parts)?;
        Ok((arrays, last))
    }

    /// Copies an array back to the host: the wait for everything that was enqueued before.
    ///
    /// # Errors
    /// Those of the waiting: lost, too slow, or an error that nothing else had caught.
    pub fn download(&self, a: &GpuArray) -> Result<Array> {
        self.own(a)?;
        let meta = a.resolve()?;
        let mut room = ArrayMut::zeros(&meta)?;
        self.download_into(&[a], &mut [room.out()])?;
        Ok(room.finish(meta.rows())?)
    }

    /// Copies arrays back into memory of the same types and at least their sizes; sets the rows of each.
    pub(super) fn download_into(&self, arrays: &[&GpuArray], outs: &mut [Out<'_>]) -> Result<()> {
        let metas = arrays.iter().map(|a| a.resolve()).collect::<Result<Vec<_>>>()?;
        self.0.fetch(&mut downs(arrays, &metas, outs))
    }

    /// Begins to copy arrays of known sizes back.
    pub(super) fn begin_download(&self, arrays: &[GpuArray]) -> Result<Fetch> {
        let mut parts = Vec::with_capacity(2 * arrays.len());
        for array in arrays {
            let meta = array.meta();
            parts.push(Part { from: array.data(), offset: 0, bytes: meta.bytes() });
            if let Some(from) = array.valid() {
                parts.push(Part { from, offset: 0, bytes: meta.elements().div_ceil(64) as u64 * 8 });
            }
        }
        self.0.begin_fetch(&parts)
    }

    /// Ends what [`Gpu::begin_download`] began.
    pub(super) fn end_download(&self, fetch: Fetch, arrays: &[GpuArray], outs: &mut [Out<'_>]) -> Result<()> {
        let arrays: Vec<&GpuArray> = arrays.iter().collect();
        let metas: Vec<Meta> = arrays.iter().map(|a| a.meta()).collect();
        self.0.end_fetch(fetch, &mut downs(&arrays, &metas, outs))
    }

    /// Fails for an array of another device.
    pub(super) fn own(&self, a: &GpuArray) -> Result<()> {
        match a.lives_on(&self.0) {
            true => Ok(()),
            false => Err(Error::Usage("an array is on another device (or on this one before it was lost)".into())),
        }
    }
}

/// Where the bytes of each array go; sets the rows of each.
fn downs<'a>(arrays: &[&'a GpuArray], metas: &[Meta], outs: &'a mut [Out<'_>]) -> Vec<Down<'a>> {
    let mut parts = Vec::with_capacity(2 * arrays.len());
    for ((array, meta), out) in arrays.iter().zip(metas).zip(&mut *outs) {
        if out.meta().len == Len::AtMost {
            out.set_rows(meta.rows());
        }
        let (data, valid) = out.bytes_parts_mut();
        parts.push(Down { from: array.data(), offset: 0, to: &mut data[..meta.bytes() as usize] });
        if let (Some(from), Some(valid)) = (array.valid(), valid) {
            let words = &mut valid.words_mut()[..meta.elements().div_ceil(64)];
            parts.push(Down { from, offset: 0, to: bytemuck::cast_slice_mut(words) });
        }
    }
    parts
}

/// The bitmap as it lies on the device: from bit 0, bits beyond the end 0.
fn words(bits: Bits<'_>) -> Vec<u64> {
    bits.words().collect()
}
