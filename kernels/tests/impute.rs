//! Gap filling: every level against the definition, and the same bits for every chunking and number of threads.

use gapwave_columns::{Array, ArrayMut, Bitmap, DType, Meta};
use gapwave_kernels::case::random;
use gapwave_kernels::impute::{Edge, linear::Linear, locf::Locf};
use gapwave_kernels::{Cpu, Entry, Kernel, SimdLevel, impute, registry};
use proptest::prelude::*;

/// Runs a kernel; `state` is extras and carry. Gives all outputs.
fn call(k: &dyn Kernel, cx: &Cpu, data: &[Array], state: &[Array]) -> Vec<Array> {
    let metas: Vec<Meta> = data.iter().map(Array::meta).collect();
    let io = k.infer(&metas).unwrap();
    let mut outs: Vec<ArrayMut> = io.all_outs().iter().map(|m| ArrayMut::zeros(m).unwrap()).collect();
    let views: Vec<_> = data.iter().chain(state).map(Array::view).collect();
    let mut room: Vec<_> = outs.iter_mut().map(ArrayMut::out).collect();
    k.cpu(cx, &views, &mut room).unwrap();
    outs.into_iter().zip(io.all_outs()).map(|(o, m)| o.finish(m.rows()).unwrap()).collect()
}

fn zeros(metas: &[Meta]) -> Vec<Array> {
    metas.iter().map(|m| Array::zeros(m).unwrap()).collect()
}

/// The whole table at once: outputs and carry.
fn whole(k: &dyn Kernel, cx: &Cpu, data: &[Array]) -> Vec<Array> {
    let metas: Vec<Meta> = data.iter().map(Array::meta).collect();
    let io = k.infer(&metas).unwrap();
    call(k, cx, data, &zeros(&[io.extra, io.carry].concat()))
}

/// The table in chunks of these many rows: a first pass where the kernel wants one, then chunk by chunk.
fn chunked(k: &dyn Kernel, cx: &Cpu, data: &[Array], rows: &[usize]) -> Vec<Array> {
    let metas: Vec<Meta> = data.iter().map(Array::meta).collect();
    let io = k.infer(&metas).unwrap();
    let mut start = 0;
    let chunks: Vec<Vec<Array>> = rows
        .iter()
        .map(|&n| {
            start += n;
            data.iter().map(|a| a.slice_rows(start - n, n).unwrap()).collect()
        })
        .collect();
    let extras = match k.fit(&metas) {
        None => vec![None; rows.len()],
        Some(fit) => {
            let summaries: Vec<_> = chunks
                .iter()
                .enumerate()
                .map(|(i, c)| fit.needs(i, rows.len()).then(|| call(fit.summary(), cx, c, &[])))
                .collect();
            fit.resolve(&summaries, rows).unwrap()
        }
    };
    let mut carry = zeros(&io.carry);
    let mut outs: Vec<Vec<Array>> = vec![Vec::new(); io.outs.len()];
    for (chunk, extra) in chunks.iter().zip(extras) {
        let mut state = extra.unwrap_or_else(|| zeros(&io.extra));
        state.extend(carry);
        let mut got = call(k, cx, chunk, &state);
        carry = got.split_off(io.outs.len());
        outs.iter_mut().zip(got).for_each(|(o, g)| o.push(g));
    }
    outs.iter().map(|parts| Array::concat(parts).unwrap()).chain(carry).collect()
}

fn entries() -> [&'static Entry; 3] {
    [&impute::bounds::ENTRY, &impute::linear::ENTRY, &impute::locf::ENTRY]
}

#[test]
fn every_level_is_the_definition() {
    for entry in entries() {
        assert!(registry::find(entry.id).is_ok());
        let cases = (entry.cases)();
        assert!(cases.len() <= 64, "{} cases of {}", cases.len(), entry.id);
        for case in cases {
            let metas: Vec<Meta> = case.ins.iter().map(Array::meta).collect();
            let want = case.kernel.oracle(&case.ins).unwrap();
            let first = whole(&*case.kernel, &Cpu::at(SimdLevel::Scalar), &case.ins);
            for level in SimdLevel::available() {
                let got = whole(&*case.kernel, &Cpu::at(level), &case.ins);
                assert_eq!(got, first, "{}: {} at {level} is not as at scalar", entry.id, case.name);
                for (i, (g, w)) in got.iter().zip(&want).enumerate() {
                    if let Err(e) = case.kernel.tolerance(&metas).compare(g, w) {
                        panic!("{}: {} at {level}, output {i}: {e}", entry.id, case.name);
                    }
                }
            }
        }
    }
}

