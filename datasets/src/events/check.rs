//! What must hold for any bytes at all, as fuzzing and the replay of its corpora check it.

use super::bytes::{Way, decode_each};
use super::{Batch, Damage, Route};
use crate::Format;

/// Events that are held at a time at the most, beyond those of one call of the decoder.
const HELD: usize = 1 << 16;

/// What came of a way to decode: how many events, their digest, what was wrong.
#[derive(Debug, PartialEq)]
struct Seen {
    events: usize,
    digest: u64,
    damage: Option<Damage>,
}

/// Decodes `file` whole and one word after the other, then cut in places that follow from its bytes, in small blocks and
/// with little room, and as triggers. For tests.
///
/// # Panics
/// Where these give different events or damage, or columns of different lengths.
#[doc(hidden)]
pub fn check_bytes(format: Format, file: &[u8]) {
    // A packet of AEDAT 4.0 may hold a million events: with room for all of them a call would take every packet.
    let all = if format == Format::Aedat4 { HELD } else { usize::MAX };
    let plain = seen(format, file, Way { route: Route::Words, room: all, ..Way::default() });
    let mut hash =
        file.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut chance = |n: usize| {
        hash = hash.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (hash >> 33) as usize % n.max(1)
    };
    let cuts = [(); 3].map(|()| chance(file.len()));
    let room = 1 + chance(64);
    let block = 64 + chance(256);
    for (route, room) in [(Route::Words, room), (Route::Blocks(block), room), (Route::Blocks(block), all)] {
        let other = seen(format, file, Way { cuts: &cuts, room, route, ..Way::default() });
        assert!(other == plain, "{format} cut at {cuts:?}, room for {room}, {route:?}: {other:?}, not {plain:?}");
    }
    let triggers = |cuts| seen(format, file, Way { cuts, triggers: true, ..Way::default() });
    assert!(triggers(&cuts) == triggers(&[]), "{format} cut at {cuts:?}: other triggers or damage");
}

/// Decodes and forgets: events stay in the batch for some calls, as decoders must bear, but not for all.
fn seen(format: Format, file: &[u8], way: Way<'_>) -> Seen {
    let (mut events, mut digest, mut done) = (0, 0u64, 0);
    let damage = decode_each(format, file, way, &mut Batch::default(), |batch| {
        let n = batch.len();
        assert!(batch.x.len() == n && batch.y.len() == n && batch.polarity.len() == n, "columns of different lengths");
        for i in done..n {
            let place = [batch.x[i] as u16, batch.y[i] as u16, batch.polarity[i] as u16];
            for value in [batch.t[i] as u64, place.iter().fold(0, |v, &p| v << 16 | u64::from(p))] {
                digest = (digest.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            }
        }
        events += n - done;
        done = n;
        if n > HELD {
            batch.clear();
            done = 0;
        }
    });
    if let Some(d) = &damage {
        assert!(d.at <= file.len() && !d.why.is_empty() && !d.why.contains('\n'), "{d:?}");
    }
    Seen { events, digest, damage }
}

/// Decodes a chunk of ECF; what was decoded is written and read again. For tests.
///
/// # Panics
/// Where that gives other events.
#[cfg(feature = "hdf5")]
#[doc(hidden)]
pub fn check_ecf(bytes: &[u8]) {
    use super::ecf::{decode, encode};
    let (mut events, mut packed, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let Ok(n) = decode(bytes, &mut events) else { return };
    assert_eq!(n, events.len());
    encode(&events, &mut packed).unwrap_or_else(|e| panic!("what was decoded is refused: {e}"));
    assert_eq!(decode(&packed, &mut again), Ok(n));
    assert!(events == again, "{n} events come back as others");
}

/// The format that the first bytes of a file tell. For tests.
#[doc(hidden)]
pub fn told(bytes: &[u8]) -> Option<Format> {
    super::of_bytes(bytes, None)
}
