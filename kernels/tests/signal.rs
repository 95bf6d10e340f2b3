//! Filters of signals against SciPy's, as `ci/fixtures_signal.py` wrote them down.

mod common;

use common::{flat, numbers, run};
use gapwave_columns::DType;
use gapwave_columns::{Array, Meta};
use gapwave_kernels::fft::Window;
use gapwave_kernels::signal::design::{self, Band};
use gapwave_kernels::{Kernel, SimdLevel, registry};
use serde_json::Value;

fn fixtures() -> Value {
    serde_json::from_str(include_str!("fixtures/signal.json")).expect("ci/fixtures_signal.py wrote it")
}

fn kernel(id: &str, params: toml::Table) -> gapwave_kernels::Result<Box<dyn Kernel>> {
    (registry::find(id)?.parse)(params)
}

#[test]
fn results_are_scipys() {
    let all = fixtures();
    let cases = all["cases"].as_array().expect("cases");
    assert!(cases.len() >= 550, "{}", cases.len());
    for c in cases {
        let (id, n) = (c["kernel"].as_str().expect("a kernel"), c["n"].as_u64().expect("rows") as usize);
        let channels = c["channels"].as_u64().expect("channels") as usize;
        let params: toml::Table = c["params"].as_str().expect("text").parse().expect("TOML");
        let what = format!("{id} of {n} × {channels}, {params:?}");
        let k = kernel(id, params).unwrap_or_else(|e| panic!("{what}: {e}"));
        let shape = if channels == 1 { vec![n] } else { vec![n, channels] };
        let wide = Array::new(shape.clone(), common::samples(n * channels)).expect("as many");
        let narrow = common::samples(n * channels).iter().map(|&x| x as f32).collect();
        let narrow = Array::new(shape, narrow).expect("as many");
        let (want, scipys) = (numbers(&c["want"]), c["narrow"].as_f64().expect("a number"));
        // Where roundoff rings, SciPy's own distance from the result in extended precision.
        let ringing = c["wide"].as_f64().unwrap_or(0.0);
        let size = want.iter().fold(1.0f64, |m, x| m.max(x.abs()));
        for level in SimdLevel::available() {
            let worst = |got: Vec<f64>| {
                assert_eq!(got.len(), want.len(), "{what}");
                // What is no number is infinitely far off.
                let off = got.iter().zip(&want).map(|(a, b)| (a - b).abs());
                off.map(|off| if off.is_nan() { f64::INFINITY } else { off }).fold(0.0, f64::max)
            };
            let off = worst(flat(&run(k.as_ref(), level, &wide)));
            assert!(off <= (1e-12 * size).max(ringing), "{what} {level}: {off:e} off, SciPy {ringing:e}");
            // No further than SciPy in float32; where that is right but for rounding, within what rounding is.
            let off = worst(flat(&run(k.as_ref(), level, &narrow)));
            assert!(
                off <= scipys + (1e-12 * size).max(ringing),
                "{what} {level}, float32: {off:e} off, SciPy {scipys:e}"
            );
        }
    }
}

#[test]
fn weights_of_the_window_method_are_scipys() {
    let all = fixtures();
    let designs = all["firwin"].as_array().expect("designs");
    assert!(designs.len() >= 50, "{}", designs.len());
    for d in designs {
        let edges = numbers(&d["edges"]);
        let band = match (d["band"].as_str().expect("a band"), &edges[..]) {
            ("low", &[f]) => Band::Low(f),
            ("high", &[f]) => Band::High(f),
            ("pass", &[a, b]) => Band::Pass(a, b),
            ("stop", &[a, b]) => Band::Stop(a, b),
            other => panic!("{other:?}"),
        };
        let window: Window = d["window"].as_str().expect("a window").parse().expect("a window");
        let want = numbers(&d["want"]);
        let got = design::firwin(want.len(), band, window, 1000.0).expect("designed");
        for (i, (a, b)) in got.iter().zip(&want).enumerate() {
            assert!(
                (a - b).abs() <= 1e-13 * (1.0 + b.abs()),
                "{} {band:?} {window} at {i}: {a:e}, not {b:e}",
                want.len()
            );
        }
    }
}

#[test]
fn what_cannot_be_filtered_is_refused() {
    let refused =
        |id: &str, params: &str| kernel(id, params.parse().expect("TOML")).map(|_| ()).expect_err(params).to_string();
    assert!(refused("signal/median", "window = 4").contains("odd"));
    assert!(refused("signal/mean", "window = 0").contains("1 to"));
    assert!(refused("signal/max", "window = 3\nmode = \"round\"").contains("round"));
    assert!(refused("signal/savgol", "window = 5\npolyorder = 5").contains("less than the window"));
    assert!(refused("signal/savgol", "window = 5\npolyorder = 2\ndelta = 0.0").contains("distance"));
    assert!(refused("signal/hampel", "window = 5\nn_sigma = nan").contains("n_sigma"));
    assert!(refused("signal/fir", "taps = []").contains("0 weights"));
    assert!(refused("signal/fir", "taps = [1.0, inf]").contains("weight 1"));
    assert!(refused("signal/resample", "up = 0\ndown = 1").contains("up 0"));
    assert!(refused("signal/resample", "up = 1\ndown = 50001").contains("down 50001"));
    assert!(kernel("signal/resample", "up = 96000\ndown = 44100".parse().expect("TOML")).is_ok());
    assert!(refused("signal/sosfilt", "sos = []").contains("0 sections"));
    assert!(refused("signal/sosfilt", "sos = [[1.0, 0.0, 0.0, 2.0, 0.0, 0.0]]").contains("a0"));
    assert!(refused("signal/sosfilt", "sos = [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]\nzi = []").contains("zi has 0 rows"));
    assert!(refused("signal/sosfiltfilt", "sos = [[1.0, 0.0, 0.0, 1.0, -1.0, 0.0]]").contains("pole at 1"));

    let k = kernel("signal/median", "window = 3".parse().expect("TOML")).expect("a median");
    let why = |m: Meta| k.infer(&[m]).expect_err("refused").to_string();
    assert!(why(Meta::new(DType::I32, [5])).contains("int32"), "{}", why(Meta::new(DType::I32, [5])));
    let (nullable, mut gaps) = (Meta::new(DType::F32, [5]), Meta::new(DType::F32, [5]));
    gaps.nullable = true;
    assert!(why(gaps).contains("missing") && k.infer(&[nullable]).is_ok());
    // Signals too short for what is asked of them.
    let short = Array::from(vec![1.0f64; 3]);
    for (id, params) in [
        ("signal/savgol", "window = 5\npolyorder = 2"),
        ("signal/sosfiltfilt", "sos = [[1.0, 0.0, 0.0, 1.0, -0.5, 0.0]]"),
    ] {
        let k = kernel(id, params.parse().expect("TOML")).expect("a kernel");
        let mut y = gapwave_columns::ArrayMut::zeros(&short.meta()).expect("memory");
        let why = k.cpu(&gapwave_kernels::Cpu::best(), &[short.view()], &mut [y.out()]).expect_err("too short");
        assert!(why.to_string().contains("3 rows"), "{why}");
    }
}
