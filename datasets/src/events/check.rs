//! What must hold for any bytes at all, as fuzzing and the replay of its corpora check it.

use super::bytes::{Way, decode_bytes};
use super::{Batch, Damage, Route};
use crate::Format;

/// Decodes `file` whole and one word after the other, then cut in places that follow from its bytes, in small blocks and
/// with little room, and as triggers. For tests.
///
/// # Panics
/// Where these give different events or damage, or columns of different lengths.
#[doc(hidden)]
pub fn check_bytes(format: Format, file: &[u8]) {
    let plain = decode_bytes(format, file, Way { route: Route::Words, ..Way::default() });
    sound(&plain, file);
    let mut hash =
        file.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut chance = |n: usize| {
        hash = hash.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (hash >> 33) as usize % n.max(1)
    };
    let cuts = [(); 3].map(|()| chance(file.len()));
    let room = 1 + chance(64);
    let block = 64 + chance(256);
    for (route, room) in [(Route::Words, room), (Route::Blocks(block), room), (Route::Blocks(block), usize::MAX)] {
        let other = decode_bytes(format, file, Way { cuts: &cuts, room, route, ..Way::default() });
        assert!(other == plain, "{format} cut at {cuts:?}, room for {room}, {route:?}: other events or damage");
    }
    let triggers = |cuts| decode_bytes(format, file, Way { cuts, triggers: true, ..Way::default() });
    let whole = triggers(&[]);
    sound(&whole, file);
    assert!(triggers(&cuts) == whole, "{format} cut at {cuts:?}: other triggers or damage");
}

fn sound((events, damage): &(Batch, Option<Damage>), file: &[u8]) {
    let n = events.t.len();
    assert!(events.x.len() == n && events.y.len() == n && events.polarity.len() == n, "columns of different lengths");
    if let Some(d) = damage {
        assert!(d.at <= file.len() && !d.why.is_empty() && !d.why.contains('\n'), "{d:?}");
    }
}

/// The format that the first bytes of a file tell. For tests.
#[doc(hidden)]
pub fn told(bytes: &[u8]) -> Option<Format> {
    super::of_bytes(bytes, None)
}
