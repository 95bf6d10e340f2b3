//! Random numbers by counter.

/// 64 random bits that follow from a key and a counter: the finaliser of SplitMix64 over a Weyl sequence, which passes
/// the usual batteries for consecutive counters.
#[inline(always)]
pub(super) fn bits(key: u64, counter: u64) -> u64 {
    let mut z = key.wrapping_add(counter.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A key for one of several independent sequences of a seed.
pub(super) fn key(seed: u64, sequence: u64) -> u64 {
    bits(bits(seed, 0x5eed), sequence)
}

/// One of `0 .. n` by 16 random bits; `n` up to 2^16.
#[inline(always)]
pub(super) fn below(bits: u64, n: u32) -> u32 {
    ((bits & 0xffff) as u32 * n) >> 16
}

/// A number from 0 to 1 by 32 random bits.
#[inline(always)]
pub(super) fn unit(bits: u64) -> f64 {
    (bits & 0xffff_ffff) as f64 * (1.0 / (1u64 << 32) as f64)
}
