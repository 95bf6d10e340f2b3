//! Filtering rows of events: time `i64` in µs, x and y `i16` within 640 × 480, polarity `i8`; positions and polarity
//! are independent and uniform, so that no block of rows is kept or dropped whole.

use crate::{Checker, Comparison, Contender, Context, Expected};
use arrow_array::{
    ArrayRef, BooleanArray, Int8Array, Int16Array, Int64Array, RecordBatch, Scalar, cast::AsArray, types,
};
use gapwave::{Array, View};
use gapwave_harness::Fault;
use gapwave_kernels::filter::predicate;
use gapwave_kernels::{Case, case};
use polars::prelude::*;
use serde_json::json;
use std::rc::Rc;
use std::sync::Arc;

const ROWS: usize = 10_000_000;
const NAMES: [&str; 4] = ["t", "x", "y", "p"];

/// A region of interest.
#[derive(Clone, Copy)]
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

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let comparison = |roi: &Roi| {
        let roi = *roi;
        Comparison {
            id: "filter/compact",
            shape: format!("10 M events of 13 bytes, {} kept: {}", roi.share, roi.text()),
            elements: ROWS as u64,
            unit: "rows",
            sides: Box::new(move |cx| sides(cx, roi)),
        }
    };
    ROIS.iter().map(comparison).collect()
}

impl Roi {
    fn text(&self) -> String {
        let ([x0, x1], [y0, y1]) = (self.x, self.y);
        let on = if self.on { " and p = 1" } else { "" };
        format!("x >= {x0} and x < {x1} and y >= {y0} and y < {y1}{on}")
    }

    // Literals of the columns' types, so that polars casts nothing.
    fn expr(&self) -> Expr {
        let within = |name: &str, [a, b]: [i16; 2]| col(name).gt_eq(lit(a)).and(col(name).lt(lit(b)));
        let e = within("x", self.x).and(within("y", self.y));
        if self.on { e.and(col("p").eq(lit(1i8))) } else { e }
    }

    fn mask(&self, df: &DataFrame) -> PolarsResult<BooleanChunked> {
        let (x, y) = (df.column("x")?.i16()?, df.column("y")?.i16()?);
        let mask = x.gt_eq(self.x[0]) & x.lt(self.x[1]) & y.gt_eq(self.y[0]) & y.lt(self.y[1]);
        Ok(if self.on { mask & df.column("p")?.i8()?.equal(1i8) } else { mask })
    }
}

struct Events {
    t: Vec<i64>,
    x: Vec<i16>,
    y: Vec<i16>,
    p: Vec<i8>,
}

fn events() -> Events {
    let r = |i: usize, salt: u64| case::random(salt, i as u64);
    Events {
        t: (0..ROWS).map(|i| i as i64 * 2 + (r(i, 0) & 1) as i64).collect(),
        x: (0..ROWS).map(|i| (r(i, 1) % 640) as i16).collect(),
        y: (0..ROWS).map(|i| (r(i, 2) % 480) as i16).collect(),
        p: (0..ROWS).map(|i| (r(i, 3) & 1) as i8).collect(),
    }
}

