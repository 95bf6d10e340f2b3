//! Events in HDF5.
#![cfg(feature = "hdf5")]

mod common;
#[path = "common/events.rs"]
mod events;

use common::{file, refused};
use events::{Event, Random, chunk, every_way, recording, speed, survive, write};
use gapwave_datasets::events::{Hdf5Packing, Hdf5Sink, Polarity};
use gapwave_datasets::{Format, ReadOptions, Sink, WriteOptions, open};
use std::path::Path;

const WAYS: [(Format, Hdf5Packing); 5] = [
    (Format::Hdf5, Hdf5Packing::None),
    (Format::Hdf5, Hdf5Packing::Deflate),
    (Format::Hdf5, Hdf5Packing::Ecf),
    (Format::Dsec, Hdf5Packing::None),
    (Format::Dsec, Hdf5Packing::Deflate),
];

fn put(path: &Path, events: &[Event], n: usize, (format, packing): (Format, Hdf5Packing)) {
    let mut sink = Hdf5Sink::create(path, format, packing).unwrap();
    for (i, part) in events.chunks(n).enumerate() {
        sink.write(chunk(part, (i * n) as u64, Some([1280, 720]))).unwrap();
    }
    sink.finish().unwrap();
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    for way in WAYS {
        for rows in [0, 1, 5, 16_383, 16_384, 16_385, 300_000] {
            let all = recording(rows, [0, 1], [1280, 720]);
            put(&path, &all, 50_000, way);
            let source = open(&path, &ReadOptions::default()).unwrap();
            assert_eq!(source.rows(), Some(rows as u64));
            // Without a chunk the sink has not heard of a sensor.
            let size = (rows > 0).then_some([1280, 720]);
            assert_eq!(source.schema().attrs.sensor.unwrap().size, size);
            assert!(events::read(&path, &ReadOptions::default(), 10_000).unwrap() == all, "{way:?} {rows}");
        }
    }
    put(&path, &recording(50_000, [0, 1], [64, 48]), 777, WAYS[2]);
    every_way(&path);
    put(&path, &recording(100_000, [0, 1], [64, 48]), 777, WAYS[4]);
    every_way(&path);
}

#[test]
fn times_of_every_kind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.hdf5");
    for way in WAYS {
        let all: Vec<Event> = (0..40_000).map(|i| (-5_000_000_000_000 - i % 7 + i * i / 1000, 3, 4, 1)).collect();
        put(&path, &all, 9999, way);
        assert!(events::read(&path, &ReadOptions::default(), 1 << 20).unwrap() == all, "{way:?}");
        // An index of years is refused, not written.
        let mut sink = Hdf5Sink::create(&path, way.0, way.1).unwrap();
        let e = sink.write(chunk(&[(0, 0, 0, 1), (1_605_537_493_718_345, 0, 0, 1)], 0, None)).unwrap_err();
        assert!(e.to_string().contains("event 1: "), "{e}");
    }
}

#[test]
fn what_cannot_be_held_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    for (way, x) in [(WAYS[0], -1), (WAYS[2], 2048), (WAYS[4], -3)] {
        let mut sink = Hdf5Sink::create(&path, way.0, way.1).unwrap();
        let e = sink.write(chunk(&[(0, 1, 1, 1), (0, x, 1, 1)], 0, None)).unwrap_err().to_string();
        assert!(e.contains("event 1: x "), "{e}");
        drop(sink);
        assert!(!path.exists());
    }
    assert!(Hdf5Sink::create(&path, Format::Dsec, Hdf5Packing::Ecf).is_err());
}

#[test]
fn polarity_as_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    let all = [(5, 1, 2, -1), (6, 3, 4, 1)];
    for format in [Format::Hdf5, Format::Dsec] {
        write(&path, &all, 2, None, &WriteOptions { format: Some(format), ..Default::default() });
        let signed = ReadOptions { polarity: Some(Polarity::Signed), ..Default::default() };
        assert_eq!(events::read(&path, &signed, 9).unwrap(), all);
        assert_eq!(events::read(&path, &ReadOptions::default(), 9).unwrap(), [(5, 1, 2, 0), (6, 3, 4, 1)]);
        assert!(refused(&path, &ReadOptions { triggers: true, ..Default::default() }).contains("triggers"));
    }
}

