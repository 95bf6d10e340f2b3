//! A dataset of one axis, read in order, chunk by chunk.
//!
//! `hdf5-pure` reads what describes the dataset; the chunks are read and undone here, several at a time, because that
//! crate knows neither ECF nor Blosc.

use super::filter;
use crate::{Error, Input, Result};
use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder, Layout};
use rayon::prelude::*;

/// Largest chunk. HDF5 allows 4 GiB; recorders write a few hundred KiB.
const LARGEST: u64 = 256 << 20;

/// Chunks that are undone at a time: as many as keep the cores busy, and few where they are large.
const CHUNKS: u64 = 16;
const AT_ONCE: u64 = 16 << 20;

/// Bytes that a chunk may have, and how many times its packed bytes beyond that: no more than deflate can reach.
const ANY: u64 = 16 << 20;
const RATIO: u64 = 1032;

/// Rows of a piece of a dataset without chunks.
const PIECE: u64 = 1 << 16;

/// A stored piece: chunk number, byte in the file, bytes, filters left out.
#[derive(Debug, Clone, Copy)]
struct Piece {
    number: u64,
    address: u64,
    len: u64,
    mask: u32,
}

/// A dataset of one axis.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    /// Rows in all.
    pub(super) rows: u64,
    /// Rows of a chunk.
    chunk: u64,
    /// Bytes of an element.
    pub(super) element: usize,
    pieces: Vec<Piece>,
    filters: Vec<u16>,
    /// Undone chunks, in order; the first one has this number.
    held: Vec<Vec<u8>>,
    first: u64,
}

impl Column {
    /// Reads where the chunks are.
    pub(super) fn open(input: &Input, dataset: &Dataset, name: &str) -> Result<Column> {
        let fail = |why: String| Error::format(input.path(), format!("dataset {name}: {why}"));
        let unsupported = |why: String| Error::unsupported(input.path(), format!("dataset {name}: {why}"));
        let hdf5 = |e: hdf5_pure::Error| fail(e.to_string());
        let shape = dataset.shape().map_err(hdf5)?;
        let [rows] = shape[..] else {
            return Err(unsupported(format!("one axis was expected, its shape is {shape:?}")));
        };
        let element = dataset.element_size().map_err(hdf5)?;
        if !(1..=4096).contains(&element) {
            return Err(fail(format!("elements of {element} bytes")));
        }
        let filters = dataset.filters();
        let mut column = Column {
            name: name.into(),
            rows,
            chunk: PIECE,
            element: element as usize,
            pieces: Vec::new(),
            filters,
            held: Vec::new(),
            first: 0,
        };
        match dataset.layout().map_err(hdf5)? {
            _ if rows == 0 => {}
            Layout::Contiguous { address: Some(address), .. } => column.lay_out(input, address, rows, element)?,
            Layout::Contiguous { address: None, .. } => {
                return Err(fail(format!("none of its {rows} rows was written")));
            }
            Layout::Chunked { chunk_shape, .. } => {
                if let Some(id) = column.filters.iter().find(|&&f| !filter::is_known(f)) {
                    let why =
                        format!("packed with HDF5 filter {id}; read are deflate, shuffle, fletcher32, Blosc and ECF");
                    return Err(unsupported(why));
                }
                column.chunk = chunk_shape.first().copied().unwrap_or(0);
                if column.chunk == 0 || column.chunk.checked_mul(element).is_none_or(|n| n > LARGEST) {
                    return Err(unsupported(format!("chunks of {} rows of {element} bytes", column.chunk)));
                }
                // Each lies in the file: what describes them is not even asked for where it cannot be true.
                let need = rows.div_ceil(column.chunk);
                if need > input.len() {
                    return Err(fail(format!("{rows} rows in {need} chunks, in a file of {} bytes", input.len())));
                }
                column.find_chunks(input, dataset)?;
            }
            // Within the header, a few KiB at most.
            Layout::Compact { .. } => {
                column.chunk = rows;
                column.held = vec![dataset.read_raw().map_err(hdf5)?];
                if rows.checked_mul(element) != Some(column.held[0].len() as u64) {
                    return Err(fail(format!("{} bytes for {rows} rows", column.held[0].len())));
                }
            }
            other => return Err(unsupported(format!("stored in a way that is not read ({other})"))),
        }
        Ok(column)
    }

    /// A dataset of one element.
    pub(super) fn of(name: &str, bytes: Vec<u8>) -> Column {
        let (name, element, held) = (name.into(), bytes.len(), vec![bytes]);
        Column { name, rows: 1, chunk: 1, element, pieces: Vec::new(), filters: Vec::new(), held, first: 0 }
    }

