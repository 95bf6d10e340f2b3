//! The counting allocator, which only a whole program can install. One test: the counts are the process's.

use gapwave_harness::{
    Allocations, Case, CountingAllocator, Executor, Settings, WallClock, allocations_during, count, work,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[test]
fn allocations_are_counted_exactly_and_the_peak_within_five_percent() {
    const BYTES: usize = 64 << 20;
    // The test program's own main thread allocates now and then; the fewest of several tries are ours alone.
    let counted = || {
        let (v, a) = allocations_during(|| {
            let a = vec![1u8; BYTES / 2];
            drop(a);
            let b = vec![1u8; BYTES];
            std::hint::black_box(Box::new(7u64));
            b
        });
        drop(v);
        a.expect("the allocator is installed")
    };
    let tries: Vec<_> = (0..20).map(|_| counted()).collect();
    let least = |of: fn(&Allocations) -> u64| tries.iter().map(of).min().expect("twenty tries");
    assert_eq!((least(|a| a.count), least(|a| a.bytes)), (3, BYTES as u64 * 3 / 2 + 8));
    assert_eq!(least(|a| a.peak), BYTES as u64 + 8);

    // As a benchmark sees it.
    let run = move |(): &mut ()| {
        drop(std::hint::black_box(vec![3u8; BYTES]));
        Ok(())
    };
    let mut w = work((), run, |()| Ok(()));
    let m = Executor::new(WallClock::new(), Settings::quick()).measure(w.as_mut()).unwrap();
    let peak = m.host_peak.expect("a peak");
    let off = (peak.bytes as f64 / BYTES as f64 - 1.0).abs();
    assert!(peak.by == "allocator" && off < 0.05, "{peak:?}");

    // One more allocation shows.
    let case = |boxes: usize| {
        let run = move |(): &mut ()| {
            (0..boxes).for_each(|_| drop(std::hint::black_box(Box::new(0u8))));
            Ok(())
        };
        Case::new("a", "1", "cpu", move || Ok(work((), run, |()| Ok(()))))
    };
    let counted = |boxes| count(case(boxes)).unwrap().steady.0["host_allocations"];
    assert_eq!((counted(2), counted(3)), (2, 3));
}
