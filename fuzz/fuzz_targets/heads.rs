#![no_main]

use gapwave_datasets::{Format, events};

// The text before the words: whatever it says, every decoder takes or refuses it.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let formats = [Format::Evt2, Format::Evt21, Format::Evt3, Format::Dat];
    // Files of AEDAT have another head, which these decoders do not look at.
    let told = events::told(bytes).filter(|t| formats.contains(t));
    for format in formats {
        gapwave_fuzz::bounded(bytes, |bytes| {
            let (events, damage) = events::decode_bytes(format, bytes, events::Way::default());
            if told.is_some_and(|t| t != format) {
                assert!(events.is_empty() && damage.is_some(), "a file of {told:?} was read as {format}");
            }
        });
    }
});