    /// Pieces of a dataset in one run.
    fn lay_out(&mut self, input: &Input, address: u64, rows: u64, element: u64) -> Result<()> {
        self.filters.clear();
        let end = rows.checked_mul(element).and_then(|n| n.checked_add(address));
        if end.is_none_or(|e| e > input.len()) {
            let why = format!("{rows} rows of {element} bytes at byte {address}, the file has {}", input.len());
            return Err(self.fail(input, why));
        }
        self.pieces = (0..rows.div_ceil(PIECE))
            .map(|number| Piece {
                number,
                address: address + number * PIECE * element,
                len: PIECE.min(rows - number * PIECE) * element,
                mask: 0,
            })
            .collect();
        Ok(())
    }

    fn find_chunks(&mut self, input: &Input, dataset: &Dataset) -> Result<()> {
        let chunks = dataset.chunks().map_err(|e| self.fail(input, e.to_string()))?;
        for c in chunks {
            let row = c.offset.first().copied().unwrap_or(0);
            let end = c.address.checked_add(c.storage_size);
            if row % self.chunk != 0 || end.is_none_or(|e| e > input.len()) {
                let why = format!(
                    "the chunk of row {row} has {} bytes at byte {} of a file of {}",
                    c.storage_size,
                    c.address,
                    input.len()
                );
                return Err(self.fail(input, why));
            }
            let number = row / self.chunk;
            self.pieces.push(Piece { number, address: c.address, len: c.storage_size, mask: c.filter_mask });
        }
        // Chunks that share bytes would let a small file have any number of rows.
        self.pieces.sort_unstable_by_key(|p| p.address);
        if let Some(two) = self.pieces.windows(2).find(|w| w[0].address + w[0].len > w[1].address) {
            let why = format!(
                "the chunks of rows {} and {} share bytes, at byte {}",
                two[0].number * self.chunk,
                two[1].number * self.chunk,
                two[1].address
            );
            return Err(self.fail(input, why));
        }
        self.pieces.sort_unstable_by_key(|p| p.number);
        let need = self.rows.div_ceil(self.chunk);
        let there = self.pieces.iter().filter(|p| p.number < need).count() as u64;
        if there < need {
            let why = format!("{there} of the {need} chunks that {} rows need are in the file", self.rows);
            return Err(self.fail(input, why));
        }
        Ok(())
    }

    fn fail(&self, input: &Input, why: String) -> Error {
        Error::format(input.path(), format!("dataset {}: {why}", self.name))
    }

    /// Chunks that are undone at a time.
    fn at_once(&self) -> u64 {
        let bytes = self.chunk.saturating_mul(self.element as u64).max(1);
        (AT_ONCE / bytes).clamp(1, CHUNKS)
    }

    /// Rows from `row` to the end of the last one of some chunks: how many are worth asking for.
    pub(super) fn stretch(&self, row: u64) -> u64 {
        let end = (row / self.chunk).saturating_add(self.at_once()).saturating_mul(self.chunk);
        end.min(self.rows).saturating_sub(row)
    }

    /// Bytes that the chunks of `rows` rows take, packed and undone, and those of the one before them.
    pub(super) fn held_bytes(&self, rows: u64) -> u64 {
        let chunks = self.at_once().min(rows.div_ceil(self.chunk) + 1);
        2 * (chunks + 1).min(self.pieces.len() as u64) * self.chunk * self.element as u64
    }

    /// Hands `f` the bytes of rows `row .. row + rows`, in order, in pieces of whole elements.
    pub(super) fn read(&mut self, input: &mut Input, row: u64, rows: u64, mut f: impl FnMut(&[u8])) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        let (from, to) = (row / self.chunk, (row + rows - 1) / self.chunk);
        self.hold(input, from, to)?;
        for number in from..=to {
            let bytes = &self.held[(number - self.first) as usize];
            let start = number * self.chunk;
            let (a, b) = (row.max(start) - start, (row + rows).min(start + self.chunk) - start);
            f(&bytes[a as usize * self.element..b as usize * self.element]);
        }
        Ok(())
    }

    /// Undoes chunks `from ..= to`, those apart that are held already.
    fn hold(&mut self, input: &mut Input, from: u64, to: u64) -> Result<()> {
        let end = self.first + self.held.len() as u64;
        if from < self.first || from > end {
            self.held.clear();
            self.first = from;
        } else {
            self.held.drain(..(from - self.first) as usize);
            self.first = from;
        }
        let next = self.first + self.held.len() as u64;
        let mut raw = Vec::new();
        for number in next..=to {
            let found = self.pieces.binary_search_by_key(&number, |p| p.number);
            let Ok(piece) = found.map(|i| self.pieces[i]) else {
                let why = format!("the chunk of row {} is not in the file", number * self.chunk);
                return Err(self.fail(input, why));
            };
            let rows = self.chunk.min(self.rows - number * self.chunk);
            let want = rows as usize * self.element;
            // More than any filter adds, or takes away.
            let whole = self.chunk * self.element as u64;
            if piece.len > 2 * LARGEST || whole > ANY + RATIO * piece.len {
                let row = number * self.chunk;
                return Err(self.fail(input, format!("{} bytes for the {whole} of the chunk of row {row}", piece.len)));
            }
            let len = if self.filters.is_empty() { (piece.len as usize).min(want) } else { piece.len as usize };
            raw.push((piece, want, input.lend(piece.address, len, <[u8]>::to_vec)?));
        }
        let undo = |(piece, want, bytes): (Piece, usize, Vec<u8>)| {
            let all = self.chunk as usize * self.element;
            // Chunks are whole even where the dataset ends within them, or are as long as ECF says.
            let whole = if self.filters.is_empty() || self.filters.contains(&filter::ECF) { want } else { all };
            let done = filter::undo(&self.filters, piece.mask, self.element, whole, bytes);
            done.map_err(|why| {
                format!("the chunk of row {} at byte {}: {why}", piece.number * self.chunk, piece.address)
            })
        };
        let done: Result<Vec<_>, String> = raw.into_par_iter().map(undo).collect();
        self.held.extend(done.map_err(|why| self.fail(input, why))?);
        Ok(())
    }

    /// Begins again.
    pub(super) fn rewind(&mut self) {
        if !self.pieces.is_empty() {
            self.held.clear();
            self.first = 0;
        }
    }

    /// The dataset's only element as an integer.
    pub(super) fn only(&mut self, input: &mut Input, int: Int) -> Result<Option<i64>> {
        let mut value = None;
        if self.rows == 1 {
            self.read(input, 0, 1, |bytes| value = int.get(bytes))?;
        }
        Ok(value)
    }
}

