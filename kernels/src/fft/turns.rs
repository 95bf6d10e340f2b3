//! Angles whose multiples lose nothing: chirps turn by the square of a number, thousands of times round.

use super::double::Dd;
use gapwave_columns::Complex64;
use std::f64::consts::TAU;

/// An angle in units of 2⁻¹²⁸ of a turn. Sums and multiples wrap around as angles do, and are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turns(u128);

impl Turns {
    pub(super) const ZERO: Turns = Turns(0);

    /// One turn in `n` parts.
    pub(super) fn part(n: usize) -> Turns {
        Turns(u128::MAX / (n.max(1) as u128))
    }

    /// So many turns; whole ones do not count.
    pub(super) fn of(turns: Dd) -> Turns {
        let fixed = |t: f64| (((t - t.round()) * f64::powi(2.0, 127)) as i128 as u128) << 1;
        Turns(fixed(turns.0).wrapping_add(fixed(turns.1)))
    }

    pub(super) fn negated(self) -> Turns {
        Turns(self.0.wrapping_neg())
    }

    /// One of its two halves.
    pub(super) fn half(self) -> Turns {
        Turns(self.0 >> 1)
    }

    pub(super) fn plus(self, o: Turns) -> Turns {
        Turns(self.0.wrapping_add(o.0))
    }

    pub(super) fn times(self, k: u128) -> Turns {
        Turns(self.0.wrapping_mul(k))
    }

    /// `exp(2πi·self)`.
    pub(super) fn unit(self) -> Complex64 {
        // To the nearest quarter, so that no angle is above π/4.
        let quarter = self.0.wrapping_add(1 << 125) >> 126;
        let rest = self.0.wrapping_sub(quarter << 126) as i128;
        let (s, c) = (rest as f64 * f64::powi(2.0, -128) * TAU).sin_cos();
        match quarter {
            0 => Complex64::new(c, s),
            1 => Complex64::new(-s, c),
            2 => Complex64::new(-c, -s),
            _ => Complex64::new(s, -c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fft::oracle::root;

    #[test]
    fn multiples_are_exact_after_many_turns() {
        for n in [1usize, 2, 3, 7, 8, 97, 1000, 99_991, (1 << 31) - 1] {
            let part = Turns::part(n);
            for k in [0u64, 1, 2, 5, n as u64 / 3, n as u64 - 1, 99_990 * 99_990, (1 << 40) + 17] {
                let (got, want) = (part.times(k.into()).unit(), root(k, n as u64).conj());
                assert!((got - want).norm() < 1e-15, "{k}/{n}: {got}, not {want}");
                let back = part.negated().times(k.into()).unit();
                assert!((back - want.conj()).norm() < 1e-15, "{k}/{n}");
            }
        }
        for t in [0.0f64, 0.25, -0.25, 0.5, 1.75, -3.125, 1e-30, 12_345.678] {
            let want = root((t.rem_euclid(1.0) * f64::powi(2.0, 50)) as u64, 1 << 50).conj();
            assert!((Turns::of(Dd(t, 0.0)).unit() - want).norm() < 1e-14, "{t}");
        }
    }
}
