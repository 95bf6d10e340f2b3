//! Sums of very many rows, as exact as of few, on all threads.

use crate::Session;
use rayon::prelude::*;

/// Rows that are added plainly before their sum is added with the roundoff carried along.
const BLOCK: usize = 64;
/// Bins that a thread adds up where the rows of a chunk are too few to be shared out.
const TILE: usize = 4096;

/// Sums over rows of `P` numbers for each bin. Rows are added in blocks that begin at multiples of 64 from the first
/// row of all, in order, and blocks by Kahan's summation: the bits depend neither on threads nor on chunks.
pub(super) struct Sums<const P: usize> {
    session: Session,
    /// The sum of the rows of a block that is not complete.
    partial: Vec<[f64; P]>,
    held: usize,
    /// Sum and lost roundoff of the blocks before.
    total: Vec<[[f64; 2]; P]>,
    rows: u64,
}

impl<const P: usize> Sums<P> {
    pub(super) fn new(session: &Session) -> Self {
        Sums { session: session.clone(), partial: Vec::new(), held: 0, total: Vec::new(), rows: 0 }
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the next rows, `width` bins each: `add(row, bin, sums)` adds a row's numbers from that bin on.
    pub(super) fn add(&mut self, rows: usize, width: usize, add: impl Fn(usize, usize, &mut [[f64; P]]) + Sync) {
        if rows == 0 {
            return;
        }
        self.partial.resize(width, [0.0; P]);
        self.total.resize(width, [[0.0; 2]; P]);
        let session = self.session.clone();
        session.inner.cpu.install(&mut || {
            let mut at = 0;
            if self.held > 0 {
                at = rows.min(BLOCK - self.held);
                self.extend(0, at, &add);
            }
            let blocks = (rows - at) / BLOCK;
            let sums: Vec<Vec<[f64; P]>> = (0..blocks)
                .into_par_iter()
                .map(|block| {
                    let mut sum = vec![[0.0; P]; width];
                    let first = at + block * BLOCK;
                    (first..first + BLOCK).for_each(|row| add(row, 0, &mut sum));
                    sum
                })
                .collect();
            sums.iter().for_each(|sum| carry(&mut self.total, sum));
            at += blocks * BLOCK;
            self.extend(at, rows, &add);
        });
        self.rows += rows as u64;
    }

    /// Adds rows to the block that is not complete.
    fn extend(&mut self, from: usize, to: usize, add: &(impl Fn(usize, usize, &mut [[f64; P]]) + Sync)) {
        let tiles = self.partial.par_chunks_mut(TILE).enumerate();
        tiles.for_each(|(tile, sums)| (from..to).for_each(|row| add(row, tile * TILE, sums)));
        self.held += to - from;
        if self.held == BLOCK {
            carry(&mut self.total, &self.partial);
            self.partial.fill([0.0; P]);
            self.held = 0;
        }
    }

    /// The sums of all rows, bin by bin.
    pub(super) fn finish(&mut self) -> Vec<[f64; P]> {
        carry(&mut self.total, &self.partial);
        self.partial.fill([0.0; P]);
        self.held = 0;
        self.total.iter().map(|bin| bin.map(|[sum, _]| sum)).collect()
    }
}

/// Kahan's summation.
fn carry<const P: usize>(total: &mut [[[f64; 2]; P]], block: &[[f64; P]]) {
    for ([sum, lost], x) in total.iter_mut().flatten().zip(block.iter().flatten()) {
        let y = x - *lost;
        let t = *sum + y;
        *lost = (t - *sum) - y;
        *sum = t;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows in pieces of these sizes, on so many threads.
    fn sum(pieces: &[usize], threads: usize) -> Vec<[f64; 2]> {
        let session = Session::builder().device(crate::DeviceChoice::Cpu).threads(threads).build().unwrap();
        let (mut sums, mut first) = (Sums::<2>::new(&session), 0);
        let value = |row: usize, bin: usize| 1e8 / (1.0 + ((row * 31 + bin * 17) % 1009) as f64);
        for &rows in pieces {
            sums.add(rows, 5000, |row, bin, sums| {
                for (i, sum) in sums.iter_mut().enumerate() {
                    let v = value(first + row, bin + i);
                    *sum = [sum[0] + v, sum[1] - v];
                }
            });
            first += rows;
        }
        assert_eq!(sums.rows() as usize, first);
        sums.finish()
    }

    #[test]
    fn bits_depend_on_neither_threads_nor_pieces() {
        let whole = sum(&[1000], 1);
        for pieces in [&[1000usize][..], &[1; 1000], &[63, 1, 64, 65, 807], &[7, 500, 0, 493]] {
            for threads in [1, 3] {
                assert_eq!(whole, sum(pieces, threads), "{pieces:?}");
            }
        }
        let exact: f64 = (0..1000).map(|row| 1e8 / (1.0 + ((row * 31) % 1009) as f64)).sum();
        assert!((whole[0][0] - exact).abs() < 1e-15 * 1000.0 * exact && whole[0][1] == -whole[0][0]);
    }
}
