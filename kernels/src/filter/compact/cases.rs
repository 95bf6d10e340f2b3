//! Tables to try the filter on.

use super::{Compact, Range};
use crate::Case;
use crate::case::{self, LENGTHS};
use gapwave_columns::{Array, Bitmap};

/// Events as cameras write them: time in µs, x below 640, y below 480, polarity 0 or 1.
fn events(seed: u64, n: usize) -> Vec<Array> {
    let r = |k: u64, i: u64| case::random(seed * 4 + k, i);
    let n = n as u64;
    vec![
        Array::from((0..n).map(|i| (1i64 << 40) + 3 * i as i64 + (r(0, i) % 3) as i64).collect::<Vec<_>>()),
        Array::from((0..n).map(|i| (r(1, i) % 640) as i16).collect::<Vec<_>>()),
        Array::from((0..n).map(|i| (r(2, i) % 480) as i16).collect::<Vec<_>>()),
        Array::from((0..n).map(|i| (r(3, i) % 2) as i8).collect::<Vec<_>>()),
    ]
}

const ODD_F64: [f64; 14] = [
    0.0,
    -0.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    5e-324,
    -5e-324,
    1.0,
    -1.0,
    f64::MAX,
    f64::MIN,
    2.5,
    f64::MIN_POSITIVE,
    -2.5,
];

/// Numbers at the edges of the types, NaN of both signs and with payloads among them.
fn floats(seed: u64, n: usize) -> Vec<Array> {
    let at = |k: u64, i: usize| case::random(seed + k, i as u64);
    let f64s = (0..n).map(|i| match at(0, i) % 16 {
        14 => f64::from_bits(0xfff8_0000_0000_0000 | at(2, i) >> 16),
        15 => case::uniform(seed, i as u64),
        k => ODD_F64[k as usize],
    });
    let f32s = (0..n).map(|i| match at(1, i) % 16 {
        5 => f32::from_bits(1),
        6 => -f32::from_bits(1),
        14 => f32::from_bits(0xff80_0001 | (at(3, i) >> 48) as u32),
        15 => case::uniform(seed, i as u64) as f32,
        k => ODD_F64[k as usize] as f32,
    });
    vec![Array::from(f64s.collect::<Vec<_>>()), Array::from(f32s.collect::<Vec<_>>())]
}

/// One column of every integer type, each with its ends among the values.
fn integers(seed: u64, n: usize) -> Vec<Array> {
    macro_rules! column {
        ($t:ty, $k:literal) => {
            Array::from(
                (0..n as u64)
                    .map(|i| match case::random(seed + $k, i) {
                        r if r % 8 == 0 => <$t>::MIN,
                        r if r % 8 == 1 => <$t>::MAX,
                        r => (r >> 20) as $t,
                    })
                    .collect::<Vec<_>>(),
            )
        };
    }
    vec![
        column!(i8, 0),
        column!(u8, 1),
        column!(i16, 2),
        column!(u16, 3),
        column!(i32, 4),
        column!(u32, 5),
        column!(i64, 6),
        column!(u64, 7),
    ]
}

