//! Sound: one column per channel, `ch1`, `ch2`, ….
//!
//! | samples in the file | column | |
//! |---|---|---|
//! | 8-bit integers | `int8` | silence, 128 in the file, is 0 |
//! | 16-bit integers | `int16` | |
//! | 24-bit integers | `int32` | written as 32-bit integers |
//! | 32-bit integers | `int32` | |
//! | 32-bit floats | `float32` | |

use crate::atomic::Pending;
use crate::open::choose;
use crate::{Error, Input, ReadOptions, Result, Schema, Sink, Source, WriteOptions};
use gapwave_columns::{Array, Attrs, Chunk, DType, Element, Meta};
use hound::{Sample, SampleFormat, WavReader, WavSpec, WavWriter};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const WINDOW: usize = 1 << 20;

/// A file as `hound` reads it.
struct Bytes {
    input: Input,
    at: u64,
    /// What was read before, and from where.
    held: Vec<u8>,
    from: u64,
}

impl Bytes {
    fn new(input: Input) -> Bytes {
        Bytes { input, at: 0, held: Vec::new(), from: 0 }
    }
}

impl Read for Bytes {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let within = |b: &Bytes| b.at.checked_sub(b.from).filter(|&o| o < b.held.len() as u64);
        if within(self).is_none() {
            let len = self.input.len().saturating_sub(self.at).min(WINDOW as u64) as usize;
            if len == 0 {
                return Ok(0);
            }
            let held = self.input.lend(self.at, len, <[u8]>::to_vec);
            self.held = held.map_err(|e| std::io::Error::other(e.to_string()))?;
            self.from = self.at;
        }
        let offset = within(self).unwrap_or(0) as usize;
        let n = room.len().min(self.held.len() - offset);
        room[..n].copy_from_slice(&self.held[offset..offset + n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.input.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// A sound file as a source.
struct WavSource {
    path: PathBuf,
    reader: WavReader<Bytes>,
    /// Channels handed out.
    places: Vec<usize>,
    schema: Schema,
    rows: u64,
    at: u64,
}

pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let input = Input::open(path, options)?;
    let len = input.len();
    let reader = WavReader::new(Bytes::new(input)).map_err(|e| failed(path, e))?;
    let spec = reader.spec();
    let dtype = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 1..=8) => DType::I8,
        (SampleFormat::Int, 9..=16) => DType::I16,
        (SampleFormat::Int, 17..=32) => DType::I32,
        (SampleFormat::Float, 32) => DType::F32,
        (_, bits) => return Err(Error::unsupported(path, format!("samples of {bits} bits; gapwave reads 8 to 32"))),
    };
    let rows = u64::from(reader.duration());
    let least = rows * u64::from(spec.channels) * u64::from(spec.bits_per_sample.div_ceil(8));
    if spec.channels == 0 || least > len {
        let why = format!("the file is damaged or cut off: its {rows} samples take {least} bytes, it has {len}");
        return Err(Error::format(path, why));
    }
    let names: Vec<String> = (1..=spec.channels).map(|i| format!("ch{i}")).collect();
    let places = match &options.columns {
        Some(asked) => choose(path, &names, asked)?,
        None => (0..names.len()).collect(),
    };
    let names: Vec<String> = places.iter().map(|&i| names[i].clone()).collect();
    let cols = vec![Meta::new(dtype, [0]); names.len()];
    let attrs = Attrs { fs: Some(f64::from(spec.sample_rate)), ..Attrs::default() };
    let schema = Schema { names: names.into(), cols, attrs };
    Ok(Box::new(WavSource { path: path.into(), reader, places, schema, rows, at: 0 }))
}

fn failed(path: &Path, e: hound::Error) -> Error {
    match e {
        hound::Error::IoError(e) if e.kind() == std::io::ErrorKind::Other => {
            Error::format(path, format!("the file is damaged or cut off: {e}"))
        }
        hound::Error::IoError(e) => Error::io(path, e),
        hound::Error::Unsupported => Error::unsupported(path, "an encoding other than integers and floats"),
        other => Error::format(path, format!("the file is damaged: {other}")),
    }
}

impl WavSource {
    fn samples<S: Sample, T: Element>(&mut self, n: usize, of: fn(S) -> T) -> Result<Vec<Array>> {
        let channels = usize::from(self.reader.spec().channels);
        let mut all: Vec<Vec<T>> = (0..channels).map(|_| Vec::with_capacity(n)).collect();
        let mut samples = self.reader.samples::<S>();
        for _ in 0..n {
            for channel in &mut all {
                let sample = match samples.next() {
                    Some(sample) => sample.map_err(|e| failed(&self.path, e))?,
                    None => return Err(Error::format(&self.path, "the file ends before its last sample")),
                };
                channel.push(of(sample));
            }
        }
        Ok(self.places.iter().map(|&i| Array::from(all[i].clone())).collect())
    }
}

