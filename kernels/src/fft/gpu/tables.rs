//! Constants of the plans, made in f64 and rounded once.

use super::super::oracle::root;
use crate::Plan;
use crate::plan::Slice;
use gapwave_columns::Complex64;
use rustfft::FftPlanner;
use std::sync::{Arc, Mutex, PoisonError};

/// A table of complex numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// `exp(−2πi·k/n)` for all `k < n`.
    Roots { n: usize },
    /// The same for every `2^fine_log(n)`-th `k`, then for the first `2^fine_log(n)`: the product of one of each gives
    /// any of them, from tables that stay in a cache.
    TwoLevel { n: usize },
    /// `exp(−πi·k²/n)` for `k < n`.
    Chirp { n: usize },
    /// The transform of length `m` of Bluestein's kernel for length `n`, divided by `m`.
    Spectrum { n: usize, m: usize },
}

/// Bytes of tables kept between plans: chunks of one table are planned again and again.
const KEPT: usize = 64 << 20;

type Kept = Vec<(Table, Arc<[u8]>)>;

/// log₂ of the fine part of a two-level table.
pub(crate) fn fine_log(n: usize) -> u32 {
    n.next_power_of_two().ilog2().div_ceil(2)
}

/// A table as a constant of the plan.
pub(super) fn get(plan: &mut Plan, table: Table) -> Slice {
    static TABLES: Mutex<Kept> = Mutex::new(Vec::new());
    let lock = || TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lock().iter().find(|(t, _)| *t == table).map(|(_, b)| b.clone());
    let bytes = found.unwrap_or_else(|| {
        let values: Vec<[f32; 2]> = make(table).into_iter().map(|w| [w.re as f32, w.im as f32]).collect();
        let bytes: Arc<[u8]> = bytemuck::cast_slice(&values).into();
        let mut kept = lock();
        kept.push((table, bytes.clone()));
        while kept.iter().map(|(_, b)| b.len()).sum::<usize>() > KEPT {
            kept.remove(0);
        }
        bytes
    });
    plan.shared_constant(bytes)
}

fn make(table: Table) -> Vec<Complex64> {
    match table {
        Table::Roots { n } => (0..n as u64).map(|k| root(k, n as u64)).collect(),
        Table::TwoLevel { n } => {
            let fine = 1u64 << fine_log(n);
            let n = n as u64;
            (0..n.div_ceil(fine)).map(|k| k * fine).chain(0..fine).map(|k| root(k, n)).collect()
        }
        Table::Chirp { n } => chirp(n),
        Table::Spectrum { n, m } => {
            let mut b = vec![Complex64::new(0.0, 0.0); m];
            for (k, c) in chirp(n).into_iter().enumerate() {
                b[k] = c.conj() / m as f64;
                b[(m - k) % m] = b[k];
            }
            FftPlanner::new().plan_fft_forward(m).process(&mut b);
            b
        }
    }
}

/// `k²` is reduced modulo `2n` in whole numbers: as a float it would have no fraction left.
fn chirp(n: usize) -> Vec<Complex64> {
    let period = 2 * n as u64;
    (0..n as u64).map(|k| root(k * k % period, period)).collect()
}
