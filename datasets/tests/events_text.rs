//! Events as text.

mod common;
#[path = "common/events.rs"]
mod events;

use common::{file, real_data, refused};
use events::{Event, every_way, read, recording, speed, survive, write};
use gapwave_datasets::events::Polarity;
use gapwave_datasets::{Format, ReadOptions, WriteOptions, create, open};
use proptest::prelude::*;

fn of(text: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Vec<Event>, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "e.txt", text);
    read(&path, options, 1000).map_err(|e| e.to_string().split_once("e.txt: ").unwrap().1.into())
}

#[test]
fn a_real_recording() {
    let Some(path) = real_data("events/slider_depth_chunk.txt") else { return };
    let all = every_way(&path);
    assert_eq!(all.len(), 50_000);
    assert_eq!(all.iter().filter(|e| e.3 == 1).count(), 21_147);
    assert_eq!((all[0].0, all[49_999].0), (3811, 174_156));
    let want = [
        "e36ebc3935294274361747089782d81a75ac562909a6f74be3026fa5b2cf4007",
        "04637705e63d78d1a692324994d9c1963d279b6cf93d51b03e464100ad31ef97",
    ];
    let (order, sorted) = events::digests(&all);
    assert_eq!([order.as_str(), sorted.as_str()], want);
}

#[test]
fn lines_are_read_however_they_are_written() {
    let default = ReadOptions::default();
    let text = "# t x y p\n\n240 180\n0.000001 1 2 0\r\n  1e-3\t3,4 , 1 # no\n+2.0000005 5.0 6 -1\n-1 7 8 1";
    let want = [(1, 1, 2, 0), (1000, 3, 4, 1), (2_000_001, 5, 6, 0), (-1_000_000, 7, 8, 1)];
    assert_eq!(of(text, &default).unwrap(), want);
    let dir = tempfile::tempdir().unwrap();
    let source = open(&file(&dir, "a.txt", text), &default).unwrap();
    assert_eq!(source.schema().attrs.sensor.unwrap().size, Some([240, 180]));
    let signed = ReadOptions { polarity: Some(Polarity::Signed), ..Default::default() };
    assert_eq!(of(text, &signed).unwrap().iter().map(|e| e.3).collect::<Vec<_>>(), [-1, 1, -1, 1]);
    assert_eq!(of("# nothing\n\n", &default).unwrap(), []);
    let triggers = ReadOptions { triggers: true, ..Default::default() };
    assert!(refused(&file(&dir, "b.txt", text), &triggers).contains("triggers"));
}

#[test]
fn errors_name_the_line() {
    let good = "0.5 1 2 1\n";
    for (text, why) in [
        ("0.5 1 2\n", "there are 3 fields"),
        ("0.5 1 2 1 1\n", "there are 4 fields"),
        ("0.5 1 2 1 1 1 1\n", "there are more than 4 fields"),
        ("0.5 1 2 2\n", "p is \"2\""),
        ("0.5 1.5 2 1\n", "x is \"1.5\""),
        ("0.5 1 32768 1\n", "y is \"32768\""),
        ("x 1 2 1\n", "t is \"x\""),
        ("1e30 1 2 1\n", "t is \"1e30\""),
        ("240 180\n", "there are 2 fields"),
    ] {
        let text = if text.contains("1 1") && !text.contains("1 1 1") { "0.5 1 2 1 1\n" } else { text };
        let why = if text == "0.5 1 2 1 1\n" { "more than 4 fields" } else { why };
        let e = of(format!("#\n{good}\n{text}{good}"), &ReadOptions::default()).unwrap_err();
        assert!(e.starts_with("byte 13: line 4: ") && e.contains(why), "{text:?}: {e}");
        // Far behind, where several cores read.
        let e = of(format!("{}{text}", good.repeat(200_000)), &ReadOptions::default()).unwrap_err();
        assert!(e.starts_with("byte 2000000: line 200001: "), "{e}");
    }
    let e = of(vec![b'1'; 1 << 20], &ReadOptions::default()).unwrap_err();
    assert!(e.contains("line 1: "), "{e}");
}

