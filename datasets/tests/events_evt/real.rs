//! Real recordings, against counts and digests that were found independently.

use super::common::{WRITTEN, chunk, drained, opened, recordings, rows, write};
use gapwave_datasets::events::Polarity;
use gapwave_datasets::{Format, ReadOptions};
use sha2::{Digest, Sha256};

struct Known {
    name: &'static str,
    format: Format,
    events: usize,
    on: usize,
    times: [i64; 2],
    canonical: &'static str,
    order: &'static str,
}

const KNOWN: [Known; 3] = [
    Known {
        name: "evt2_gen3.raw",
        format: Format::Evt2,
        events: 539_481,
        on: 367_855,
        times: [1_317_888, 1_367_888],
        canonical: "1797b2999b90962347991bb00afaa6a93029c67f3cc3930c43a0776aac600577",
        order: "b1173ac6d2fa825b244a4fb1c408d2b32b0675a4fb6792824410b7632c2ef9bb",
    },
    Known {
        name: "evt3_gen41.raw",
        format: Format::Evt3,
        events: 219_596,
        on: 115_532,
        times: [11_718_656, 11_727_457],
        canonical: "7a39307f1078ce9932488f31cd8a59f67e8f3c5ac49a4d306e3dabf31ccb7206",
        order: "bffaa119a5322a7c162af9862a810dfd1d65ba525a896744bb5ead0777f1def0",
    },
    Known {
        name: "ncars.dat",
        format: Format::Dat,
        events: 2009,
        on: 1350,
        times: [0, 99_952],
        canonical: "423b04ef079ffa7595cbf319de71e02d31add3793d3e2d89a18826739d23d521",
        order: "b317fe3fca5c998e517be90fdbd8e2d4292cdbfda506fd82977376f6cb81308b",
    },
];

type Event = (i64, i16, i16, i8);

fn digest(events: &[Event]) -> String {
    let mut bytes = Vec::with_capacity(13 * events.len());
    for &(t, x, y, p) in events {
        bytes.extend((x as u16).to_le_bytes());
        bytes.extend((y as u16).to_le_bytes());
        bytes.push(u8::from(p == 1));
        bytes.extend(t.to_le_bytes());
    }
    Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn check(known: &Known, events: &[Event], how: &str) {
    assert_eq!(events.len(), known.events, "{how}");
    assert_eq!(events.iter().filter(|e| e.3 == 1).count(), known.on, "{how}");
    assert!(events.iter().all(|e| e.3 == 1 || e.3 == -1), "{how}");
    assert_eq!([events[0].0, events[events.len() - 1].0], known.times, "{how}");
    assert_eq!(digest(events), known.order, "{how}");
}

#[test]
fn recordings_are_read_as_they_were_elsewhere_however_they_are_cut() {
    let Some(folder) = recordings() else { return };
    for known in KNOWN {
        let path = folder.join(known.name);
        for mmap in [true, false] {
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let options = ReadOptions { mmap, ..Default::default() };
                for step in [1, 7, 1000, 65_536, usize::MAX] {
                    let how = format!("{}, mmap {mmap}, {threads} threads, {step} rows", known.name);
                    let events = pool.install(|| drained(opened(&path, &options).as_mut(), step));
                    check(&known, &events, &how);
                }
            }
        }
        let mut source = opened(&path, &ReadOptions::default());
        let first = drained(source.as_mut(), 1000);
        source.rewind().unwrap();
        assert_eq!(drained(source.as_mut(), 777), first, "a second pass is the first");
        let mut sorted: Vec<_> = first.into_iter().map(|(t, x, y, p)| (t, x, y, i8::from(p == 1))).collect();
        sorted.sort();
        assert_eq!(digest(&sorted), known.canonical);
    }
}

#[test]
fn recordings_are_written_and_read_back_in_every_format() {
    let Some(folder) = recordings() else { return };
    let dir = tempfile::tempdir().unwrap();
    for known in KNOWN {
        let events = drained(opened(&folder.join(known.name), &ReadOptions::default()).as_mut(), usize::MAX);
        let table = chunk(&events, Some([1280, 720]));
        for format in WRITTEN {
            let path = dir.path().join("written");
            write(&path, format, &table, 100_001).unwrap();
            let mut source = opened(&path, &ReadOptions { format: Some(format), ..Default::default() });
            assert_eq!(source.schema().attrs.sensor.unwrap().size, Some([1280, 720]));
            check(&known, &drained(source.as_mut(), 50_000), &format!("{} as {format}", known.name));
        }
        let path = dir.path().join("written");
        write(&path, known.format, &table, usize::MAX).unwrap();
        let (own, theirs) =
            (std::fs::metadata(&path).unwrap().len(), std::fs::metadata(folder.join(known.name)).unwrap().len());
        assert!(own <= theirs + 4096, "{}: {own} bytes written, the camera wrote {theirs}", known.name);
    }
}

#[test]
fn options_choose_columns_and_polarity() {
    let Some(folder) = recordings() else { return };
    let path = folder.join(KNOWN[2].name);
    let options = ReadOptions { polarity: Some(Polarity::Binary), ..Default::default() };
    let events = drained(opened(&path, &options).as_mut(), 300);
    assert_eq!(events.iter().filter(|e| e.3 == 0).count(), KNOWN[2].events - KNOWN[2].on);
    let mut chosen = opened(&path, &ReadOptions::columns(["polarity", "t"]));
    let part = chosen.read(100).unwrap().unwrap();
    assert_eq!(part.names.as_ref(), ["polarity", "t"]);
    let whole = opened(&path, &ReadOptions::default()).read(100).unwrap().unwrap();
    assert_eq!(part.cols[1], whole.cols[0]);
    assert_eq!(rows(&whole).len(), 100);
}
