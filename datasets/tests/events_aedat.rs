//! AEDAT 2.0, 3.1 and 4.0. Files are made here from the definitions; nothing in the crate writes them.

#[path = "common/aedat.rs"]
mod aedat;
mod common;
#[path = "common/events.rs"]
mod events;

use aedat::*;
use common::{file, real_data, refused};
use events::{Random, every_way, read, recording, speed, survive};
use gapwave_datasets::events::Polarity;
use gapwave_datasets::{Format, ReadOptions, open};
use proptest::prelude::*;
use std::path::Path;

#[test]
fn a_real_recording() {
    let Some(path) = real_data("events/sample.aedat4") else { return };
    assert_eq!(Format::of_file(&path).unwrap(), Format::Aedat4);
    assert_eq!(open(&path, &ReadOptions::default()).unwrap().schema().attrs.sensor.unwrap().size, Some([320, 240]));
    let all = every_way(&path);
    assert_eq!(all.len(), 111_954);
    assert_eq!(all.iter().filter(|e| e.3 == 1).count(), 55_023);
    assert_eq!(all.iter().filter(|e| e.3 == -1).count(), 56_931);
    let (order, sorted) = events::digests(&all);
    assert_eq!(order, "49b641be72be96e515fd65b82dd20ea155640bd3edd10d9b75ac21c25c4e2f29");
    assert_eq!(sorted, "5fbfe5d311bbd09c396a444633ac90fb6ecab64bde639382b128fc7e2494f357");
    let binary = ReadOptions { polarity: Some(Polarity::Binary), ..Default::default() };
    let zeros = read(&path, &binary, 10_000).unwrap().iter().filter(|e| e.3 == 0).count();
    assert_eq!(zeros, 56_931);
    let dir = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    // Behind byte 945 243 comes the table of packets, which is not read.
    truncations(&dir.path().join("a.aedat4"), &bytes[..945_243], Format::Aedat4, 18);
}

/// 300 cuts: every one is an error that says where the file ends, and says so after whole events only.
fn truncations(path: &Path, bytes: &[u8], format: Format, least: usize) {
    let explicit = ReadOptions { format: Some(format), ..Default::default() };
    let mut r = Random(bytes.len() as u64);
    for _ in 0..300 {
        let cut = least + r.below((bytes.len() - least) as u64) as usize;
        let e = survive(path, &bytes[..cut], &explicit).unwrap_err();
        assert!(e.contains("the file ends") || e.contains("the header"), "{cut} of {}: {e}", bytes.len());
    }
}

#[test]
fn version_2() {
    let dir = tempfile::tempdir().unwrap();
    // Bytes by hand: y 3, x 5, ON at 7 µs.
    let bytes = b"#!AER-DAT2.0\r\n# AEChip: DAVIS240C\r\n\x00\xc0\x58\x00\x00\x00\x00\x07";
    assert_eq!(read(&file(&dir, "a.aedat", bytes), &ReadOptions::default(), 9).unwrap(), [(7, 5, 3, 1)]);
    for (chip, size) in [("eu.seebetter.ini.chips.davis.DAVIS240C", [240, 180]), ("x.retina.DVS128", [128, 128])] {
        let all = recording(20_000, [-1, 1], size);
        let path = file(&dir, "b.aedat", aedat2(&all, chip));
        assert_eq!(Format::of_file(&path).unwrap(), Format::Aedat2);
        assert_eq!(open(&path, &ReadOptions::default()).unwrap().schema().attrs.sensor.unwrap().size, Some(size));
        assert!(every_way(&path) == all, "{chip}");
    }
    // Events that begin with the byte of `#`, times that wrap, back and forth.
    let all =
        [(0xffff_fff0, 1, 140, 1), (0x1_0000_0003, 2, 141, -1), (0xffff_ffff, 2, 141, -1), (0x1_7000_0000, 0, 0, 1)];
    let mut bytes = aedat2(&all, "");
    assert_eq!(bytes[36], b'#');
    assert_eq!(read(&file(&dir, "c.aedat", &bytes), &ReadOptions::default(), 9).unwrap(), all);
    // Samples of frames and external signals are passed over.
    for address in [0x8000_0000u32, 0x8000_0c00, 0x400] {
        bytes.extend(address.to_be_bytes());
        bytes.extend(0x7000_0001u32.to_be_bytes());
    }
    let path = file(&dir, "c.aedat", &bytes);
    assert_eq!(read(&path, &ReadOptions::default(), 1).unwrap(), all);
    bytes.extend([1, 2, 3]);
    let e = read(&file(&dir, "d.aedat", &bytes), &ReadOptions::default(), 9).unwrap_err().to_string();
    assert!(e.contains("byte 92: the file ends 3 bytes into an event of 8"), "{e}");
    let e = refused(&path, &ReadOptions { triggers: true, ..Default::default() });
    assert!(e.contains("triggers"), "{e}");
    let e = refused(
        &file(&dir, "e.aedat", "#!AER-DAT1.0\r\n"),
        &ReadOptions { format: Some(Format::Aedat2), ..Default::default() },
    );
    assert!(e.contains("AEDAT \"1.0\" is not read"), "{e}");
    let e = refused(&path, &ReadOptions { format: Some(Format::Aedat4), ..Default::default() });
    assert!(e.contains("not an AEDAT 4.0 file"), "{e}");
}

