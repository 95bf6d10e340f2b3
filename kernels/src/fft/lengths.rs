//! The lengths that accuracy is measured at.

use crate::case::random;

/// 21 powers of two and more than 150 other lengths up to 2²⁰, of every class that takes another way through an
/// implementation: every length to 33 (all small butterflies), products of 2, 3, 5 and 7 and of 11 and 13 (mixed
/// radix), primes (Rader or Bluestein), neighbours of powers of two (the most padding Bluestein ever has, and the
/// edges of passes), squares and cubes of primes, and random ones. Ascending.
pub fn accuracy_lengths() -> Vec<usize> {
    let mut all: Vec<usize> = (0..=20).map(|k| 1 << k).collect();
    all.extend(3..=33);
    // Smooth: window and sample-rate lengths in use, and powers of one small prime.
    all.extend([36, 48, 60, 96, 100, 120, 144, 200, 240, 300, 360, 400, 441, 480, 500, 600, 720, 900, 960]);
    all.extend([1000, 1200, 1440, 1536, 1764, 1920, 2400, 3000, 3072, 3600, 4800, 5000, 6000, 9600, 10_000, 12_288]);
    all.extend([44_100, 48_000, 96_000, 100_000, 196_608, 320_000, 441_000, 480_000, 786_432, 1_000_000]);
    all.extend([3usize.pow(7), 3usize.pow(10), 5usize.pow(5), 5usize.pow(8), 7usize.pow(4), 7usize.pow(7)]);
    all.extend([11usize.pow(3), 13usize.pow(3), 11 * 13 * 16, 143 * 143, 11 * 13 * 7 * 5 * 3 * 2 * 8]);
    // Primes, the last ones from rustfft's own benchmarks.
    all.extend([37, 61, 97, 127, 149, 251, 257, 509, 521, 1009, 1021, 1999, 2011, 4093, 4099, 5003, 8191, 10_007]);
    all.extend([1511, 2999, 6007, 12_007, 24_007, 48_017, 96_001, 199_999, 500_009, 999_983]);
    all.extend([16_411, 32_767 - 18, 65_521, 65_537, 114_689, 131_071, 262_139, 524_287, 746_497, 1_048_573]);
    for k in [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19] {
        all.extend([(1 << k) - 1, (1 << k) + 1]);
    }
    // Squares of primes and the product of two large ones.
    all.extend([37 * 37, 101 * 101, 251 * 251, 1021 * 1019, 2 * 4099, 8 * 10_007]);
    // Random, spread evenly over the scale.
    all.extend((0..24).map(|i| {
        let low = 40.0 * 1.5f64.powi(i);
        (low * (1.0 + (random(7, i as u64) % 1000) as f64 / 2000.0)) as usize
    }));
    all.retain(|&n| n <= 1 << 20);
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether no prime factor of `n` is above 11. rustfft's AVX code has butterflies to 11; 13 goes through Rader's or
/// Bluestein's algorithm there and is not held to the bound of smooth lengths.
pub fn is_smooth(n: usize) -> bool {
    has_factors_to(n, 11)
}

/// Whether no prime factor of `n` is above `largest`; of none is 0.
pub(super) fn has_factors_to(mut n: usize, largest: usize) -> bool {
    for p in 2..=largest {
        while n > 0 && n.is_multiple_of(p) {
            n /= p;
        }
    }
    n == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_there() {
        let all = accuracy_lengths();
        let powers = all.iter().filter(|n| n.is_power_of_two()).count();
        assert_eq!(powers, 21);
        assert!(all.len() - powers >= 150, "{}", all.len() - powers);
        assert!(all.iter().filter(|&&n| is_smooth(n) && !n.is_power_of_two()).count() >= 50);
        let prime = |n: usize| n > 2 && (2..).take_while(|p| p * p <= n).all(|p| n % p != 0);
        assert!(all.iter().filter(|&&n| prime(n)).count() >= 40);
    }
}
