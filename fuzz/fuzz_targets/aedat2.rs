#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gapwave_fuzz::file(gapwave_datasets::Format::Aedat2, bytes));
