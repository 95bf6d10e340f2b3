//! What of a convolution is kept, how it is cut into blocks, and which method is chosen.

use serde::{Deserialize, Serialize};

/// Which of the n + m − 1 numbers of a convolution are kept, in SciPy's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All.
    #[default]
    Full,
    /// As many as `x` has, from the middle.
    Same,
    /// Those in which the shorter array lies wholly within the longer one.
    Valid,
}

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The one of the others that costs least, from the lengths alone.
    #[default]
    Auto,
    /// The sums of the definition.
    Direct,
    /// The product of two spectra.
    Fft,
    /// The same in blocks.
    OverlapSave,
}

/// The lengths of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) batch: usize,
    /// Numbers of a row of `x`, 1 or more.
    pub(super) n: usize,
    /// Numbers of `h`, 1 or more; n + m does not overflow.
    pub(super) m: usize,
    pub(super) mode: Mode,
    pub(super) complex: bool,
}

/// Rows of `x` in blocks of `size`, each convolved by itself: block `b` begins at number `origin + b·step` of the row,
/// 0 beyond its ends, and gives the `step` numbers of its circular convolution that begin at `skip`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) size: usize,
    pub(super) step: usize,
    pub(super) skip: usize,
    /// 0 or less.
    pub(super) origin: isize,
    /// Blocks of a row.
    pub(super) blocks: usize,
}

/// What an operation of a direct sum costs beside one of a transform: it is a fused multiply-add on whole vectors.
const DIRECT: f64 = 0.25;
/// log₂ of the longest transform that stays in a core's own cache.
const CACHED: f64 = 16.0;
/// By how much an operation of a longer one costs more for each doubling.
const UNCACHED: f64 = 0.2;
/// log₂ of the longest block of filters that are not themselves about as long.
const LONGEST: u32 = 22;

impl Shape {
    /// Numbers of the whole convolution of a row.
    fn full(&self) -> usize {
        self.n + self.m - 1
    }

    /// First number kept, and how many are.
    pub(super) fn kept(&self) -> (usize, usize) {
        let short = self.n.min(self.m);
        match self.mode {
            Mode::Full => (0, self.full()),
            Mode::Same => ((self.m - 1) / 2, self.n),
            Mode::Valid => (short - 1, self.n.max(self.m) - short + 1),
        }
    }

    /// Operations of the direct sums.
    pub(super) fn direct_ops(&self) -> f64 {
        let each = if self.complex { 8.0 } else { 2.0 };
        each * self.batch as f64 * self.kept().1 as f64 * self.n.min(self.m) as f64
    }

    /// Operations of one transform of `size` numbers, with a way through memory for its input.
    fn transform_ops(&self, size: usize) -> f64 {
        let each = if self.complex { 2.0 } else { 1.0 };
        each * size as f64 * (2.5 * (size as f64).log2() + 4.0)
    }

    /// Operations of a cut: `h` once, each block there and back.
    pub(super) fn cut_ops(&self, cut: &Cut) -> f64 {
        (1.0 + 2.0 * self.batch as f64 * cut.blocks as f64) * self.transform_ops(cut.size)
    }

    /// The same, weighed by what the cache does to long transforms.
    fn cut_cost(&self, cut: &Cut) -> f64 {
        let beyond = ((cut.size as f64).log2() - CACHED).max(0.0);
        self.cut_ops(cut) * (1.0 + UNCACHED * beyond)
    }

    /// One block a row. It is long enough that what a circular convolution wraps around falls on numbers that are not
    /// kept.
    pub(super) fn whole(&self) -> Cut {
        let (start, len) = self.kept();
        let least = (self.full() - start).max(start + len).max(self.n).max(self.m).max(2);
        let size = next_smooth(least);
        Cut { size, step: len, skip: start, origin: 0, blocks: 1 }
    }

