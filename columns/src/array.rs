//! Owned arrays.

use crate::{Bitmap, DType, Element, Error, Meta, Result, View};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Memory that holds elements: a vector now, a mapped file later.
trait Storage: Any + Send + Sync {
    fn bytes(&self) -> &[u8];
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Element> Storage for Vec<T> {
    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Numbers of one type in row-major order, with an optional validity bitmap. Cloning shares the memory.
///
/// The first axis is the rows. The bitmap has one bit per element.
#[derive(Clone)]
pub struct Array {
    dtype: DType,
    shape: Vec<usize>,
    data: Arc<dyn Storage>,
    /// First byte of `data` that belongs to this array.
    start: usize,
    valid: Option<Bitmap>,
}

impl Array {
    /// An array of `shape` over `data`, which is moved, not copied.
    ///
    /// # Errors
    /// [`Error::Shape`] where the shape's product is not the number of elements.
    pub fn new<T: Element>(shape: impl Into<Vec<usize>>, data: Vec<T>) -> Result<Self> {
        let shape = shape.into();
        Meta::new(T::DTYPE, shape.clone()).check_size()?;
        let need: usize = shape.iter().product();
        if need != data.len() {
            return Err(Error::Shape { shape, need, have: data.len() });
        }
        Ok(Array { dtype: T::DTYPE, shape, data: Arc::new(data), start: 0, valid: None })
    }

    /// An array of zeros, all valid where `meta` asks for a bitmap.
    pub fn zeros(meta: &Meta) -> Result<Self> {
        meta.check_size()?;
        let n = meta.elements();
        let a = crate::for_dtype!(meta.dtype, T => Array::new(meta.shape.clone(), bytemuck::zeroed_vec::<T>(n)))?;
        if meta.nullable { a.with_valid(Bitmap::filled(n, true)) } else { Ok(a) }
    }

    /// The same numbers with this validity bitmap, one bit per element.
    pub fn with_valid(mut self, valid: Bitmap) -> Result<Self> {
        if valid.len() != self.len() {
            return Err(Error::Mismatch(format!("{} validity bits for {} elements", valid.len(), self.len())));
        }
        self.valid = Some(valid);
        Ok(self)
    }

    /// The same numbers, all of them valid.
    pub fn without_valid(mut self) -> Self {
        self.valid = None;
        self
    }

    /// The same elements in another shape.
    pub fn reshape(mut self, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let shape = shape.into();
        Meta::new(self.dtype, shape.clone()).check_size()?;
        let need: usize = shape.iter().product();
        if need != self.len() {
            return Err(Error::Shape { shape, need, have: self.len() });
        }
        self.shape = shape;
        Ok(self)
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Row-major shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
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

    /// The validity bitmap, if there is one.
    pub fn valid(&self) -> Option<&Bitmap> {
        self.valid.as_ref()
    }

    /// Type and shape.
    pub fn meta(&self) -> Meta {
        Meta::new(self.dtype, self.shape.clone()).nullable(self.valid.is_some())
    }

    /// The elements' bytes, native endianness.
    pub fn bytes(&self) -> &[u8] {
        &self.data.bytes()[self.start..self.start + self.len() * self.dtype.size()]
    }

    /// The elements.
    ///
    /// # Errors
    /// [`Error::Type`] where they are of another type.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        if T::DTYPE == self.dtype {
            Ok(bytemuck::cast_slice(self.bytes()))
        } else {
            Err(Error::Type { have: self.dtype, asked: T::DTYPE })
        }
    }

    /// The elements as a vector: moved out where nobody else shares them and no rows were cut off.
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>> {
        self.as_slice::<T>()?;
        let (start, len) = (self.start, self.len());
        match self.data.into_any().downcast::<Vec<T>>() {
            Ok(shared) => {
                let whole = start == 0 && shared.len() == len;
                let first = start / T::DTYPE.size();
                match Arc::try_unwrap(shared) {
                    Ok(v) if whole => Ok(v),
                    Ok(v) => Ok(v[first..first + len].to_vec()),
                    Err(shared) => Ok(shared[first..first + len].to_vec()),
                }
            }
            Err(_) => unreachable!("storage of a checked type"),
        }
    }

    /// The vector behind this array, if this is its only user; it may be longer than the array.
    pub(crate) fn into_whole_vec<T: Element>(self) -> Option<Vec<T>> {
        self.data.into_any().downcast::<Vec<T>>().ok().and_then(|shared| Arc::try_unwrap(shared).ok())
    }

    /// Rows `start .. start + rows`, sharing the memory.
    pub fn slice_rows(&self, start: usize, rows: usize) -> Result<Array> {
        let all = self.rows();
        let end = start.checked_add(rows).filter(|&e| e <= all && !self.shape.is_empty());
        let Some(_) = end else {
            return Err(Error::Rows { start, end: start.saturating_add(rows), rows: all });
        };
        let row_len: usize = self.shape[1..].iter().product();
        let mut out = self.clone();
        out.shape[0] = rows;
        out.start = self.start + start * row_len * self.dtype.size();
        out.valid = match &self.valid {
            Some(v) => Some(v.slice(start * row_len, rows * row_len)?),
            None => None,
        };
        Ok(out)
    }

    /// The rows of these numbers, copied.
    ///
    /// # Errors
    /// [`Error::Rows`] where one of them is not there.
    pub fn take_rows(&self, rows: &[u32]) -> Result<Array> {
        let (all, width) = (self.rows(), self.shape.iter().skip(1).product::<usize>());
        if let Some(&r) = rows.iter().find(|&&r| r as usize >= all) {
            return Err(Error::Rows { start: r as usize, end: r as usize + 1, rows: all });
        }
        fn pick<T: Element>(a: &Array, rows: &[u32], width: usize) -> Result<Vec<T>> {
            let x = a.as_slice::<T>()?;
            if width == 1 {
                return Ok(rows.iter().map(|&r| x[r as usize]).collect());
            }
            Ok(rows.iter().flat_map(|&r| &x[r as usize * width..(r as usize + 1) * width]).copied().collect())
        }
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        let taken = crate::for_dtype!(self.dtype, T => Array::new(shape, pick::<T>(self, rows, width)?))?;
        match &self.valid {
            None => Ok(taken),
            Some(v) => {
                let bit = |i: usize| v.get(rows[i / width] as usize * width + i % width);
                taken.with_valid(Bitmap::from_fn(rows.len() * width, bit))
            }
        }
    }

    /// The array, borrowed as kernels read it.
    pub fn view(&self) -> View<'_> {
        View::of_bytes(self.dtype, &self.shape, self.bytes(), self.valid.as_ref().map(Bitmap::bits))
    }