fn with_holes(a: Array, seed: u64) -> Array {
    let n = a.len();
    a.with_valid(case::missing(seed, n, 20)).unwrap_or_else(|_| unreachable!("a bitmap of the array's length"))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let keep = |keep: Vec<Range>| Compact { keep };
    for (k, n) in LENGTHS.into_iter().enumerate() {
        let e = events(k as u64, n);
        let roi = vec![Range::new(1, 160, 479), Range::new(2, 100, 299), Range::new(3, 1, 1)];
        cases.push(Case::new(format!("{n} events, 15 % kept"), keep(roi), e.clone()));
        if k % 3 == 0 {
            cases.push(Case::new(format!("{n} events, all kept"), keep(vec![Range::at_least(1, 0)]), e.clone()));
            cases.push(Case::new(format!("{n} events, none kept"), keep(vec![Range::at_least(0, -1).outside()]), e));
        }
    }
    let e = events(20, 5000);
    cases.push(Case::new("no ranges", keep(vec![]), e.clone()));
    cases.push(Case::new("one row in a hundred", keep(vec![Range::new(1, 7, 12)]), e.clone()));
    cases.push(Case::new("four rows in five", keep(vec![Range::new(1, 64, 574).outside(), Range::at_least(2, 0)]), {
        let mut e = e.clone();
        e[1] = Array::from((0..5000).map(|i| (i * 7 % 640) as i16).collect::<Vec<_>>());
        e
    }));
    let start = (1i64 << 40) + 6000;
    cases.push(Case::new("a window of time", keep(vec![Range::new(0, start, start + 2000)]), e));
    let alternating = Array::from((0..1000).map(|i| i % 2).collect::<Vec<i32>>());
    cases.push(Case::new("every other row", keep(vec![Range::new(0, 1, 1)]), vec![alternating]));
    for n in [0, 33, 257, 4097] {
        let f = floats(31, n);
        cases.push(Case::new(format!("{n} floats in a range"), keep(vec![Range::new(0, -1.0, 1.5)]), f.clone()));
        cases.push(Case::new(
            format!("{n} floats, infinities kept"),
            keep(vec![Range::at_least(1, f64::NEG_INFINITY), Range::at_most(0, f64::INFINITY)]),
            f.clone(),
        ));
        cases.push(Case::new(
            format!("{n} floats outside zero"),
            keep(vec![Range::new(1, 0.0, -0.0).outside(), Range::new(0, -5e-324, 0).outside()]),
            f,
        ));
    }
    for n in [31, 513, 2049] {
        let c = integers(41, n);
        let all = (0..8).map(|i| Range::new(i, -1e18, 1e18)).collect();
        cases.push(Case::new(format!("{n} integers of every type"), keep(all), c.clone()));
        let ends = vec![Range::at_most(6, i64::MAX - 1), Range::at_least(7, 1), Range::new(4, 1.5, 1e9).outside()];
        cases.push(Case::new(format!("{n} integers, ends dropped"), keep(ends), c.clone()));
        let holes: Vec<Array> = c.into_iter().zip(50..).map(|(a, s)| with_holes(a, s)).collect();
        let some = vec![Range::at_least(0, 0), Range::new(3, 100, 50_000).outside()];
        cases.push(Case::new(format!("{n} integers with holes"), keep(some), holes));
    }
    for n in [0, 65, 1000, 65_537] {
        let mut e = events(60, n);
        e[1] = with_holes(e[1].clone(), 61);
        e[0] = with_holes(e[0].clone(), 62);
        let ranges = vec![Range::new(1, 100, 500), Range::new(2, 0, 200).outside()];
        cases.push(Case::new(format!("{n} events with holes"), keep(ranges), e));
    }
    let none = Array::from(vec![1.0f64; 100]).with_valid(Bitmap::filled(100, false));
    if let Ok(none) = none {
        cases.push(Case::new("all missing", keep(vec![Range::at_least(0, 0)]), vec![none.clone()]));
        cases.push(Case::new("all missing, outside", keep(vec![Range::at_least(0, 5).outside()]), vec![none]));
    }
    cases
}

/// Ten million events at the three selectivities that the benchmark against peers has too.
pub(super) fn bench(size: Option<usize>) -> Vec<Case> {
    let n = size.unwrap_or(10_000_000);
    let e = events(1, n);
    let few = vec![Range::new(1, 160, 239), Range::new(2, 100, 220), Range::new(3, 1, 1)];
    let some = vec![Range::new(1, 160, 479), Range::new(2, 100, 379), Range::new(3, 1, 1)];
    let most = vec![Range::new(1, 64, 639), Range::at_most(2, 424)];
    let case =
        |kept: &str, keep| Case::new(format!("{} events, {kept} kept", case::count(n)), Compact { keep }, e.clone());
    vec![case("1.6 %", few), case("14.6 %", some), case("79.7 %", most)]
}
