//! A fixed piece of arithmetic that tells whether the machine is itself.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A canary may move by this share of its usual time before its round is not believed.
pub(crate) const MOVED: f64 = 0.03;
/// Links of the chain: about 20 µs at 3 GHz, short against a scheduler's slice.
const LINKS: u32 = 16_000;
/// The shortest of so many counts, as with the samples themselves.
const TIMES: u32 = 5;

/// Times a chain of dependent integer operations on the calling thread, in ns: its length depends on nothing but the
/// core's clock rate. The shortest of a few.
pub fn cpu_canary() -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..TIMES {
        let begin = Instant::now();
        let mut x = black_box(1u64);
        for _ in 0..LINKS {
            // Each link needs the one before: no reordering, no vectors.
            x = (x ^ (x << 13)).wrapping_add(0x9e37_79b9);
        }
        black_box(x);
        best = best.min(begin.elapsed());
    }
    best.as_nanos() as f64
}

/// Which rounds to believe, from the canary of each: those near the median. Where fewer than half are, the canary
/// says nothing and all are kept.
pub(crate) fn believed(canaries: &[Option<f64>]) -> Vec<bool> {
    let known: Vec<f64> = canaries.iter().flatten().copied().collect();
    let usual = crate::stats::median(&known);
    let near = |c: &Option<f64>| c.is_none_or(|c| (c - usual).abs() <= usual * MOVED);
    let near: Vec<bool> = canaries.iter().map(near).collect();
    if near.iter().filter(|&&n| n).count() * 2 < near.len() { vec![true; near.len()] } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_in_which_the_canary_moved_is_not_believed() {
        let c = [Some(100.0), Some(101.0), Some(110.0), None, Some(99.0)];
        assert_eq!(believed(&c), [true, true, false, true, true]);
        assert_eq!(believed(&[Some(100.0), Some(200.0), Some(300.0), Some(400.0)]), [true; 4], "it says nothing");
        assert!(believed(&[]).is_empty());
    }

    #[test]
    fn the_canary_takes_its_time() {
        let ns = cpu_canary();
        assert!(ns > 1000.0 && ns < 1e7, "{ns}");
    }
}