#[test]
fn observed_cells_keep_their_bits_and_null_cells_their_bytes() {
    for entry in [&impute::linear::ENTRY, &impute::locf::ENTRY] {
        for case in (entry.cases)() {
            let missing = case.kernel.params().get("missing").and_then(toml::Value::as_float);
            let got = whole(&*case.kernel, &Cpu::best(), &case.ins);
            for (a, y) in case.ins.iter().zip(&got) {
                let size = a.dtype().size();
                for (i, x) in gapwave_kernels::real(a).into_iter().enumerate() {
                    let cell = i * size..(i + 1) * size;
                    let sentinel = missing.is_some_and(|m| x == m);
                    let seen = a.valid().is_none_or(|v| v.get(i)) && !x.is_nan() && !sentinel;
                    let left = y.valid().is_some_and(|v| !v.get(i));
                    if seen || left {
                        assert_eq!(a.bytes()[cell.clone()], y.bytes()[cell], "{}: {} cell {i}", entry.id, case.name);
                    }
                    assert!(!(seen && left), "{}: {} cell {i} was lost", entry.id, case.name);
                }
            }
        }
    }
}

#[test]
fn chunks_give_the_same_bits() {
    for entry in [&impute::linear::ENTRY, &impute::locf::ENTRY] {
        for (c, case) in (entry.cases)().into_iter().enumerate() {
            let rows = case.ins[0].rows();
            if case.ins.iter().any(|a| a.rows() != rows) {
                continue;
            }
            let want = whole(&*case.kernel, &Cpu::best(), &case.ins);
            let mut cuts = vec![cut(rows, |_| 1 + rows / 2), cut(rows, |i| (random(c as u64, i) % 997) as usize)];
            if rows <= 1000 {
                cuts.push(cut(rows, |_| 1));
                cuts.push(cut(rows, |_| 7));
            }
            for rows in cuts {
                let got = chunked(&*case.kernel, &Cpu::best(), &case.ins, &rows);
                assert_eq!(got, want, "{}: {} in {} chunks", entry.id, case.name, rows.len());
            }
        }
    }
}

/// Chunks of `size(i)` rows, at least one chunk; chunks of no rows are among them where `size` says so.
fn cut(rows: usize, mut size: impl FnMut(u64) -> usize) -> Vec<usize> {
    let (mut out, mut left) = (Vec::new(), rows);
    while left > 0 || out.is_empty() {
        let n = size(out.len() as u64).min(left);
        out.push(n);
        left -= n;
    }
    out
}

#[test]
fn threads_give_the_same_bits() {
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let (one, three) = (pool(1), pool(3));
    let n = 300_001;
    let x: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
    // Gaps of up to a few hundred thousand rows: over several blocks.
    let holes =
        [|i: usize| random(1, i as u64).is_multiple_of(10), |i: usize| !(2..299_990).contains(&i) || i % 70_000 > 3];
    for hole in holes {
        let a = Array::from(x.clone()).with_valid(Bitmap::from_fn(n, |i| !hole(i))).unwrap();
        let wide = Array::from(x[..299_997].to_vec()).reshape([99_999, 3]).unwrap();
        let wide = wide.with_valid(Bitmap::from_fn(299_997, |i| !hole(i))).unwrap();
        for edge in [Edge::Keep, Edge::Nearest, Edge::Extrapolate] {
            let line = Linear { edge, limit: Some(80_000), ..Linear::default() };
            let hold = Locf { max_gap: Some(75_000), ..Locf::default() };
            for k in [&line as &dyn Kernel, &hold] {
                for data in [&a, &wide] {
                    let data = std::slice::from_ref(data);
                    let want = one.install(|| whole(k, &Cpu::best(), data));
                    assert_eq!(three.install(|| whole(k, &Cpu::best(), data)), want, "{k:?}");
                    k.oracle(data).unwrap().iter().zip(&want).for_each(|(w, g)| {
                        k.tolerance(&[data[0].meta()]).compare(g, w).unwrap();
                    });
                }
            }
        }
    }
}

