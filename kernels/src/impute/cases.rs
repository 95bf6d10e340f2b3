//! Inputs with every kind of hole, shared by the methods that look along a series.

use super::bounds::Bounds;
use super::linear::Linear;
use super::locf::Locf;
use super::options::Edge;
use crate::Case;
use crate::case::{self, LENGTHS};
use gapwave_columns::{Array, Bitmap, DType, for_dtype};

/// Whether `x`, an element of an array of `dtype`, is the sentinel: compared in the array's own type.
pub(super) fn is_sentinel(dtype: DType, x: f64, missing: Option<f64>) -> bool {
    missing.is_some_and(|m| if dtype == DType::F32 { x as f32 == m as f32 } else { x == m })
}

/// Where cells are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Holes {
    None,
    All,
    Alternating,
    /// This many in a hundred.
    Random(u64),
    /// Runs of a few to some thousand rows, observations being as rare.
    Bursts,
    /// The first and last third.
    Ends,
    /// All but one row in the middle.
    AllButOne,
}

impl Holes {
    const ALL: [Holes; 8] = [
        Holes::None,
        Holes::Random(10),
        Holes::Alternating,
        Holes::Bursts,
        Holes::Random(90),
        Holes::Ends,
        Holes::AllButOne,
        Holes::All,
    ];

    fn missing(self, seed: u64, row: usize, rows: usize) -> bool {
        match self {
            Holes::None => false,
            Holes::All => true,
            Holes::Alternating => row.is_multiple_of(2),
            Holes::Random(p) => case::random(seed, row as u64) % 100 < p,
            // The leading bits of a slow counter make runs of very different lengths.
            Holes::Bursts => {
                let shift = case::random(seed, row as u64 >> 11) % 11;
                !case::random(seed, (row / 3) as u64 >> shift).is_multiple_of(3)
            }
            Holes::Ends => row < rows / 3 || row >= rows - rows / 3 || row.is_multiple_of(5),
            Holes::AllButOne => row != rows / 2,
        }
    }
}

/// How missing cells are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    Nan,
    Null,
    Sentinel,
    /// One of the three, cell by cell; every null cell is NaN half of the time.
    Mixed,
}

const SENTINEL: f64 = -200.0;

/// A float array of uniform numbers within ±1 with holes.
fn floats(dtype: DType, shape: &[usize], holes: Holes, mark: Mark, seed: u64) -> Array {
    let (rows, series) = (shape[0], shape[1..].iter().product::<usize>());
    let n = rows * series;
    let hole = |i: usize| holes.missing(seed + (i % series) as u64 * 77, i / series, rows);
    let kind = |i: usize| match mark {
        Mark::Mixed => [Mark::Nan, Mark::Null, Mark::Sentinel][(case::random(seed + 5, i as u64) % 3) as usize],
        m => m,
    };
    let value = |i: usize| match (hole(i), kind(i)) {
        (true, Mark::Nan) => f64::NAN,
        (true, Mark::Sentinel) => SENTINEL,
        (true, Mark::Null) if i.is_multiple_of(2) => f64::NAN,
        _ => case::uniform(seed + 9, i as u64),
    };
    let x: Vec<f64> = (0..n).map(value).collect();
    let a = match dtype {
        DType::F32 => array(shape, x.into_iter().map(|v| v as f32).collect()),
        _ => array(shape, x),
    };
    let nulls = |i: usize| hole(i) && kind(i) == Mark::Null;
    if matches!(mark, Mark::Null | Mark::Mixed) { with_bits(a, Bitmap::from_fn(n, |i| !nulls(i))) } else { a }
}

fn array<T: gapwave_columns::Element>(shape: &[usize], x: Vec<T>) -> Array {
    Array::from(x).reshape(shape.to_vec()).unwrap_or_else(|e| unreachable!("a case's shape: {e}"))
}

fn with_bits(a: Array, bits: Bitmap) -> Array {
    a.with_valid(bits).unwrap_or_else(|e| unreachable!("a case's bitmap: {e}"))
}

/// Integers with nulls and sentinels, large ones among them: f64 would round those of 64 bits.
fn integers(dtype: DType, shape: &[usize], holes: Holes, null: bool, seed: u64) -> Array {
    let (rows, series) = (shape[0], shape[1..].iter().product::<usize>());
    let n = rows * series;
    let hole = |i: usize| holes.missing(seed + (i % series) as u64 * 77, i / series, rows);
    let a = for_dtype!(dtype, T => {
        let size = size_of::<T>();
        let value = |i: usize| {
            // The sentinel of integers is 77, which no other element is.
            let mut bytes = case::random(seed, i as u64).to_le_bytes();
            if bytes[0] == 77 { bytes[0] = 78 }
            if hole(i) { bytes = 77u64.to_le_bytes() }
            bytemuck::pod_read_unaligned::<T>(&bytes.repeat(2)[..size])
        };
        array(shape, (0..n).map(value).collect::<Vec<T>>())
    });
    if null { with_bits(a, Bitmap::from_fn(n, |i| !(hole(i) && i % 3 != 0))) } else { a }
}

