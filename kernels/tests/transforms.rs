//! Transforms made of Fourier transforms against SciPy's, as `ci/fixtures_transforms.py` wrote them down, and the laws that
//! they keep among themselves.

mod common;

use common::{flat, numbers, run, samples};
use gapwave_columns::{Array, ArrayMut, Complex32, Complex64, DType, Meta};
use gapwave_kernels::fft::czt::Point;
use gapwave_kernels::fft::dct::{self, Dct, DctType};
use gapwave_kernels::fft::hilbert::{Hilbert, Output};
use gapwave_kernels::fft::{C2c, Czt, Norm, Resample, Zoom, resample};
use gapwave_kernels::{Caps, Cpu, Kernel, SimdLevel, case, registry};
use serde_json::Value;

fn fixtures() -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("fixtures/transforms.json")).expect("ci/fixtures_transforms.py wrote it");
    all["transforms"].as_array().expect("transforms").clone()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()) / norm(b)
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

/// A table from the fixtures.
fn params(v: &Value) -> toml::Table {
    serde_json::from_value(v.clone()).expect("plain values")
}

/// The inputs of a fixture in double and single precision, with what each is held to.
fn inputs(f: &Value) -> [(Array, f64); 2] {
    let n = f["n"].as_u64().expect("a length") as usize;
    if f["complex"].as_bool() == Some(true) {
        let x: Vec<_> = samples(2 * n).chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect();
        let single: Vec<_> = x.iter().map(|z| Complex32::new(z.re as f32, z.im as f32)).collect();
        return [(Array::from(x), 1e-12), (Array::from(single), 1e-5)];
    }
    let x = samples(n);
    [(Array::from(narrow(&x)), 1e-5), (Array::from(x), 1e-12)]
}

#[test]
fn results_are_scipys() {
    let all = fixtures();
    for (kernel, least) in
        [("fft/dct", 90), ("fft/hilbert", 22), ("fft/resample", 121), ("fft/czt", 52), ("fft/zoom", 34)]
    {
        let mut found = 0;
        for f in all.iter().filter(|f| f["kernel"] == kernel) {
            let k = registry::parse(kernel, params(&f["params"])).unwrap();
            let want = numbers(&f["want"]);
            for level in SimdLevel::available() {
                for (x, tolerance) in inputs(f) {
                    let off = apart(&flat(&run(k.as_ref(), level, &x)), &want);
                    assert!(off <= tolerance, "{k:?} of {} {}, {level}: {off:e}", x.len(), x.dtype());
                }
            }
            found += 1;
        }
        assert!(found >= least, "{found} of {kernel}");
    }
}

/// Lengths that take different ways through a transform.
const LENGTHS: [usize; 8] = [1, 2, 17, 64, 100, 1009, 4096, 30_030];

#[test]
fn cosine_transforms_undo_each_other() {
    for n in LENGTHS {
        let x = samples(n);
        for norm in [Norm::Backward, Norm::Ortho, Norm::Forward] {
            for orthogonalize in [None, Some(true), Some(false)] {
                for kind in [DctType::Two, DctType::Three] {
                    let k = Dct { kind, norm, orthogonalize };
                    for level in SimdLevel::available() {
                        let there = |x: &Array| run(&k.inverse(), level, &run(&k, level, x));
                        let off = apart(&flat(&there(&Array::from(x.clone()))), &x);
                        assert!(off < 1e-14, "{k:?} of {n}, {level}: {off:e}");
                        let off = apart(&flat(&there(&Array::from(narrow(&x)))), &x);
                        assert!(off < 1e-6, "{k:?} of {n}, {level}: {off:e}");
                    }
                }
            }
        }
    }
}

#[test]
fn orthogonal_cosine_transforms_keep_energy() {
    for n in LENGTHS {
        for kind in [DctType::Two, DctType::Three] {
            let x = samples(n);
            let k = Dct { kind, norm: Norm::Ortho, orthogonalize: None };
            let y = flat(&run(&k, SimdLevel::best(), &Array::from(x.clone())));
            assert!((norm(&y) / norm(&x) - 1.0).abs() < 1e-14, "{kind:?} of {n}");
        }
    }
}

