//! `cargo bench -p gapwave-kernels --bench primitives`

mod common;

use criterion::{Criterion, criterion_group, criterion_main};

fn primitives(c: &mut Criterion) {
    common::family(c, "primitives");
}

criterion_group!(benches, primitives);
criterion_main!(benches);
