//! Filling gaps: one column of ten million f64 within ±1, a tenth missing at random, first and last cell observed.
//!
//! gapwave and polars get the gaps as nulls, NumPy and pandas as NaN; gapwave is timed on NaN too.

use crate::{Checker, Comparison, Contender, Context, Expected};
use gapwave::{Array, Bitmap, View};
use gapwave_harness::Fault;
use gapwave_kernels::impute::{linear::Linear, locf::Locf};
use gapwave_kernels::{Case, case};
use polars::prelude::*;
use serde_json::json;

const ROWS: usize = 10_000_000;

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let comparison = |id, method| Comparison {
        id,
        shape: "10 M rows of float64, 10 % missing".into(),
        elements: ROWS as u64,
        unit: "rows",
        sides: Box::new(move |cx| sides(cx, method)),
    };
    vec![comparison("impute/linear", Method::Linear), comparison("impute/locf", Method::Locf)]
}

#[derive(Clone, Copy, PartialEq)]
enum Method {
    Linear,
    Locf,
}

impl Method {
    fn case(self, name: &str, x: Array) -> Case {
        match self {
            Method::Linear => Case::new(name, Linear::default(), vec![x]),
            Method::Locf => Case::new(name, Locf::default(), vec![x]),
        }
    }

    fn polars(self, s: &Series) -> PolarsResult<Series> {
        match self {
            Method::Linear => Ok(interpolate(s, InterpolationMethod::Linear)),
            Method::Locf => s.fill_null(FillNullStrategy::Forward(None)),
        }
    }
}

fn sides(cx: &Context, method: Method) -> Result<Vec<Contender>, Fault> {
    // Libraries disagree about gaps at the ends, so there are none.
    let there = |i: usize| i == 0 || i == ROWS - 1 || case::random(1, i as u64) % 100 >= 10;
    let x = case::uniform_f64(2, ROWS);
    let nans: Vec<f64> = x.iter().enumerate().map(|(i, &v)| if there(i) { v } else { f64::NAN }).collect();
    let series =
        Float64Chunked::from_iter_options("x".into(), x.iter().enumerate().map(|(i, &v)| there(i).then_some(v)));
    let series = series.into_series();
    let nulls = Array::from(x).with_valid(Bitmap::from_fn(ROWS, there))?;
    let e = Expected::of(method.case("nulls", nulls))?;
    let of_nans = Expected::of(method.case("NaN", Array::from(nans)))?;

    let mut sides: Vec<Contender> = Contender::gapwave(cx, &e)?.into();
    let [mut on_nans, _] = Contender::gapwave(cx, &of_nans)?;
    on_nans.name = "gapwave, gaps as NaN".into();
    sides.push(on_nans);
    if cx.threads == 1 {
        let name = if method == Method::Linear { "polars crate, interpolate" } else { "polars crate, fill_null" };
        sides.push(Contender::allocating(name, &e, move || Ok(method.polars(&series)?), same_series));
    }
    let inputs = [("x", &of_nans.case().ins[0])];
    let python = |name: &str, package: &str, case: &str| {
        Contender::python(cx, &of_nans, name, package, case, json!({}), &inputs)
    };
    let duckdb = |name: &str, ordered: bool| {
        Contender::python(cx, &of_nans, name, "duckdb", "locf.duckdb", json!({"ordered": ordered}), &inputs)
    };
    match (method, cx.threads) {
        (Method::Linear, 1) => {
            sides.push(python("numpy.interp", "numpy", "linear.numpy"));
            sides.push(python("pandas, interpolate", "pandas", "linear.pandas"));
            sides.push(python("polars package, interpolate", "polars", "linear.polars"));
        }
        (Method::Locf, 1) => {
            sides.push(python("pandas, ffill", "pandas", "locf.pandas"));
            sides.push(python("polars package, fill_null", "polars", "locf.polars"));
        }
        // These have no threads for one column.
        _ => {}
    }
    if method == Method::Locf {
        sides.push(duckdb("duckdb, last_value", false));
        sides.push(duckdb("duckdb, last_value, order by", true));
    }
    Ok(sides)
}

fn same_series(s: &Series, checker: &mut Checker) -> Result<(), String> {
    let s = s.rechunk();
    let column = s.f64().map_err(|e| e.to_string())?;
    let values: Vec<f64> = column.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
    let valid = Bitmap::from_fn(values.len(), |i| !values[i].is_nan());
    let shape = [values.len()];
    let view = View::of_bytes(gapwave::DType::F64, &shape, bytemuck::cast_slice(&values), Some(valid.bits()));
    checker.check(&[view])
}