#[test]
fn events_before_the_damage_are_handed_out_however_many_cores_read() {
    let dir = tempfile::tempdir().unwrap();
    let good = "0.5 1 2 1\n";
    for bad in ["0.5 1 2\n".to_string(), format!("{}0.5 1 2 1\n", " ".repeat(1 << 16))] {
        let path = file(&dir, "a.txt", format!("{}{bad}{}", good.repeat(150_000), good.repeat(9)));
        for rows in [1000, 1 << 20] {
            let (mut source, mut n) = (open(&path, &ReadOptions::default()).unwrap(), 0);
            let e = loop {
                match source.read(rows) {
                    Ok(Some(chunk)) => n += chunk.rows(),
                    Ok(None) => panic!("no error"),
                    Err(e) => break e.to_string(),
                }
            };
            assert!(e.contains("byte 1500000: line 150001: "), "{e}");
            assert_eq!(n, 150_000);
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    let mut all = recording(60_000, [0, 1], [640, 480]);
    for (i, t) in [i64::MIN, -1_000_001, -1, 0, 1, 999_999, i64::MAX].into_iter().enumerate() {
        all[i * 1000].0 = t;
    }
    write(&path, &all, 17_000, None, &WriteOptions::default());
    assert_eq!(Format::of_file(&path).unwrap(), Format::EventText);
    assert!(every_way(&path) == all);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("-9223372036854.775808 "));
    // Signed polarity is written as 0 and 1 too.
    let signed: Vec<Event> = all.iter().map(|e| (e.0, e.1, e.2, 2 * e.3 - 1)).collect();
    write(&path, &signed, 60_000, None, &WriteOptions::default());
    assert!(std::fs::read_to_string(&path).unwrap() == text);
    create(&path, &WriteOptions::default()).unwrap().finish().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[test]
fn cut_anywhere_it_ends_or_complains() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    write(&path, &recording(2000, [0, 1], [64, 48]), 2000, None, &WriteOptions::default());
    let bytes = std::fs::read(&path).unwrap();
    let mut r = events::Random(1);
    let explicit = ReadOptions { format: Some(Format::EventText), ..Default::default() };
    for _ in 0..300 {
        let cut = r.below(bytes.len() as u64) as usize;
        let whole = bytes[..cut].iter().filter(|&&b| b == b'\n').count();
        match survive(&path, &bytes[..cut], &explicit) {
            // The last line may look whole.
            Ok(n) => assert!(n == whole || n == whole + 1),
            Err(e) => assert!(e.contains(&format!("line {}: ", whole + 1)), "{e}"),
        }
    }
}

#[cfg(not(feature = "hdf5"))]
#[test]
fn without_hdf5_its_feature_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.h5", b"\x89HDF\r\n\x1a\n");
    assert!(refused(&path, &ReadOptions::default()).contains("feature `hdf5`"));
    let Err(e) = create(&path, &WriteOptions::default()) else { panic!("a file was begun") };
    assert!(e.to_string().contains("feature `hdf5`"), "{e}");
}

proptest! {
    #[test]
    fn garbage_is_no_reason_to_panic(text in "([0-9.eE+ #,\\-\t\n]{0,12}|[ -~\n]{0,5}){0,30}", raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = of(&text, &ReadOptions::default());
        let _ = of(&raw, &ReadOptions::default());
    }
}

#[test]
#[ignore = "a measurement"]
fn speed_of_text() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    let all = recording(10_000_000, [0, 1], [640, 480]);
    let start = std::time::Instant::now();
    write(&path, &all, 1 << 18, None, &WriteOptions::default());
    println!("text written: {:.1} M events/s", 10.0 / start.elapsed().as_secs_f64());
    speed("text read", &path, all.len());
}
