//! Words by chance: however they are cut and decoded, the events are the same.

use super::common::{FORMATS, headed, list};
use gapwave_datasets::Format;
use gapwave_datasets::events::{Damage, Route, Way, decode_bytes};
use proptest::prelude::*;

type Decoded = (Vec<(i64, i16, i16, i8)>, Option<Damage>);

fn through(format: Format, file: &[u8], way: Way<'_>) -> Decoded {
    let (events, damage) = decode_bytes(format, file, way);
    (list(&events), damage)
}

/// Words of kinds that mean something more often than chance would have it.
fn words(format: Format) -> BoxedStrategy<Vec<u8>> {
    let evt3 = prop_oneof![
        4 => (0u16..2048).prop_map(|v| 2 << 12 | v),
        2 => (0u16..2048).prop_map(|v| v),
        1 => (0u16..1100).prop_map(|v| 3 << 12 | v),
        2 => (0u16..4096).prop_map(|v| 4 << 12 | v),
        1 => (0u16..4096).prop_map(|v| 5 << 12 | v),
        2 => (0u16..4096).prop_map(|v| 6 << 12 | v),
        1 => (0u16..4096).prop_map(|v| 8 << 12 | v),
        1 => (0u16..3).prop_map(|v| 8 << 12 | v),
        1 => any::<u16>(),
    ];
    let evt2 = prop_oneof![
        6 => 0u32..1 << 29,
        1 => (0u32..1 << 28).prop_map(|v| 8 << 28 | v),
        1 => (0u32..3).prop_map(|v| 8 << 28 | v),
        1 => any::<u32>(),
    ];
    let evt21 = (evt2.clone(), any::<u32>()).prop_map(|(upper, mask)| {
        // Mostly rows that end on the sensor.
        let upper = if mask % 97 == 0 { upper } else { upper & !(1 << 21) };
        u64::from(upper) << 32 | u64::from(mask)
    });
    match format {
        Format::Evt3 => {
            prop::collection::vec(evt3, 0..600).prop_map(|w| w.iter().flat_map(|w| w.to_le_bytes()).collect()).boxed()
        }
        Format::Evt2 => {
            prop::collection::vec(evt2, 0..600).prop_map(|w| w.iter().flat_map(|w| w.to_le_bytes()).collect()).boxed()
        }
        Format::Evt21 => {
            prop::collection::vec(evt21, 0..300).prop_map(|w| w.iter().flat_map(|w| w.to_le_bytes()).collect()).boxed()
        }
        _ => prop::collection::vec(any::<u8>(), 0..2000).boxed(),
    }
}

fn any_stream() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let meant = prop::sample::select(&FORMATS[..]).prop_flat_map(|f| words(f).prop_map(move |b| (f, b)));
    let garbage = (prop::sample::select(&FORMATS[..]), prop::collection::vec(any::<u8>(), 0..1500));
    prop_oneof![4 => meant, 1 => garbage]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_rooms_and_blocks_change_nothing(
        (format, body) in any_stream(),
        cuts in prop::collection::vec(0usize..2500, 0..6),
        room in prop_oneof![1usize..40, Just(usize::MAX)],
        block in prop_oneof![2usize..200, 200usize..3000],
    ) {
        let file = headed(format, &body);
        let plain = through(format, &file, Way { route: Route::Words, ..Way::default() });
        for route in [Route::Words, Route::Blocks(block), Route::default()] {
            let way = Way { cuts: &cuts, room, triggers: false, route };
            prop_assert_eq!(&through(format, &file, way), &plain, "{} {:?}", format, way);
        }
        let triggers = through(format, &file, Way { triggers: true, route: Route::Words, ..Way::default() });
        let cut = through(format, &file, Way { triggers: true, cuts: &cuts, room, ..Way::default() });
        prop_assert_eq!(cut, triggers);
    }
}

/// A stream long enough for many blocks on several threads.
#[test]
fn long_streams_decode_alike_on_any_number_of_threads() {
    let mut chance = super::common::Chance(5);
    for format in FORMATS {
        let mut body = Vec::new();
        for i in 0..200_000u32 {
            let bits = chance.next();
            match format {
                Format::Evt3 => {
                    let kind = [0u16, 2, 2, 2, 3, 4, 6, if i % 50 == 0 { 8 } else { 3 }][(bits >> 40) as usize % 8];
                    body.extend(
                        (kind << 12 | (bits & 0x7ff) as u16 & if kind == 3 { 0x3ff } else { 0xfff }).to_le_bytes(),
                    );
                }
                Format::Evt21 => {
                    let kind = if i % 30 == 0 { 8u64 << 60 } else { bits & 1 << 60 };
                    body.extend((kind | bits & 0x0fdf_ffff_0f0f_0f0f).to_le_bytes());
                }
                Format::Evt2 => {
                    let kind = if i % 30 == 0 { 8u32 << 28 } else { bits as u32 & 1 << 28 };
                    body.extend((kind | bits as u32 & 0x0fff_ffff).to_le_bytes());
                }
                _ => body.extend(bits.to_le_bytes()),
            }
        }
        let file = headed(format, &body);
        let plain = through(format, &file, Way { route: Route::Words, ..Way::default() });
        assert_eq!(plain.1, None, "{format}");
        assert!(plain.0.len() > 80_000, "{format}: {}", plain.0.len());
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for room in [1000, 70_000, usize::MAX] {
                let way = Way { room, ..Way::default() };
                assert!(
                    pool.install(|| through(format, &file, way)) == plain,
                    "{format}, {threads} threads, room {room}"
                );
            }
        }
    }
}
