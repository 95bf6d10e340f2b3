#![no_main]

use gapwave_datasets::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gapwave_fuzz::bounded(bytes, |b| gapwave_fuzz::opened(Format::Wav, b)));
