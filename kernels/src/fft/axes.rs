//! Which axes of an array are transformed, and how their numbers lie in memory.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Most axes of one transform.
pub const MOST: usize = 3;

/// Which axes are transformed, one to three of them: negative numbers count from the end, `-1` is the last. For real
/// transforms the last one named is the one whose bins are one-sided, as in `numpy.fft.rfftn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<i8>", into = "Vec<i8>")]
pub struct Axes {
    list: [i8; MOST],
    len: u8,
}

impl Default for Axes {
    fn default() -> Self {
        Axes::LAST
    }
}

impl Axes {
    /// The last one.
    pub const LAST: Axes = Axes { list: [-1, 0, 0], len: 1 };
    /// The last two: a two-dimensional transform.
    pub const TWO: Axes = Axes { list: [-2, -1, 0], len: 2 };
    /// The last three.
    pub const THREE: Axes = Axes { list: [-3, -2, -1], len: 3 };

    /// These axes.
    ///
    /// # Errors
    /// Where there is none or more than three of them.
    pub fn new(axes: &[i8]) -> Result<Axes> {
        Axes::try_from(axes.to_vec()).map_err(|why| Error::Param { kernel: "fft".into(), why })
    }

    /// The axes as they were named.
    pub fn list(&self) -> &[i8] {
        &self.list[..self.len.into()]
    }

    pub(crate) fn is_last(&self) -> bool {
        *self == Axes::LAST
    }

    /// The axes of an array of `rank` axes by number, in the order in which they were named.
    pub(super) fn of(&self, kernel: &'static str, rank: usize) -> Result<Vec<usize>> {
        let refused = |why: String| Err(Error::Refused { kernel, why });
        let mut all = Vec::new();
        for &axis in self.list() {
            let at = if axis < 0 { rank as i64 + i64::from(axis) } else { i64::from(axis) };
            if !(0..rank as i64).contains(&at) {
                return refused(format!("axis {axis} of an array of {rank} axes"));
            }
            if all.contains(&(at as usize)) {
                return refused(format!("axes {:?}: axis {at} is named twice", self.list()));
            }
            all.push(at as usize);
        }
        Ok(all)
    }
}

impl TryFrom<Vec<i8>> for Axes {
    type Error = String;

    fn try_from(axes: Vec<i8>) -> std::result::Result<Self, String> {
        if !(1..=MOST).contains(&axes.len()) {
            return Err(format!("axes: one to three are transformed, not {}", axes.len()));
        }
        let mut list = [0; MOST];
        list[..axes.len()].copy_from_slice(&axes);
        Ok(Axes { list, len: axes.len() as u8 })
    }
}

impl From<Axes> for Vec<i8> {
    fn from(axes: Axes) -> Self {
        axes.list().to_vec()
    }
}

/// An axis of an array: `n` numbers that are `inner` apart, `outer` times `inner` of such rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) outer: usize,
    pub(super) n: usize,
    pub(super) inner: usize,
}

impl Line {
    /// Axis `axis` of an array of that shape, whose size is known to be one that can be counted.
    pub(super) fn of(shape: &[usize], axis: usize) -> Line {
        let (before, rest) = shape.split_at(axis);
        Line { outer: product(before), n: rest[0], inner: product(&rest[1..]) }
    }
}

/// An empty array may have lengths whose product is beyond any number.
fn product(lengths: &[usize]) -> usize {
    lengths.iter().fold(1, |a, &b| a.saturating_mul(b))
}

/// Numbers of a transform along these axes.
pub(super) fn numbers(shape: &[usize], axes: &[usize]) -> usize {
    product(&axes.iter().map(|&a| shape[a]).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_count_from_both_ends() {
        assert_eq!(Axes::TWO.of("k", 3).unwrap(), [1, 2]);
        assert_eq!(Axes::new(&[0, -1]).unwrap().of("k", 3).unwrap(), [0, 2]);
        for (axes, rank) in [(vec![3i8], 3usize), (vec![-4], 3), (vec![0, -3], 3), (vec![0], 0)] {
            assert!(Axes::new(&axes).unwrap().of("k", rank).is_err(), "{axes:?} of {rank}");
        }
        assert!(Axes::new(&[]).is_err() && Axes::new(&[0, 1, 2, 3]).is_err());
        assert_eq!(Line::of(&[2, 3, 5, 7], 1), Line { outer: 2, n: 3, inner: 35 });
    }
}
