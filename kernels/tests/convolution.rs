//! Convolutions and signals from spectra against SciPy's, as `ci/fixtures_convolution.py` wrote them down, and what holds
//! without it.

use gapwave_columns::{Array, ArrayMut, Complex32, Complex64, DType, Meta};
use gapwave_kernels::case::{uniform_f32, uniform_f64};
use gapwave_kernels::fft::convolve::{self, Convolve, Method, Mode};
use gapwave_kernels::fft::stft::Scaling;
use gapwave_kernels::fft::{Istft, Window, istft};
use gapwave_kernels::{Cpu, Distance, Kernel, SimdLevel};
use serde_json::Value;

const METHODS: [Method; 4] = [Method::Auto, Method::Direct, Method::Fft, Method::OverlapSave];

fn fixtures(part: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("fixtures/convolution.json")).expect("ci/fixtures_convolution.py wrote it");
    all[part].as_array().expect("a list").clone()
}

fn floats(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn count(v: &Value) -> usize {
    v.as_u64().expect("a whole number") as usize
}

/// The fixtures' signals.
fn samples(n: usize, seed: u64) -> Vec<f64> {
    (0..n as u64).map(|i| ((i * i * 7919 + (i + seed) * 104_729) % 2003) as f64 / 1024.0 - 0.75).collect()
}

/// The same as real or complex numbers, in double and single precision.
fn pair(shape: &[usize], seed: u64, complex: bool) -> [Array; 2] {
    let n = shape.iter().product();
    let (re, im) = (samples(n, seed), samples(n, seed + 7));
    let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<_>>();
    let both = || re.iter().zip(&im);
    match complex {
        true => [
            Array::new(shape, both().map(|(&a, &b)| Complex64::new(a, b)).collect::<Vec<_>>()).unwrap(),
            Array::new(shape, both().map(|(&a, &b)| Complex32::new(a as f32, b as f32)).collect::<Vec<_>>()).unwrap(),
        ],
        false => [Array::new(shape, re.clone()).unwrap(), Array::new(shape, narrow(&re)).unwrap()],
    }
}

fn run(k: &dyn Kernel, level: SimdLevel, ins: &[&Array]) -> Array {
    let io = k.infer(&ins.iter().map(|a| a.meta()).collect::<Vec<_>>()).unwrap();
    let mut y = ArrayMut::zeros(&io.outs[0]).unwrap();
    // What an output holds before does not matter.
    y.out().bytes_mut().fill(0x55);
    let views: Vec<_> = ins.iter().map(|a| a.view()).collect();
    k.cpu(&Cpu::at(level), &views, &mut [y.out()]).unwrap();
    y.finish(io.outs[0].rows()).unwrap()
}

/// All numbers, the parts of complex ones in turn.
fn flat(a: &Array) -> Vec<f64> {
    match a.dtype() {
        DType::Complex64 => {
            a.as_slice::<Complex32>().unwrap().iter().flat_map(|z| [z.re.into(), z.im.into()]).collect()
        }
        DType::Complex128 => a.as_slice::<Complex64>().unwrap().iter().flat_map(|z| [z.re, z.im]).collect(),
        _ => gapwave_kernels::real(a),
    }
}

/// How far apart they are, relative to the norm of the second.
fn off(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut got.iter().zip(want).map(|(a, b)| a - b)) / norm(&mut want.iter().copied())
}

#[test]
fn convolutions_are_scipys() {
    let all = fixtures("convolutions");
    assert!(all.len() >= 156);
    for c in &all {
        let [batch, n, m] = ["batch", "n", "m"].map(|k| count(&c[k]));
        let complex = c["complex"].as_bool().unwrap();
        let want = floats(&c["want"]);
        for method in METHODS {
            let mut table = toml::Table::new();
            table.insert("mode".into(), c["mode"].as_str().unwrap().into());
            table.insert("correlate".into(), c["correlate"].as_bool().unwrap().into());
            table.insert("method".into(), toml::Value::try_from(method).unwrap());
            let kernel = (convolve::ENTRY.parse)(table.clone()).unwrap();
            let shape = if batch == 1 { vec![n] } else { vec![batch, n] };
            let (x, h) = (pair(&shape, 1, complex), pair(&[m], 2, complex));
            for (x, h, tolerance) in [(&x[0], &h[0], 1e-12), (&x[1], &h[1], 1e-5)] {
                for level in SimdLevel::available() {
                    let got = run(kernel.as_ref(), level, &[x, h]);
                    let off = off(&flat(&got), &want);
                    assert!(off <= tolerance, "{table:?}, {shape:?} and {m}, {} {level}: {off:e}", x.dtype());
                }
            }
        }
    }
}

