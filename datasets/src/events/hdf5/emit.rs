//! As much of the HDF5 file format as recordings need, written front to back: chunks as they come, what describes them at
//! the end, and last the superblock in front.
//!
//! Superblock 0, object headers 1, chunk indices as B-trees 1, links in their group's header: every HDF5 since 1.8 reads
//! this, and nothing needs a sum.

use super::ecf;
use super::filter::{self, deflate, shuffle};
use crate::events::Hdf5Packing;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// What stands for an address that is none.
const NONE: u64 = u64::MAX;

/// Bytes of the superblock.
const SUPERBLOCK: u64 = 96;

/// Children of a node of a B-tree of chunks: twice the 32 that superblock 0 implies.
const CHILDREN: usize = 64;

/// Chunks that are packed at a time.
const AT_ONCE: usize = 16;

/// A file that grows at its end.
#[derive(Debug)]
pub(super) struct Emit {
    out: BufWriter<File>,
    at: u64,
}

/// A dataset of one axis that grows.
#[derive(Debug)]
pub(super) struct Growing {
    datatype: Vec<u8>,
    element: usize,
    /// Rows of a chunk.
    chunk: usize,
    packing: Hdf5Packing,
    rows: u64,
    waiting: Vec<u8>,
    /// Address and bytes of every chunk.
    chunks: Vec<(u64, u32)>,
}

impl Growing {
    pub(super) fn new(datatype: Vec<u8>, element: usize, chunk: usize, packing: Hdf5Packing) -> Growing {
        Growing { datatype, element, chunk, packing, rows: 0, waiting: Vec::new(), chunks: Vec::new() }
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    fn chunk_bytes(&self) -> usize {
        self.chunk * self.element
    }

    /// A chunk as it lies in the file.
    fn pack(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self.packing {
            Hdf5Packing::None => Ok(bytes.to_vec()),
            Hdf5Packing::Deflate => deflate(&shuffle(bytes, self.element, false)),
            Hdf5Packing::Ecf => {
                let two = |e: &[u8; 16], at: usize| u16::from_le_bytes([e[at], e[at + 1]]);
                let event = |e: &[u8; 16]| {
                    let t = i64::from_le_bytes([e[8], e[9], e[10], e[11], e[12], e[13], e[14], e[15]]);
                    ecf::Event { x: two(e, 0), y: two(e, 2), p: two(e, 4) as i16, t }
                };
                let events: Vec<ecf::Event> = bytes.as_chunks::<16>().0.iter().map(event).collect();
                let mut out = Vec::new();
                ecf::encode(&events, &mut out).map_err(io::Error::other)?;
                Ok(out)
            }
        }
    }
}

impl Emit {
    pub(super) fn new(file: File) -> io::Result<Emit> {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        out.write_all(&[0; SUPERBLOCK as usize])?;
        Ok(Emit { out, at: SUPERBLOCK })
    }

    /// Appends bytes; gives their address.
    fn put(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.at;
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(at)
    }

    /// Appends bytes at a multiple of eight.
    fn put_aligned(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let pad = self.at.next_multiple_of(8) - self.at;
        self.put(&[0; 8][..pad as usize])?;
        self.put(bytes)
    }

    /// Appends rows to a dataset.
    pub(super) fn push(&mut self, to: &mut Growing, bytes: &[u8]) -> io::Result<()> {
        to.rows += (bytes.len() / to.element) as u64;
        to.waiting.extend_from_slice(bytes);
        if to.waiting.len() >= AT_ONCE * to.chunk_bytes() {
            self.write_chunks(to)?;
        }
        Ok(())
    }

    fn write_chunks(&mut self, to: &mut Growing) -> io::Result<()> {
        let whole = to.waiting.len() / to.chunk_bytes() * to.chunk_bytes();
        let packed = to.waiting[..whole].par_chunks(to.chunk_bytes()).map(|c| to.pack(c));
        for chunk in packed.collect::<io::Result<Vec<_>>>()? {
            let len = u32::try_from(chunk.len()).map_err(io::Error::other)?;
            let address = self.put(&chunk)?;
            to.chunks.push((address, len));
        }
        to.waiting.drain(..whole);
        Ok(())
    }

