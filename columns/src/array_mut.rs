//! Memory for a kernel to write into, that becomes an [`Array`].

use crate::{Array, Bitmap, BitsMut, Element, Error, Len, Meta, Out, Result};

trait Room: Send {
    fn bytes_mut(&mut self) -> &mut [u8];
    fn into_array(self: Box<Self>, shape: Vec<usize>) -> Result<Array>;
}

impl<T: Element> Room for Vec<T> {
    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }
    fn into_array(self: Box<Self>, shape: Vec<usize>) -> Result<Array> {
        Array::new(shape, *self)
    }
}

/// Zeroed memory of the size that a [`Meta`] describes; [`ArrayMut::finish`] turns it into an array without a copy.
pub struct ArrayMut {
    meta: Meta,
    data: Box<dyn Room>,
    valid: Option<Vec<u64>>,
}

impl ArrayMut {
    /// Fresh zeroed memory.
    pub fn zeros(meta: &Meta) -> Result<Self> {
        meta.check_size()?;
        let n = meta.elements();
        let data: Box<dyn Room> = crate::for_dtype!(meta.dtype, T => Box::new(bytemuck::zeroed_vec::<T>(n)));
        Ok(ArrayMut { meta: meta.clone(), data, valid: meta.nullable.then(|| vec![0; n.div_ceil(64)]) })
    }

    /// An earlier array's memory where nobody else holds it and it is large enough, else fresh memory: touching
    /// fresh pages costs more than most kernels.
    pub fn reuse(old: Array, meta: &Meta) -> Result<Self> {
        meta.check_size()?;
        if old.dtype() != meta.dtype {
            return Self::zeros(meta);
        }
        let valid = old.valid().cloned();
        let old = old.without_valid();
        let data: Option<Box<dyn Room>> = crate::for_dtype!(meta.dtype, T => old.into_whole_vec::<T>().filter(|v| v.len() >= meta.elements()).map(|mut v| {
            v.truncate(meta.elements());
            Box::new(v) as Box<dyn Room>
        }));
        let Some(data) = data else { return Self::zeros(meta) };
        let valid = meta.nullable.then(|| {
            let mut words = valid.map(Bitmap::into_words).unwrap_or_default();
            words.resize(meta.elements().div_ceil(64), 0);
            words
        });
        Ok(ArrayMut { meta: meta.clone(), data, valid })
    }

    /// What it holds room for.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The memory as a kernel writes it.
    pub fn out(&mut self) -> Out<'_> {
        let n = self.meta.elements();
        let valid = self.valid.as_mut().map(|w| BitsMut::new(w, n));
        Out::of_bytes(self.meta.clone(), self.data.bytes_mut(), valid)
    }

    /// A copy of the first `rows` rows, to look at while the memory goes on being used.
    ///
    /// # Errors
    /// Those of [`ArrayMut::finish`].
    pub fn snapshot(&mut self, rows: usize) -> Result<Array> {
        let mut copy = ArrayMut::zeros(&self.meta)?;
        copy.data.bytes_mut().copy_from_slice(self.data.bytes_mut());
        copy.valid.clone_from(&self.valid);
        copy.finish(rows)
    }

    /// The array of the first `rows` rows.
    ///
    /// # Errors
    /// [`Error::Rows`] where there is no room for so many.
    pub fn finish(self, rows: usize) -> Result<Array> {
        let all = self.meta.rows();
        if rows > all || (rows < all && self.meta.len == Len::Exact) {
            return Err(Error::Rows { start: 0, end: rows, rows: all });
        }
        let n = self.meta.elements();
        let mut a = self.data.into_array(self.meta.shape)?;
        if let Some(words) = self.valid {
            a = a.with_valid(Bitmap::from_words(words, n)?)?;
        }
        if rows == all { Ok(a) } else { a.slice_rows(0, rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    #[test]
    fn memory_is_reused_when_it_is_free_and_large_enough() {
        let meta = Meta::new(DType::F32, [1000]).nullable(true);
        let a = ArrayMut::zeros(&meta).unwrap().finish(1000).unwrap();
        let p = a.bytes().as_ptr();
        let smaller = meta.with_rows(900);
        let b = ArrayMut::reuse(a, &smaller).unwrap().finish(900).unwrap();
        assert_eq!(b.bytes().as_ptr(), p);
        let kept = b.clone();
        let c = ArrayMut::reuse(b, &smaller).unwrap().finish(900).unwrap();
        assert_ne!(c.bytes().as_ptr(), kept.bytes().as_ptr());
        assert!(ArrayMut::zeros(&meta).unwrap().finish(999).is_err());
        assert_eq!(ArrayMut::zeros(&meta.at_most()).unwrap().finish(999).unwrap().rows(), 999);
    }
}