/// Observations that must come through to the bit: infinities, −0, denormals, large numbers, a NaN's payload.
fn specials(dtype: DType) -> Array {
    let x = [
        f64::NAN,
        1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NAN,
        f64::NAN,
        2.0,
        f64::NAN,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::INFINITY,
        0.5,
        f64::NAN,
        -0.0,
        f64::NAN,
        -0.0,
        1e-40,
        1e-45,
        f64::NAN,
        3e37,
        f64::NAN,
        0.0,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        -1.0,
        f64::INFINITY,
        f64::NAN,
        f64::NAN,
    ];
    match dtype {
        DType::F32 => Array::from(x.map(|v| v as f32).to_vec()),
        _ => Array::from(x.to_vec()),
    }
}

const FLOATS: [DType; 2] = [DType::F32, DType::F64];
const EDGES: [Edge; 3] = [Edge::Keep, Edge::Nearest, Edge::Extrapolate];
const MARKS: [Mark; 4] = [Mark::Nan, Mark::Null, Mark::Sentinel, Mark::Mixed];

pub(super) fn linear() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, k: Linear, ins: Vec<Array>| cases.push(Case::new(name, k, ins));
    let plain = Linear { missing: Some(SENTINEL), ..Linear::default() };
    for (i, n) in LENGTHS.into_iter().enumerate() {
        for (j, d) in FLOATS.into_iter().enumerate() {
            let (mark, edge) = (MARKS[(i + j) % 4], EDGES[(i + 2 * j) % 3]);
            let holes = if j == 0 { Holes::Random(10) } else { Holes::Random(40) };
            let a = floats(d, &[n], holes, mark, i as u64);
            add(format!("{n} {d}, {holes:?} {mark:?}, edge {edge:?}"), Linear { edge, ..plain }, vec![a]);
        }
    }
    for (i, holes) in Holes::ALL.into_iter().enumerate() {
        let (d, mark, edge) = (FLOATS[i % 2], MARKS[i % 4], EDGES[i % 3]);
        let n = 20_000 + i;
        add(
            format!("{holes:?} {mark:?}, edge {edge:?}"),
            Linear { edge, ..plain },
            vec![floats(d, &[n], holes, mark, 3)],
        );
    }
    for edge in EDGES {
        for (limit, max_gap) in [(Some(2), None), (None, Some(3)), (Some(40), Some(100))] {
            let a = floats(DType::F32, &[9000], Holes::Bursts, Mark::Null, 11);
            let b = floats(DType::F64, &[9000, 2], Holes::Ends, Mark::Nan, 12);
            let k = Linear { limit, max_gap, edge, ..plain };
            add(format!("limit {limit:?}, max_gap {max_gap:?}, edge {edge:?}, two inputs"), k, vec![a, b]);
        }
    }
    for (k, series) in [1, 3, 40].into_iter().enumerate() {
        for (j, mark) in [Mark::Mixed, Mark::Nan].into_iter().enumerate() {
            let edge = EDGES[(k + j) % 3];
            let a = floats(FLOATS[(k + j) % 2], &[700 - 13 * k, series], Holes::Random(30), mark, 5);
            add(
                format!("{series} series, {mark:?}, edge {edge:?}"),
                Linear { edge, max_gap: Some(4), ..plain },
                vec![a],
            );
        }
    }
    add("no rows of 3 series".into(), plain, vec![floats(DType::F32, &[0, 3], Holes::None, Mark::Nan, 1)]);
    // More series than a scan's block has elements, so that the GPU scans in two levels.
    let many = floats(DType::F32, &[5, 3000], Holes::Random(50), Mark::Nan, 13);
    add("3000 series".into(), Linear { edge: Edge::Extrapolate, ..plain }, vec![many]);
    add("no series".into(), plain, vec![floats(DType::F32, &[5, 0], Holes::None, Mark::Nan, 1)]);
    for d in FLOATS {
        add(format!("special {d}"), Linear { edge: Edge::Extrapolate, ..Linear::default() }, vec![specials(d)]);
    }
    // A sentinel of 0 matches both zeros.
    add("sentinel 0".into(), Linear { missing: Some(0.0), ..Linear::default() }, vec![specials(DType::F32)]);
    cases
}