    /// Joins arrays of one type along the rows. One array is shared, several are copied.
    pub fn concat(parts: &[Array]) -> Result<Array> {
        let [first, rest @ ..] = parts else {
            return Err(Error::Mismatch("nothing to join".into()));
        };
        if rest.is_empty() {
            return Ok(first.clone());
        }
        if rest.iter().any(|a| a.dtype != first.dtype || a.shape.get(1..) != first.shape.get(1..)) {
            return Err(Error::Mismatch("arrays of different types or row shapes cannot be joined".into()));
        }
        let rows = parts.iter().map(Array::rows).sum();
        let meta = first.meta().with_rows(rows);
        let valid = parts.iter().any(|a| a.valid.is_some()).then(|| {
            let mut words = vec![0u64; meta.elements().div_ceil(64)];
            let mut at = 0;
            for a in parts {
                let (n, bits) = (a.len(), a.valid.clone().unwrap_or_else(|| Bitmap::filled(a.len(), true)));
                for (k, w) in bits.bits().words().enumerate() {
                    let (i, s) = ((at + k * 64) / 64, (at + k * 64) % 64);
                    words[i] |= w << s;
                    if s != 0 && i + 1 < words.len() {
                        words[i + 1] |= w >> (64 - s);
                    }
                }
                at += n;
            }
            Bitmap::from_words(words, at)
        });
        fn join<T: Element>(parts: &[Array], meta: &Meta) -> Result<Array> {
            let mut v = Vec::with_capacity(meta.elements());
            for a in parts {
                v.extend_from_slice(a.as_slice::<T>()?);
            }
            Array::new(meta.shape.clone(), v)
        }
        let a = crate::for_dtype!(meta.dtype, T => join::<T>(parts, &meta))?;
        match valid {
            Some(v) => a.with_valid(v?),
            None => Ok(a),
        }
    }
}

impl<T: Element> From<Vec<T>> for Array {
    /// A one-dimensional array.
    fn from(data: Vec<T>) -> Self {
        Array { dtype: T::DTYPE, shape: vec![data.len()], data: Arc::new(data), start: 0, valid: None }
    }
}

