//! Recordings in HDF5 as a sink.

use super::ecf;
use super::emit::{Emit, Growing, compound, integer};
use crate::atomic::Pending;
use crate::events::batch::Batch;
use crate::events::sink::events;
use crate::{Error, Format, Result, Sink};
use gapwave_columns::{Chunk, Sensor};
use std::io;
use std::path::{Path, PathBuf};

/// Events of a chunk, as Prophesee writes them.
const CHUNK: usize = 16_384;

/// µs between two entries of Prophesee's index, and of DSEC's.
const PERIOD: i64 = 2000;
const MS: i64 = 1000;

/// Most entries of an index: 55 h of Prophesee's, 27 h of DSEC's.
const ENTRIES: u64 = 100_000_000;

/// How chunks are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hdf5Packing {
    /// Not at all.
    None,
    /// Shuffled and deflated: every HDF5 reads it.
    Deflate,
    /// Prophesee's event compression format: the smallest; readers need its plugin. `/CD/events` only.
    Ecf,
}

/// Writes recordings in Prophesee's layout ([`Format::Hdf5`]) or DSEC's ([`Format::Dsec`]), in memory that does not grow
/// with them.
#[derive(Debug)]
pub struct Hdf5Sink {
    path: PathBuf,
    out: Option<(Pending, Emit, Parts)>,
    sensor: Option<Sensor>,
    packing: Hdf5Packing,
    row: u64,
}

/// The datasets of a layout.
#[derive(Debug)]
enum Parts {
    Prophesee { events: Growing, index: Index },
    Dsec { columns: Box<[Growing; 4]>, index: Index },
}

/// Where time passes the multiples of a period, counted from the first event.
#[derive(Debug)]
struct Index {
    rows: Growing,
    period: i64,
    /// Entries before the first event's.
    lead: u64,
    first: Option<i64>,
    /// Latest time so far, from the first one on.
    latest: i64,
}