#[test]
fn long_ones_are_the_same_by_every_method() {
    for (n, m) in [(50_000, 33), (200_000, 1001), (30_011, 4097), (3000, 20_000)] {
        let (x, h) = (Array::from(uniform_f64(1, n)), Array::from(uniform_f64(2, m)));
        let single = |seed, n| Array::from(uniform_f32(seed, n));
        let (narrow_x, narrow_h) = (single(1, n), single(2, m));
        for mode in [Mode::Full, Mode::Same, Mode::Valid] {
            let of = |method, correlate| Convolve { mode, method, correlate };
            let want = run(&of(Method::Direct, true), SimdLevel::best(), &[&x, &h]);
            for method in METHODS {
                let got = run(&of(method, true), SimdLevel::best(), &[&x, &h]);
                let d = Distance::between(&got, &want);
                assert!(d.l2 < 1e-14 && d.linf < 4e-14, "{mode:?} {method:?} of {n} and {m}: {d:?}");
                let got = run(&of(method, true), SimdLevel::best(), &[&narrow_x, &narrow_h]);
                let d = Distance::between(&got, &want);
                assert!(d.l2 < 2e-6 && d.linf < 8e-6, "{mode:?} {method:?} of {n} and {m} in f32: {d:?}");
            }
        }
    }
}

#[test]
fn bits_depend_neither_on_threads_nor_on_other_rows() {
    let (batch, n, m) = (7, 20_000, 301);
    let x = Array::new([batch, n], uniform_f32(3, batch * n)).unwrap();
    let h = Array::from(uniform_f32(4, m));
    for method in METHODS {
        let k = Convolve { method, mode: Mode::Same, correlate: false };
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for level in SimdLevel::available() {
            let [one, three] = [1, 3].map(|threads| pool(threads).install(|| run(&k, level, &[&x, &h])));
            assert_eq!(one, three, "{method:?} {level}");
            let row = x.slice_rows(4, 1).unwrap().reshape([n]).unwrap();
            // The method is chosen for all rows, so that one alone may have another.
            if method != Method::Auto {
                let alone = run(&k, level, &[&row, &h]);
                assert_eq!(alone.bytes(), one.slice_rows(4, 1).unwrap().bytes(), "{method:?} {level}");
            }
        }
    }
}

#[test]
fn a_nan_reaches_what_it_is_a_term_of() {
    let (n, m, at) = (50_000, 33, 30_000);
    let mut x = uniform_f32(1, n);
    x[at] = f32::NAN;
    let (x, h) = (Array::from(x), Array::from(uniform_f32(2, m)));
    for level in SimdLevel::available() {
        let nans = |method| {
            let y = run(&Convolve { method, ..Convolve::default() }, level, &[&x, &h]);
            let y = y.as_slice::<f32>().unwrap();
            (0..y.len()).filter(|&t| y[t].is_nan()).collect::<Vec<_>>()
        };
        assert_eq!(nans(Method::Direct), (at..at + m).collect::<Vec<_>>());
        assert_eq!(nans(Method::Fft).len(), n + m - 1);
        let block = nans(Method::OverlapSave);
        assert!((m..n / 4).contains(&block.len()) && block.contains(&at) && block.contains(&(at + m - 1)));
    }
}