#[test]
fn files_of_other_content_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(refused(&file(&dir, "a.h5", "no"), &ReadOptions::default()).contains("not a HDF5 file"));
    let mut builder = hdf5_pure::FileBuilder::new();
    builder.create_dataset("other").with_f64_data(&[1.0]);
    let bytes = builder.finish().unwrap();
    let why = refused(&file(&dir, "b.h5", &bytes), &ReadOptions::default());
    assert!(why.contains("neither /CD/events nor") && why.contains("\"other\""), "{why}");
    let mut builder = hdf5_pure::FileBuilder::new();
    let mut group = builder.create_group("CD");
    group.create_dataset("events").with_f64_data(&[1.0]);
    builder.add_group(group.finish());
    let why = refused(&file(&dir, "c.h5", builder.finish().unwrap()), &ReadOptions::default());
    assert!(why.contains("whole numbers x, y, p and t were expected"), "{why}");
}

/// A chunk that is named twice would let a small file have any number of events.
#[test]
fn chunks_that_share_bytes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    put(&path, &recording(20_000, [0, 1], [320, 240]), 20_000, WAYS[2]);
    let mut bytes = std::fs::read(&path).unwrap();
    // The first tree is that of the events: keys of 24 bytes and addresses, the first of which is at byte 48.
    let tree = bytes.windows(4).position(|w| w == b"TREE").unwrap();
    bytes.copy_within(tree + 48..tree + 56, tree + 80);
    let why = refused(&file(&dir, "b.h5", &bytes), &ReadOptions::default());
    assert!(why.contains("the chunks of rows 0 and 16384 share bytes, at byte 96"), "{why}");
}

/// A tree of five levels, each of one node whose 64 children are the same: 2³⁰ chunks in 10 KiB. And more rows than any
/// file of that size has chunks for.
#[test]
fn descriptions_that_never_end_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    put(&path, &recording(20_000, [0, 1], [320, 240]), 20_000, WAYS[2]);
    let bytes = std::fs::read(&path).unwrap();
    let place = |what: &[u8]| bytes.windows(what.len()).position(|w| w == what).unwrap();
    let tree = place(b"TREE");
    let layout = place(&[&[3, 2, 2][..], &(tree as u64).to_le_bytes()].concat());
    let mut bad = bytes.clone();
    let mut child = 96u64;
    for level in 0..5 {
        let mut node = [b"TREE\x01", &[level, 64, 0][..], &[255; 16]].concat();
        for _ in 0..64 {
            node.extend([0; 24]);
            node.extend(child.to_le_bytes());
        }
        node.extend([0; 24]);
        child = bad.len() as u64;
        bad.extend(node);
    }
    bad[layout + 3..layout + 11].copy_from_slice(&child.to_le_bytes());
    let why = refused(&file(&dir, "b.h5", &bad), &ReadOptions::default());
    assert!(why.contains("leads in circles"), "{why}");
    let mut bad = bytes.clone();
    let rows = place(&20_000u64.to_le_bytes());
    bad[rows..rows + 8].copy_from_slice(&(1u64 << 50).to_le_bytes());
    let why = refused(&file(&dir, "c.h5", &bad), &ReadOptions::default());
    assert!(why.contains("rows in 68719476736 chunks"), "{why}");
}

/// The columns of DSEC as another writer has them: contiguous, types of its own, an offset of one row.
#[test]
fn other_writers_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut builder = hdf5_pure::FileBuilder::new();
    let mut group = builder.create_group("events");
    group.create_dataset("t").with_u32_data(&[0, 5, 4_000_000_000]);
    group.create_dataset("x").with_u16_data(&[1, 2, 3]);
    group.create_dataset("y").with_i32_data(&[4, 5, 6]);
    group.create_dataset("p").with_i8_data(&[0, 1, -1]);
    builder.add_group(group.finish());
    builder.create_dataset("t_offset").with_i64_data(&[1_000_000_000_000]);
    let path = file(&dir, "a.h5", builder.finish().unwrap());
    let want = [(1_000_000_000_000, 1, 4, 0), (1_000_000_000_005, 2, 5, 1), (1_004_000_000_000, 3, 6, 0)];
    assert_eq!(every_way(&path), want);
}

