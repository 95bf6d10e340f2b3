//! `cargo bench -p gapwave-kernels --bench impute`

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

fn impute(c: &mut Criterion) {
    common::family(c, "impute");
}

criterion_group!(benches, impute);
criterion_main!(benches);
