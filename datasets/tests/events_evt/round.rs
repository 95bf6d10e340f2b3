//! Events that are written and read back.

use super::common::{WRITTEN, chunk, decoded, drained, opened, write};
use gapwave_datasets::generate::Events;
use gapwave_datasets::{Format, ReadOptions, Source, WriteOptions, create};
use proptest::prelude::*;

type Event = (i64, i16, i16, i8);

/// The events as a file's bytes, written in chunks of `step`.
fn written(format: Format, events: &[Event], step: usize) -> Result<Vec<u8>, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    write(&path, format, &chunk(events, Some([2048, 2048])), step)?;
    Ok(std::fs::read(path).unwrap())
}

/// Events of a file: mostly a little later than the last, often in the same row, sometimes periods later.
fn scenes(side: i16) -> impl Strategy<Value = Vec<Event>> {
    let gap = prop_oneof![6 => Just(0i64), 4 => 0i64..50, 1 => 0i64..10_000, 1 => 0i64..1 << 25, 1 => 0i64..1 << 36];
    let event = (gap, 0..side, 0i16..6, any::<bool>(), any::<bool>());
    prop::collection::vec(event, 1..200).prop_map(move |steps| {
        let (mut t, mut x, mut y, mut p) = (0, 0i16, 0, 1);
        let next = |(gap, to, row, moves, flips): (i64, i16, i16, bool, bool)| {
            t += gap;
            // Along a row to the right, or anywhere.
            x = if moves && x < side - 20 { x + 1 + to % 9 } else { to };
            y = if moves { y } else { row };
            p = if flips && !moves { -p } else { p };
            (t, x, y, p)
        };
        steps.into_iter().map(next).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(scene in scenes(2048), step in 1usize..250) {
        for format in [Format::Evt2, Format::Evt3] {
            let file = written(format, &scene, step).unwrap();
            prop_assert_eq!(&decoded(format, &file), &scene, "{}", format);
        }
        let short: Vec<Event> = scene.into_iter().map(|e| (e.0 & 0xffff_ffff, e.1 * 8 + 7, e.2 + 16_000, e.3)).collect();
        prop_assert_eq!(&decoded(Format::Dat, &written(Format::Dat, &short, step).unwrap()), &short);
    }

    #[test]
    fn times_that_go_back_are_kept_or_refused(times in prop::collection::vec(0i64..1 << 26, 1..20)) {
        let events: Vec<Event> = times.iter().map(|&t| (t, 1, 2, 1)).collect();
        let back = times.windows(2).any(|w| w[1] >> 24 < w[0] >> 24);
        match written(Format::Evt3, &events, 7) {
            Ok(file) => prop_assert_eq!(&decoded(Format::Evt3, &file), &events),
            Err(e) => prop_assert!(back && e.contains("goes back over a wrap"), "{}", e),
        }
        prop_assert_eq!(written(Format::Evt3, &events, 7).is_err(), back);
        prop_assert_eq!(decoded(Format::Evt2, &written(Format::Evt2, &events, 7).unwrap()), events);
    }
}

#[test]
fn times_cross_periods() {
    let at = |t: i64| (t, 5, 6, -1);
    for format in [Format::Evt2, Format::Evt3] {
        let period = if format == Format::Evt2 { 1i64 << 34 } else { 1 << 24 };
        let scenes = [
            vec![at(period)],
            vec![at(0), at(period - 1), at(period), at(2 * period - 1), at(2 * period)],
            vec![at(period / 2), at(period / 2 + period), at(period / 2 + 2 * period - 1), at(9 * period)],
            vec![at(3), at(100 * period + 7), at(101 * period)],
            vec![at(period / 4), at(period + period / 4 - 1), at(3 * period - 1), at(3 * period + period - 2)],
        ];
        for scene in scenes {
            assert_eq!(decoded(format, &written(format, &scene, 1000).unwrap()), scene, "{format}");
        }
        let e = written(format, &[at(0), at(i64::MAX)], 10).unwrap_err();
        assert!(e.contains("event 1: ") && e.contains("subtract an offset first"), "{e}");
    }
    // Unix time in µs: many periods of EVT2, and too many of EVT3.
    let unix = 1_605_537_493_718_345;
    assert_eq!(decoded(Format::Evt2, &written(Format::Evt2, &[at(unix)], 1).unwrap()), [at(unix)]);
    assert!(written(Format::Evt3, &[at(unix)], 1).is_err());
}

#[test]
fn what_does_not_fit_is_refused_with_its_event() {
    for (format, event, why) in [
        (Format::Evt2, (-1, 0, 0, 1), "event 1: a time of -1 µs"),
        (Format::Evt3, (-1, 0, 0, 1), "event 1: a time of -1 µs"),
        (Format::Dat, (-1, 0, 0, 1), "event 1: a time of -1 µs"),
        (Format::Dat, (1 << 32, 0, 0, 1), "event 1: a time of 4294967296 µs"),
        (Format::Evt2, (5, 2048, 0, 1), "event 1: x is 2048: 0 to 2047 fit"),
        (Format::Evt3, (5, 0, -3, 1), "event 1: y is -3: 0 to 2047 fit"),
        (Format::Dat, (5, 16_384, 0, 1), "event 1: x is 16384: 0 to 16383 fit"),
    ] {
        let e = written(format, &[(0, 0, 0, 1), event], 10).unwrap_err();
        assert!(e.contains(why), "{format}: {e}");
    }
}

#[test]
fn rows_of_events_are_masks() {
    // 32 events next to each other: TIME_HIGH, TIME_LOW, Y, BASE_X and three masks.
    let row: Vec<Event> = (0..32).map(|i| (1000, 100 + i, 7, 1)).collect();
    let file = written(Format::Evt3, &row, 1000).unwrap();
    let body = file.len() - written(Format::Evt3, &[], 1).unwrap_or_default().len().max(head(&file));
    assert_eq!(body, 2 * 7);
    assert_eq!(decoded(Format::Evt3, &file), row);
    // To the left, and twice at the same pixel: masks would change the order or lose one.
    let left: Vec<Event> = (0..20).map(|i| (1000, 100 - i, 7, 1)).chain([(1000, 81, 7, 1); 3]).collect();
    assert_eq!(decoded(Format::Evt3, &written(Format::Evt3, &left, 1000).unwrap()), left);
}

/// Bytes up to the end of the line `% end`.
fn head(file: &[u8]) -> usize {
    file.windows(6).position(|w| w == b"% end\n").unwrap() + 6
}

#[test]
fn a_scene_goes_through_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let mut scene = Events { seed: 9, events: 300_000, width: 1280, height: 720, rate: 5e6 }.source().unwrap();
    for format in WRITTEN {
        let path = dir.path().join("a");
        scene.rewind().unwrap();
        let mut sink = create(&path, &WriteOptions { format: Some(format), ..Default::default() }).unwrap();
        while let Some(chunk) = scene.read(70_000).unwrap() {
            sink.write(chunk).unwrap();
        }
        sink.finish().unwrap();
        let mut source = opened(&path, &ReadOptions::default());
        assert_eq!(source.schema().attrs.sensor.unwrap().size, Some([1280, 720]));
        scene.rewind().unwrap();
        assert!(drained(source.as_mut(), 33_333) == drained(&mut scene, 1 << 20), "{format}");
    }
}
