//! The first inputs of fuzzing, replayed: all but those of EVT and DAT, which are in `events_evt/seeds.rs`.

#[path = "common/aedat.rs"]
mod aedat;
#[path = "common/events.rs"]
mod events;
#[path = "common/seeds.rs"]
mod seeds;

use aedat::*;
use events::{recording, survive};
use gapwave_datasets::events::check_bytes;
use gapwave_datasets::{Format, ReadOptions};
use seeds::{files, put};

const DECODED: [(&str, Format); 4] =
    [("aedat2", Format::Aedat2), ("aedat31", Format::Aedat31), ("aedat4", Format::Aedat4), ("text", Format::EventText)];

#[test]
fn every_way_to_decode_a_seed_gives_the_same() {
    for (target, format) in DECODED {
        for bytes in files(target) {
            check_bytes(format, &bytes);
        }
    }
}

#[test]
fn files_are_read_to_their_end_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let formats = [("npy", Format::Npy), ("wav", Format::Wav)]
        .into_iter()
        .chain(cfg!(feature = "hdf5").then_some(("hdf5", Format::Hdf5)));
    for (target, format) in formats {
        for bytes in files(target) {
            for mmap in [true, false] {
                let options = ReadOptions { format: Some(format), mmap, ..Default::default() };
                let _ = survive(&path, &bytes, &options);
            }
        }
    }
}

#[cfg(feature = "hdf5")]
#[test]
fn chunks_of_ecf_come_back() {
    files("ecf").iter().for_each(|bytes| gapwave_datasets::events::check_ecf(bytes));
}

/// Sound of two channels.
fn wav(bits: u16, float: u16, rows: u32) -> Vec<u8> {
    let row = 2 * bits / 8;
    let data = rows * u32::from(row);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    [1 + 2 * float, 2].iter().for_each(|v| file.extend(v.to_le_bytes()));
    [8000, 8000 * u32::from(row)].iter().for_each(|v| file.extend(v.to_le_bytes()));
    [row, bits].iter().for_each(|v| file.extend(v.to_le_bytes()));
    file.extend(b"data");
    file.extend(data.to_le_bytes());
    file.extend((0..data).map(|i| (i * 37 % 120) as u8));
    file
}

/// Writes the seeds anew: `cargo test … -- --ignored write_seeds`.
#[test]
#[ignore = "writes files into the repository"]
fn write_seeds() {
    let all = recording(200, [-1, 1], [240, 180]);
    put("aedat2", "davis", aedat2(&all, "DAVIS240C"));
    put("aedat2", "dvs", aedat2(&recording(60, [-1, 1], [128, 128]), "DVS128"));
    let wraps = [(0xffff_fff0, 1, 140, 1), (0x1_0000_0003, 2, 141, -1), (0xffff_ffff, 2, 141, -1)];
    put("aedat2", "wraps", aedat2(&wraps, ""));
    put("aedat2", "cut", &aedat2(&wraps, "")[..50]);
    let mut late = all.clone();
    late[100..].iter_mut().for_each(|e| e.0 += 0x7fff_ffff);
    put("aedat31", "some", aedat31(&late));
    put("aedat31", "cut", &aedat31(&late)[..500]);
    let packets = [
        packet31(2, 1, 100, 0, 1, &[0xa5; 100]),
        packet31(1, 1, 8, 0, 9, &words31(&all[..9])),
        packet31(1, 2, 8, 0, 9, &words31(&all[..9])),
        packet31(1, 1, 8, 1, 3, &words31(&all[..3])),
    ];
    put("aedat31", "others", [HEAD31.as_bytes(), &packets.concat()].concat());
    for packing in 0..5 {
        put("aedat4", &format!("packing_{packing}"), aedat4(&all[..150], packing, packing % 2 == 1));
    }
    put("aedat4", "cut", &aedat4(&all, 1, false)[..900]);
    let body = flat4(b"EVTS", all.len(), &words4(&all));
    let packed = ruzstd::encoding::compress_to_vec(&body[..], ruzstd::encoding::CompressionLevel::Fastest);
    put("aedat4", "zstd_packed", [head4(3, -1, INFO), packet4(0, &packed)].concat());
    let mut nameless = head4(0, -1, "");
    nameless.extend(packet4(3, &flat4(b"IMUS", 0, &[])));
    nameless.extend(packet4(7, &flat4(b"EVTS", 2, &words4(&all[..2]))));
    nameless.extend(packet4(8, &flat4(b"EVTS", 2, &words4(&all[2..4]))));
    put("aedat4", "nameless", nameless);
    put("text", "ways", "# t x y p\n\n240 180\n0.000001 1 2 0\r\n  1e-3\t3,4 , 1 # no\n+2.0000005 5.0 6 -1\n-1 7 8 1");
    let lines = all
        .iter()
        .map(|(t, x, y, p)| format!("{}.{:06} {x} {y} {}\n", t / 1_000_000, t % 1_000_000, i32::from(*p == 1)));
    put("text", "some", lines.collect::<String>());
    put("text", "wrong", "0.5 1 2 1\n0.5 1 2\n");
    put(
        "text",
        "numbers",
        "-9223372036854.775808 -32768 32767 1\n9223372036854.775807 0 0 0\n1.5E+3 0 0 0\n.5 1. 2 1\n",
    );
    let array = |descr: &str, shape: &str, bytes: usize| {
        let mut out = b"\x93NUMPY\x01\0\x76\0".to_vec();
        let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        out.extend(format!("{dict:<117}\n").as_bytes());
        out.extend((0..bytes).map(|i| i as u8));
        out
    };
    for (name, descr, shape, bytes) in [
        ("f8", "<f8", "(4,)", 32),
        ("c16", "<c16", "(2, 1, 1)", 32),
        ("i2", "<i2", "(3, 5)", 30),
        ("u1", "|u1", "(0, 7)", 0),
        ("empty", "<f4", "(9, 0)", 0),
        ("cut", "<f8", "(9,)", 71),
    ] {
        put("npy", name, array(descr, shape, bytes));
    }
    let mut second = array("<i8", "(3,)", 24);
    second.splice(6..10, [2, 0, 0x76, 0, 0, 0]);
    put("npy", "version_2", second);
    for (name, bits, float) in [("i8", 8, 0), ("i16", 16, 0), ("i24", 24, 0), ("i32", 32, 0), ("f32", 32, 1)] {
        put("wav", name, wav(bits, float, 12));
    }
    put("wav", "cut", &wav(16, 0, 12)[..50]);
    put("wav", "none", wav(16, 0, 0));
    #[cfg(feature = "hdf5")]
    hdf5::write_seeds();
}

