//! The row filter against its definition, at every SIMD level and on several threads; its parameters and conditions.

use gapwave_columns::{Array, ArrayMut, DType, Element, Meta};
use gapwave_kernels::filter::compact::{Bound, Compact, ENTRY, Range};
use gapwave_kernels::filter::predicate::{bind, parse};
use gapwave_kernels::{Cpu, Kernel, SimdLevel, Tolerance, case};
use proptest::prelude::*;
use std::sync::LazyLock;

static POOLS: LazyLock<[rayon::ThreadPool; 2]> =
    LazyLock::new(|| [1, 3].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap()));

/// Runs on the CPU into memory that is not zero.
fn run(k: &dyn Kernel, level: SimdLevel, pool: &rayon::ThreadPool, ins: &[Array]) -> Vec<Array> {
    let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
    let io = k.infer(&metas).unwrap();
    let mut outs: Vec<ArrayMut> = io.outs.iter().map(|m| ArrayMut::zeros(m).unwrap()).collect();
    let mut out: Vec<_> = outs.iter_mut().map(ArrayMut::out).collect();
    for o in &mut out {
        o.bytes_mut().fill(0xa5);
        if let Some(v) = o.valid_mut() {
            v.words_mut().fill(0x5aa5_a55a_0ff0_f00f);
        }
    }
    let views: Vec<_> = ins.iter().map(Array::view).collect();
    pool.install(|| k.cpu(&Cpu::at(level), &views, &mut out)).unwrap();
    let rows: Vec<usize> = out.iter().map(|o| o.rows()).collect();
    drop(out);
    outs.into_iter().zip(rows).map(|(o, r)| o.finish(r).unwrap()).collect()
}

fn check(k: &dyn Kernel, ins: &[Array], what: &str) {
    let want = k.oracle(ins).unwrap();
    for level in SimdLevel::available() {
        for (pool, threads) in POOLS.iter().zip([1, 3]) {
            let got = run(k, level, pool, ins);
            for (c, (g, w)) in got.iter().zip(&want).enumerate() {
                // Bits under missing values travel along too: compared as plain equality, not only by tolerance.
                Tolerance::Exact
                    .compare(g, w)
                    .unwrap_or_else(|e| panic!("{what}, {level}, {threads}, column {c}: {e}"));
                assert_eq!(g.bytes(), w.bytes(), "{what}, {level}, {threads} threads, column {c}");
            }
        }
    }
}

#[test]
fn every_level_agrees_with_the_definition_on_every_case() {
    let cases = (ENTRY.cases)();
    assert!(cases.len() <= 60, "{}", cases.len());
    for c in &cases {
        check(c.kernel.as_ref(), &c.ins, &c.name);
    }
}

#[test]
fn chunks_cut_anywhere_give_the_same_rows() {
    let n = 1000;
    let x = Array::from((0..n).map(|i| case::random(1, i) as i8).collect::<Vec<_>>());
    let x = x.with_valid(case::missing(2, 1000, 30)).unwrap();
    let k = Compact { keep: vec![Range::new(0, -50, 60)] };
    let want = k.oracle(std::slice::from_ref(&x)).unwrap();
    for cut in [1, 63, 64, 65, 500, 999] {
        for level in SimdLevel::available() {
            let part = |a: usize, n: usize| run(&k, level, &POOLS[0], &[x.slice_rows(a, n).unwrap()]).remove(0);
            assert_eq!(Array::concat(&[part(0, cut), part(cut, 1000 - cut)]).unwrap(), want[0], "{cut} {level}");
        }
    }
}

