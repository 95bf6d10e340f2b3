#![no_main]

use gapwave_datasets::{Format, events};

// The text before the words: whatever it says, every decoder takes or refuses it.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let told = events::told(bytes);
    for format in [Format::Evt2, Format::Evt21, Format::Evt3, Format::Dat] {
        gapwave_fuzz::bounded(bytes, |bytes| {
            let (events, damage) = events::decode_bytes(format, bytes, events::Way::default());
            if told.is_some_and(|t| t != format) {
                assert!(events.is_empty() && damage.is_some(), "a file of {told:?} was read as {format}");
            }
        });
    }
});
