//! The first inputs of fuzzing, replayed: all but those of EVT and DAT, which are in `events_evt/seeds.rs`.

#[path = "common/aedat.rs"]
mod aedat;
#[path = "common/events.rs"]
mod events;

use aedat::*;
use events::recording;
use gapwave_datasets::Format;
use gapwave_datasets::events::check_bytes;
use std::path::{Path, PathBuf};

const DECODED: [(&str, Format); 4] =
    [("aedat2", Format::Aedat2), ("aedat31", Format::Aedat31), ("aedat4", Format::Aedat4), ("text", Format::EventText)];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus-seeds").join(target)
}

fn files(target: &str) -> Vec<Vec<u8>> {
    let folder = folder(target);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: {} is absent (it is part of the repository, not of the package)", folder.display());
        return Vec::new();
    };
    entries.map(|e| std::fs::read(e.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_way_to_decode_a_seed_gives_the_same() {
    for (target, format) in DECODED {
        for bytes in files(target) {
            check_bytes(format, &bytes);
        }
    }
}

/// Writes a seed.
fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder(target)).unwrap();
    std::fs::write(folder(target).join(name), bytes).unwrap();
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
}