pub(super) fn locf() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, k: Locf, ins: Vec<Array>| cases.push(Case::new(name, k, ins));
    let plain = Locf { missing: Some(SENTINEL), ..Locf::default() };
    for (i, n) in LENGTHS.into_iter().enumerate() {
        let (d, mark, edge) = (FLOATS[i % 2], MARKS[i % 4], EDGES[i % 2]);
        let a = floats(d, &[n], Holes::Random(30), mark, i as u64);
        add(format!("{n} {d}, {mark:?}, edge {edge:?}"), Locf { edge, ..plain }, vec![a]);
    }
    for (i, holes) in Holes::ALL.into_iter().enumerate() {
        let (d, mark, edge) = (FLOATS[(i + 1) % 2], MARKS[i % 4], EDGES[i % 2]);
        let n = 20_000 + i;
        add(
            format!("{holes:?} {mark:?}, edge {edge:?}"),
            Locf { edge, ..plain },
            vec![floats(d, &[n], holes, mark, 3)],
        );
    }
    let whole = Locf { missing: Some(77.0), ..Locf::default() };
    for (i, d) in [DType::I64, DType::I32, DType::I16, DType::U64, DType::U8].into_iter().enumerate() {
        let edge = EDGES[i % 2];
        let k = Locf { edge, max_gap: (i % 2 == 0).then_some(20), ..whole };
        let a = integers(d, &[9000], Holes::Bursts, i % 2 == 0, 21);
        add(format!("{d}, edge {edge:?}"), k, vec![a, integers(d, &[9000], Holes::Ends, true, 22)]);
    }
    for (limit, max_gap) in [(Some(2), None), (None, Some(3)), (Some(40), Some(100))] {
        for edge in [Edge::Keep, Edge::Nearest] {
            let a = floats(DType::F32, &[9000], Holes::Bursts, Mark::Null, 11);
            let b = floats(DType::F64, &[9000, 2], Holes::Ends, Mark::Nan, 12);
            let k = Locf { limit, max_gap, edge, ..plain };
            add(format!("limit {limit:?}, max_gap {max_gap:?}, edge {edge:?}, two inputs"), k, vec![a, b]);
        }
    }
    for (k, series) in [1, 3, 40].into_iter().enumerate() {
        let rows = 700 - 13 * k;
        let a = floats(FLOATS[k % 2], &[rows, series], Holes::Random(30), MARKS[k % 4], 5);
        add(format!("{series} series"), Locf { edge: Edge::Nearest, limit: Some(3), ..plain }, vec![a]);
        let a = integers(DType::I64, &[rows, series], Holes::Random(60), false, 6);
        add(format!("{series} series of int64"), whole, vec![a]);
    }
    add("no series".into(), plain, vec![floats(DType::F32, &[5, 0], Holes::None, Mark::Nan, 1)]);
    for d in FLOATS {
        add(format!("special {d}"), Locf::default(), vec![specials(d)]);
    }
    add("sentinel 0".into(), Locf { missing: Some(-0.0), ..Locf::default() }, vec![specials(DType::F64)]);
    cases
}

pub(super) fn bounds() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, missing: f64, ins: Vec<Array>| {
        cases.push(Case::new(name, Bounds { missing: Some(missing) }, ins));
    };
    for (i, n) in LENGTHS.into_iter().enumerate() {
        let (d, mark) = (FLOATS[i % 2], MARKS[i % 4]);
        add(format!("{n} {d}, {mark:?}"), SENTINEL, vec![floats(d, &[n], Holes::Random(50), mark, i as u64)]);
    }
    for (i, holes) in Holes::ALL.into_iter().enumerate() {
        let (d, mark) = (FLOATS[i % 2], MARKS[i % 4]);
        add(format!("{holes:?} {mark:?}"), SENTINEL, vec![floats(d, &[20_000 + i], holes, mark, 3)]);
    }
    for d in [DType::I64, DType::U32, DType::I8] {
        add(
            format!("{d}"),
            77.0,
            vec![integers(d, &[5000], Holes::Ends, true, 4), integers(d, &[5000], Holes::All, true, 4)],
        );
    }
    for series in [1, 3, 40] {
        add(
            format!("{series} series"),
            SENTINEL,
            vec![floats(DType::F32, &[300, series], Holes::Bursts, Mark::Nan, 8)],
        );
    }
    add("no series".into(), 0.0, vec![floats(DType::F64, &[5, 0], Holes::None, Mark::Nan, 1)]);
    for d in FLOATS {
        add(format!("special {d}"), 0.0, vec![specials(d)]);
    }
    cases
}

/// Rows of which a tenth is missing, four million if not said, as f64 and f32.
fn long(size: Option<usize>) -> (String, [Array; 2]) {
    let n = size.unwrap_or(4_000_000);
    let valid = case::missing(7, n, 10);
    let f64s: Vec<f64> = (0..n).map(|i| if valid.get(i) { case::uniform(8, i as u64) } else { f64::NAN }).collect();
    let f32s: Vec<f32> = f64s.iter().map(|&x| x as f32).collect();
    (format!("{} rows, 10 % missing", case::count(n)), [Array::from(f64s), Array::from(f32s)])
}

/// What is timed of `impute/linear`.
pub(super) fn bench_linear(size: Option<usize>) -> Vec<Case> {
    let (name, arrays) = long(size);
    arrays.into_iter().map(|a| Case::new(&name, Linear::default(), vec![a])).collect()
}

/// What is timed of `impute/locf`.
pub(super) fn bench_locf(size: Option<usize>) -> Vec<Case> {
    let (name, arrays) = long(size);
    arrays.into_iter().map(|a| Case::new(&name, Locf::default(), vec![a])).collect()
}