#[test]
fn wrong_parameters_and_inputs_are_refused() {
    let parse = |id: &str, text: &str| registry::parse(id, text.parse().unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(parse("impute/locf", "edge = 'extrapolate'").contains("keep or nearest"));
    assert!(parse("impute/linear", "limit = 0").contains("limit is 0"));
    assert!(parse("impute/linear", "maxgap = 3").contains("maxgap"));
    assert!(parse("impute/linear", "max_gap = -3").contains("impute/linear"));
    let k = Linear::default();
    assert!(k.infer(&[Meta::new(DType::I32, [3])]).is_err(), "integers have no line");
    assert!(k.infer(&[Meta::new(DType::F32, [3, 2, 2])]).is_err());
    assert!(k.infer(&[]).is_err());
    let k = Locf { missing: Some(-200.0), ..Locf::default() };
    assert!(k.infer(&[Meta::new(DType::I16, [3])]).is_ok());
    let why = k.infer(&[Meta::new(DType::I8, [3])]).unwrap_err().to_string();
    assert!(why.contains("-200"), "{why}");
    let k = Locf { missing: Some(0.5), ..Locf::default() };
    assert!(k.infer(&[Meta::new(DType::I64, [3])]).is_err());
}

#[test]
fn edges_and_limits_are_as_documented() {
    let nan = f64::NAN;
    let x = Array::from(vec![nan, nan, 1.0, nan, nan, nan, 5.0, nan, nan]);
    let fill = |k: &dyn Kernel| {
        let y = whole(k, &Cpu::best(), std::slice::from_ref(&x)).swap_remove(0);
        y.into_vec::<f64>().unwrap().into_iter().map(|v| if v.is_nan() { -9.0 } else { v }).collect::<Vec<_>>()
    };
    let l = Linear::default();
    assert_eq!(fill(&l), [-9.0, -9.0, 1.0, 2.0, 3.0, 4.0, 5.0, -9.0, -9.0]);
    assert_eq!(fill(&Linear { edge: Edge::Nearest, ..l }), [1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0]);
    assert_eq!(fill(&Linear { edge: Edge::Extrapolate, ..l }), [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let one = Linear { edge: Edge::Extrapolate, limit: Some(1), ..l };
    assert_eq!(fill(&one), [-9.0, 0.0, 1.0, 2.0, -9.0, -9.0, 5.0, 6.0, -9.0]);
    let short = Linear { edge: Edge::Nearest, max_gap: Some(2), ..l };
    assert_eq!(fill(&short), [1.0, 1.0, 1.0, -9.0, -9.0, -9.0, 5.0, 5.0, 5.0]);
    assert_eq!(fill(&Locf::default()), [-9.0, -9.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0]);
    let back = Locf { edge: Edge::Nearest, limit: Some(1), ..Locf::default() };
    assert_eq!(fill(&back), [-9.0, 1.0, 1.0, 1.0, -9.0, -9.0, 5.0, 5.0, -9.0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_shape_parameter_and_chunking(
        rows in 0usize..300, series in 1usize..4, percent in 0u64..101, seed in 0u64..1000,
        limit in proptest::option::of(1u64..6), max_gap in proptest::option::of(1u64..9),
        edge in prop_oneof![Just(Edge::Keep), Just(Edge::Nearest), Just(Edge::Extrapolate)],
        single in any::<bool>(), nullable in any::<bool>(), piece in 1usize..90,
    ) {
        let n = rows * series;
        let gone = |i: usize| random(seed, i as u64) % 100 < percent;
        let x: Vec<f64> = (0..n).map(|i| if gone(i) && i % 3 == 0 { f64::NAN } else { (i * i % 101) as f64 / 101.0 }).collect();
        let a = if single { Array::from(x.iter().map(|&v| v as f32).collect::<Vec<_>>()) } else { Array::from(x) };
        let a = a.reshape(vec![rows, series]).unwrap();
        let a = if nullable { a.with_valid(Bitmap::from_fn(n, |i| !gone(i))).unwrap() } else { a };
        let hold = Locf { limit, max_gap, edge: if edge == Edge::Extrapolate { Edge::Keep } else { edge }, missing: None };
        for k in [&Linear { limit, max_gap, edge, missing: None } as &dyn Kernel, &hold] {
            let got = whole(k, &Cpu::best(), std::slice::from_ref(&a));
            let want = k.oracle(std::slice::from_ref(&a)).unwrap();
            prop_assert_eq!(k.tolerance(&[a.meta()]).compare(&got[0], &want[0]), Ok(()));
            let parts = chunked(k, &Cpu::best(), std::slice::from_ref(&a), &cut(rows, |i| piece + i as usize % 3));
            prop_assert_eq!(parts, got);
        }
    }
}