#[test]
fn version_3_1() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = recording(50_000, [-1, 1], [240, 180]);
    all[30_000..].iter_mut().for_each(|e| e.0 += 0x7fff_0000);
    let bytes = aedat31(&all);
    let path = file(&dir, "a.aedat", &bytes);
    assert_eq!(Format::of_file(&path).unwrap(), Format::Aedat31);
    assert_eq!(open(&path, &ReadOptions::default()).unwrap().schema().attrs.sensor.unwrap().size, Some([240, 180]));
    assert!(every_way(&path) == all);
    // By hand: valid, OFF, y 3, x 5; then one that is not valid; another camera's packet.
    let mut bytes = HEAD31.as_bytes().to_vec();
    let words = [0x000a_000du32, 9, 0x000a_000c, 9].map(u32::to_le_bytes).concat();
    bytes.extend(packet31(1, 1, 8, 2, 2, &words));
    bytes.extend(packet31(1, 2, 8, 2, 2, &words));
    assert_eq!(read(&file(&dir, "b.aedat", &bytes), &ReadOptions::default(), 1).unwrap(), [((2 << 31) + 9, 5, 3, -1)]);
    let broken = |packet: Vec<u8>| {
        let path = file(&dir, "c.aedat", [HEAD31.as_bytes(), &packet].concat());
        read(&path, &ReadOptions::default(), 9).unwrap_err().to_string()
    };
    assert!(broken(packet31(1, 1, 16, 0, 1, &[0; 16])).contains("polarity events of 16 bytes"));
    assert!(broken(packet31(1, 1, 8, -1, 1, &words)).contains("overflow -1"));
    assert!(broken(packet31(1, 1, 8, 0, -4, &words)).contains("number -4"));
    assert!(broken(packet31(1, 1, 8, 0, 9, &words)).contains("the file ends within a packet: 7 events are missing"));
    assert!(broken(packet31(3, 1, 9, 0, i32::MAX, &words)).contains("bytes are missing"));
    assert!(broken(packet31(1, 1, 8, 0, 1, &[1, 0, 0, 0, 0, 0, 0, 0x80])).contains("negative time"));
    let e = refused(&file(&dir, "d.aedat", HEAD31.replace("RAW", "SerializedTS")), &ReadOptions::default());
    assert!(e.contains("SerializedTS"), "{e}");
    truncations(&path, &aedat31(&all[..5000]), Format::Aedat31, 12);
}

#[test]
fn version_4() {
    let dir = tempfile::tempdir().unwrap();
    let all = recording(50_000, [-1, 1], [346, 260]);
    for packing in 0..5 {
        for table in [true, false] {
            let path = file(&dir, "a.aedat4", aedat4(&all, packing, table));
            let source = open(&path, &ReadOptions::default()).unwrap();
            assert_eq!(source.schema().attrs.sensor.unwrap().size, Some([346, 260]));
            if packing % 2 == 1 {
                assert!(every_way(&path) == all, "{packing} {table}");
            } else {
                assert!(read(&path, &ReadOptions::default(), 4000).unwrap() == all, "{packing} {table}");
            }
        }
        truncations(&dir.path().join("b.aedat4"), &aedat4(&all[..9000], packing, true)[..], Format::Aedat4, 12);
    }
    // No description of the streams: the first one with events.
    let mut bytes = head4(0, -1, "");
    bytes.extend(packet4(3, &flat4(b"IMUS", 0, &[])));
    bytes.extend(packet4(7, &flat4(b"EVTS", 2, &words4(&all[..2]))));
    bytes.extend(packet4(8, &flat4(b"EVTS", 2, &words4(&all[2..4]))));
    assert_eq!(read(&file(&dir, "c.aedat4", &bytes), &ReadOptions::default(), 9).unwrap(), all[..2]);
}