/// A whole number within an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Int {
    pub(super) at: usize,
    pub(super) size: usize,
    pub(super) signed: bool,
    pub(super) big: bool,
}

impl Int {
    /// The integer that a type is, at byte `at` of an element of `element` bytes.
    pub(super) fn of(datatype: &Datatype, at: u64, element: usize) -> Option<Int> {
        let (size, order, signed) = match datatype {
            Datatype::FixedPoint { size, byte_order, layout } => {
                let whole = layout.bit_offset == 0 && size.checked_mul(8) == Some(u32::from(layout.bit_precision));
                (*size, byte_order, whole.then_some(layout.signed)?)
            }
            // h5py writes truth values as enumerations.
            Datatype::Enumeration { base_type, .. } => return Int::of(base_type, at, element),
            _ => return None,
        };
        let (at, size) = (usize::try_from(at).ok()?, size as usize);
        let fits = matches!(size, 1 | 2 | 4 | 8) && at.checked_add(size).is_some_and(|end| end <= element);
        let big = match order {
            DatatypeByteOrder::LittleEndian => false,
            DatatypeByteOrder::BigEndian => true,
            DatatypeByteOrder::Vax => return None,
        };
        fits.then_some(Int { at, size, signed, big })
    }

    /// Its value within an element; `None` where that is above 64 signed bits, or the element is cut off.
    #[inline]
    pub(super) fn get(self, element: &[u8]) -> Option<i64> {
        let bytes = element.get(self.at..self.at + self.size)?;
        let mut eight = [0; 8];
        if self.big {
            eight[8 - self.size..].copy_from_slice(bytes);
        } else {
            eight[..self.size].copy_from_slice(bytes);
        }
        let value = if self.big { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) };
        if self.signed {
            let spare = 64 - 8 * self.size as u32;
            return Some((value << spare) as i64 >> spare);
        }
        i64::try_from(value).ok()
    }

    /// Hands `f` its value in every element, up to the first that `f` refuses or that is out of range, which it gives.
    pub(super) fn each(
        self,
        bytes: &[u8],
        element: usize,
        mut f: impl FnMut(i64) -> Option<()>,
    ) -> Option<Option<i64>> {
        // The usual types each get a loop of their own.
        macro_rules! usual {
            ($($t:ty),*) => {
                $(if !self.big && self.size == size_of::<$t>() && self.signed == (<$t>::MIN != 0) {
                    for e in bytes.chunks_exact(element) {
                        let e = e.get(self.at..).and_then(|e| e.first_chunk());
                        let value = e.map(|e| i64::from(<$t>::from_le_bytes(*e)));
                        if value.and_then(&mut f).is_none() {
                            return Some(value);
                        }
                    }
                    return None;
                })*
            };
        }
        usual!(i64, u32, u16, i16, u8, i8);
        for e in bytes.chunks_exact(element) {
            let value = self.get(e);
            if value.and_then(&mut f).is_none() {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_kind() {
        let b = [0xff, 0xfe, 0x01, 0x02, 0, 0, 0, 0x80];
        let get = |at, size, signed, big| Int { at, size, signed, big }.get(&b);
        assert_eq!(get(0, 1, true, false), Some(-1));
        assert_eq!(get(0, 1, false, true), Some(255));
        assert_eq!(get(0, 2, true, false), Some(-257));
        assert_eq!(get(0, 2, true, true), Some(-2));
        assert_eq!(get(2, 2, false, true), Some(0x102));
        assert_eq!(get(0, 4, true, true), Some(-0x1fefe));
        assert_eq!(get(0, 8, false, false), None, "above 63 bits");
        assert_eq!(get(4, 8, true, false), None, "cut off");
    }
}
