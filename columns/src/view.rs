//! Arrays borrowed by kernels, to read and to write.

use crate::{Bits, BitsMut, DType, Element, Error, Len, Meta, Result};

/// An array to read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    dtype: DType,
    shape: &'a [usize],
    data: &'a [u8],
    valid: Option<Bits<'a>>,
}

/// An array to write: rows for as many as its [`Meta`] says, of which the kernel may use fewer if it says
/// [`Len::AtMost`].
#[derive(Debug)]
pub struct Out<'a> {
    meta: Meta,
    data: &'a mut [u8],
    valid: Option<BitsMut<'a>>,
    rows: usize,
}

impl<'a> View<'a> {
    /// A view of `data` in `shape`; panics where the sizes do not agree or the memory is not aligned for the type.
    pub fn of_bytes(dtype: DType, shape: &'a [usize], data: &'a [u8], valid: Option<Bits<'a>>) -> Self {
        let n: usize = shape.iter().product();
        assert_eq!(data.len(), n * dtype.size(), "bytes of a view");
        assert!(valid.is_none_or(|v| v.len() == n), "validity bits of a view");
        View { dtype, shape, data, valid }
    }

    /// A view of a caller's slice.
    ///
    /// # Errors
    /// [`Error::Shape`] where the shape's product is not the number of elements.
    pub fn new<T: Element>(shape: &'a [usize], data: &'a [T]) -> Result<Self> {
        let need = shape.iter().product();
        if data.len() != need {
            return Err(Error::Shape { shape: shape.to_vec(), need, have: data.len() });
        }
        Ok(View { dtype: T::DTYPE, shape, data: bytemuck::cast_slice(data), valid: None })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Row-major shape.
    pub fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// Rows: the length of the first axis.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Elements in all.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The validity bits, if there are any.
    pub fn valid(&self) -> Option<Bits<'a>> {
        self.valid
    }

    /// The elements' bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.data
    }

    /// The elements.
    pub fn as_slice<T: Element>(&self) -> Result<&'a [T]> {
        if T::DTYPE == self.dtype {
            Ok(bytemuck::cast_slice(self.data))
        } else {
            Err(Error::Type { have: self.dtype, asked: T::DTYPE })
        }
    }

    /// Type and shape.
    pub fn meta(&self) -> Meta {
        Meta::new(self.dtype, self.shape.to_vec()).nullable(self.valid.is_some())
    }
}

impl<'a> Out<'a> {
    /// Room for an array as `meta` says; panics where the sizes do not agree.
    pub fn of_bytes(meta: Meta, data: &'a mut [u8], valid: Option<BitsMut<'a>>) -> Self {
        assert_eq!(data.len() as u64, meta.bytes(), "bytes of an output");
        assert_eq!(valid.as_ref().map(BitsMut::len), meta.nullable.then_some(meta.elements()), "bits of an output");
        let rows = if meta.len == Len::Exact { meta.rows() } else { 0 };
        Out { meta, data, valid, rows }
    }

    /// The same room, lent for a shorter time; rows set there are not set here.
    pub fn reborrow(&mut self) -> Out<'_> {
        let valid = self.valid.as_mut().map(BitsMut::reborrow);
        Out { meta: self.meta.clone(), data: self.data, valid, rows: self.rows }
    }

    /// What is to be written.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The elements, to write.
    pub fn as_mut_slice<T: Element>(&mut self) -> Result<&mut [T]> {
        if T::DTYPE == self.meta.dtype {
            Ok(bytemuck::cast_slice_mut(self.data))
        } else {
            Err(Error::Type { have: self.meta.dtype, asked: T::DTYPE })
        }
    }

    /// The bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.data
    }

    /// The validity bits, to write; there where `meta().nullable`.
    pub fn valid_mut(&mut self) -> Option<&mut BitsMut<'a>> {
        self.valid.as_mut()
    }

    /// Elements and validity bits at once.
    pub fn parts_mut<T: Element>(&mut self) -> Result<(&mut [T], Option<&mut BitsMut<'a>>)> {
        if T::DTYPE != self.meta.dtype {
            return Err(Error::Type { have: self.meta.dtype, asked: T::DTYPE });
        }
        Ok((bytemuck::cast_slice_mut(self.data), self.valid.as_mut()))
    }

    /// The bytes and the validity bits at once.
    pub fn bytes_parts_mut(&mut self) -> (&mut [u8], Option<&mut BitsMut<'a>>) {
        (self.data, self.valid.as_mut())
    }

    /// Says how many rows were written into an output of [`Len::AtMost`]; panics where that is more than there is
    /// room for.
    pub fn set_rows(&mut self, rows: usize) {
        assert!(rows <= self.meta.rows(), "{rows} rows in an output of {}", self.meta.rows());
        self.rows = rows;
    }

    /// Rows written.
    pub fn rows(&self) -> usize {
        self.rows
    }
}
