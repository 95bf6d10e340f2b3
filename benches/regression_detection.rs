//! Whether a small regression can be seen on this machine: `cargo bench --bench regression_detection`
//!
//! The same work twice (`a`, `a again`) and with 5 % and 10 % more of it. criterion measures one after the other, as it
//! does; the harness then measures all four in turn and says what it sees. `a again` against `a` shows how much either
//! way of measuring makes up by itself.

use criterion::{Criterion, criterion_group, criterion_main};
use gapwave_harness::{Executor, Settings, Side, WallClock, interleave, work};
use std::hint::black_box;
use std::time::Duration;

/// Links of the chain: about 100 µs.
const LINKS: u64 = 50_000;
const SIDES: [(&str, u64); 4] =
    [("a", LINKS), ("a again", LINKS), ("5 % more", LINKS + LINKS / 20), ("10 % more", LINKS + LINKS / 10)];

/// A chain of dependent operations: its time is proportional to its links.
fn chain(links: u64) -> u64 {
    (0..links).fold(black_box(1), |x, i| (x ^ (x << 13)).wrapping_add(i))
}

fn sequential(c: &mut Criterion) {
    let mut group = c.benchmark_group("regression_detection");
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2)).sample_size(30);
    for (name, links) in SIDES {
        group.bench_function(name, |b| b.iter(|| chain(black_box(links))));
    }
    group.finish();
}

fn in_turn(_: &mut Criterion) {
    let side = |(name, links): (&str, u64)| {
        let want = chain(links);
        let run = move |got: &mut u64| {
            *got = chain(black_box(links));
            Ok(())
        };
        let verify = move |got: &mut u64| if *got == want { Ok(()) } else { Err(format!("{got}, expected {want}")) };
        Side { name: name.to_owned(), work: work(0, run, verify) }
    };
    let mut sides = SIDES.map(side);
    let executor = Executor::new(WallClock::new(), Settings { rounds: 20, ..Settings::default() });
    let measured = interleave(&executor, &mut sides).expect("the chain runs");
    println!("\nin turn, by the harness:");
    for ((name, _), m) in SIDES.iter().zip(&measured) {
        assert_eq!(m.wrong, None);
        let off = (m.median_ns() / measured[0].median_ns() - 1.0) * 100.0;
        println!("  {name:10} {:8.2} µs  {off:+6.2} % against a", m.median_ns() / 1e3);
    }
}

criterion_group!(benches, sequential, in_turn);
criterion_main!(benches);