#[test]
fn an_analytic_signal_has_no_negative_frequencies() {
    for n in LENGTHS {
        let x = Array::from(samples(n));
        let z = run(&Hilbert::default(), SimdLevel::best(), &x);
        let spectrum = run(&C2c::forward(), SimdLevel::best(), &z);
        let spectrum = spectrum.as_slice::<Complex64>().unwrap();
        let energy = |bins: &[Complex64]| bins.iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt();
        assert!(energy(&spectrum[n / 2 + 1..]) <= 1e-14 * energy(spectrum), "{n}");
        let z = z.as_slice::<Complex64>().unwrap();
        assert!(z.iter().zip(samples(n)).all(|(z, x)| z.re == x), "the real part is the signal");
        let y = run(&Hilbert { output: Output::Envelope }, SimdLevel::best(), &x);
        let want: Vec<_> = z.iter().map(|z| z.norm()).collect();
        assert!(apart(y.as_slice().unwrap(), &want) < 1e-15, "{n}");
    }
}

#[test]
fn more_samples_and_fewer_again_are_the_signal() {
    for n in LENGTHS {
        for num in [n, n + 1, 2 * n, 2 * n + 1, 3 * n + 2] {
            let x = samples(n);
            for level in SimdLevel::available() {
                let up = run(&Resample::new(num).unwrap(), level, &Array::from(x.clone()));
                let back = flat(&run(&Resample::new(n).unwrap(), level, &up));
                assert!(apart(&back, &x) < 1e-14, "{n} by {num}, {level}");
                if num % n == 0 {
                    // Every `num/n`-th sample is one of the signal's own.
                    let own: Vec<f64> = flat(&up).into_iter().step_by(num / n).collect();
                    assert!(apart(&own, &x) < 1e-14, "{n} in {num}, {level}");
                }
            }
        }
    }
}

/// Chirps turn by the square of a place: at 10⁵ numbers that is a billion turns, of which twelve digits must be right.
#[test]
fn long_chirps_keep_their_digits() {
    let spectrum = |x: Vec<Complex64>| flat(&run(&C2c::forward(), SimdLevel::best(), &Array::from(x)));
    let wide = |x: &[f64], n: usize| -> Vec<Complex64> {
        (0..n).map(|i| Complex64::new(x.get(i).copied().unwrap_or(0.0), 0.0)).collect()
    };
    for n in [99_991usize, 100_000, 1 << 17] {
        let x = samples(n);
        let (whole, twice) = (spectrum(wide(&x, n)), spectrum(wide(&x, 2 * n)));
        // Bins 2·first … of the transform of twice the length are the band from first/n in steps of 1/(2n).
        let (first, m) = (n / 3, 5000);
        let turns = -0.5 / n as f64;
        let arc = Czt { m: Some(m), w: Some(Point::turned(turns)), a: Some(Point::turned(first as f64 / n as f64)) };
        let zoom = Zoom { m: Some(m), fs: n as f64, ..Zoom::new(first as f64, (first + m / 2) as f64).unwrap() };
        let last = Zoom { m: Some(m + 1), endpoint: true, ..zoom };
        for level in SimdLevel::available() {
            for (input, tolerance) in [(Array::from(x.clone()), 1e-12), (Array::from(narrow(&x)), 1e-5)] {
                let off = |k: &dyn Kernel, want: &[f64]| apart(&flat(&run(k, level, &input)), want);
                let all = off(&Czt::default(), &whole);
                assert!(all < tolerance, "all of {n}, {level}: {all:e}");
                let band = &twice[4 * first..];
                // The angles of `arc` are f64: only those of a power of two are what they should be.
                let arc = n.is_power_of_two().then_some((&arc as &dyn Kernel, m));
                for (k, points) in arc.into_iter().chain([(&zoom as &dyn Kernel, m), (&last, m + 1)]) {
                    let off = off(k, &band[..2 * points]);
                    assert!(off < tolerance, "{k:?} of {n}, {level}: {off:e}");
                }
            }
        }
    }
}

