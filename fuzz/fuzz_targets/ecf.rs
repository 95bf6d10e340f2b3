#![no_main]

use gapwave_datasets::events;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gapwave_fuzz::bounded(bytes, events::check_ecf));
