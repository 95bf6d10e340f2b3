//! Row filtering against polars' streaming engine, in one process.
//!
//! `cargo bench --bench peers_compact [-- --level avx512,avx2 --rows 50000000 --rounds 9 --threads 1]`
//!
//! Events of a 640 × 480 sensor, 13 bytes each: time `i64` in µs, x and y `i16`, polarity `i8`; positions and
//! polarity independent and uniform, so no block of rows is kept or dropped whole. Three conditions:
//! - 1.6 %: `x >= 263 and x < 377 and y >= 197 and y < 283 and p = 1`
//! - 14.6 %: `x >= 147 and x < 493 and y >= 110 and y < 369 and p = 1`
//! - 79.7 %: `x >= 34 and x < 605 and y >= 25 and y < 454`
//!
//! gapwave writes into memory that it was given, the same every round; polars allocates its result, as it does for
//! its users, and gives it back after the clock was read. polars' conditions are written with literals of the
//! columns' types, so that it casts nothing. Results are compared value by value before anything is timed.
//!
//! The polars here is the crate as stable Rust builds it for the platform's baseline. Its Python package filtered these
//! events two to three times faster on the same machine, probably by vector code that needs nightly Rust: compare with
//! that too before saying how much faster gapwave is.

mod common;

use gapwave_columns::{Array, ArrayMut, Meta};
use gapwave_kernels::filter::predicate;
use gapwave_kernels::{Cpu, Kernel, SimdLevel, case};
use polars::prelude::*;
use std::any::Any;

const NAMES: [&str; 4] = ["t", "x", "y", "p"];

struct Roi {
    share: &'static str,
    x: [i16; 2],
    y: [i16; 2],
    on: bool,
}

const ROIS: [Roi; 3] = [
    Roi { share: "1.6 %", x: [263, 377], y: [197, 283], on: true },
    Roi { share: "14.6 %", x: [147, 493], y: [110, 369], on: true },
    Roi { share: "79.7 %", x: [34, 605], y: [25, 454], on: false },
];

impl Roi {
    fn text(&self) -> String {
        let ([x0, x1], [y0, y1]) = (self.x, self.y);
        let on = if self.on { " and p = 1" } else { "" };
        format!("x >= {x0} and x < {x1} and y >= {y0} and y < {y1}{on}")
    }

    fn expr(&self) -> Expr {
        let within = |name: &str, [a, b]: [i16; 2]| col(name).gt_eq(lit(a)).and(col(name).lt(lit(b)));
        let e = within("x", self.x).and(within("y", self.y));
        if self.on { e.and(col("p").eq(lit(1i8))) } else { e }
    }
}

fn main() {
    let threads = common::number("--threads", 1) as usize;
    common::fix_polars_threads(threads);
    let rows = common::number("--rows", 50_000_000) as usize;
    let rounds = common::number("--rounds", 9) as usize;
    let mut levels: Vec<SimdLevel> =
        common::option("--level").iter().map(|l| l.parse().expect("a SIMD level of this machine")).collect();
    if levels.is_empty() {
        levels = SimdLevel::available().into_iter().rev().take(2).collect();
    }

    let r = |i: usize, salt: u64| case::random(salt, i as u64);
    let t: Vec<i64> = (0..rows).map(|i| i as i64 * 2 + (r(i, 0) & 1) as i64).collect();
    let x: Vec<i16> = (0..rows).map(|i| (r(i, 1) % 640) as i16).collect();
    let y: Vec<i16> = (0..rows).map(|i| (r(i, 2) % 480) as i16).collect();
    let p: Vec<i8> = (0..rows).map(|i| (r(i, 3) & 1) as i8).collect();
    let df = DataFrame::new_infer_height(vec![
        Column::new("t".into(), &t),
        Column::new("x".into(), &x),
        Column::new("y".into(), &y),
        Column::new("p".into(), &p),
    ])
    .expect("columns of one length");
    let ins = [Array::from(t), Array::from(x), Array::from(y), Array::from(p)];
    let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
    let views: Vec<_> = ins.iter().map(Array::view).collect();
    let pool = common::pool(threads);

    for roi in &ROIS {
        let comparisons = predicate::parse(&roi.text()).expect("a condition");
        let kernel = predicate::bind(&comparisons, &NAMES.map(str::to_owned), &metas).expect("columns of that name");
        let io = kernel.infer(&metas).expect("events");
        let mut outs: Vec<ArrayMut> = io.outs.iter().map(|m| ArrayMut::zeros(m).expect("memory")).collect();
        let filter = || {
            let query = df.clone().lazy().filter(roi.expr()).collect_with_engine(Engine::Streaming);
            query.expect("a filtered frame").unwrap_single()
        };
        for &level in &levels {
            let ours = |outs: &mut [ArrayMut]| {
                let mut outs: Vec<_> = outs.iter_mut().map(ArrayMut::out).collect();
                pool.install(|| kernel.cpu(&Cpu::at(level), &views, &mut outs)).expect("a filtered table");
                outs[0].rows()
            };
            let kept = ours(&mut outs);
            same(&filter(), kept, &mut outs);
            let mut ours = || Box::new(ours(&mut outs)) as Box<dyn Any>;
            let mut theirs = || Box::new(filter()) as Box<dyn Any>;
            let name = format!("gapwave {level}");
            let timings = common::interleave(rounds, &mut [(&name, &mut ours), ("polars streaming", &mut theirs)]);
            let share = kept as f64 / rows as f64 * 100.0;
            let title =
                format!("{rows} events, {} kept ({share:.2} %), {threads} thread(s): {}", roi.share, roi.text());
            common::report(&title, rows as u64, &timings);
        }
    }
}

/// Panics where the first `kept` rows of `outs` are not the frame.
fn same(df: &DataFrame, kept: usize, outs: &mut [ArrayMut]) {
    assert_eq!(df.height(), kept, "rows kept");
    let col = |i: usize| df.column(NAMES[i]).expect("a column of that name").rechunk();
    let [t, x, y, p] = [0, 1, 2, 3].map(col);
    macro_rules! equal {
        ($i:literal, $t:ty, $have:expr) => {{
            let have = $have.expect("a column of that type");
            let mut out = outs[$i].out();
            let ours = &out.as_mut_slice::<$t>().expect("a column of that type")[..kept];
            let have: &[$t] = have.cont_slice().expect("one chunk, nothing missing");
            assert!(have == ours, "column {}", NAMES[$i]);
        }};
    }
    equal!(0, i64, t.i64());
    equal!(1, i16, x.i16());
    equal!(2, i16, y.i16());
    equal!(3, i8, p.i8());
}
