//! `cargo bench -p gapwave-kernels --bench filter`

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

fn filter(c: &mut Criterion) {
    common::family(c, "filter");
}

criterion_group!(benches, filter);
criterion_main!(benches);
