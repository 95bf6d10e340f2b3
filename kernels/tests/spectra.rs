//! Windows and spectra of frames against SciPy's, as `ci/fixtures.py` wrote them down.

mod common;

use common::{flat, numbers, run, samples};
use gapwave_columns::{Array, Complex32, DType, Meta};
use gapwave_kernels::fft::stft::{self, Stft};
use gapwave_kernels::fft::window::Window;
use gapwave_kernels::{Kernel, SimdLevel};
use serde_json::Value;

fn fixtures() -> Value {
    serde_json::from_str(include_str!("fixtures/spectra.json")).expect("ci/fixtures.py wrote it")
}

#[test]
fn windows_are_scipys() {
    let all = fixtures();
    let windows = all["windows"].as_array().expect("windows");
    assert!(windows.len() >= 80);
    for w in windows {
        let name = w["name"].as_str().expect("a name");
        let window: Window = name.parse().unwrap();
        let (want, n) = (numbers(&w["want"]), w["n"].as_u64().expect("a length") as usize);
        let got = window.values(n);
        assert_eq!(got.len(), n);
        for (i, (a, b)) in got.iter().zip(&want).enumerate() {
            assert!((a - b).abs() <= 2e-15, "{name} of {n} at {i}: {a:e}, not {b:e}");
        }
        assert_eq!(window.to_string().parse::<Window>().unwrap(), window);
    }
}

#[test]
fn frames_have_scipys_spectra() {
    let all = fixtures();
    let spectra = all["spectra"].as_array().expect("spectra");
    assert!(spectra.len() >= 84);
    for s in spectra {
        let mut table = toml::Table::new();
        for name in ["nperseg", "hop"] {
            table.insert(name.into(), toml::Value::Integer(s[name].as_i64().expect("a number")));
        }
        for name in ["window", "detrend", "scaling", "output"] {
            table.insert(name.into(), s[name].as_str().expect("a word").into());
        }
        table.insert("fs".into(), s["fs"].as_f64().expect("a number").into());
        let kernel = (stft::ENTRY.parse)(table.clone()).unwrap();
        let x = samples(s["n"].as_u64().expect("a length") as usize);
        let narrow = Array::from(x.iter().map(|&x| x as f32).collect::<Vec<_>>());
        let want = numbers(&s["want"]);
        let size = want.iter().map(|x| x * x).sum::<f64>().sqrt();
        for level in SimdLevel::available() {
            for (x, tolerance) in [(Array::from(x.clone()), 1e-12), (narrow.clone(), 1e-5)] {
                let got = flat(&run(kernel.as_ref(), level, &x));
                assert_eq!(got.len(), want.len(), "{table:?}");
                let off = got.iter().zip(&want).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                assert!(off <= tolerance * size, "{table:?} {} {level}: {:e}", x.dtype(), off / size);
            }
        }
    }
}

#[test]
fn a_small_signal_on_a_large_offset_is_not_lost() {
    let wave = |i: usize| (i as f64 * std::f64::consts::TAU / 16.0).sin();
    let x = Array::from((0..64).map(|i| (1e6 + 8.0 * wave(i)) as f32).collect::<Vec<_>>());
    let kernel = Stft { detrend: stft::Detrend::Constant, window: Window::Boxcar, ..Stft::new(64, 64) };
    let y = run(&kernel, SimdLevel::best(), &x);
    let bins = y.as_slice::<Complex32>().unwrap();
    // The samples are in steps of 1/16, so that the wave itself is off by up to 1/32 each.
    assert!((bins[4].norm() - 8.0 * 32.0).abs() < 2.0 && bins[0].norm() < 0.1, "{bins:?}");
}

#[test]
fn what_makes_no_frames_is_refused() {
    let parse = |text: &str| (stft::ENTRY.parse)(text.parse().unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(parse("nperseg = 0\nhop = 1").contains("nperseg must be at least 1"));
    assert!(parse("nperseg = 8\nhop = 0").contains("hop must be at least 1"));
    assert!(parse("nperseg = 8\nhop = 4\nfs = nan").contains("fs must be more than 0"));
    assert!(parse("nperseg = 8\nhop = 4\nfs = -1.0").contains("not -1"));
    assert!(parse("nperseg = 8\nhop = 4\nwindow = \"hat\"").contains("blackmanharris"));
    for window in
        ["kaiser:-1", "kaiser:nan", "kaiser:1e9", "tukey:1.5", "gaussian:0", "gaussian:inf", "kaiser", "hann:2"]
    {
        assert!(window.parse::<Window>().is_err(), "{window}");
    }
    let k = Stft::new(8, 4);
    let refuse = |m: Meta| k.infer(&[m]).unwrap_err().to_string();
    assert!(refuse(Meta::new(DType::F32, [4, 4])).contains("takes [n]"));
    assert!(refuse(Meta::new(DType::F32, [9]).nullable(true)).contains("impute"));
    assert!(refuse(Meta::new(DType::I16, [9])).contains("int16"));
    // Sizes beyond all memory are errors, not panics.
    assert!(Stft::new(1 << 40, 1).infer(&[Meta::new(DType::F32, [1 << 41])]).is_err());
    assert!(Stft::new(usize::MAX, 1).infer(&[Meta::new(DType::F32, [9])]).is_err());
    assert!(Stft::new(8, usize::MAX).infer(&[Meta::new(DType::F32, [9])]).is_err());
    for nperseg in [10, 1 << 40, isize::MAX as usize] {
        for output in [stft::Output::Complex, stft::Output::Power] {
            let k = Stft { output, ..Stft::new(nperseg, nperseg) };
            for x in [Array::from(vec![0.5f32; 9]), Array::from(vec![0.5f64; 9])] {
                assert_eq!(k.infer(&[x.meta()]).map(|io| io.outs[0].rows()).unwrap_or(0), 0);
                if k.infer(&[x.meta()]).is_ok() {
                    assert_eq!(run(&k, SimdLevel::best(), &x).rows(), 0, "no frame of {nperseg}");
                    assert_eq!(k.oracle(std::slice::from_ref(&x)).unwrap()[0].rows(), 0);
                }
            }
        }
    }
}
