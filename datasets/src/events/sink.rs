//! An encoder and a file as a sink.

use super::batch::Batch;
use crate::atomic::Pending;
use crate::{Error, Result, Sink, cast};
use gapwave_columns::{Array, Chunk, DType, Sensor};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What turns events into bytes. Its state goes on from one call to the next.
pub trait Encoder: Send {
    /// The header of a recording of this sensor.
    fn begin(&mut self, sensor: Sensor, out: &mut Vec<u8>);

    /// Appends these events, whose polarity is 1 for ON and anything else for OFF.
    ///
    /// # Errors
    /// The event that the format cannot hold, and why.
    fn encode(&mut self, events: &Batch, out: &mut Vec<u8>) -> Result<(), (usize, String)>;

    /// What comes after the last event.
    fn end(&mut self, _out: &mut Vec<u8>) {}
}

/// Writes tables with the columns `t`, `x`, `y` and `polarity` (or `p`) as a recording. Other columns cannot be held and
/// are an error, as are missing values.
#[derive(Debug)]
pub struct EventSink<E> {
    path: PathBuf,
    out: Option<(Pending, BufWriter<File>)>,
    encoder: E,
    begun: bool,
    row: u64,
    buffer: Vec<u8>,
}

impl<E: Encoder> EventSink<E> {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    pub fn create(path: &Path, encoder: E) -> Result<Self> {
        let pending = Pending::create(path)?;
        let writer = BufWriter::with_capacity(1 << 18, pending.handle()?);
        let out = Some((pending, writer));
        Ok(EventSink { path: path.into(), out, encoder, begun: false, row: 0, buffer: Vec::new() })
    }

    fn begin(&mut self, sensor: Option<Sensor>) {
        if !self.begun {
            self.begun = true;
            self.encoder.begin(sensor.unwrap_or_default(), &mut self.buffer);
        }
    }

    fn flush(&mut self) -> Result<()> {
        let Some((_, writer)) = &mut self.out else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        writer.write_all(&self.buffer).map_err(|e| Error::io(&self.path, e))?;
        self.buffer.clear();
        Ok(())
    }
}

impl<E: Encoder> Sink for EventSink<E> {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.begin(chunk.attrs.sensor);
        // In steps, so that the bytes of a step stay in the cache and memory small.
        let mut at = 0;
        while at < chunk.rows() {
            let n = (chunk.rows() - at).min(1 << 16);
            let events = events(&self.path, &chunk.slice_rows(at, n)?)?;
            self.encoder
                .encode(&events, &mut self.buffer)
                .map_err(|(i, why)| Error::unsupported(&self.path, format!("event {}: {why}", self.row + i as u64)))?;
            self.row += n as u64;
            at += n;
            self.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if self.out.is_none() {
            return Ok(());
        }
        self.begin(None);
        self.encoder.end(&mut self.buffer);
        self.flush()?;
        let Some((pending, mut writer)) = self.out.take() else { return Ok(()) };
        writer.flush().map_err(|e| Error::io(&self.path, e))?;
        drop(writer);
        pending.finish()
    }
}

/// The events of a chunk; polarity as the chunk has it.
pub(super) fn events(path: &Path, chunk: &Chunk) -> Result<Batch> {
    let column = |name: &str, alias: &str| {
        chunk.column(name).or_else(|| chunk.column(alias)).ok_or_else(|| {
            let why = format!("a recording needs a column {name:?}; the columns are {}", chunk.names.join(", "));
            Error::unsupported(path, why)
        })
    };
    let (t, x, y, p) = (column("t", "t")?, column("x", "x")?, column("y", "y")?, column("polarity", "p")?);
    if chunk.cols.len() > 4 || chunk.beside.is_some() {
        let why = "a recording holds t, x, y and polarity only: choose these columns";
        return Err(Error::unsupported(path, why));
    }
    for (name, col) in chunk.names.iter().zip(&chunk.cols) {
        if col.valid().is_some_and(|v| v.count_zeros() > 0) || col.shape().len() != 1 {
            return Err(Error::unsupported(path, format!("column {name:?} has missing values or more than one axis")));
        }
    }
    Ok(Batch {
        t: whole(path, "t", t)?,
        x: whole(path, "x", x)?,
        y: whole(path, "y", y)?,
        polarity: whole(path, "polarity", p)?,
    })
}

/// The integers of a column, whatever its type.
fn whole<T: gapwave_columns::Element + TryFrom<i64>>(path: &Path, name: &str, a: &Array) -> Result<Vec<T>> {
    if a.dtype() == T::DTYPE {
        return Ok(a.as_slice::<T>()?.to_vec());
    }
    let refuse = |v: &dyn std::fmt::Display| {
        Error::unsupported(path, format!("column {name:?} holds {v}, which is no {}", T::DTYPE))
    };
    if a.dtype() == DType::I64 {
        return a.as_slice::<i64>()?.iter().map(|&v| T::try_from(v).map_err(|_| refuse(&v))).collect();
    }
    let exact = |v: f64| (v.fract() == 0.0 && v.abs() < 9e15).then_some(v as i64).and_then(|v| T::try_from(v).ok());
    let floats = cast(a, DType::F64)?;
    floats.as_slice::<f64>()?.iter().map(|&v| exact(v).ok_or_else(|| refuse(&v))).collect()
}
