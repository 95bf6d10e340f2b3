//! Columns as another type.

use crate::{Carried, Result, Schema, Source};
use gapwave_columns::{Array, Chunk, Complex32, Complex64, DType, Error};

/// A source whose chosen columns come as another type: f64 and complex128 as their 32-bit kind, rounded to nearest;
/// integers as f64, exactly or not at all; those of 8 and 16 bits as f32 too.
#[derive(Debug)]
pub struct Cast<S> {
    source: S,
    targets: Vec<(usize, DType)>,
    schema: Schema,
}

impl<S: Source> Cast<S> {
    /// The column of each number as the type beside it.
    pub fn new(source: S, targets: Vec<(usize, DType)>) -> Self {
        let mut schema = source.schema().clone();
        for &(i, dtype) in &targets {
            schema.cols[i].dtype = dtype;
        }
        Cast { source, targets, schema }
    }
}

impl<S: Source> Source for Cast<S> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.source.rows()
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let Some(mut chunk) = self.source.read(rows)? else { return Ok(None) };
        for &(i, dtype) in &self.targets {
            chunk.cols[i] = cast(&chunk.cols[i], dtype)?;
        }
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.source.rewind()
    }

    fn carried(&self) -> Option<Carried> {
        self.source.carried()
    }

    fn has_beside(&self) -> bool {
        self.source.has_beside()
    }

    fn progress(&self) -> Option<f64> {
        self.source.progress()
    }

    fn row_bytes(&self) -> u64 {
        // Both are in memory for a while.
        let cast: usize = self.targets.iter().map(|&(i, d)| self.schema.cols[i].row_len() * d.size()).sum();
        self.source.row_bytes() + cast as u64
    }

    fn held_bytes(&self) -> u64 {
        self.source.held_bytes()
    }
}

/// Integers of which a f32 holds every one.
fn small<T: Copy + Into<f32>>(x: &[T]) -> Array {
    Array::from(x.iter().map(|&x| x.into()).collect::<Vec<f32>>())
}

/// An array as another type; see [`Cast`] for what is possible.
///
/// # Errors
/// [`Error::Mismatch`] for other types, and for integers that f64 does not hold exactly.
pub fn cast(a: &Array, to: DType) -> gapwave_columns::Result<Array> {
    macro_rules! exact {
        ($($d:ident $t:ty),*) => {
            match a.dtype() {
                $(DType::$d => a
                    .as_slice::<$t>()?
                    .iter()
                    .map(|&x| if x as f64 as i128 == x as i128 { Ok(x as f64) } else {
                        Err(Error::Mismatch(format!("the integer {x} has no exact float64")))
                    })
                    .collect::<gapwave_columns::Result<Vec<f64>>>()?,)*
                have => return Err(Error::Mismatch(format!("{have} as float64"))),
            }
        };
    }
    let out = match (a.dtype(), to) {
        (have, to) if have == to => return Ok(a.clone()),
        (DType::F64, DType::F32) => Array::from(a.as_slice::<f64>()?.iter().map(|&x| x as f32).collect::<Vec<_>>()),
        (DType::Complex128, DType::Complex64) => {
            let z = a.as_slice::<Complex64>()?.iter().map(|z| Complex32::new(z.re as f32, z.im as f32));
            Array::from(z.collect::<Vec<_>>())
        }
        (DType::F32, DType::F64) => Array::from(a.as_slice::<f32>()?.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()),
        (DType::I8, DType::F32) => small(a.as_slice::<i8>()?),
        (DType::U8, DType::F32) => small(a.as_slice::<u8>()?),
        (DType::I16, DType::F32) => small(a.as_slice::<i16>()?),
        (DType::U16, DType::F32) => small(a.as_slice::<u16>()?),
        (_, DType::F64) => Array::from(exact!(I8 i8, U8 u8, I16 i16, U16 u16, I32 i32, U32 u32, I64 i64, U64 u64)),
        (have, to) => return Err(Error::Mismatch(format!("{have} as {to}"))),
    };
    let out = out.reshape(a.shape().to_vec())?;
    match a.valid() {
        Some(v) => out.with_valid(v.clone()),
        None => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemorySource;
    use gapwave_columns::Bitmap;

    #[test]
    fn small_integers_become_f32() {
        let a = cast(&Array::from(vec![-32_768i16, 32_767]), DType::F32).unwrap();
        assert_eq!(a.as_slice::<f32>().unwrap(), [-32_768.0, 32_767.0]);
    }

    #[test]
    fn integers_become_f64_exactly_or_not_at_all() {
        let valid = Bitmap::from_fn(2, |i| i == 0);
        let a = Array::from(vec![7i64, -1]).with_valid(valid.clone()).unwrap();
        let table = Chunk::new([("n", a), ("m", Array::from(vec![1.5f64, 0.1]))]).unwrap();
        let mut source = Cast::new(MemorySource::new(table), vec![(0, DType::F64), (1, DType::F32)]);
        assert_eq!(source.schema().cols[0].dtype, DType::F64);
        let chunk = source.read(10).unwrap().unwrap();
        assert_eq!(chunk.cols[0].as_slice::<f64>().unwrap(), [7.0, -1.0]);
        assert_eq!(chunk.cols[0].valid(), Some(&valid));
        assert_eq!(chunk.cols[1].as_slice::<f32>().unwrap(), [1.5, 0.1]);
        assert!(cast(&Array::from(vec![(1i64 << 53) + 1]), DType::F64).is_err());
        assert!(cast(&Array::from(vec![1i32]), DType::F32).is_err());
    }
}