#[test]
fn what_cannot_be_convolved_is_refused() {
    let of = |x: Meta, h: Meta| Convolve::default().infer(&[x, h]).unwrap_err().to_string();
    let f32s = |shape: &[usize]| Meta::new(DType::F32, shape);
    assert!(of(f32s(&[0]), f32s(&[3])).contains("one number or more"));
    assert!(of(f32s(&[3]), f32s(&[0])).contains("one number or more"));
    assert!(of(f32s(&[4, 0]), f32s(&[2])).contains("one number or more"));
    assert!(of(f32s(&[3]), Meta::new(DType::F64, [3])).contains("float32 and float64"));
    assert!(of(Meta::new(DType::I32, [3]), Meta::new(DType::I32, [3])).contains("int32"));
    assert!(of(f32s(&[3]).nullable(true), f32s(&[3])).contains("impute"));
    assert!(of(f32s(&[3]), f32s(&[3, 1])).contains("[3, 1]"));
    assert!(of(f32s(&[2, 2, 2]), f32s(&[2])).contains("[2, 2, 2]"));
    assert!(of(f32s(&[usize::MAX]), f32s(&[2])).contains("addressed"));
    assert!(of(f32s(&[1 << 58]), f32s(&[1 << 58])).contains("addressed"));
    assert!(of(f32s(&[1 << 40, 1 << 40]), f32s(&[2])).contains("1099511627776"));
    assert!(Convolve::default().infer(&[f32s(&[3])]).unwrap_err().to_string().contains("got 1"));
    // As large as is admitted: nothing overflows on the way to a method.
    for mode in [Mode::Full, Mode::Same, Mode::Valid] {
        for (n, m) in [(1usize << 56, 1usize), (1 << 56, 1 << 55), (1, 1 << 56), (1 << 56, 1 << 20)] {
            let k = Convolve { mode, ..Convolve::default() };
            assert!(k.infer(&[f32s(&[n]), f32s(&[m])]).is_ok(), "{mode:?} {n} {m}");
        }
    }
    let parse = |text: &str| (convolve::ENTRY.parse)(text.parse().unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(parse("mode = \"middle\"").contains("middle"));
    assert!(parse("method = \"magic\"").contains("magic"));
}

#[test]
fn signals_are_scipys() {
    let all = fixtures("signals");
    assert!(all.len() >= 70);
    for s in &all {
        let [frames, nperseg, hop] = ["frames", "nperseg", "hop"].map(|k| count(&s[k]));
        let mut table = toml::Table::new();
        for name in ["nperseg", "hop"] {
            table.insert(name.into(), toml::Value::Integer(s[name].as_i64().unwrap()));
        }
        for name in ["window", "scaling"] {
            table.insert(name.into(), s[name].as_str().unwrap().into());
        }
        table.insert("fs".into(), s["fs"].as_f64().unwrap().into());
        let kernel = (istft::ENTRY.parse)(table.clone()).unwrap();
        let want = floats(&s["want"]);
        // Near the ends the window may be small and numbers large: those in the middle are also judged by themselves.
        let middle = nperseg.min(want.len() / 3)..want.len() - nperseg.min(want.len() / 3);
        for (z, tolerance) in pair(&[frames, nperseg / 2 + 1], 3, true).iter().zip([1e-12, 1e-5]) {
            for level in SimdLevel::available() {
                let got = flat(&run(kernel.as_ref(), level, &[z]));
                let (all, inner) = (off(&got, &want), off(&got[middle.clone()], &want[middle.clone()]));
                let at = format!("{table:?}, {frames} frames, {} {level}", z.dtype());
                assert!(all <= tolerance, "{at}: {all:e}");
                assert!(inner.is_nan() || inner <= tolerance || hop == 1, "{at}, middle: {inner:e}");
            }
        }
    }
}

#[test]
fn windows_that_lose_numbers_are_refused() {
    let all = fixtures("overlaps");
    assert!(all.iter().any(|o| o["ok"] == false) && all.iter().any(|o| o["ok"] == true));
    for o in &all {
        let window: Window = o["window"].as_str().unwrap().parse().unwrap();
        let k = Istft { window, ..Istft::new(count(&o["nperseg"]), count(&o["hop"])) };
        let table = k.params();
        assert_eq!((istft::ENTRY.parse)(table).is_ok(), o["ok"].as_bool().unwrap(), "{k:?}");
        let made = k.infer(&[Meta::new(DType::Complex64, [3, k.nperseg / 2 + 1])]);
        assert_eq!(made.is_ok(), o["ok"].as_bool().unwrap(), "{k:?}");
    }
    // Windows too long to be made before there is data are looked at then.
    let k = Istft::new(1 << 21, 1 << 21);
    let z = Array::zeros(&Meta::new(DType::Complex64, [1, (1 << 20) + 1])).unwrap();
    let io = k.infer(&[z.meta()]).unwrap();
    let mut x = ArrayMut::zeros(&io.outs[0]).unwrap();
    let why = k.cpu(&Cpu::best(), &[z.view()], &mut [x.out()]).unwrap_err().to_string();
    assert!(why.contains("add up to nothing"), "{why}");
}

#[test]
fn there_and_back_is_the_signal() {
    let n = 5000;
    for (nperseg, hop, window) in [
        (64, 16, Window::Hann),
        (65, 13, Window::Hamming),
        (400, 160, Window::Hann),
        (256, 255, Window::Kaiser(8.6)),
        (1000, 500, Window::Blackman),
        (33, 33, Window::Boxcar),
        (7, 1, Window::Bartlett),
        (1024, 64, Window::Tukey(0.3)),
    ] {
        for scaling in [Scaling::None, Scaling::Spectrum, Scaling::Density] {
            let back = Istft { window, scaling, fs: 48.0, ..Istft::new(nperseg, hop) };
            let there = back.forward();
            let wide = uniform_f64(9, n);
            let narrow: Vec<f32> = wide.iter().map(|&x| x as f32).collect();
            for (x, tolerance) in [(Array::from(wide), 1e-12), (Array::from(narrow), 1e-5)] {
                for level in SimdLevel::available() {
                    let got = run(&back, level, &[&run(&there, level, &[&x])]);
                    assert_eq!(got.len(), (there.frames(n) - 1) * hop + nperseg);
                    let (got, want) = (flat(&got), flat(&x));
                    // Where frames overlap as they do far from the ends, and near those: only as the window allows.
                    let inner = nperseg..got.len() - nperseg;
                    let off = off(&got[inner.clone()], &want[inner]);
                    // Where the window's squares add up to little, errors grow as their root's reciprocal.
                    let small = if (nperseg, hop) == (256, 255) { 1000.0 } else { 1.0 };
                    assert!(off <= tolerance * small, "{back:?} {} {level}: {off:e}", x.dtype());
                }
            }
        }
    }
}

#[test]
fn the_signal_does_not_depend_on_threads() {
    // Several parts.
    let k = Istft::new(256, 64);
    let frames = 900;
    let z: Vec<_> = uniform_f32(5, 2 * frames * 129).chunks_exact(2).map(|p| Complex32::new(p[0], p[1])).collect();
    let z = Array::new([frames, 129], z).unwrap();
    for level in SimdLevel::available() {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let [one, four] = [1, 4].map(|threads| pool(threads).install(|| run(&k, level, &[&z])));
        assert_eq!(one, four);
    }
}

#[test]
fn what_makes_no_signal_is_refused() {
    let parse = |text: &str| (istft::ENTRY.parse)(text.parse().unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(parse("nperseg = 0\nhop = 1").contains("nperseg must be at least 1"));
    assert!(parse("nperseg = 8\nhop = 0").contains("hop must be 1 to nperseg"));
    assert!(parse("nperseg = 8\nhop = 9").contains("not 9"));
    assert!(parse("nperseg = 8\nhop = 4\nfs = inf").contains("fs must be more than 0"));
    assert!(parse("nperseg = 8\nhop = 8").contains("number 0 of each hop"));
    let refuse = |m: Meta| Istft::new(8, 4).infer(&[m]).unwrap_err().to_string();
    assert!(refuse(Meta::new(DType::Complex64, [3, 4])).contains("5 bins, got 4"));
    assert!(refuse(Meta::new(DType::Complex64, [5])).contains("[frames, bins]"));
    assert!(refuse(Meta::new(DType::F32, [3, 5])).contains("float32"));
    assert!(refuse(Meta::new(DType::Complex64, [3, 5]).nullable(true)).contains("impute"));
    assert!(refuse(Meta::new(DType::Complex64, [usize::MAX, 5])).contains("addressed"));
    let long = Istft::new(1 << 40, 1 << 39);
    assert!(long.infer(&[Meta::new(DType::Complex64, [0, (1 << 39) + 1])]).is_ok(), "no frames need no window");
    assert!(long.infer(&[Meta::new(DType::Complex64, [1 << 30, (1 << 39) + 1])]).is_err());
}

/// `cargo test --release -p gapwave-kernels --test convolution -- --ignored --nocapture timings`
#[test]
#[ignore = "prints times"]
fn timings() {
    let n = 4_000_000;
    let x = Array::from(uniform_f32(1, n));
    for m in [31, 101, 301, 1001, 10_001, 100_001] {
        let h = Array::from(uniform_f32(2, m));
        for method in METHODS {
            if method == Method::Direct && m > 2000 {
                continue;
            }
            let k = Convolve { method, mode: Mode::Same, correlate: false };
            let io = k.infer(&[x.meta(), h.meta()]).unwrap();
            let mut y = ArrayMut::zeros(&io.outs[0]).unwrap();
            let mut times: Vec<f64> = (0..7)
                .map(|_| {
                    let begin = std::time::Instant::now();
                    k.cpu(&Cpu::best(), &[x.view(), h.view()], &mut [y.out()]).unwrap();
                    begin.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let resolved = k.resolved(&x.meta(), &h.meta()).unwrap();
            println!("{n} with {m}, {method:?} ({resolved:?}): {:.1} ms, best {:.1}", times[3], times[0]);
        }
    }
}
