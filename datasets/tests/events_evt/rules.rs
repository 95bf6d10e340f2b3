//! What single words do, wraps, triggers, headers, and files that are damaged.

use super::common::{Chance, FORMATS, decoded, drained, evt2, evt3, evt21, headed, opened, rows};
use gapwave_datasets::events::{Way, decode_bytes};
use gapwave_datasets::{Format, ReadOptions, open};

const HIGH: u32 = 8 << 28;

#[test]
fn evt2_words() {
    let file = evt2(&[
        1 << 28 | 5 << 22 | 3 << 11 | 4, // before the first TIME_HIGH: dropped
        HIGH | 100,
        1 << 28 | 5 << 22 | 3 << 11 | 4,
        63 << 22 | 2047 << 11 | 2047,
        0xe << 28 | 5,
        0xf << 28,
        5 << 28, // no known type
        HIGH | 99,
        0,
    ]);
    assert_eq!(decoded(Format::Evt2, &file), [(6405, 3, 4, 1), (6463, 2047, 2047, -1), (6336, 0, 0, -1)]);
}

#[test]
fn evt2_and_evt21_wrap_after_2_to_the_34() {
    let half = 1 << 27;
    let top = (1 << 28) - 1;
    let file = evt2(&[HIGH | top, 63 << 22, HIGH, 0, HIGH | top, HIGH | (top - half), 1 << 22, HIGH | 3, HIGH, 0]);
    let times: Vec<i64> = decoded(Format::Evt2, &file).iter().map(|e| e.0).collect();
    let period = 1i64 << 34;
    // A fall by exactly half the range is none; from there to 3 is less than half.
    assert_eq!(times, [period - 1, period, period + (i64::from(top - half) << 6) + 1, period]);
    let wide = |w: u32| u64::from(w) << 32;
    let file = evt21(&[wide(HIGH | top), wide(0) | 1, wide(HIGH | 1), wide(0) | 1]);
    let times: Vec<i64> = decoded(Format::Evt21, &file).iter().map(|e| e.0).collect();
    assert_eq!(times, [i64::from(top) << 6, period + 64]);
}

#[test]
fn evt21_rows_in_both_orders_of_halves() {
    let row = u64::from(1u32 << 28 | 7 << 22 | 64 << 11 | 9);
    let mask = 1u64 | 1 << 13 | 1 << 31;
    let words = [u64::from(HIGH | 2) << 32, row << 32 | mask, (u64::from(0xau32 << 28 | 3 << 22 | 5 << 8 | 1)) << 32];
    let expected = [(135, 64, 9, 1), (135, 77, 9, 1), (135, 95, 9, 1)];
    assert_eq!(decoded(Format::Evt21, &evt21(&words)), expected);
    let mut legacy = b"% format EVT21;height=720;width=1280;endianness=legacy\n% end\n".to_vec();
    legacy.extend(words.iter().flat_map(|w| w.rotate_left(32).to_le_bytes()));
    assert_eq!(decoded(Format::Evt21, &legacy), expected);
    let (triggers, _) = decode_bytes(Format::Evt21, &legacy, Way { triggers: true, ..Way::default() });
    assert_eq!((triggers.t, triggers.x, triggers.polarity), (vec![131], vec![5], vec![1]));
    let beyond = u64::from(2040u32 << 11) << 32 | 1 << 8;
    let (_, damage) = decode_bytes(Format::Evt21, &evt21(&[words[0], beyond]), Way::default());
    let damage = damage.unwrap();
    assert_eq!(damage.at, 16 + 8);
    assert!(damage.why.contains("x = 2048, where 2047 is the last"), "{}", damage.why);
}

const Y: u16 = 0;
const X: u16 = 2 << 12;
const BASE: u16 = 3 << 12;
const MASK12: u16 = 4 << 12;
const MASK8: u16 = 5 << 12;
const LOW: u16 = 6 << 12;
const HIGH3: u16 = 8 << 12;

