//! `cargo bench -p gapwave-kernels --bench fft`

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

fn fft(c: &mut Criterion) {
    common::family(c, "fft");
}

criterion_group!(benches, fft);
criterion_main!(benches);
