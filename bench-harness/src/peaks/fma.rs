//! How fast threads multiply and add.

use super::FlopPeak;
use crate::{Clock, Error, Executor, Result, Settings, work};
use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch};
use std::hint::black_box;
use std::time::Duration;

/// Independent chains: enough to hide the latency of a multiply-add on two units, few enough for 16 registers.
const CHAINS: usize = 12;
/// Links of each chain in one iteration: about 20 µs.
const LINKS: u64 = 8192;

/// Measures the rate of f32 multiply-adds at the best vector level, on `threads` threads at once.
///
/// # Errors
/// [`Error::Bandwidth`] where no thread can be started.
pub fn fma_peak<C: Clock>(clock: C, threads: usize) -> Result<FlopPeak> {
    let threads = threads.max(1);
    let settings = Settings {
        // Long enough that starting the threads does not count.
        sub_sample: if threads == 1 { Duration::from_millis(1) } else { Duration::from_millis(20) },
        rounds: 3,
        extra_rounds: 0,
        limit: Duration::from_millis(500),
        patience: 3,
        warm_up_limit: Duration::from_millis(200),
        ..Settings::default()
    };
    let repeats: u64 = if threads == 1 { 1 } else { 500 };
    let level = Level::new();
    let mut chains = work(
        0u64,
        move |lanes| {
            *lanes = if threads == 1 {
                burst(level, repeats)
            } else {
                std::thread::scope(|s| {
                    let all: Vec<_> = (0..threads).map(|_| s.spawn(move || burst(level, repeats))).collect();
                    all.into_iter().map(|t| t.join().unwrap_or(0)).sum()
                })
            };
            Ok(())
        },
        |lanes| if *lanes > 0 { Ok(()) } else { Err("a thread ended without a result".into()) },
    );
    let failed = |e: String| Error::Bandwidth(e);
    let m = Executor::new(clock, settings).measure(chains.as_mut()).map_err(|e| failed(e.to_string()))?;
    if let Some(wrong) = m.wrong {
        return Err(failed(wrong));
    }
    let lanes = burst(level, 1);
    let flops = 2 * lanes * CHAINS as u64 * LINKS * repeats * threads as u64;
    let name = format!("f32 multiply-add, {threads} thread{}", if threads == 1 { "" } else { "s" });
    Ok(FlopPeak { name, gflop_s: flops as f64 / m.min_ns().max(1.0) })
}

/// Runs the chains `repeats` times; gives the lanes of a vector, 0 where the result is not what it must be.
fn burst(level: Level, repeats: u64) -> u64 {
    dispatch!(level, simd => chains(simd, repeats))
}

#[inline(always)]
fn chains<S: Simd>(simd: S, repeats: u64) -> u64 {
    let mut x: [S::f32s; CHAINS] = std::array::from_fn(|i| S::f32s::splat(simd, black_box(i as f32)));
    // x ← x/2 + 1 goes to 2, whatever it began with: no denormals, no overflow, and the end can be checked.
    let (half, one) = (S::f32s::splat(simd, black_box(0.5)), S::f32s::splat(simd, black_box(1.0)));
    for _ in 0..repeats * LINKS {
        for x in &mut x {
            *x = x.mul_add(half, one);
        }
    }
    let right = x.iter().all(|x| x.as_slice().iter().all(|&x| x == 2.0));
    if right { x[0].as_slice().len() as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(not(debug_assertions))]
    use crate::WallClock;

    #[test]
    fn chains_end_where_they_must() {
        assert!([1, 4, 8, 16].contains(&burst(Level::new(), 1)));
        assert!([1, 4, 8, 16].contains(&burst(Level::baseline(), 1)));
    }

    #[test]
    #[cfg(not(debug_assertions))]
    fn arithmetic_is_faster_than_a_clock_tick() {
        let one = fma_peak(WallClock::new(), 1).unwrap().gflop_s;
        assert!(one > 1.0 && one < 2000.0, "{one}");
    }
}
