//! What the filter is tried on.

use super::Fir;
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use crate::fft::Window;
use crate::signal::design::{self, Band};
use gapwave_columns::Array;

fn low(taps: usize) -> Vec<f64> {
    design::firwin(taps, Band::Low(0.1), Window::Hamming, 1.0).expect("a design")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let mut k = Fir::new(uniform_f64(7, [1, 2, 7, 16, 65][i % 5]));
        k.centred = i % 2 == 0;
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers, {} weights", k.taps.len()), k, vec![x]));
    }
    for taps in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 34, 66] {
        cases.push(Case::new(format!("{taps} weights"), Fir::new(low(taps)), vec![Array::from(uniform_f32(2, 150))]));
    }
    cases.push(Case::new("more weights than numbers", Fir::new(low(301)), vec![Array::from(uniform_f64(3, 50))]));
    let x = Array::new([100, 5], uniform_f32(4, 500)).expect("as many");
    cases.push(Case::new("5 channels", Fir { taps: low(21), centred: true }, vec![x]));
    let mut holes = uniform_f64(5, 400);
    (holes[100], holes[200], holes[399]) = (f64::NAN, f64::INFINITY, f64::NAN);
    cases.push(Case::new("no numbers among them", Fir::new(low(30)), vec![Array::from(holes)]));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 22);
    [65, 257]
        .into_iter()
        .map(|taps| {
            let name = format!("{}, {taps} weights", case::count(n));
            Case::new(name, Fir::new(low(taps)), vec![Array::from(uniform_f32(1, n))])
        })
        .collect()
}
