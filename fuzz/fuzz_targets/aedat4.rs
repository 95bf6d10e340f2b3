#![no_main]

use gapwave_datasets::{Format, events};

// A packet may become 16 MiB and 256 times its bytes. While it does, there are at the same time: what came out so far
// and its copy into twice the room; the same for Zstd's window; and then its events, of 13 bytes for 16. Packets come
// one after the other.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let packet = (16 << 20) + 256 * bytes.len();
    gapwave_fuzz::within(8 * packet, bytes, |bytes| events::check_bytes(Format::Aedat4, bytes));
});
