//! What the tests of recordings share.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part of it")]

use gapwave_columns::{Array, Attrs, Chunk, Sensor};
use gapwave_datasets::{Error, ReadOptions, Source, WriteOptions, create, open};
use sha2::{Digest, Sha256};
use std::path::Path;

/// t, x, y, polarity.
pub type Event = (i64, i16, i16, i8);

/// The events of a chunk.
pub fn rows(chunk: &Chunk) -> Vec<Event> {
    let (t, x) = (chunk.cols[0].as_slice::<i64>().unwrap(), chunk.cols[1].as_slice::<i16>().unwrap());
    let (y, p) = (chunk.cols[2].as_slice::<i16>().unwrap(), chunk.cols[3].as_slice::<i8>().unwrap());
    (0..chunk.rows()).map(|i| (t[i], x[i], y[i], p[i])).collect()
}

/// Every event, read in chunks of `n`; the chunks are checked on the way.
pub fn read_in(source: &mut dyn Source, n: usize) -> Result<Vec<Event>, Error> {
    let mut out = Vec::new();
    while let Some(chunk) = source.read(n)? {
        assert_eq!(chunk.first_row, out.len() as u64);
        assert!((1..=n).contains(&chunk.rows()), "{} of {n}", chunk.rows());
        for (col, meta) in chunk.cols.iter().zip(&source.schema().cols) {
            assert_eq!(&col.meta().with_rows(0), meta);
        }
        out.extend(rows(&chunk));
    }
    assert!(source.read(n)?.is_none(), "the end stays the end");
    Ok(out)
}

pub fn read(path: &Path, options: &ReadOptions, n: usize) -> Result<Vec<Event>, Error> {
    read_in(open(path, options)?.as_mut(), n)
}

pub fn chunk(events: &[Event], first_row: u64, size: Option<[u16; 2]>) -> Chunk {
    let names = ["t", "x", "y", "polarity"].map(String::from);
    let cols = vec![
        Array::from(events.iter().map(|e| e.0).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.1).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.2).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.3).collect::<Vec<_>>()),
    ];
    let attrs = Attrs { fs: None, sensor: Some(Sensor { size }) };
    Chunk::with_names(names.to_vec().into(), cols, first_row, attrs).unwrap()
}

pub fn write(path: &Path, events: &[Event], n: usize, size: Option<[u16; 2]>, options: &WriteOptions) {
    let mut sink = create(path, options).unwrap();
    for (i, part) in events.chunks(n.max(1)).enumerate() {
        sink.write(chunk(part, (i * n) as u64, size)).unwrap();
    }
    sink.finish().unwrap();
}

fn digest<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    let mut sha = Sha256::new();
    for &(t, x, y, p) in events {
        sha.update((x as u16).to_le_bytes());
        sha.update((y as u16).to_le_bytes());
        sha.update([u8::from(p == 1)]);
        sha.update(t.to_le_bytes());
    }
    sha.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Digests as the expected results have them: in order of the file, and sorted.
pub fn digests(events: &[Event]) -> (String, String) {
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|&(t, x, y, p)| (t, x as u16, y as u16, p == 1));
    (digest(events.iter()), digest(sorted.iter()))
}

/// Chunk sizes and ways of reading that must all give the same.
pub fn every_way(path: &Path) -> Vec<Event> {
    let whole = read(path, &ReadOptions::default(), usize::MAX >> 8).unwrap();
    for mmap in [true, false] {
        let options = ReadOptions { mmap, ..Default::default() };
        for n in [1, 7, 1000, 65_536, whole.len().max(1)] {
            assert!(read(path, &options, n).unwrap() == whole, "chunks of {n}, mapped {mmap}");
        }
        let mut source = open(path, &options).unwrap();
        source.read(100).unwrap();
        source.rewind().unwrap();
        assert!(read_in(source.as_mut(), 5000).unwrap() == whole, "after a rewind");
    }
    whole
}

/// Numbers that repeat from run to run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A recording somewhat like one of a moving edge: bursts within a row, now and then another row.
pub fn recording(n: usize, on_off: [i8; 2], size: [u16; 2]) -> Vec<Event> {
    let mut r = Random(n as u64);
    let (mut t, mut x, mut y) = (1_000_000i64, 0u64, 0u64);
    (0..n)
        .map(|_| {
            if r.below(6) == 0 {
                (t, y, x) = (t + r.below(12) as i64, r.below(size[1].into()), r.below(size[0].into()));
            }
            x = (x + 1 + r.below(3)) % u64::from(size[0]);
            (t, x as i16, y as i16, on_off[usize::from(r.below(3) > 0)])
        })
        .collect()
}

/// Reads a file of these bytes to the end or to its error, which must be one line that begins with the path. Events
/// before the error count.
pub fn survive(path: &Path, bytes: &[u8], options: &ReadOptions) -> Result<usize, String> {
    std::fs::write(path, bytes).unwrap();
    let mut n = 0;
    let result = open(path, options).and_then(|mut source| {
        while let Some(chunk) = source.read(5000)? {
            n += chunk.rows();
        }
        Ok(())
    });
    result.map(|()| n).map_err(|e| {
        let text = e.to_string();
        assert!(!text.contains('\n'), "one line: {text}");
        text.strip_prefix(&format!("{}: ", path.display())).unwrap_or_else(|| panic!("no path: {text}")).into()
    })
}

/// Millions of events a second, by hand: `cargo test --release -- --ignored --nocapture speed`.
pub fn speed(what: &str, path: &Path, events: usize) {
    for mmap in [true, false] {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let mut source = open(path, &ReadOptions { mmap, ..Default::default() }).unwrap();
            let (start, mut n) = (std::time::Instant::now(), 0);
            while let Some(chunk) = source.read(1 << 18).unwrap() {
                n += chunk.rows();
            }
            assert_eq!(n, events);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let way = if mmap { "mapped" } else { "read" };
        println!("{what}, {way}: {:.1} M events/s", events as f64 / best / 1e6);
    }
}

/// What Linux says of this process.
pub fn kib(what: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix(what))?.trim().strip_suffix(" kB")?.parse().ok()
}