    /// Writes the last chunk and what describes the dataset; gives its address.
    pub(super) fn end(&mut self, mut dataset: Growing, attributes: &[(&str, &str)]) -> io::Result<u64> {
        self.write_chunks(&mut dataset)?;
        if !dataset.waiting.is_empty() {
            // Chunks are whole. The padding repeats the last row, since ECF cannot hold a time before it in few bytes.
            let (element, whole) = (dataset.element, dataset.chunk_bytes());
            let last = dataset.waiting[dataset.waiting.len() - element..].to_vec();
            while dataset.waiting.len() < whole {
                dataset.waiting.extend_from_slice(&last);
            }
            self.write_chunks(&mut dataset)?;
        }
        let index = self.index(&dataset)?;
        let mut m = Messages::default();
        m.dataspace(&[dataset.rows]);
        m.add(3, &dataset.datatype);
        // Space comes with the chunks; zeros where there are none.
        m.add(5, &[2, 3, 2, 1, 0, 0, 0, 0]);
        let mut layout = vec![3, 2, 2];
        layout.extend(index.to_le_bytes());
        layout.extend((dataset.chunk as u32).to_le_bytes());
        layout.extend((dataset.element as u32).to_le_bytes());
        m.add(8, &layout);
        m.pipeline(dataset.packing, dataset.element as u32);
        attributes.iter().for_each(|(name, value)| m.attribute(name, value));
        self.put_aligned(&m.header())
    }

    /// The B-tree of a dataset's chunks.
    fn index(&mut self, dataset: &Growing) -> io::Result<u64> {
        let key = |i: usize| {
            let mut key = dataset.chunks.get(i).map_or(0, |c| c.1).to_le_bytes().to_vec();
            key.extend(0u32.to_le_bytes());
            key.extend((i as u64 * dataset.chunk as u64).to_le_bytes());
            key.extend(0u64.to_le_bytes());
            key
        };
        // First chunk and address of every child.
        let mut children: Vec<(usize, u64)> = dataset.chunks.iter().enumerate().map(|(i, c)| (i, c.0)).collect();
        if children.is_empty() {
            return Ok(NONE);
        }
        let size = (24 + 24 * (CHILDREN + 1) + 8 * CHILDREN) as u64;
        for level in 0u8.. {
            let base = self.put_aligned(&[])?;
            let count = children.len().div_ceil(CHILDREN);
            let mut parents = Vec::new();
            for (k, node) in children.chunks(CHILDREN).enumerate() {
                let beside = |there: bool, at: usize| if there { base + at as u64 * size } else { NONE };
                let mut bytes = b"TREE\x01".to_vec();
                bytes.push(level);
                bytes.extend((node.len() as u16).to_le_bytes());
                bytes.extend(beside(k > 0, k.wrapping_sub(1)).to_le_bytes());
                bytes.extend(beside(k + 1 < count, k + 1).to_le_bytes());
                for &(first, address) in node {
                    bytes.extend(key(first));
                    bytes.extend(address.to_le_bytes());
                }
                let next = children.get((k + 1) * CHILDREN).map_or(dataset.chunks.len(), |c| c.0);
                bytes.extend(key(next));
                bytes.resize(size as usize, 0);
                parents.push((node[0].0, self.put(&bytes)?));
            }
            children = parents;
            if count == 1 {
                break;
            }
        }
        Ok(children[0].1)
    }

    /// A dataset of one number.
    pub(super) fn number(&mut self, value: i64) -> io::Result<u64> {
        let address = self.put_aligned(&value.to_le_bytes())?;
        let mut m = Messages::default();
        m.dataspace(&[]);
        m.add(3, &integer(8, true));
        m.add(5, &[2, 1, 2, 1, 0, 0, 0, 0]);
        let mut layout = vec![3, 1];
        layout.extend(address.to_le_bytes());
        layout.extend(8u64.to_le_bytes());
        m.add(8, &layout);
        self.put_aligned(&m.header())
    }

    /// A group of these objects.
    pub(super) fn group(&mut self, links: &[(&str, u64)], attributes: &[(&str, &str)]) -> io::Result<u64> {
        let mut m = Messages::default();
        let mut info = vec![0, 0];
        info.extend(NONE.to_le_bytes());
        info.extend(NONE.to_le_bytes());
        m.add(2, &info);
        m.add(10, &[0, 0]);
        for (name, address) in links {
            let mut link = vec![1, 0, name.len() as u8];
            link.extend(name.as_bytes());
            link.extend(address.to_le_bytes());
            m.add(6, &link);
        }
        attributes.iter().for_each(|(name, value)| m.attribute(name, value));
        self.put_aligned(&m.header())
    }