#[test]
fn the_parameters_survive_a_table() {
    let k = Compact {
        keep: vec![
            Range::new(3, i64::MIN, i64::MAX),
            Range::new(0, f64::NEG_INFINITY, f64::INFINITY).outside(),
            Range::at_least(1, 1.0),
            Range::at_most(2, -0.0),
            Range { column: 7, lower: None, upper: None, not: false },
        ],
    };
    let text = toml::to_string(&k.params()).unwrap();
    let back = (ENTRY.parse)(toml::from_str(&text).unwrap()).unwrap();
    assert_eq!(back.params(), k.params(), "{text}");
    let again: Compact = toml::from_str(&text).unwrap();
    assert_eq!(again, k, "{text}");
    assert_eq!((ENTRY.parse)(toml::Table::new()).unwrap().params(), Compact::default().params());
    for bad in ["keep = [{ column = 0, lower = nan }]", "keep = [{ colum = 0 }]", "kep = []", "keep = [{ lower = 1 }]"]
    {
        assert!((ENTRY.parse)(toml::from_str(bad).unwrap()).is_err(), "{bad}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let k = Compact { keep: vec![Range::new(1, 0, 1)] };
    let m = |d, n: usize| Meta::new(d, [n]);
    assert!(k.infer(&[]).is_err());
    assert!(k.infer(&[m(DType::I8, 3)]).is_err(), "no column 1");
    assert!(k.infer(&[m(DType::I8, 3), m(DType::I8, 4)]).is_err(), "lengths differ");
    assert!(k.infer(&[m(DType::I8, 3), m(DType::Complex64, 3)]).is_err(), "no order");
    assert!(k.infer(&[m(DType::Complex64, 3), m(DType::I8, 3)]).is_ok());
    assert!(k.infer(&[Meta::new(DType::I8, [3, 2]), Meta::new(DType::I8, [3, 2])]).is_err());
}

#[test]
fn complex_columns_travel_along() {
    use gapwave_columns::{Complex32, Complex64};
    for n in [0usize, 70, 3000] {
        let ins = [
            Array::from((0..n).map(|i| i as u16 % 100).collect::<Vec<_>>()),
            Array::from((0..n).map(|i| Complex32::new(i as f32, -0.0)).collect::<Vec<_>>()),
            Array::from((0..n).map(|i| Complex64::new(f64::NAN, i as f64)).collect::<Vec<_>>()),
        ];
        for upper in [-1, 1, 40, 98, 99] {
            check(&Compact { keep: vec![Range::at_most(0, upper)] }, &ins, &format!("{n} complex, {upper}"));
        }
    }
}

fn column<T: Element>(seed: u64, n: usize, f: impl Fn(u64) -> T) -> Array {
    Array::from((0..n as u64).map(|i| f(case::random(seed, i))).collect::<Vec<_>>())
}

/// A column of small numbers, so that ranges of small numbers split it, with the type's odd values in between.
fn any_column(dtype: u8, seed: u64, n: usize) -> Array {
    macro_rules! int {
        ($t:ty) => {
            column(seed, n, |r| match r % 32 {
                0 => <$t>::MIN,
                1 => <$t>::MAX,
                _ => (r >> 32) as $t % 50,
            })
        };
    }
    macro_rules! float {
        ($t:ty, $bits:ty) => {
            column(seed, n, |r| match r % 32 {
                0 => <$t>::from_bits((r >> 5) as $bits | <$t>::NAN.to_bits()),
                1 => -0.0,
                2 => <$t>::INFINITY,
                3 => -<$t>::from_bits(1),
                _ => ((r >> 32) % 400) as $t / 4.0 - 50.0,
            })
        };
    }
    match dtype {
        0 => int!(i8),
        1 => int!(u8),
        2 => int!(i16),
        3 => int!(u16),
        4 => int!(i32),
        5 => int!(u32),
        6 => int!(i64),
        7 => int!(u64),
        8 => float!(f32, u32),
        _ => float!(f64, u64),
    }
}

fn any_bound() -> impl Strategy<Value = Option<Bound>> {
    prop_oneof![
        1 => Just(None),
        4 => (-60i64..60).prop_map(|i| Some(Bound::Int(i))),
        1 => any::<i64>().prop_map(|i| Some(Bound::Int(i))),
        3 => (-240i64..240).prop_map(|i| Some(Bound::Float(i as f64 / 4.0))),
        1 => prop_oneof![Just(f64::INFINITY), Just(-1e300), Just(-0.0), Just(5e-324)].prop_map(|f| Some(Bound::Float(f))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_table_and_ranges_agree_with_the_definition(
        n in prop_oneof![0usize..200, 900usize..1200, 4000usize..4200],
        types in prop::collection::vec((0u8..10, any::<bool>()), 1..6),
        ranges in prop::collection::vec((0usize..6, any_bound(), any_bound(), any::<bool>()), 0..4),
        seed in any::<u64>(),
        cut in 0usize..70,
    ) {
        let ins: Vec<Array> = types.iter().enumerate().map(|(c, &(t, nullable))| {
            let a = any_column(t, seed.wrapping_add(c as u64), n + cut);
            let a = if nullable { a.with_valid(case::missing(seed ^ c as u64, n + cut, 10)).unwrap() } else { a };
            a.slice_rows(cut, n).unwrap()
        }).collect();
        let keep = ranges.iter().map(|&(c, lower, upper, not)| Range { column: c % ins.len(), lower, upper, not }).collect();
        check(&Compact { keep }, &ins, "random");
    }
}

#[test]
fn many_rows_on_threads() {
    for percent in [0u64, 1, 30, 99, 100] {
        let n = 200_001;
        let ins = [
            column(percent, n, |r| (r % 100) as i16),
            column(7, n, |r| r as i64).with_valid(case::missing(8, n, 20)).unwrap(),
            column(9, n, |r| r as u8),
        ];
        check(&Compact { keep: vec![Range::at_most(0, percent as i64 - 1)] }, &ins, "many rows");
    }
}

fn names() -> Vec<String> {
    ["t", "x", "y", "polarity", "odd name"].map(str::to_owned).to_vec()
}

fn metas() -> Vec<Meta> {
    [DType::I64, DType::I16, DType::F32, DType::I8, DType::U64].map(|d| Meta::new(d, [1])).to_vec()
}

fn bound(text: &str) -> Compact {
    bind(&parse(text).unwrap(), &names(), &metas()).unwrap()
}

#[test]
fn conditions_become_ranges() {
    let want = [Range::new(1, 160, 479), Range::new(3, 1, 1)];
    assert_eq!(bound("x >= 160 and x < 480 and polarity = 1").keep, want);
    assert_eq!(bound("160<=x<480 AND p==1").keep, want);
    assert_eq!(bound("x between 160 and 479 && 1 = p").keep, want);
    assert_eq!(bound("p = 1 and 1.6e2 <= x <= 479.5").keep, [Range::new(3, 1, 1), Range::new(1, 160, 479.5)]);
    assert_eq!(
        bound("t != -5 and t > 9_000_000_000").keep,
        [Range::at_least(0, 9_000_000_001), Range::new(0, -5, -5).outside()]
    );
    assert_eq!(
        bound("y < 0.5 and y > -inf").keep,
        [Range::at_most(2, 0.5f64.next_down()), Range::at_most(2, f64::NEG_INFINITY).outside()]
    );
    assert_eq!(bound("y > 1").keep, [Range::at_least(2, 1f64.next_up())]);
    assert_eq!(bound("\"odd name\" >= 3").keep, [Range::at_least(4, 3)]);
    assert_eq!(bound("x <> +3").keep, [Range::new(1, 3, 3).outside()]);
    assert_eq!(bound("t < 9.3e18").keep, [Range::at_least(0, 9.3e18).outside()]);
}

#[test]
fn strict_comparisons_keep_what_they_say() {
    let big = 1u64 << 63;
    let ins = [
        Array::from(vec![i64::MIN, -1, 0, 1, i64::MAX]),
        Array::from(vec![0u64, 1, big - 1, big, u64::MAX]),
        Array::from(vec![f64::NEG_INFINITY, -0.0, 5e-324, 9_007_199_254_740_993.0, f64::NAN]),
        Array::from(vec![0.1f32, -0.0, f32::MAX, f32::INFINITY, f32::NAN]),
    ];
    let names = ["i", "u", "d", "f"].map(str::to_owned);
    let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
    let rows = |text: &str| {
        let k = bind(&parse(text).unwrap(), &names, &metas).unwrap();
        let all = Array::from(vec![0u8, 1, 2, 3, 4]);
        let with: Vec<Array> = ins.iter().cloned().chain([all]).collect();
        run(&k, SimdLevel::best(), &POOLS[0], &with).remove(4).into_vec::<u8>().unwrap()
    };
    assert_eq!(rows("i < 0"), [0, 1]);
    assert_eq!(rows("i > 9223372036854775807"), [0u8; 0]);
    assert_eq!(rows("i < -9223372036854775808"), [0u8; 0]);
    assert_eq!(rows("i >= 9223372036854775807"), [4]);
    assert_eq!(rows("i < 9223372036854775808.0"), [0, 1, 2, 3, 4]);
    assert_eq!(rows("u > 9223372036854775807"), [3, 4]);
    assert_eq!(rows("u < 9223372036854775808.0"), [0, 1, 2]);
    assert_eq!(rows("u < 1.5"), [0, 1]);
    assert_eq!(rows("d < inf"), [0, 1, 2, 3]);
    assert_eq!(rows("d > -inf"), [1, 2, 3]);
    assert_eq!(rows("d < -inf"), [0u8; 0]);
    assert_eq!(rows("d > 0"), [2, 3]);
    assert_eq!(rows("d != 0"), [0, 2, 3]);
    assert_eq!(rows("d < 9007199254740993"), [0, 1, 2, 3], "2⁵³ + 1 is 2⁵³ as a float, and less");
    assert_eq!(rows("f > 0.1"), [0, 2, 3], "0.1 in single precision is a little more");
    assert_eq!(rows("f = 0.1"), [0u8; 0]);
    assert_eq!(rows("f < inf"), [0, 1, 2]);
}

#[test]
fn conditions_that_cannot_be_read_say_where() {
    let wrong = |text: &str| parse(text).unwrap_err().to_string();
    assert_eq!(
        wrong("x > 1 or y < 2"),
        "filter/compact: `or` is not supported yet: conditions are joined by `and`\n  x > 1 or y < 2\n        ^"
    );
    for (text, at) in [
        ("", 0),
        ("x", 1),
        ("x >", 3),
        ("x > y", 4),
        ("1 < 2", 4),
        ("x > 1 y", 6),
        ("x > 1 and", 9),
        ("x ~ 1", 2),
        ("(x > 1)", 0),
        ("x > 1e", 4),
        ("x > 1x", 4),
        ("x > 12345678901234567890", 4),
        ("x = nan", 4),
        ("größe > \"a", 8),
        ("x between 1", 11),
        ("x between 1 and", 15),
        ("x between y and 2", 10),
        ("not x = 1", 0),
    ] {
        let e = wrong(text);
        let mark = e.lines().last().unwrap();
        assert_eq!(mark.chars().count(), at + 3, "{text:?}: {e}");
        assert!(mark.ends_with('^'));
    }
    let e = bind(&parse("x > 1 and z = 2").unwrap(), &names(), &metas()).unwrap_err().to_string();
    assert!(e.contains("\"z\"") && e.contains("t, x, y, polarity, odd name") && e.ends_with("\n            ^"), "{e}");
    let e = bind(&parse("c > 1").unwrap(), &["c".to_owned()], &[Meta::new(DType::Complex64, [1])]);
    assert!(e.unwrap_err().to_string().contains("no order"));
}