#[test]
fn evt3_words() {
    let file = evt3(&[
        X | 1, // before TIME_HIGH and Y: dropped
        HIGH3 | 1,
        X | 1, // before Y: dropped
        LOW | 5,
        Y | 1 << 11 | 9, // the origin bit is no part of y
        X | 1 << 11 | 7,
        BASE | 1 << 11 | 30,
        MASK12 | 0b1000_0000_0001,
        X | 8,                       // does not move the base
        MASK8 | 0xf00 | 0b1000_0010, // four bits that do not belong to the mask
        MASK12 | 1,
        7 << 12 | 3,
        0xe << 12,
        0xf << 12,
    ]);
    let t = 4096 + 5;
    let expected = [(7, 1), (30, 1), (41, 1), (8, -1), (43, 1), (49, 1), (50, 1)].map(|(x, p)| (t, x, 9, p));
    assert_eq!(decoded(Format::Evt3, &file), expected);
    let (_, damage) = decode_bytes(Format::Evt3, &evt3(&[HIGH3, Y, BASE | 2040, MASK12, MASK8 | 1]), Way::default());
    let damage = damage.unwrap();
    assert_eq!(damage.at, 16 + 8);
    assert!(damage.why.contains("x = 2052, where 2047 is the last"), "{}", damage.why);
    assert_eq!(decoded(Format::Evt3, &evt3(&[HIGH3, Y, BASE | 2040, MASK12 | 128, MASK8])).len(), 1);
}

#[test]
fn evt3_times() {
    let times = |words: &[u16]| -> Vec<i64> {
        let words = [&[HIGH3, Y], words].concat();
        decoded(Format::Evt3, &evt3(&words)).iter().map(|e| e.0).collect()
    };
    // TIME_LOW that steps back is no wrap; a TIME_HIGH with the same value keeps it, with another one clears it.
    assert_eq!(times(&[LOW | 100, X, LOW | 90, X, HIGH3, X, HIGH3 | 1, X]), [100, 90, 90, 4096]);
    // A fall by 2048 is a wrap, by 2047 none.
    assert_eq!(times(&[HIGH3 | 4095, LOW | 4095, X, HIGH3, X]), [(1 << 24) - 1, 1 << 24]);
    assert_eq!(times(&[HIGH3 | 2048, HIGH3, X]), [1 << 24]);
    assert_eq!(times(&[HIGH3 | 2047, X, HIGH3, X]), [2047 << 12, 0]);
    // A low time before the first TIME_HIGH does not count.
    assert_eq!(decoded(Format::Evt3, &evt3(&[LOW | 7, HIGH3 | 1, Y, X]))[0].0, 4096);
}

#[test]
fn triggers_are_a_table_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.raw");
    let files = [
        evt2(&[0xa << 28, HIGH | 1, 0xa << 28 | 9 << 22 | 31 << 8 | 1, 0, 0xa << 28 | 10 << 22 | 2 << 8]),
        evt3(&[0xa << 12, HIGH3, LOW | 73, 0xa << 12 | 15 << 8 | 1, Y, X, LOW | 74, 0xa << 12 | 2 << 8]),
    ];
    for (file, first) in files.into_iter().zip([31i16, 15]) {
        std::fs::write(&path, file).unwrap();
        let mut source = opened(&path, &ReadOptions { triggers: true, ..Default::default() });
        assert_eq!(source.schema().names.as_ref(), ["t", "id", "value"]);
        let chunk = source.read(10).unwrap().unwrap();
        assert_eq!(chunk.cols[0].as_slice::<i64>().unwrap(), [73, 74]);
        assert_eq!(chunk.cols[1].as_slice::<i16>().unwrap(), [first, 2]);
        assert_eq!(chunk.cols[2].as_slice::<i8>().unwrap(), [1, 0]);
        assert_eq!(source.read(10).unwrap(), None);
        assert_eq!(drained(opened(&path, &ReadOptions::default()).as_mut(), 10).len(), 1);
    }
    std::fs::write(&path, headed(Format::Dat, &[])).unwrap();
    assert!(open(&path, &ReadOptions { triggers: true, ..Default::default() }).is_err());
}

fn refused(bytes: &[u8], name: &str, format: Option<Format>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let Err(e) = open(&path, &ReadOptions { format, ..Default::default() }) else { panic!("{name} was opened") };
    let text = e.to_string();
    assert!(!text.contains('\n'), "{text}");
    text.replace(&format!("{}: ", path.display()), "")
}

