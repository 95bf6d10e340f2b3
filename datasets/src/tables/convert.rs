//! polars columns as arrays and back.

use gapwave_columns::{Array, Bitmap, DType, Element};
use polars::prelude::{
    ChunkedArray, Column, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntoColumn,
    NewChunkedArray, PolarsNumericType, PolarsResult, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

/// The element type that holds a polars type, if there is one.
pub(super) fn dtype(of: &DataType) -> Option<DType> {
    Some(match of {
        DataType::Int8 => DType::I8,
        DataType::UInt8 => DType::U8,
        DataType::Int16 => DType::I16,
        DataType::UInt16 => DType::U16,
        DataType::Int32 => DType::I32,
        DataType::UInt32 => DType::U32,
        DataType::Int64 => DType::I64,
        DataType::UInt64 => DType::U64,
        DataType::Float32 => DType::F32,
        DataType::Float64 => DType::F64,
        _ => return None,
    })
}

/// The column's values, 0 where missing, with a bitmap if `nullable`; `None` where they are no numbers.
pub(super) fn to_array(column: &Column, nullable: bool) -> PolarsResult<Option<Array>> {
    fn take<P: PolarsNumericType>(ca: &ChunkedArray<P>, nullable: bool) -> Array
    where
        P::Native: Element,
    {
        let mut values = Vec::with_capacity(ca.len());
        let mut words = vec![0u64; if nullable { ca.len().div_ceil(64) } else { 0 }];
        for part in ca.downcast_iter() {
            let start = values.len();
            values.extend_from_slice(part.values());
            let Some(bits) = part.validity() else {
                if nullable {
                    (start..values.len()).for_each(|i| words[i / 64] |= 1 << (i % 64));
                }
                continue;
            };
            for (i, there) in (start..).zip(bits.iter()) {
                if !there {
                    // What polars has there is undefined; the same table must give the same bits.
                    values[i] = bytemuck::Zeroable::zeroed();
                } else if nullable {
                    words[i / 64] |= 1 << (i % 64);
                }
            }
        }
        let len = values.len();
        let array = Array::from(values);
        if !nullable {
            return array;
        }
        let marked = Bitmap::from_words(words, len).and_then(|valid| array.clone().with_valid(valid));
        marked.unwrap_or(array)
    }
    Ok(Some(match column.dtype() {
        DataType::Int8 => take(column.i8()?, nullable),
        DataType::UInt8 => take(column.u8()?, nullable),
        DataType::Int16 => take(column.i16()?, nullable),
        DataType::UInt16 => take(column.u16()?, nullable),
        DataType::Int32 => take(column.i32()?, nullable),
        DataType::UInt32 => take(column.u32()?, nullable),
        DataType::Int64 => take(column.i64()?, nullable),
        DataType::UInt64 => take(column.u64()?, nullable),
        DataType::Float32 => take(column.f32()?, nullable),
        DataType::Float64 => take(column.f64()?, nullable),
        _ => return Ok(None),
    }))
}

/// The array `[rows]` as a column; `None` for complex numbers, which polars has not.
pub(super) fn to_column(name: &str, array: &Array) -> Option<Column> {
    fn give<P: PolarsNumericType>(name: &str, array: &Array) -> Option<Column>
    where
        P::Native: Element,
        ChunkedArray<P>: NewChunkedArray<P, P::Native> + IntoColumn,
    {
        let values = array.as_slice::<P::Native>().ok()?;
        Some(match array.valid() {
            None => ChunkedArray::<P>::from_slice(name.into(), values).into_column(),
            Some(valid) => {
                let cells = values.iter().enumerate().map(|(i, &v)| valid.get(i).then_some(v));
                ChunkedArray::<P>::from_iter_options(name.into(), cells).into_column()
            }
        })
    }
    match array.dtype() {
        DType::I8 => give::<Int8Type>(name, array),
        DType::U8 => give::<UInt8Type>(name, array),
        DType::I16 => give::<Int16Type>(name, array),
        DType::U16 => give::<UInt16Type>(name, array),
        DType::I32 => give::<Int32Type>(name, array),
        DType::U32 => give::<UInt32Type>(name, array),
        DType::I64 => give::<Int64Type>(name, array),
        DType::U64 => give::<UInt64Type>(name, array),
        DType::F32 => give::<Float32Type>(name, array),
        DType::F64 => give::<Float64Type>(name, array),
        _ => None,
    }
}

/// The columns that an array of shape `[rows, k, …]` becomes in a table: itself where it is `[rows]`, else one per element
/// of a row, `name_0`, `name_1`, ….
pub(super) fn flatten(name: &str, array: &Array) -> Vec<(String, Array)> {
    if array.shape().len() == 1 {
        return vec![(name.to_string(), array.clone())];
    }
    let width = array.meta().row_len();
    fn column<T: Element>(array: &Array, width: usize, k: usize) -> Option<Array> {
        let all = array.as_slice::<T>().ok()?;
        let picked = Array::from(all.iter().skip(k).step_by(width).copied().collect::<Vec<T>>());
        match array.valid() {
            None => Some(picked),
            Some(v) => picked.with_valid(Bitmap::from_fn(array.rows(), |r| v.get(r * width + k))).ok(),
        }
    }
    (0..width)
        .filter_map(|k| {
            let a = gapwave_columns::for_dtype!(array.dtype(), T => column::<T>(array, width, k))?;
            Some((format!("{name}_{k}"), a))
        })
        .collect()
}
