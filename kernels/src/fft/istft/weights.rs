//! What sums of frames are divided by.

/// Sums of squared windows up to this are none: SciPy's limit.
pub(super) const LEAST: f64 = 1e-10;

/// The first number of a hop at which, far from the ends, squared windows add up to nothing; `hop` is at most the length.
pub(super) fn lost(window: &[f64], hop: usize) -> Option<usize> {
    let sum = |r: usize| window[r..].iter().step_by(hop).map(|w| w * w).sum::<f64>();
    // A sum of NaN is none either.
    (0..hop).find(|&r| sum(r) <= LEAST || sum(r).is_nan())
}

/// The reciprocals of the sums of squared windows, 1 where there is none, for the numbers of a signal: those of its
/// first `head` numbers, of one hop of the middle, and of its last `tail` numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// `head + hop + tail` numbers, or one for each number of a shorter signal.
    pub(super) values: Vec<f64>,
    pub(super) head: usize,
    pub(super) tail: usize,
    pub(super) total: usize,
    pub(super) hop: usize,
}

impl Weights {
    pub(super) fn new(window: &[f64], hop: usize, frames: usize) -> Weights {
        let (n, total) = (window.len(), (frames - 1) * hop + window.len());
        // Number t = q·hop + r is reached by frame q − k at the window's number r + k·hop.
        let weight = |t: usize| {
            let (q, r) = (t / hop, t % hop);
            let (first, last) = ((q + 1).saturating_sub(frames), q.min((n - 1 - r) / hop));
            let sum: f64 = (first..=last).map(|k| window[r + k * hop].powi(2)).sum();
            if sum > LEAST { 1.0 / sum } else { 1.0 }
        };
        // From whole hops on, all windows that could reach a number do.
        let (head, tail) = ((n - 1) / hop * hop, n - hop);
        let values = if total <= head + hop + tail {
            (0..total).map(weight).collect()
        } else {
            (0..head + hop).chain(total - tail..total).map(weight).collect()
        };
        Weights { values, head, tail, total, hop }
    }

    /// Where the weight of number `t` is.
    pub(super) fn at(&self, t: usize) -> usize {
        if self.values.len() == self.total || t < self.head {
            t
        } else if t >= self.total - self.tail {
            self.values.len() - (self.total - t)
        } else {
            self.head + (t - self.head) % self.hop
        }
    }

    /// How many numbers from `t` on have weights side by side.
    pub(super) fn run(&self, t: usize) -> usize {
        if self.values.len() == self.total || t >= self.total - self.tail {
            self.total - t
        } else if t < self.head {
            self.head - t
        } else {
            (self.hop - (t - self.head) % self.hop).min(self.total - self.tail - t)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fft::Window;

    #[test]
    fn weights_are_those_of_the_sum() {
        for n in [1usize, 2, 3, 7, 8, 12] {
            let window = Window::Hamming.values(n);
            for (hop, frames) in (1..=n).flat_map(|hop| [1, 2, 3, 5, 9, 40].map(|f| (hop, f))) {
                let weights = Weights::new(&window, hop, frames);
                let mut sum = vec![0.0; (frames - 1) * hop + n];
                for i in 0..frames {
                    sum[i * hop..].iter_mut().zip(&window).for_each(|(s, w)| *s += w * w);
                }
                for (t, s) in sum.iter().enumerate() {
                    let got = weights.values[weights.at(t)];
                    assert!((got * s - 1.0).abs() < 1e-14, "{n} every {hop}, {frames} frames, {t}: {got}");
                    let run = weights.run(t);
                    assert!(run > 0 && t + run <= sum.len());
                    assert!((0..run).all(|k| weights.at(t + k) == weights.at(t) + k));
                }
            }
        }
    }

    #[test]
    fn lost_numbers_are_found() {
        assert_eq!(lost(&[0.0, 1.0, 1.0], 3), Some(0));
        assert_eq!(lost(&[0.0, 1.0, 1.0], 2), None);
        assert_eq!(lost(&[1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 4), Some(2));
        assert_eq!(lost(&[f64::NAN], 1), Some(0));
    }
}