impl PartialEq for Array {
    /// Equal in type, shape, validity and in every bit, the bits under missing values included.
    fn eq(&self, other: &Self) -> bool {
        self.dtype == other.dtype
            && self.shape == other.shape
            && self.valid == other.valid
            && self.bytes() == other.bytes()
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({}, {:?}", self.dtype, self.shape)?;
        if let Some(v) = &self.valid {
            write!(f, ", {} missing", v.count_zeros())?;
        }
        crate::for_dtype!(self.dtype, T => {
            let s: &[T] = bytemuck::cast_slice(self.bytes());
            write!(f, ", {:?}{})", &s[..s.len().min(8)], if s.len() > 8 { " …" } else { "" })
        })
    }
}

/// Runs the expression with `T` standing for the Rust type of a [`DType`].
#[macro_export]
macro_rules! for_dtype {
    ($d:expr, $T:ident => $e:expr) => {
        match $d {
            $crate::DType::I8 => {
                type $T = i8;
                $e
            }
            $crate::DType::U8 => {
                type $T = u8;
                $e
            }
            $crate::DType::I16 => {
                type $T = i16;
                $e
            }
            $crate::DType::U16 => {
                type $T = u16;
                $e
            }
            $crate::DType::I32 => {
                type $T = i32;
                $e
            }
            $crate::DType::U32 => {
                type $T = u32;
                $e
            }
            $crate::DType::I64 => {
                type $T = i64;
                $e
            }
            $crate::DType::U64 => {
                type $T = u64;
                $e
            }
            $crate::DType::F32 => {
                type $T = f32;
                $e
            }
            $crate::DType::F64 => {
                type $T = f64;
                $e
            }
            $crate::DType::Complex64 => {
                type $T = $crate::Complex32;
                $e
            }
            $crate::DType::Complex128 => {
                type $T = $crate::Complex64;
                $e
            }
            #[allow(unreachable_patterns, reason = "DType is non_exhaustive outside its crate")]
            _ => unreachable!("every element type is listed"),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_goes_in_and_comes_out_without_a_copy() {
        let v = vec![1i16, 2, 3, 4];
        let p = v.as_ptr();
        let a = Array::new([2, 2], v).unwrap();
        assert_eq!(a.slice_rows(1, 1).unwrap().into_vec::<i16>().unwrap(), [3, 4]);
        let out = a.into_vec::<i16>().unwrap();
        assert_eq!(out.as_ptr(), p);
    }

    #[test]
    fn wrong_shapes_types_and_rows_are_refused() {
        assert!(matches!(Array::new([3], vec![1u8]), Err(Error::Shape { .. })));
        assert!(matches!(Array::new([usize::MAX, 2], vec![1u8]), Err(Error::TooLarge(_))));
        let a = Array::from(vec![1u8, 2]);
        assert!(matches!(a.as_slice::<i8>(), Err(Error::Type { .. })));
        assert!(matches!(a.slice_rows(1, 2), Err(Error::Rows { .. })));
        assert!(matches!(a.slice_rows(usize::MAX, 2), Err(Error::Rows { .. })));
    }

    #[test]
    fn rows_are_taken_by_number() {
        let a = Array::new([4, 2], (0..8).collect::<Vec<i32>>()).unwrap();
        let a = a.with_valid(Bitmap::from_fn(8, |i| i != 5)).unwrap();
        let b = a.slice_rows(1, 3).unwrap().take_rows(&[2, 1, 1]).unwrap();
        assert_eq!(b.shape(), [3, 2]);
        assert_eq!(b.as_slice::<i32>().unwrap(), [6, 7, 4, 5, 4, 5]);
        assert_eq!(b.valid().unwrap(), &Bitmap::from_fn(6, |i| i != 3 && i != 5));
        assert!(matches!(a.take_rows(&[4]), Err(Error::Rows { .. })));
        assert_eq!(a.take_rows(&[]).unwrap().shape(), [0, 2]);
    }

    #[test]
    fn cutting_and_joining_gives_the_array_back() {
        let a = Array::from((0..200).collect::<Vec<i32>>()).with_valid(Bitmap::from_fn(200, |i| i % 7 != 0)).unwrap();
        for cut in [0, 1, 63, 64, 65, 199, 200] {
            let parts = [a.slice_rows(0, cut).unwrap(), a.slice_rows(cut, 200 - cut).unwrap()];
            assert_eq!(Array::concat(&parts).unwrap(), a, "{cut}");
        }
    }
}