/// On both sides of where sums take the place of Bluestein's algorithm, and where SciPy has no digits left.
#[test]
fn spirals_are_the_sums() {
    let n = 200;
    let x = samples(n);
    for radius in [1.0 - 1e-6, 1.0 - 4e-5, 1.0 - 6e-5, 0.99, 0.5, 1.0 + 4e-5, 1.0 + 6e-5, 1.001] {
        let k = Czt { m: Some(150), w: Some(Point::Polar { turns: 0.013, radius }), a: Some(Point::turned(0.3)) };
        let input = Array::from(x.clone());
        let want = flat(&k.oracle(std::slice::from_ref(&input)).unwrap()[0]);
        for level in SimdLevel::available() {
            let off = apart(&flat(&run(&k, level, &input)), &want);
            assert!(off < 1e-13, "{radius}, {level}: {off:e}");
            let off = apart(&flat(&run(&k, level, &Array::from(narrow(&x)))), &want);
            assert!(off < 1e-6, "{radius}, {level}: {off:e}");
        }
    }
}

/// The same bits whatever the number of threads and however a batch is cut.
#[test]
fn bits_depend_on_neither_threads_nor_batch() {
    let kernels: Vec<(&str, toml::Table)> = vec![
        ("fft/dct", "type = 2".parse().unwrap()),
        ("fft/dct", "type = 3".parse().unwrap()),
        ("fft/hilbert", "output = \"envelope\"".parse().unwrap()),
        ("fft/resample", "num = 45".parse().unwrap()),
        ("fft/czt", "m = 45".parse().unwrap()),
        ("fft/czt", "m = 45\nw = [0.9, 0.1]".parse().unwrap()),
        ("fft/zoom", "m = 45\nfn = [0.1, 0.2]".parse().unwrap()),
    ];
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for (id, table) in kernels {
        let k = registry::parse(id, table).unwrap();
        for n in [9usize, 30, 97] {
            let batch = 1501;
            let x = case::uniform_f32(3, batch * n);
            for level in SimdLevel::available() {
                let all = Array::new([batch, n], x.clone()).unwrap();
                let want = pool(1).install(|| run(k.as_ref(), level, &all));
                assert_eq!(pool(5).install(|| run(k.as_ref(), level, &all)), want, "{k:?} of {n}, {level}");
                let width = want.bytes().len() / batch;
                for row in [0, 1, 700, batch - 1] {
                    let one = Array::new([1, n], x[row * n..][..n].to_vec()).unwrap();
                    let got = run(k.as_ref(), level, &one);
                    assert_eq!(got.bytes(), &want.bytes()[row * width..][..width], "{k:?} of {n}, row {row}, {level}");
                }
            }
        }
    }
}