#[test]
fn damaged_files_are_refused_or_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    let explicit = ReadOptions { format: Some(Format::Hdf5), ..Default::default() };
    let mut r = Random(7);
    for way in WAYS {
        put(&path, &recording(40_000, [0, 1], [320, 240]), 40_000, way);
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..60 {
            let cut = r.below(bytes.len() as u64) as usize;
            let e = survive(&path, &bytes[..cut], &explicit).unwrap_err();
            assert!(!e.is_empty());
        }
        // Bits turned where the descriptions are: at the ends.
        for _ in 0..300 {
            let mut bad = bytes.clone();
            for _ in 0..1 + r.below(4) {
                let near = r.below(3000.min(bytes.len() as u64)) as usize;
                let i = if r.below(4) == 0 { near % 96 } else { bytes.len() - 1 - near };
                bad[i] = if r.below(2) == 0 { r.next() as u8 } else { bad[i] ^ 1 << r.below(8) };
            }
            if let Ok(n) = survive(&path, &bad, &explicit) {
                assert!(n < 10_000_000);
            }
        }
        for _ in 0..20 {
            let mut bad = bytes.clone();
            let i = r.below(bytes.len() as u64) as usize;
            bad[i] = r.next() as u8;
            let _ = survive(&path, &bad, &explicit);
        }
    }
}

/// `GAPWAVE_HDF5` names a folder: writes files for other readers there, and compares every `.h5` in it, whoever wrote it,
/// with the events in the `.txt` of the same name.
#[test]
#[ignore = "a comparison with other programs, by hand"]
fn other_programs_agree() {
    let folder = std::env::var_os("GAPWAVE_HDF5").expect("GAPWAVE_HDF5 names a folder");
    let folder = Path::new(&folder);
    let mut all = recording(2_000_000, [0, 1], [1280, 720]);
    all[30_000].0 -= 77;
    for (i, way) in WAYS.into_iter().enumerate() {
        // Whole chunks of ECF, since evlib 0.13 takes the padding of the last one for events.
        let all = if way.1 == Hdf5Packing::Ecf { &all[..100 * 16_384] } else { &all[..] };
        put(&folder.join(format!("ours{i}.h5")), all, 50_000, way);
        write(&folder.join(format!("ours{i}.txt")), all, 50_000, None, &WriteOptions::default());
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "h5") {
            let ours = events::read(&path, &ReadOptions::default(), 1 << 20).unwrap();
            let want = events::read(&path.with_extension("txt"), &ReadOptions::default(), 1 << 20).unwrap();
            assert!(ours == want && !ours.is_empty(), "{}", path.display());
            println!("{}: {} events agree", path.display(), ours.len());
        }
    }
}

/// `GAPWAVE_READ` names a recording of any format: reads it and says how fast, and what the process took at the most.
#[test]
#[ignore = "a measurement of one file, by hand"]
fn one_file() {
    let path = std::env::var_os("GAPWAVE_READ").expect("GAPWAVE_READ names a recording");
    let mut source = open(path.as_ref(), &ReadOptions::default()).unwrap();
    let (start, mut n) = (std::time::Instant::now(), 0);
    while let Some(chunk) = source.read(1 << 18).unwrap() {
        n += chunk.rows();
    }
    let rate = n as f64 / start.elapsed().as_secs_f64() / 1e6;
    let peak = events::kib("VmHWM:").unwrap_or(0) as f64 / 1024.0;
    println!("{}: {n} events, {rate:.1} M events/s, {peak:.0} MiB at the most", path.display());
}

#[test]
#[ignore = "a measurement"]
fn speed_of_hdf5() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.h5");
    let all = recording(10_000_000, [0, 1], [1280, 720]);
    for way in WAYS {
        let start = std::time::Instant::now();
        put(&path, &all, 1 << 18, way);
        let took = start.elapsed().as_secs_f64();
        let size = std::fs::metadata(&path).unwrap().len() as f64 / 1e7;
        println!("{way:?} written: {:.1} M events/s, {size:.2} bytes an event", 10.0 / took);
        speed(&format!("{way:?} read"), &path, all.len());
    }
}
