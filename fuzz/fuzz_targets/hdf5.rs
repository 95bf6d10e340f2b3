#![no_main]

use gapwave_datasets::Format;
use std::sync::Once;

static HOOK: Once = Once::new();

// What describes the file: no more than 16 MiB and eight times the file are read for it, and what `hdf5-pure` keeps of a
// node of a tree is at the most eight times the node. A chunk becomes 16 MiB and 1032 times its packed bytes at the most.
// Each of four columns holds chunks of 16 MiB, or one chunk, in memory that may be twice as much because it grew by
// doubling, and four times as much of the column that is being read: while it grows, and for its bytes in another order.
// Chunks share no bytes, so that all their packed bytes together are at most the file's.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The reader contains panics of `hdf5-pure`; all others end the program.
    HOOK.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.location().is_some_and(|l| l.file().contains("hdf5-pure")) {
                eprintln!("contained: {panic}");
            } else {
                abort(panic);
            }
        }));
    });
    let described = 8 * ((16 << 20) + 8 * bytes.len());
    let chunk = (16 << 20) + 1032 * bytes.len();
    gapwave_fuzz::within(described + 12 * chunk, bytes, |b| gapwave_fuzz::opened(Format::Hdf5, b));
});