#[test]
fn the_header_tells_and_is_believed() {
    assert!(refused(&[0; 8], "a.raw", None).contains("first bytes are"), "without a header, a .raw is not guessed at");
    assert_eq!(refused(&evt3(&[]), "a", Some(Format::Evt2)), "byte 0: the header says EVT3, not EVT2");
    assert_eq!(
        refused(b"% evt 2.0\n% endianness big\n", "a", None),
        "byte 0: endianness \"big\": words are read as little-endian"
    );
    assert!(refused(&[12, 8, 0], "a.dat", None).contains("begins with lines of text"));
    assert!(refused(b"% Version 2\n\x0e\x08", "a.dat", None).contains("byte 12: events of type 0x0e"));
    assert!(refused(b"% Version 2\n\x0c\x09", "a.dat", None).contains("byte 13: events of 9 bytes"));
    assert!(refused(b"% Version 2\n\x0c", "a.dat", None).contains("byte 12: the file ends before"));
    // A file without a header is what one says it is.
    let words = [HIGH | 1, 0].map(u32::to_le_bytes).concat();
    assert_eq!(decoded(Format::Evt2, &words), [(64, 0, 0, -1)]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.raw");
    std::fs::write(&path, &words).unwrap();
    let options = ReadOptions { format: Some(Format::Evt2), ..Default::default() };
    assert_eq!(drained(opened(&path, &options).as_mut(), 5).len(), 1);
}

#[test]
fn events_before_damage_come_first_and_the_damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.raw");
    let mut file = evt2(&[HIGH | 1, 0, 1]);
    file.extend([1, 2, 3]);
    std::fs::write(&path, file).unwrap();
    for mmap in [true, false] {
        let mut source = opened(&path, &ReadOptions { mmap, ..Default::default() });
        assert_eq!(rows(&source.read(1).unwrap().unwrap()), [(64, 0, 0, -1)]);
        assert_eq!(rows(&source.read(5).unwrap().unwrap()), [(64, 0, 1, -1)]);
        for _ in 0..2 {
            let e = source.read(5).unwrap_err().to_string();
            assert!(e.ends_with("byte 28: the file ends within a word: 3 of its 4 bytes are there"), "{e}");
        }
        source.rewind().unwrap();
        assert_eq!(source.read(5).unwrap().unwrap().rows(), 2);
    }
}

#[test]
fn files_cut_anywhere_give_a_beginning_or_an_error() {
    let mut chance = Chance(11);
    for format in FORMATS {
        let mut body: Vec<u8> = match format {
            Format::Evt3 => [HIGH3, Y, BASE, LOW].iter().flat_map(|w| w.to_le_bytes()).collect(),
            Format::Evt21 => (u64::from(HIGH) << 32).to_le_bytes().to_vec(),
            _ => HIGH.to_le_bytes().to_vec(),
        };
        body.resize(
            match format {
                Format::Evt3 => 8,
                Format::Dat => 0,
                _ => body.len(),
            },
            0,
        );
        for _ in 0..600 {
            let bits = chance.next();
            match format {
                Format::Evt3 => {
                    let kind = [0, 2, 2, 6, 5][chance.below(5) as usize] << 12;
                    let word = kind | (bits & 0x3ff) as u16;
                    body.extend((if kind == MASK8 { BASE } else { word }).to_le_bytes());
                    body.extend(word.to_le_bytes());
                }
                Format::Evt21 => body.extend((bits & 0x1fff_ffff_ffff_ffff & !(1 << 53)).to_le_bytes()),
                Format::Evt2 => body.extend((bits as u32 & 0x1fff_ffff).to_le_bytes()),
                _ => body.extend(bits.to_le_bytes()),
            }
        }
        let file = headed(format, &body);
        let whole = decoded(format, &file);
        assert!(whole.len() > 100, "{format}: {} events", whole.len());
        let word = match format {
            Format::Evt3 => 2,
            Format::Evt2 => 4,
            _ => 8,
        };
        let start = file.len() - body.len();
        for _ in 0..300 {
            let len = chance.below(file.len() as u64) as usize;
            let (events, damage) = decode_bytes(format, &file[..len], Way::default());
            let events = super::common::list(&events);
            assert_eq!(events, whole[..events.len()], "{format} at {len}");
            if len >= start {
                assert_eq!(damage.is_some(), (len - start) % word != 0, "{format} at {len}");
            }
            if let Some(d) = damage {
                assert!(d.at <= len && !d.why.is_empty(), "{format} at {len}: {d:?}");
            }
        }
    }
}