impl Index {
    /// Takes note of an event; `entry` appends what stands for it.
    fn note(&mut self, out: &mut Emit, t: i64, entry: impl Fn(i64) -> Vec<u8>) -> Result<(), String> {
        let first = *self.first.get_or_insert(t);
        let since = t.checked_sub(first).ok_or("its time and that of the first one are too far apart")?;
        self.latest = self.latest.max(since);
        let passed = (self.latest / self.period) as u64 + 1;
        if passed > ENTRIES {
            return Err(format!("{since} µs after the first one, the index would have {passed} entries"));
        }
        while self.rows.rows() < self.lead + passed {
            out.push(&mut self.rows, &entry(since)).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

impl Hdf5Sink {
    /// Begins a file that appears under `path` with [`Sink::finish`].
    ///
    /// # Errors
    /// Where the folder cannot be written to, or the layout cannot be packed so.
    pub fn create(path: &Path, format: Format, packing: Hdf5Packing) -> Result<Hdf5Sink> {
        if format == Format::Dsec && packing == Hdf5Packing::Ecf {
            return Err(Error::unsupported(path, "ECF packs /CD/events only, not the columns of DSEC"));
        }
        let pending = Pending::create(path)?;
        let emit = Emit::new(pending.handle()?).map_err(|e| Error::io(path, e))?;
        // Indices are small, and ECF holds events only.
        let plain = if packing == Hdf5Packing::None { Hdf5Packing::None } else { Hdf5Packing::Deflate };
        let int = |size, signed| Growing::new(integer(size, signed), size as usize, 4 * CHUNK, plain);
        let index = |rows, period, lead| Index { rows, period, lead, first: None, latest: 0 };
        let parts = if format == Format::Dsec {
            let columns = Box::new([int(8, true), int(2, false), int(2, false), int(1, false)]);
            Parts::Dsec { columns, index: index(int(8, false), MS, 0) }
        } else {
            let event = compound(
                16,
                &[
                    ("x", 0, integer(2, false)),
                    ("y", 2, integer(2, false)),
                    ("p", 4, integer(2, true)),
                    ("t", 8, integer(8, true)),
                ],
            );
            let entry = compound(16, &[("id", 0, integer(8, false)), ("ts", 8, integer(8, true))]);
            let index = index(Growing::new(entry, 16, CHUNK, plain), PERIOD, 1);
            Parts::Prophesee { events: Growing::new(event, 16, CHUNK, packing), index }
        };
        Ok(Hdf5Sink { path: path.into(), out: Some((pending, emit, parts)), sensor: None, packing, row: 0 })
    }

    fn append(&mut self, events: &Batch) -> Result<()> {
        let Some((_, out, parts)) = &mut self.out else {
            return Err(Error::format(&self.path, "written to after its end"));
        };
        let largest = if self.packing == Hdf5Packing::Ecf { ecf::LARGEST as i16 } else { i16::MAX };
        let refuse =
            |i: usize, why: String| Error::unsupported(&self.path, format!("event {}: {why}", self.row + i as u64));
        let allowed = 0..=largest;
        let bad = events.x.iter().zip(&events.y).position(|(x, y)| !allowed.contains(x) || !allowed.contains(y));
        if let Some(i) = bad {
            let why = format!("x {}, y {}: only 0 to {largest} can be held", events.x[i], events.y[i]);
            return Err(refuse(i, why));
        }
        for (i, &t) in events.t.iter().enumerate() {
            let row = self.row + i as u64;
            match parts {
                Parts::Prophesee { index, .. } => {
                    if index.rows.rows() == 0 {
                        // OpenEB's index begins with an entry before all events.
                        let before = [0u64.to_le_bytes(), (-1i64).to_le_bytes()].concat();
                        out.push(&mut index.rows, &before).map_err(|e| Error::io(&self.path, e))?;
                    }
                    index.note(out, t, |since| [row.to_le_bytes(), since.to_le_bytes()].concat())
                }
                Parts::Dsec { index, .. } => index.note(out, t, |_| row.to_le_bytes().to_vec()),
            }
            .map_err(|why| refuse(i, why))?;
        }
        let io = |e: io::Error| Error::io(&self.path, e);
        let on = |p: &i8| u8::from(*p == 1);
        match parts {
            Parts::Prophesee { events: to, .. } => {
                let mut bytes = vec![0; 16 * events.len()];
                for (i, e) in bytes.as_chunks_mut::<16>().0.iter_mut().enumerate() {
                    e[..2].copy_from_slice(&events.x[i].to_le_bytes());
                    e[2..4].copy_from_slice(&events.y[i].to_le_bytes());
                    e[4] = on(&events.polarity[i]);
                    e[8..].copy_from_slice(&events.t[i].to_le_bytes());
                }
                out.push(to, &bytes).map_err(io)?;
            }
            Parts::Dsec { columns, index } => {
                let first = index.first.unwrap_or_default();
                let t: Vec<u8> = events.t.iter().flat_map(|t| t.wrapping_sub(first).to_le_bytes()).collect();
                let two = |v: &[i16]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
                let p: Vec<u8> = events.polarity.iter().map(on).collect();
                for (to, bytes) in columns.iter_mut().zip([t, two(&events.x), two(&events.y), p]) {
                    out.push(to, &bytes).map_err(io)?;
                }
            }
        }
        self.row += events.len() as u64;
        Ok(())
    }

    /// Writes everything but the superblock; gives the address of the root.
    fn end(out: &mut Emit, parts: Parts, size: Option<[u16; 2]>, packing: Hdf5Packing) -> io::Result<u64> {
        let geometry = size.map(|[w, h]| format!("{w}x{h}"));
        let mut attributes: Vec<(&str, &str)> = geometry.iter().map(|g| ("geometry", g.as_str())).collect();
        match parts {
            Parts::Prophesee { events, index } => {
                attributes.push(("version", "1.0"));
                if packing == Hdf5Packing::Ecf {
                    attributes.push(("format", "ECF"));
                }
                let offset = index.first.unwrap_or_default().wrapping_neg().to_string();
                let events = out.end(events, &[])?;
                let index = out.end(index.rows, &[("offset", &offset)])?;
                let group = out.group(&[("events", events), ("indexes", index)], &[])?;
                out.group(&[("CD", group)], &attributes)
            }
            Parts::Dsec { columns, index } => {
                let mut links = Vec::new();
                for (name, column) in ["t", "x", "y", "p"].into_iter().zip(*columns) {
                    links.push((name, out.end(column, &[])?));
                }
                let events = out.group(&links, &[])?;
                let offset = out.number(index.first.unwrap_or_default())?;
                let index = out.end(index.rows, &[])?;
                out.group(&[("events", events), ("ms_to_idx", index), ("t_offset", offset)], &attributes)
            }
        }
    }
}

impl Sink for Hdf5Sink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        self.sensor = self.sensor.or(chunk.attrs.sensor);
        let mut at = 0;
        while at < chunk.rows() {
            let n = (chunk.rows() - at).min(1 << 16);
            let events = events(&self.path, &chunk.slice_rows(at, n)?)?;
            self.append(&events)?;
            at += n;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let Some((pending, mut out, parts)) = self.out.take() else { return Ok(()) };
        let size = self.sensor.and_then(|s| s.size);
        let root = Self::end(&mut out, parts, size, self.packing);
        root.and_then(|root| out.finish(root)).map_err(|e| Error::io(&self.path, e))?;
        pending.finish()
    }
}