#[cfg(feature = "hdf5")]
mod hdf5 {
    use super::events::{Event, chunk, recording, survive};
    use super::put;
    use gapwave_datasets::events::{Hdf5Packing, Hdf5Sink, ecf};
    use gapwave_datasets::{Format, ReadOptions, Sink};

    fn written(events: &[Event], format: Format, packing: Hdf5Packing) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.h5");
        let mut sink = Hdf5Sink::create(&path, format, packing).unwrap();
        sink.write(chunk(events, 0, Some([1280, 720]))).unwrap();
        sink.finish().unwrap();
        std::fs::read(&path).unwrap()
    }

    /// Zstd by hand: the first 600 bytes as they are, and zeros in blocks of one repeated byte.
    fn zstd(plain: &[u8]) -> Vec<u8> {
        let mut out = 0xfd2f_b528u32.to_le_bytes().to_vec();
        out.push(0xa0);
        out.extend((plain.len() as u32).to_le_bytes());
        let mut block = |kind: u32, len: usize, bytes: &[u8], last: bool| {
            out.extend(&(u32::from(last) | kind << 1 | (len as u32) << 3).to_le_bytes()[..3]);
            out.extend(bytes);
        };
        block(0, 600, &plain[..600], false);
        block(1, 1 << 17, &[0], false);
        block(1, plain.len() - 600 - (1 << 17), &[0], true);
        out
    }

    /// A file whose first chunk, 16 384 events from byte 96 on, is packed by Blosc instead of deflate.
    fn blosc(events: &[Event], codec: u8) -> Vec<u8> {
        let mut bytes = written(events, Format::Hdf5, Hdf5Packing::Deflate);
        let len = 16_384 * 16usize;
        let mut plain = vec![0u8; len];
        plain[..600].iter_mut().enumerate().for_each(|(i, b)| *b = u8::from(i % 16 == 4));
        let stream = match codec {
            1 => lz4_flex::block::compress(&plain),
            _ => zstd(&plain),
        };
        // Never split, not shuffled, one block.
        let mut chunk = vec![2, 1, 16 | codec << 5, 16];
        [len, len, 16 + 4 + 4 + stream.len(), 20, stream.len()]
            .iter()
            .for_each(|&v| chunk.extend((v as u32).to_le_bytes()));
        chunk.extend(stream);
        // The pipeline: shuffle with its element of 16 bytes, which stays, and deflate.
        let deflate = [1, 0, 8, 0, 0, 0, 1, 0, b'd', b'e', b'f', b'l'];
        let at = bytes.windows(deflate.len()).position(|w| w == deflate).unwrap();
        bytes[at..at + 2].copy_from_slice(&32_001u16.to_le_bytes());
        assert!(96 + chunk.len() < at, "{} bytes", chunk.len());
        bytes[96..96 + chunk.len()].copy_from_slice(&chunk);
        bytes
    }

    pub(super) fn write_seeds() {
        let some = recording(40, [0, 1], [320, 240]);
        let many = recording(900, [0, 1], [320, 240]);
        // Whole rows, which take few bytes.
        let rows: Vec<Event> = (0..16_384).map(|i| (i / 1000, (i % 320) as i16, (i / 320) as i16, 1)).collect();
        put("hdf5", "prophesee_ecf", written(&rows, Format::Hdf5, Hdf5Packing::Ecf));
        put("hdf5", "prophesee_deflate", written(&some, Format::Hdf5, Hdf5Packing::Deflate));
        put("hdf5", "prophesee_empty", written(&[], Format::Hdf5, Hdf5Packing::None));
        put("hdf5", "dsec_deflate", written(&some, Format::Dsec, Hdf5Packing::Deflate));
        put("hdf5", "prophesee_blosc_lz4", blosc(&many, 1));
        put("hdf5", "prophesee_blosc_zstd", blosc(&many, 4));
        // As another writer has them: in one run, and in chunks with the indices of HDF5 1.10 and later.
        for (name, chunks, grows) in
            [("run", None, false), ("chunk", Some(8), false), ("chunks", Some(3), false), ("grows", Some(3), true)]
        {
            let mut builder = hdf5_pure::FileBuilder::new();
            let mut group = builder.create_group("events");
            for (i, column) in ["t", "x", "y", "p"].into_iter().enumerate() {
                let dataset = group.create_dataset(column);
                match i {
                    0 => dataset.with_i64_data(&[0, 5, 6, 7, 8, 9, 4_000_000_000, 4_000_000_001]),
                    1 => dataset.with_u16_data(&[1, 2, 3, 4, 5, 6, 7, 8]),
                    2 => dataset.with_i32_data(&[4, 5, 6, 7, 8, 9, 10, 11]),
                    _ => dataset.with_i8_data(&[0, 1, -1, 0, 1, 1, 1, 1]),
                };
                if let Some(rows) = chunks {
                    dataset.with_chunks(&[rows]).with_shuffle().with_deflate(1).with_fletcher32();
                }
                if grows {
                    dataset.with_maxshape(&[hdf5_pure::MaxExtent::Unlimited]);
                }
            }
            builder.add_group(group.finish());
            builder.create_dataset("t_offset").with_i64_data(&[1_000_000_000_000]);
            put("hdf5", &format!("dsec_{name}"), builder.finish().unwrap());
        }
        // All but the empty one hold events.
        let dir = tempfile::tempdir().unwrap();
        let options = ReadOptions { format: Some(Format::Hdf5), ..Default::default() };
        for entry in std::fs::read_dir(super::seeds::folder("hdf5")).unwrap() {
            let entry = entry.unwrap();
            let read = survive(&dir.path().join("a"), &std::fs::read(entry.path()).unwrap(), &options);
            println!("{}: {read:?}", entry.file_name().display());
        }
        for (name, events) in [("few", &some[..5]), ("some", &some[..]), ("many", &many[..])] {
            let events: Vec<ecf::Event> =
                events.iter().map(|e| ecf::Event { x: e.1 as u16, y: e.2 as u16, p: e.3.into(), t: e.0 }).collect();
            let mut out = Vec::new();
            ecf::encode(&events, &mut out).unwrap();
            put("ecf", name, &out);
            put("ecf", &format!("{name}_cut"), &out[..out.len() - 2]);
            // One row and one column after the other, which is written as masks; far apart, which is packed.
            let row: Vec<ecf::Event> =
                events.iter().zip(0..).map(|(e, x)| ecf::Event { x, y: 9, p: 1, ..*e }).collect();
            let far: Vec<ecf::Event> = events
                .iter()
                .zip(0..)
                .map(|(e, i)| ecf::Event { x: i * 97 % 2048, y: i * 31 % 2048, t: -e.t, ..*e })
                .collect();
            for (kind, events) in [("row", row), ("far", far)] {
                let mut out = Vec::new();
                ecf::encode(&events, &mut out).unwrap();
                put("ecf", &format!("{name}_{kind}"), &out);
            }
        }
    }
}