fn sides(cx: &Context, roi: Roi) -> Result<Vec<Contender>, Fault> {
    let e = events();
    let df = DataFrame::new_infer_height(vec![
        Column::new("t".into(), &e.t),
        Column::new("x".into(), &e.x),
        Column::new("y".into(), &e.y),
        Column::new("p".into(), &e.p),
    ])?;
    let columns: [(&str, ArrayRef); 4] = [
        ("t", Arc::new(Int64Array::from(e.t.clone()))),
        ("x", Arc::new(Int16Array::from(e.x.clone()))),
        ("y", Arc::new(Int16Array::from(e.y.clone()))),
        ("p", Arc::new(Int8Array::from(e.p.clone()))),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let ins = vec![Array::from(e.t), Array::from(e.x), Array::from(e.y), Array::from(e.p)];
    let metas: Vec<_> = ins.iter().map(Array::meta).collect();
    let kernel = predicate::bind(&predicate::parse(&roi.text())?, &NAMES.map(str::to_owned), &metas)?;
    let e = Expected::of(Case::new(roi.share, kernel, ins))?;

    let mut sides: Vec<Contender> = Contender::gapwave(cx, &e)?.into();
    let frame = df.clone();
    let run = move || Ok(frame.filter(&roi.mask(&frame)?)?);
    sides.push(Contender::allocating("polars crate, eager", &e, run, same_frame));
    let run = move || {
        let query = df.clone().lazy().filter(roi.expr());
        Ok(query.collect_with_engine(Engine::Streaming)?.unwrap_single())
    };
    sides.push(Contender::allocating("polars crate, streaming", &e, run, same_frame));
    if cx.threads == 1 {
        let run = move || arrow_filter(&batch, &roi);
        sides.push(Contender::allocating("arrow", &e, run, same_batch));
    }
    sides.extend(python_sides(cx, &e, &roi));
    Ok(sides)
}

fn python_sides(cx: &Context, e: &Rc<Expected>, roi: &Roi) -> Vec<Contender> {
    let inputs: Vec<(&str, &Array)> = NAMES.into_iter().zip(&e.case().ins).collect();
    let side = |name: &str, package: &str, case: &str| {
        let params = json!({"x": roi.x, "y": roi.y, "on": roi.on});
        Contender::python(cx, e, name, package, case, params, &inputs)
    };
    let mut sides = Vec::new();
    // These two have no threads here.
    if cx.threads == 1 {
        sides.push(side("numpy, mask", "numpy", "filter.numpy"));
        sides.push(side("pandas, mask", "pandas", "filter.pandas"));
    }
    sides.push(side("pyarrow, mask", "pyarrow", "filter.pyarrow"));
    sides.push(side("duckdb to Arrow", "duckdb", "filter.duckdb"));
    sides.push(side("polars package, eager", "polars", "filter.polars"));
    sides.push(side("polars package, streaming", "polars", "filter.polars_streaming"));
    sides
}

fn arrow_filter(batch: &RecordBatch, roi: &Roi) -> Result<RecordBatch, Fault> {
    use arrow_ord::cmp::{eq, gt_eq, lt};
    let number = |v: i16| Scalar::new(Int16Array::from(vec![v]));
    let (x, y) = (batch.column(1), batch.column(2));
    let parts = [
        gt_eq(x, &number(roi.x[0]))?,
        lt(x, &number(roi.x[1]))?,
        gt_eq(y, &number(roi.y[0]))?,
        lt(y, &number(roi.y[1]))?,
    ];
    let on = if roi.on { Some(eq(batch.column(3), &Scalar::new(Int8Array::from(vec![1])))?) } else { None };
    let all = parts.iter().chain(&on).map(|b| b.values().clone()).reduce(|a, b| &a & &b).ok_or("no condition")?;
    Ok(arrow_select::filter::filter_record_batch(batch, &BooleanArray::new(all, None))?)
}

fn text(e: impl std::fmt::Display) -> String {
    e.to_string()
}

fn views<'a>(
    rows: &'a [usize],
    t: &'a [i64],
    x: &'a [i16],
    y: &'a [i16],
    p: &'a [i8],
) -> Result<[View<'a>; 4], String> {
    let t = View::new(rows, t).map_err(text)?;
    let [x, y] = [View::new(rows, x).map_err(text)?, View::new(rows, y).map_err(text)?];
    Ok([t, x, y, View::new(rows, p).map_err(text)?])
}

fn same_batch(batch: &RecordBatch, checker: &mut Checker) -> Result<(), String> {
    if batch.columns().iter().any(|c| c.nulls().is_some()) {
        return Err("missing values where there were none".into());
    }
    let [x, y] = [1, 2].map(|k| &batch.column(k).as_primitive::<types::Int16Type>().values()[..]);
    let t = batch.column(0).as_primitive::<types::Int64Type>();
    let p = batch.column(3).as_primitive::<types::Int8Type>();
    checker.check(&views(&[batch.num_rows()], t.values(), x, y, p.values())?)
}

fn same_frame(df: &DataFrame, checker: &mut Checker) -> Result<(), String> {
    let column = |k: usize| df.column(NAMES[k]).map(Column::rechunk).map_err(text);
    let (t, x, y, p) = (column(0)?, column(1)?, column(2)?, column(3)?);
    // `cont_slice` fails where something is missing.
    let t = t.i64().and_then(|c| c.cont_slice()).map_err(text)?;
    let x = x.i16().and_then(|c| c.cont_slice()).map_err(text)?;
    let y = y.i16().and_then(|c| c.cont_slice()).map_err(text)?;
    let p = p.i8().and_then(|c| c.cont_slice()).map_err(text)?;
    checker.check(&views(&[df.height()], t, x, y, p)?)
}