#[test]
fn version_4_lies() {
    let dir = tempfile::tempdir().unwrap();
    let why = |bytes: &[u8]| {
        let explicit = ReadOptions { format: Some(Format::Aedat4), ..Default::default() };
        survive(&dir.path().join("a.aedat4"), bytes, &explicit).unwrap_err()
    };
    let with = |packing, body: &[u8]| [head4(packing, -1, INFO), packet4(0, body)].concat();
    assert!(why(&with(0, &flat4(b"FRME", 0, &[]))).contains("EVTS was expected"));
    assert!(why(&with(0, &flat4(b"EVTS", 3, &[0; 32]))).contains("reach beyond their packet"));
    assert!(why(&with(0, &[255; 40])).contains("FlatBuffer of 4294967295 bytes"));
    assert!(why(&with(0, &flat4(b"EVTS", 1, &words4(&[(0, -1, 0, 1)])))).contains("negative coordinate"));
    assert!(why(&with(1, b"no LZ4 at all")).contains("LZ4"));
    assert!(why(&with(3, b"no Zstd at all")).contains("Zstd"));
    assert!(why(&head4(5, -1, INFO)).contains("packing number 5"));
    assert!(why(&head4(0, 3, INFO)).contains("within the header"));
    assert!(why(&head4(0, -1, &INFO.replace("EVTS", "FRME"))).contains("no stream of events"));
    for body in [vec![], packet4(1, b"skipped")] {
        let e = why(&[head4(0, 1 << 40, INFO), body].concat());
        assert!(e.contains("the file ends before its table"), "{e}");
    }
    // A packet that would become gigabytes: 4 bytes of Zstd for 128 KiB of zeros each.
    let mut bomb = 0xfd2f_b528u32.to_le_bytes().to_vec();
    bomb.extend([0, 0x58]);
    (0..40_000).for_each(|_| bomb.extend([2, 0, 16, 0]));
    let e = why(&with(3, &bomb));
    assert!(e.contains("become more than"), "{e}");
    // A window of gigabytes.
    let e = why(&with(3, &[0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0]));
    assert!(e.contains("Zstd"), "{e}");
}

fn garbage(format: Format, head: &[u8], body: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let explicit = ReadOptions { format: Some(format), ..Default::default() };
    let n = survive(&dir.path().join("a"), &[head, body].concat(), &explicit).unwrap_or(0);
    assert!(n <= body.len());
}

proptest! {
    #[test]
    fn garbage_is_no_reason_to_panic(body in proptest::collection::vec(any::<u8>(), 0..600), small: bool, packing in 0..5) {
        let body: Vec<u8> = body.iter().map(|b| if small { b & 15 } else { *b }).collect();
        garbage(Format::Aedat2, b"#!AER-DAT2.0\r\n", &body);
        garbage(Format::Aedat31, b"#!AER-DAT3.1\r\n", &body);
        garbage(Format::Aedat31, HEAD31.as_bytes(), &body);
        garbage(Format::Aedat4, b"#!AER-DAT4.0\r\n", &body);
        garbage(Format::Aedat4, &head4(packing, -1, INFO), &body);
        garbage(Format::Aedat4, &head4(packing, -1, INFO), &packet4(0, &body));
        garbage(Format::Aedat4, &head4(packing, -1, INFO), &packet4(0, &pack(packing, &body)));
    }

    #[test]
    fn turned_bits(at in proptest::collection::vec((any::<u32>(), any::<u8>()), 1..5), packing in 0..5) {
        let all = recording(200, [-1, 1], [240, 180]);
        for (format, bytes) in [(Format::Aedat31, aedat31(&all)), (Format::Aedat4, aedat4(&all, packing, true))] {
            let mut bytes = bytes;
            let n = bytes.len();
            at.iter().for_each(|(i, b)| bytes[*i as usize % n] ^= b);
            garbage(format, &[], &bytes);
        }
    }
}

#[test]
#[ignore = "a measurement"]
fn speed_of_aedat() {
    let dir = tempfile::tempdir().unwrap();
    let all = recording(10_000_000, [-1, 1], [240, 180]);
    speed("AEDAT 2.0", &file(&dir, "a.aedat", aedat2(&all, "DAVIS240C")), all.len());
    speed("AEDAT 3.1", &file(&dir, "b.aedat", aedat31(&all)), all.len());
    for (name, packing) in [("none", 0), ("LZ4", 1)] {
        speed(&format!("AEDAT 4.0 {name}"), &file(&dir, "c.aedat4", aedat4(&all, packing, true)), all.len());
    }
    if let Some(path) = real_data("events/sample.aedat4") {
        speed("AEDAT 4.0, the real recording", &path, 111_954);
    }
}
