//! f64 data as f32, where that was asked for.

use gapwave_columns::{Array, Chunk, Complex32, Complex64, DType, Meta};
use gapwave_datasets::{Schema, Source};

pub(super) fn as_f32(m: &Meta) -> Meta {
    let dtype = match m.dtype {
        DType::F64 => DType::F32,
        DType::Complex128 => DType::Complex64,
        other => other,
    };
    Meta { dtype, ..m.clone() }
}

pub(super) fn array_as_f32(a: &Array) -> gapwave_columns::Result<Array> {
    let narrow = match a.dtype() {
        DType::F64 => Array::from(a.as_slice::<f64>()?.iter().map(|&x| x as f32).collect::<Vec<_>>()),
        DType::Complex128 => {
            let z = a.as_slice::<Complex64>()?.iter().map(|z| Complex32::new(z.re as f32, z.im as f32));
            Array::from(z.collect::<Vec<_>>())
        }
        _ => return Ok(a.clone()),
    };
    let narrow = narrow.reshape(a.shape().to_vec())?;
    Ok(match a.valid() {
        Some(v) => narrow.with_valid(v.clone())?,
        None => narrow,
    })
}

/// A source whose selected f64 columns come as f32.
pub(super) struct F32Source<'a> {
    source: &'a mut dyn Source,
    select: &'a [usize],
    schema: Schema,
}

impl<'a> F32Source<'a> {
    pub(super) fn new(source: &'a mut dyn Source, select: &'a [usize]) -> Self {
        let mut schema = source.schema().clone();
        for &i in select {
            schema.cols[i] = as_f32(&schema.cols[i]);
        }
        F32Source { source, select, schema }
    }
}

impl Source for F32Source<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.source.rows()
    }

    fn read(&mut self, rows: usize) -> gapwave_datasets::Result<Option<Chunk>> {
        let Some(mut chunk) = self.source.read(rows)? else { return Ok(None) };
        for &i in self.select {
            chunk.cols[i] = array_as_f32(&chunk.cols[i])?;
        }
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> gapwave_datasets::Result<()> {
        self.source.rewind()
    }
}