    /// Blocks of the power of two that costs least.
    pub(super) fn blocks(&self) -> Cut {
        let (start, len) = self.kept();
        let of = |size: usize| {
            let step = size - (self.m - 1);
            let origin = start as isize - (self.m as isize - 1);
            Cut { size, step: step.min(len), skip: self.m - 1, origin, blocks: len.div_ceil(step) }
        };
        let least = self.m.next_power_of_two().max(2);
        // Beyond one block for all there is nothing to gain.
        let most = (len + self.m - 1).next_power_of_two().min((4 * least).max(1 << LONGEST)).max(least);
        let mut best = of(least);
        let mut size = least;
        while size < most {
            size *= 2;
            let next = of(size);
            if self.cut_cost(&next) < self.cut_cost(&best) {
                best = next;
            }
        }
        best
    }

    /// The method that `auto` stands for.
    pub(super) fn choose(&self) -> Method {
        let [direct, whole, blocks] =
            [DIRECT * self.direct_ops(), self.cut_cost(&self.whole()), self.cut_cost(&self.blocks())];
        if direct <= whole && direct <= blocks {
            Method::Direct
        } else if whole <= blocks {
            Method::Fft
        } else {
            Method::OverlapSave
        }
    }
}

/// The least even product of 2, 3, 5, 7 and 11 that is at least `least`.
fn next_smooth(least: usize) -> usize {
    let mut best = least.max(2).next_power_of_two();
    // Products of the odd primes, doubled until they are long enough.
    let mut odd = vec![1usize];
    for p in [3, 5, 7, 11] {
        let mut from = 0;
        while from < odd.len() {
            if let Some(next) = odd[from].checked_mul(p).filter(|&next| next < best) {
                odd.push(next);
            }
            from += 1;
        }
        odd.sort_unstable();
        odd.dedup();
    }
    for q in odd {
        let size = q.saturating_mul(least.div_ceil(q).next_power_of_two().max(2));
        best = best.min(size);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fft::lengths::is_smooth;

    #[test]
    fn the_next_smooth_length_is_the_next() {
        let mut next = 2;
        for least in 1..5000 {
            if least > next {
                next = (least..).find(|&n| n % 2 == 0 && is_smooth(n)).unwrap();
            }
            assert_eq!(next_smooth(least), next, "{least}");
        }
        assert_eq!(next_smooth(4_100_000), (4_100_000..).find(|&n| n % 2 == 0 && is_smooth(n)).unwrap());
    }

    #[test]
    fn blocks_cover_what_is_kept() {
        for (n, m) in [
            (1, 1),
            (1, 9),
            (9, 1),
            (100, 7),
            (7, 100),
            (100_000, 31),
            (64, 64),
            (4_000_000, 100_001),
            (1 << 26, 1 << 23),
        ] {
            for mode in [Mode::Full, Mode::Same, Mode::Valid] {
                let shape = Shape { batch: 2, n, m, mode, complex: false };
                let (start, len) = shape.kept();
                for cut in [shape.blocks(), shape.whole()] {
                    assert!(cut.blocks * cut.step >= len && (cut.blocks - 1) * cut.step < len, "{shape:?} {cut:?}");
                    assert_eq!(cut.origin + cut.skip as isize, start as isize, "{shape:?} {cut:?}");
                    assert!(cut.blocks < 100_000, "{shape:?} {cut:?}");
                    assert!(cut.size % 2 == 0 && cut.skip + cut.step <= cut.size && cut.size >= m);
                }
            }
        }
    }

    #[test]
    fn short_filters_are_summed_and_long_signals_cut() {
        let choose = |n, m| Shape { batch: 1, n, m, mode: Mode::Full, complex: false }.choose();
        assert_eq!(choose(4_000_000, 31), Method::Direct);
        assert_eq!(choose(4_000_000, 1001), Method::OverlapSave);
        assert_eq!(choose(100_000, 100_000), Method::Fft);
        assert_eq!(choose(5, 5), Method::Direct);
    }
}
