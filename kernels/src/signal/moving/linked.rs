//! Medians of long windows, whose cost does not grow with their length.
//!
//! The signal is cut into blocks as long as the window, which are sorted once. A window is the end of a block and the
//! beginning of the next one, and each of the two is a list in order that is linked both ways: while the window slides, one
//! number leaves the first list and one comes back into the second, from which all were taken in the opposite order. The
//! median then moves by one place at most. (J. Suomela, *Median Filtering is Equivalent to Sorting*, 2014.)

use super::Sample;

/// A block in order, as a list of what is in the window. The place behind the last number stands for both ends.
struct Block<T> {
    x: Vec<T>,
    next: Vec<u32>,
    prev: Vec<u32>,
    /// Where the numbers above the median begin.
    at: u32,
    /// How many are before that.
    small: usize,
}

impl<T: Sample> Block<T> {
    /// All of `x` in the list, with the upper half above.
    fn new(x: &[T]) -> Self {
        let n = x.len();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_unstable_by(|&a, &b| {
            let (x, y) = (x[a as usize].wide(), x[b as usize].wide());
            x.total_cmp(&y).then(a.cmp(&b))
        });
        let (mut next, mut prev) = (vec![0; n + 1], vec![0; n + 1]);
        let mut last = n as u32;
        for i in order.iter().copied().chain([n as u32]) {
            next[last as usize] = i;
            prev[i as usize] = last;
            last = i;
        }
        Block { x: x.to_vec(), next, prev, at: order[n / 2], small: n / 2 }
    }

    fn tail(&self) -> u32 {
        self.x.len() as u32
    }

    /// Takes all out, the last first.
    fn unwind(&mut self) {
        for i in (0..self.tail()).rev() {
            self.unlink(i);
        }
        self.at = self.tail();
        self.small = 0;
    }

    fn unlink(&mut self, i: u32) {
        let (prev, next) = (self.prev[i as usize], self.next[i as usize]);
        self.next[prev as usize] = next;
        self.prev[next as usize] = prev;
    }

    /// Whether number i is before the place where the numbers above the median begin.
    fn is_small(&self, i: u32) -> bool {
        if self.at == self.tail() {
            return true;
        }
        let (x, at) = (self.x[i as usize].wide(), self.x[self.at as usize].wide());
        (x, i) < (at, self.at)
    }

    /// Takes number i out.
    fn delete(&mut self, i: u32) {
        self.unlink(i);
        if self.is_small(i) {
            self.small -= 1;
        } else if self.at == i {
            self.at = self.next[i as usize];
        }
    }

    /// Puts number i back, the last one that was taken out of those that are out.
    fn undelete(&mut self, i: u32) {
        let (prev, next) = (self.prev[i as usize], self.next[i as usize]);
        self.next[prev as usize] = i;
        self.prev[next as usize] = i;
        // Next to the boundary it counts as above it: `balance` sees to the rest.
        if self.at == next {
            self.at = i;
        } else if self.is_small(i) {
            self.small += 1;
        }
    }

    /// The least of those above.
    fn above(&self) -> Option<T> {
        self.x.get(self.at as usize).copied()
    }

    /// The largest of those below.
    fn below(&self) -> Option<T> {
        self.x.get(self.prev[self.at as usize] as usize).copied()
    }

    fn advance(&mut self) {
        self.at = self.next[self.at as usize];
        self.small += 1;
    }

    fn retreat(&mut self) {
        self.at = self.prev[self.at as usize];
        self.small -= 1;
    }
}

/// The medians of windows of `size`, an odd number, of `x`, which has no NaN.
pub(super) fn medians<T: Sample>(size: usize, x: &[T], y: &mut [T]) {
    let half = size / 2;
    let x: Vec<T> = x.iter().map(|&x| x + T::of(0.0)).collect();
    let mut old = Block::new(&x[..size]);
    y[0] = old.above().expect("a window is not empty");
    for (block, y) in y[1..].chunks_mut(size).enumerate() {
        let start = (block + 1) * size;
        let mut new = Block::new(&x[start..(start + size).min(x.len())]);
        new.unwind();
        for (i, y) in y.iter_mut().enumerate() {
            let i = i as u32;
            old.delete(i);
            new.undelete(i);
            // `half` numbers are below the boundary, and none of those is larger than one above it.
            loop {
                let small = old.small + new.small;
                if small < half {
                    // The lesser of those above goes below.
                    match (old.above(), new.above()) {
                        (Some(a), Some(b)) if b < a => new.advance(),
                        (None, _) => new.advance(),
                        _ => old.advance(),
                    }
                } else if small > half || crossed(&old, &new) || crossed(&new, &old) {
                    match (old.below(), new.below()) {
                        (Some(a), Some(b)) if a < b => new.retreat(),
                        (None, _) => new.retreat(),
                        _ => old.retreat(),
                    }
                } else {
                    break;
                }
            }
            *y = match (old.above(), new.above()) {
                (Some(a), Some(b)) => {
                    if b < a {
                        b
                    } else {
                        a
                    }
                }
                (a, b) => a.or(b).expect("a window is not empty"),
            };
        }
        old = new;
    }
}

/// Whether a number below in `a` is larger than one above in `b`.
fn crossed<T: Sample>(a: &Block<T>, b: &Block<T>) -> bool {
    matches!((a.below(), b.above()), (Some(below), Some(above)) if above < below)
}
