//! What these tests share.

use gapwave_columns::{Array, Attrs, Chunk, Sensor};
use gapwave_datasets::events::{Batch, Route, Way, decode_bytes};
use gapwave_datasets::{Format, ReadOptions, Source, WriteOptions, create, open};
use std::path::{Path, PathBuf};

pub(crate) const FORMATS: [Format; 4] = [Format::Evt2, Format::Evt21, Format::Evt3, Format::Dat];
/// Those that are written too.
pub(crate) const WRITTEN: [Format; 3] = [Format::Evt2, Format::Evt3, Format::Dat];

/// A header and words.
pub(crate) fn evt2(words: &[u32]) -> Vec<u8> {
    words.iter().fold(b"% evt 2.0\n% end\n".to_vec(), |mut f, w| {
        f.extend(w.to_le_bytes());
        f
    })
}

pub(crate) fn evt21(words: &[u64]) -> Vec<u8> {
    words.iter().fold(b"% evt 2.1\n% end\n".to_vec(), |mut f, w| {
        f.extend(w.to_le_bytes());
        f
    })
}

pub(crate) fn evt3(words: &[u16]) -> Vec<u8> {
    words.iter().fold(b"% evt 3.0\n% end\n".to_vec(), |mut f, w| {
        f.extend(w.to_le_bytes());
        f
    })
}

/// The header of a format, and any bytes.
pub(crate) fn headed(format: Format, bytes: &[u8]) -> Vec<u8> {
    let head: &[u8] = match format {
        Format::Evt2 => b"% evt 2.0\n% end\n",
        Format::Evt21 => b"% evt 2.1\n% end\n",
        Format::Evt3 => b"% evt 3.0\n% end\n",
        _ => b"% Data file containing CD events.\n% Version 2\n% end\n\x0c\x08",
    };
    [head, bytes].concat()
}

/// (t, x, y, polarity) of every event.
pub(crate) fn list(b: &Batch) -> Vec<(i64, i16, i16, i8)> {
    (0..b.len()).map(|i| (b.t[i], b.x[i], b.y[i], b.polarity[i])).collect()
}

/// The events of an undamaged file.
pub(crate) fn decoded(format: Format, file: &[u8]) -> Vec<(i64, i16, i16, i8)> {
    let (events, damage) = decode_bytes(format, file, Way { route: Route::Words, ..Way::default() });
    assert_eq!(damage, None);
    list(&events)
}

pub(crate) fn chunk(events: &[(i64, i16, i16, i8)], size: Option<[u16; 2]>) -> Chunk {
    let names = ["t", "x", "y", "polarity"].map(String::from);
    let cols = vec![
        Array::from(events.iter().map(|e| e.0).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.1).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.2).collect::<Vec<_>>()),
        Array::from(events.iter().map(|e| e.3).collect::<Vec<_>>()),
    ];
    let attrs = Attrs { fs: None, sensor: Some(Sensor { size }) };
    Chunk::with_names(names.into(), cols, 0, attrs).unwrap()
}

pub(crate) fn rows(chunk: &Chunk) -> Vec<(i64, i16, i16, i8)> {
    let (t, x) = (chunk.cols[0].as_slice::<i64>().unwrap(), chunk.cols[1].as_slice::<i16>().unwrap());
    let (y, p) = (chunk.cols[2].as_slice::<i16>().unwrap(), chunk.cols[3].as_slice::<i8>().unwrap());
    (0..chunk.rows()).map(|i| (t[i], x[i], y[i], p[i])).collect()
}

/// Everything that a source gives, in reads of so many rows, whose sizes and numbers are checked.
pub(crate) fn drained(source: &mut dyn Source, step: usize) -> Vec<(i64, i16, i16, i8)> {
    let mut all = Vec::new();
    while let Some(chunk) = source.read(step).unwrap() {
        assert!((1..=step).contains(&chunk.rows()));
        assert_eq!(chunk.first_row, all.len() as u64);
        all.extend(rows(&chunk));
    }
    all
}

pub(crate) fn opened(path: &Path, options: &ReadOptions) -> Box<dyn Source> {
    open(path, options).unwrap_or_else(|e| panic!("{e}"))
}

/// Writes events in chunks of `step`; or why that was refused.
pub(crate) fn write(path: &Path, format: Format, events: &Chunk, step: usize) -> Result<(), String> {
    let mut sink = create(path, &WriteOptions { format: Some(format), ..Default::default() }).unwrap();
    let mut at = 0;
    while at < events.rows() {
        let n = step.min(events.rows() - at);
        sink.write(events.slice_rows(at, n).unwrap()).map_err(|e| e.to_string())?;
        at += n;
    }
    sink.finish().map_err(|e| e.to_string())
}

/// The folder of real recordings, or a loud line that says that the test was skipped.
pub(crate) fn recordings() -> Option<PathBuf> {
    let root = std::env::var_os("GAPWAVE_TEST_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let folder = root.join("events");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent; set GAPWAVE_TEST_DATA to the folder with the test data", folder.display());
    None
}

/// A small random number generator, for what proptest would shrink in vain.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