impl Source for WavSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = (rows.max(1) as u64).min(self.rows - self.at) as usize;
        if n == 0 {
            return Ok(None);
        }
        let dtype = self.schema.cols.first().map_or(DType::F32, |m| m.dtype);
        let cols = match dtype {
            DType::I8 => self.samples(n, |v: i8| v)?,
            DType::I16 => self.samples(n, |v: i16| v)?,
            DType::I32 => self.samples(n, |v: i32| v)?,
            _ => self.samples(n, |v: f32| v)?,
        };
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, self.at, self.schema.attrs)?;
        self.at += n as u64;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        self.reader.seek(0).map_err(|e| Error::io(&self.path, e))
    }
}

/// Writes columns of one type as the channels of a sound file. Needs the sampling rate, whole Hz.
struct WavSink {
    path: PathBuf,
    pending: Option<Pending>,
    writer: Option<(WavWriter<BufWriter<File>>, DType)>,
    bytes: u64,
}

pub(crate) fn create(path: &Path, _options: &WriteOptions) -> Result<Box<dyn Sink>> {
    Ok(Box::new(WavSink { path: path.into(), pending: Some(Pending::create(path)?), writer: None, bytes: 0 }))
}

impl WavSink {
    fn refuse<T>(&self, why: impl Into<String>) -> Result<T> {
        Err(Error::unsupported(&self.path, why))
    }

    fn begin(&mut self, chunk: &Chunk) -> Result<DType> {
        let Some(pending) = &self.pending else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        let Some(first) = chunk.cols.first() else { return self.refuse("there is no column to write") };
        let dtype = first.dtype();
        for (name, col) in chunk.names.iter().zip(&chunk.cols) {
            if col.dtype() != dtype || col.shape().len() != 1 {
                return self.refuse(format!("column {name:?} has another type or shape than {:?}", chunk.names[0]));
            }
            if col.valid().is_some_and(|v| v.count_zeros() > 0) {
                return self.refuse(format!("column {name:?} has missing values, which WAV cannot hold"));
            }
        }
        if let Some((writer, known)) = &self.writer {
            if *known != dtype || usize::from(writer.spec().channels) != chunk.cols.len() {
                return Err(Error::format(&self.path, "the chunks differ in names, types or shapes"));
            }
            return Ok(dtype);
        }
        let (bits, float) = match dtype {
            DType::I8 => (8, false),
            DType::I16 => (16, false),
            DType::I32 => (32, false),
            DType::F32 => (32, true),
            other => return self.refuse(format!("WAV holds int8, int16, int32 and float32, not {other}")),
        };
        let fs = chunk.attrs.fs.filter(|fs| fs.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(fs));
        let (Some(fs), Ok(channels)) = (fs, u16::try_from(chunk.cols.len())) else {
            return match chunk.attrs.fs {
                None => self.refuse("WAV needs the sampling rate, which is not known"),
                Some(fs) => self.refuse(format!("{} channels at {fs} Hz: WAV holds whole Hz", chunk.cols.len())),
            };
        };
        let sample_format = if float { SampleFormat::Float } else { SampleFormat::Int };
        let spec = WavSpec { channels, sample_rate: fs as u32, bits_per_sample: bits, sample_format };
        let file = BufWriter::with_capacity(1 << 18, pending.handle()?);
        let writer = WavWriter::new(file, spec).map_err(|e| failed(&self.path, e))?;
        self.writer = Some((writer, dtype));
        Ok(dtype)
    }

    fn put<S: Sample + Element>(&mut self, chunk: &Chunk) -> Result<()> {
        let cols = chunk.cols.iter().map(Array::as_slice::<S>).collect::<gapwave_columns::Result<Vec<_>>>()?;
        let Some((writer, _)) = &mut self.writer else { return Ok(()) };
        for row in 0..chunk.rows() {
            for col in &cols {
                writer.write_sample(col[row]).map_err(|e| failed(&self.path, e))?;
            }
        }
        Ok(())
    }
}

impl Sink for WavSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let dtype = self.begin(&chunk)?;
        self.bytes += (chunk.rows() * chunk.cols.len() * dtype.size()) as u64;
        if self.bytes > u64::from(u32::MAX) - 128 {
            return self.refuse("more than 4 GiB of samples, which WAV cannot hold");
        }
        match dtype {
            DType::I8 => self.put::<i8>(&chunk),
            DType::I16 => self.put::<i16>(&chunk),
            DType::I32 => self.put::<i32>(&chunk),
            _ => self.put::<f32>(&chunk),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let Some((writer, _)) = self.writer.take() else {
            return self.refuse("there are no samples, so that nothing tells their number of channels");
        };
        writer.finalize().map_err(|e| failed(&self.path, e))?;
        pending.finish()
    }
}
