//! polars columns as arrays and back.

use gapwave_columns::{Array, Bitmap, DType, Element};
use polars::prelude::{
    ChunkedArray, Column, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntoColumn,
    PolarsNumericType, PolarsResult, TimeUnit, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

/// The element type that holds a polars type, if there is one; spans of time are integers.
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
        DataType::Duration(_) => DType::I64,
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
    if let DataType::Duration(_) = column.dtype() {
        return Ok(Some(take(column.duration()?.physical(), nullable)));
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

/// The polars type of an element type; `None` for complex numbers, which polars has not.
pub(super) fn polars_type(of: DType) -> Option<DataType> {
    Some(match of {
        DType::I8 => DataType::Int8,
        DType::U8 => DataType::UInt8,
        DType::I16 => DataType::Int16,
        DType::U16 => DataType::UInt16,
        DType::I32 => DataType::Int32,
        DType::U32 => DataType::UInt32,
        DType::I64 => DataType::Int64,
        DType::U64 => DataType::UInt64,
        DType::F32 => DataType::Float32,
        DType::F64 => DataType::Float64,
        _ => return None,
    })
}

/// The array `[rows]` as a column, its memory moved where nobody shares it; integers of 64 bits as spans of time where a
/// unit is given. `None` for complex numbers, which polars has not.
pub(super) fn to_column(name: &str, array: Array, span: Option<TimeUnit>) -> Option<Column> {
    fn give<P: PolarsNumericType>(name: &str, array: Array) -> Option<ChunkedArray<P>>
    where
        P::Native: Element,
        ChunkedArray<P>: IntoColumn,
    {
        let valid = array.valid().filter(|v| v.count_zeros() > 0).cloned();
        let values = array.without_valid().into_vec::<P::Native>().ok()?;
        let validity = valid.map(|v| {
            let len = v.len();
            polars_arrow::bitmap::Bitmap::from_u8_vec(bytemuck::cast_slice(&v.into_words()).to_vec(), len)
        });
        Some(ChunkedArray::<P>::from_vec_validity(name.into(), values, validity))
    }
    Some(match (array.dtype(), span) {
        (DType::I64, Some(unit)) => give::<Int64Type>(name, array)?.into_duration(unit).into_column(),
        (DType::I8, _) => give::<Int8Type>(name, array)?.into_column(),
        (DType::U8, _) => give::<UInt8Type>(name, array)?.into_column(),
        (DType::I16, _) => give::<Int16Type>(name, array)?.into_column(),
        (DType::U16, _) => give::<UInt16Type>(name, array)?.into_column(),
        (DType::I32, _) => give::<Int32Type>(name, array)?.into_column(),
        (DType::U32, _) => give::<UInt32Type>(name, array)?.into_column(),
        (DType::I64, _) => give::<Int64Type>(name, array)?.into_column(),
        (DType::U64, _) => give::<UInt64Type>(name, array)?.into_column(),
        (DType::F32, _) => give::<Float32Type>(name, array)?.into_column(),
        (DType::F64, _) => give::<Float64Type>(name, array)?.into_column(),
        _ => return None,
    })
}

/// The columns that an array of shape `[rows, k, …]` becomes in a table: itself where it is `[rows]`, else one per element
/// of a row, `name_0`, `name_1`, ….
pub(super) fn flatten(name: &str, array: Array) -> Vec<(String, Array)> {
    if array.shape().len() == 1 {
        return vec![(name.to_string(), array)];
    }
    let array = &array;
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
