//! What fresh memory costs, and how much of it a run needs: `cargo bench --bench memory_efficiency`
//!
//! Each kernel runs on a million elements with outputs that are reused, with fresh outputs, and chunk by chunk. Heap use
//! is counted exactly by the allocator and printed before the timing; a run into reused memory that takes more than a
//! fixed small amount ends the benchmark.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gapwave::kernels::fft::Rfft;
use gapwave::kernels::impute::{linear::Linear, locf::Locf};
use gapwave::kernels::{Kernel, case};
use gapwave::{Array, ArrayMut, DeviceChoice, Out, Session, View};
use gapwave_harness::{Allocations, CountingAllocator, allocations_during};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const ROWS: usize = 1 << 20;
/// Heap that a run into reused memory may take: bookkeeping, never data.
const BOOKKEEPING: u64 = 64 << 10;
/// Rows of a chunk.
const CHUNK: usize = 1 << 16;

fn counted(f: impl FnOnce()) -> Allocations {
    allocations_during(f).1.expect("the allocator of this program counts")
}

fn memory(c: &mut Criterion) {
    let session = Session::builder().device(DeviceChoice::Cpu).threads(1).build().expect("a session");
    let chunked = session.with_chunk_rows(CHUNK);
    let gaps = || {
        let bits = case::missing(1, ROWS, 10);
        Array::from(case::uniform_f64(2, ROWS)).with_valid(bits).expect("as many bits as values")
    };
    let batch = Array::new([ROWS / 1024, 1024], case::uniform_f32(3, ROWS)).expect("rows of 1024");
    let kernels: [(&str, Box<dyn Kernel>, Array); 3] = [
        ("linear", Box::new(Linear::default()), gaps()),
        ("locf", Box::new(Locf::default()), gaps()),
        ("rfft", Box::new(Rfft::default()), batch),
    ];
    let mut group = c.benchmark_group("memory_efficiency");
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for (name, kernel, x) in &kernels {
        let (kernel, ins) = (kernel.as_ref(), [x.view()]);
        let io = kernel.infer(&[x.meta()]).expect("the kernel takes it");
        let mut rooms: Vec<ArrayMut> = io.outs.iter().map(|m| ArrayMut::zeros(m).expect("room")).collect();
        let mut reused = |ins: &[View<'_>]| {
            let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
            session.run_into(kernel, ins, &mut outs).expect("it runs");
        };
        let fresh = |s: &Session| drop(s.run(kernel, x).expect("it runs"));
        reused(&ins);
        let uses = [
            ("reused", counted(|| reused(&ins))),
            ("fresh", counted(|| fresh(&session))),
            ("chunked", counted(|| fresh(&chunked))),
        ];
        for (how, a) in uses {
            println!("{name}, {how}: {} allocations, at most {} bytes at once, {} in all", a.count, a.peak, a.bytes);
        }
        assert!(uses[0].1.peak < BOOKKEEPING, "{name} allocates {} bytes beside its outputs", uses[0].1.peak);
        group.throughput(Throughput::Bytes(x.meta().bytes()));
        group.bench_function(BenchmarkId::new(*name, "reused"), |b| b.iter(|| reused(&ins)));
        group.bench_function(BenchmarkId::new(*name, "fresh"), |b| b.iter(|| fresh(&session)));
        group.bench_function(BenchmarkId::new(*name, "chunked"), |b| b.iter(|| fresh(&chunked)));
    }
    group.finish();
}

criterion_group!(benches, memory);
criterion_main!(benches);
