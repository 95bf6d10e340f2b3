//! What the filter is tried on.

use super::Sosfilt;
use crate::Case;
use crate::case::{self, LENGTHS, uniform_f32, uniform_f64};
use crate::signal::design::{self, Band, Section, Shape};
use gapwave_columns::Array;

fn butter(order: usize, band: Band) -> Vec<Section> {
    design::iir(order, Shape::Butterworth, band, 100.0).expect("a design")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, n) in LENGTHS.into_iter().filter(|n| *n < 1000).chain([20_011]).enumerate() {
        let k = Sosfilt::new(butter(1 + i % 5, if i % 2 == 0 { Band::Low(10.0) } else { Band::Pass(5.0, 20.0) }));
        let x = if i % 3 == 0 { Array::from(uniform_f64(1, n)) } else { Array::from(uniform_f32(1, n)) };
        cases.push(Case::new(format!("{n} numbers"), k, vec![x]));
    }
    for channels in [1, 2, 3, 4, 7, 8, 9, 16, 17, 33] {
        let n = 130;
        let mut k = Sosfilt::new(butter(4, Band::High(3.0)));
        if channels % 2 == 1 {
            k.zi = Some(vec![[0.5, -0.25], [0.125, 1.0]]);
        }
        let x = Array::new([n, channels], uniform_f32(2, n * channels)).expect("as many");
        cases.push(Case::new(format!("{channels} channels"), k, vec![x]));
    }
    let narrow = Sosfilt::new(butter(2, Band::Low(0.05)));
    cases.push(Case::new("poles at 0.998", narrow, vec![Array::from(uniform_f32(3, 1500))]));
    let pair = vec![Array::from(uniform_f32(4, 300)), Array::from(uniform_f64(5, 300))];
    cases.push(Case::new("two inputs", Sosfilt::new(butter(3, Band::Stop(5.0, 9.0))), pair));
    let ringing = Sosfilt { sos: vec![[1.0, 0.0, 0.0, 1.0, -2.0, 1.0]], zi: Some(vec![[1.0, -1.0]]) };
    cases.push(Case::new("a double integrator", ringing, vec![Array::from(uniform_f64(6, 100))]));
    let mut holes = uniform_f64(7, 100);
    (holes[53], holes[70]) = (f64::NAN, f64::INFINITY);
    cases.push(Case::new("no number", Sosfilt::new(butter(2, Band::Low(10.0))), vec![Array::from(holes)]));
    cases.push(Case::new(
        "a gain",
        Sosfilt::new(vec![[2.0, 0.0, 0.0, 1.0, 0.0, 0.0]]),
        vec![Array::from(uniform_f32(8, 40))],
    ));
    cases
}

pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(1 << 24);
    let one = Case::new(case::count(n), Sosfilt::new(butter(4, Band::Low(10.0))), vec![Array::from(uniform_f32(1, n))]);
    let rows = n / 64;
    let x = Array::new([rows, 64], uniform_f32(2, rows * 64)).expect("as many");
    let many =
        Case::new(format!("{} × 64 channels", case::count(rows)), Sosfilt::new(butter(4, Band::Low(10.0))), vec![x]);
    vec![one, many]
}