    /// Writes the superblock.
    pub(super) fn finish(mut self, root: u64) -> io::Result<()> {
        let mut s = b"\x89HDF\r\n\x1a\n".to_vec();
        // Versions, bytes of addresses and lengths, sizes of the nodes of old groups, no flags.
        s.extend([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]);
        for address in [0, NONE, self.at, NONE, 0, root] {
            s.extend(address.to_le_bytes());
        }
        s.resize(SUPERBLOCK as usize, 0);
        self.out.flush()?;
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&s)
    }
}

/// Messages of an object's header.
#[derive(Debug, Default)]
struct Messages {
    bytes: Vec<u8>,
    count: u16,
}

impl Messages {
    fn add(&mut self, kind: u16, body: &[u8]) {
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend((body.len().next_multiple_of(8) as u16).to_le_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend(padded(body));
        self.count += 1;
    }

    /// No axes, or one that can grow.
    fn dataspace(&mut self, shape: &[u64]) {
        self.add(1, &dataspace(shape));
    }

    fn pipeline(&mut self, packing: Hdf5Packing, element: u32) {
        // Number, length of the name, flags, client values.
        let mut filters: Vec<(u16, &[u8], Vec<u32>)> = Vec::new();
        match packing {
            Hdf5Packing::None => return,
            Hdf5Packing::Deflate => {
                filters.push((filter::SHUFFLE, b"shuffle\0", vec![element]));
                filters.push((filter::DEFLATE, b"deflate\0", vec![1]));
            }
            Hdf5Packing::Ecf => filters.push((filter::ECF, b"ECF\0\0\0\0\0", vec![])),
        }
        let mut body = vec![1, filters.len() as u8, 0, 0, 0, 0, 0, 0];
        for (id, name, values) in filters {
            for v in [id, name.len() as u16, 0, values.len() as u16] {
                body.extend(v.to_le_bytes());
            }
            body.extend(name);
            values.iter().for_each(|v| body.extend(v.to_le_bytes()));
            if values.len() % 2 == 1 {
                body.extend([0; 4]);
            }
        }
        self.add(11, &body);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let (name, space) = ([name.as_bytes(), &[0]].concat(), dataspace(&[]));
        let mut datatype = vec![0x13, 1, 0, 0];
        datatype.extend((value.len().max(1) as u32).to_le_bytes());
        let mut body = vec![1, 0];
        for part in [&name, &datatype, &space] {
            body.extend((part.len() as u16).to_le_bytes());
        }
        for part in [&name, &datatype, &space] {
            body.extend(padded(part));
        }
        body.extend(if value.is_empty() { &[0] } else { value.as_bytes() });
        self.add(12, &body);
    }

    fn header(&self) -> Vec<u8> {
        let mut out = vec![1, 0];
        out.extend(self.count.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend((self.bytes.len() as u32).to_le_bytes());
        out.extend([0; 4]);
        out.extend(&self.bytes);
        out
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.resize(bytes.len().next_multiple_of(8), 0);
    out
}

fn dataspace(shape: &[u64]) -> Vec<u8> {
    let mut out = vec![1, shape.len() as u8, u8::from(!shape.is_empty()), 0, 0, 0, 0, 0];
    shape.iter().for_each(|n| out.extend(n.to_le_bytes()));
    shape.iter().for_each(|_| out.extend(NONE.to_le_bytes()));
    out
}

/// The type of little-endian integers of so many bytes.
pub(super) fn integer(size: u32, signed: bool) -> Vec<u8> {
    let mut out = vec![0x10, if signed { 8 } else { 0 }, 0, 0];
    out.extend(size.to_le_bytes());
    out.extend([0, 0]);
    out.extend((size as u16 * 8).to_le_bytes());
    out
}

/// The type of elements of several numbers: name, byte, type each.
pub(super) fn compound(size: u32, members: &[(&str, u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0x16, members.len() as u8, 0, 0];
    out.extend(size.to_le_bytes());
    for (name, at, datatype) in members {
        out.extend(padded(&[name.as_bytes(), &[0]].concat()));
        out.extend(at.to_le_bytes());
        // No axes: their number, room for an order and four lengths.
        out.extend([0; 28]);
        out.extend(datatype);
    }
    out
}