#[test]
fn what_has_no_meaning_is_refused() {
    let parse = |id: &str, text: &str| registry::parse(id, text.parse().unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(parse("fft/dct", "type = 1").contains("type must be 2 or 3, not 1"));
    assert!(parse("fft/dct", "type = \"2\"").contains("fft/dct"));
    assert!(parse("fft/dct", "kind = 2").contains("unknown field"));
    assert!(parse("fft/resample", "num = 0").contains("num must be at least 1"));
    assert!(parse("fft/resample", "num = -1").contains("fft/resample"));
    assert!(parse("fft/resample", "").contains("missing field"));
    assert!(parse("fft/hilbert", "output = \"phase\"").contains("envelope"));
    for (text, why) in [
        ("m = 0", "m must be at least 1"),
        ("w = [1.0]", "[re, im] or { turns"),
        ("w = { turns = 0.1, angle = 2.0 }", "[re, im] or { turns"),
        ("w = [nan, 0.0]", "w must be finite"),
        ("a = { turns = inf }", "a must be finite"),
        ("a = [0.0, 0.0]", "amplitude of 1e-100"),
        ("w = { turns = 0.0, radius = -1.0 }", "not -1e0"),
    ] {
        let said = parse("fft/czt", text);
        assert!(said.contains(why), "{text}: {said}");
    }
    for (text, why) in [
        ("", "missing field `fn`"),
        ("fn = [0.1]", "fft/zoom"),
        ("fn = [0.1, nan]", "two frequencies"),
        ("fn = [0.1, 0.2]\nfs = 0.0", "fs must be"),
        ("fn = [0.1, 0.2]\nfs = -1.0", "not -1"),
        ("fn = [0.1, 0.2]\nm = 0", "m must be at least 1"),
    ] {
        let said = parse("fft/zoom", text);
        assert!(said.contains(why), "{text}: {said}");
    }
    let refuse = |k: &dyn Kernel, m: Meta| k.infer(&[m]).unwrap_err().to_string();
    let kernels: [&dyn Kernel; 3] = [&Dct::default(), &Hilbert::default(), &Resample { num: 4 }];
    for k in kernels {
        assert!(refuse(k, Meta::new(DType::F32, [0usize; 0])).contains("[batch, n]"));
        // More axes are more rows.
        let x = case::uniform_f32(3, 54);
        let [a, b] = [vec![2, 3, 9], vec![6, 9]].map(|shape| {
            let x = Array::new(shape, x.clone()).unwrap();
            let io = k.infer(&[x.meta()]).unwrap();
            let mut y = ArrayMut::zeros(&io.outs[0]).unwrap();
            k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()]).unwrap();
            y.finish(io.outs[0].rows()).unwrap()
        });
        assert_eq!((a.bytes(), a.shape()[..2].to_vec()), (b.bytes(), vec![2, 3]), "{k:?}");
        assert!(refuse(k, Meta::new(DType::F32, [9]).nullable(true)).contains("impute"));
        assert!(refuse(k, Meta::new(DType::Complex64, [9])).contains("complex64"));
        assert!(k.infer(&[]).is_err());
    }
    assert!(refuse(&Resample { num: 0 }, Meta::new(DType::F32, [4])).contains("at least 1"));
    assert!(refuse(&Resample { num: 4 }, Meta::new(DType::F32, [0])).contains("no numbers"));
    assert!(Resample { num: usize::MAX }.infer(&[Meta::new(DType::F32, [4])]).is_err());
    assert!(Resample { num: 1 << 40 }.infer(&[Meta::new(DType::F32, [1 << 40, 4])]).is_err());
    let long = Meta::new(DType::F32, [1000]);
    let out = Point::Polar { turns: 0.0, radius: 0.9 };
    assert!(refuse(&Czt { a: Some(out), ..Czt::default() }, long.clone()).contains("1e46, the limit is 1e30"));
    assert!(Czt { a: Some(out), ..Czt::default() }.infer(&[Meta::new(DType::F64, [1000])]).is_ok());
    assert!(Czt::default().gpu(std::slice::from_ref(&long), &Caps::webgpu_minimum()).is_some());
    let steep = Czt { w: Some(out), ..Czt::default() };
    assert!(steep.gpu(&[long], &Caps::webgpu_minimum()).is_none(), "on the CPU only");
    let zoom = Zoom::new(0.1, 0.2).unwrap();
    for k in [&Czt::default() as &dyn Kernel, &zoom] {
        assert!(refuse(k, Meta::new(DType::F32, [0])).contains("no numbers"));
        assert!(refuse(k, Meta::new(DType::I32, [4])).contains("int32"));
        assert!(k.infer(&[Meta::new(DType::F32, [1 << 61])]).is_err());
    }
    assert!(Zoom { m: Some(usize::MAX), ..zoom }.infer(&[Meta::new(DType::F32, [4])]).is_err());
    // One point at the end is the first.
    assert!(Zoom { m: Some(1), endpoint: true, ..zoom }.infer(&[Meta::new(DType::F32, [4])]).is_ok());
    assert_eq!((dct::ENTRY.id, resample::ENTRY.id), ("fft/dct", "fft/resample"));
}
