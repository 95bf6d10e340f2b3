//! Periodograms, cross spectra and coherence against SciPy's, as `ci/fixtures_cross.py` wrote them down, whatever the
//! chunks.

use gapwave::datasets::MemorySource;
use gapwave::kernels::fft::stft::{Detrend, Scaling, Stft};
use gapwave::spectral::{Cross, Periodogram, coherence, csd, periodogram, welch};
use gapwave::{Array, Chunk, Control, DeviceChoice, Session};
use serde_json::Value;

fn fixtures(what: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("fixtures/cross.json")).expect("ci/fixtures_cross.py wrote it");
    all[what].as_array().expect("spectra").clone()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The fixtures' signals.
fn samples(n: usize, turn: u64) -> Vec<f64> {
    (0..n as u64).map(|i| ((i * i * 7919 + i * (104_729 + 31 * turn)) % 2003) as f64 / 1024.0 - 0.75).collect()
}

fn pair(n: usize) -> [Vec<f64>; 2] {
    let (x, y) = (samples(n, 0), samples(n, 1));
    let before = |i: usize| if i == 0 { 0.0 } else { x[i - 1] };
    let other = (0..n).map(|i| before(i) * 0.5 + y[i] * 0.25).collect();
    [x, other]
}

fn session(rows: usize) -> Session {
    Session::builder().device(DeviceChoice::Cpu).build().expect("the CPU").with_chunk_rows(rows)
}

fn array(x: &[f64], narrow: bool) -> Array {
    if narrow { Array::from(x.iter().map(|&x| x as f32).collect::<Vec<_>>()) } else { Array::from(x.to_vec()) }
}

fn source(columns: &[Vec<f64>], narrow: [bool; 2]) -> MemorySource {
    let columns = columns.iter().zip(narrow).enumerate().map(|(i, (x, n))| (format!("c{i}"), array(x, n)));
    MemorySource::new(Chunk::new(columns).expect("columns"))
}

fn off(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let size = want.iter().map(|x| x * x).sum::<f64>().sqrt();
    let off = got.iter().zip(want).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    if off == 0.0 { 0.0 } else { off / size }
}

fn words(v: &Value) -> (Detrend, Scaling) {
    let detrend = match v["detrend"].as_str() {
        Some("linear") => Detrend::Linear,
        Some("constant") => Detrend::Constant,
        _ => Detrend::None,
    };
    (detrend, if v["scaling"] == "density" { Scaling::Density } else { Scaling::Spectrum })
}

#[test]
fn periodograms_are_scipys() {
    let all = fixtures("periodogram");
    assert_eq!(all.len(), 84);
    for v in all {
        let (n, (detrend, scaling)) = (v["n"].as_u64().expect("a length") as usize, words(&v));
        let window = v["window"].as_str().expect("a name").parse().expect("a window");
        let how = Periodogram { window, detrend, scaling, fs: 12.5 };
        for (narrow, bound) in [(false, 1e-12), (true, 1e-5)] {
            let (psd, _) = periodogram(&session(7), &array(&samples(n, 0), narrow), &how).expect("a periodogram");
            assert_eq!(psd.frames, 1);
            assert!(off(&psd.frequency, &numbers(&v["frequency"])) < 1e-14);
            let off = off(&psd.power, &numbers(&v["want"]));
            assert!(off <= bound, "{how:?} of {n}: {off:e}");
        }
    }
    let empty = periodogram(&session(7), &array(&[], false), &Periodogram::default());
    assert!(empty.unwrap_err().to_string().contains("no values"));
    let gap = periodogram(&session(7), &array(&[1.0, f64::NAN, 2.0], false), &Periodogram::default());
    assert!(gap.unwrap_err().to_string().contains("fill the gaps first"));
    let infinite = Periodogram { fs: f64::NAN, ..Periodogram::default() };
    assert!(periodogram(&session(7), &array(&[1.0, 2.0], false), &infinite).is_err());
}

#[test]
fn cross_spectra_are_scipys() {
    let all = fixtures("csd");
    assert_eq!(all.len(), 36);
    for v in all {
        let number = |name: &str| v[name].as_u64().expect("a number") as usize;
        let (n, (detrend, scaling)) = (number("n"), words(&v));
        let window = v["window"].as_str().expect("a name").parse().expect("a window");
        let frames = Stft { window, detrend, scaling, fs: 12.5, ..Stft::new(number("nperseg"), number("hop")) };
        let want: Vec<f64> = [numbers(&v["re"]), numbers(&v["im"])].concat();
        let signals = pair(n);
        for (narrow, bound) in [([false; 2], 1e-12), ([true; 2], 1e-5), ([true, false], 1e-5), ([false, true], 1e-5)] {
            let mut first: Option<Cross> = None;
            for rows in [usize::MAX, 1, 77, 128] {
                let made = csd(&session(rows), &mut source(&signals, narrow), [0, 1], &frames, &Control::new());
                let (cross, provenance) = made.expect("a cross spectrum");
                assert_eq!((cross.frames as usize, provenance.rows), (frames.frames(n), n as u64));
                assert!(off(&cross.frequency, &numbers(&v["frequency"])) < 1e-14);
                let got: Vec<f64> = cross.csd.iter().map(|z| z.re).chain(cross.csd.iter().map(|z| z.im)).collect();
                let distance = off(&got, &want);
                assert!(distance <= bound, "{frames:?}, chunks of {rows}, {narrow:?}: {distance:e}");
                let distance = off(&cross.coherence(), &numbers(&v["coherence"]));
                assert!(distance <= bound, "{frames:?}, chunks of {rows}, {narrow:?}: coherence {distance:e}");
                assert_eq!(first.get_or_insert_with(|| cross.clone()), &cross, "chunks of {rows} change bits");
            }
            let made = welch(&session(99), &mut source(&signals, narrow), 1, &frames, &Control::new());
            let off = off(&first.expect("one").second, &made.expect("a spectrum").0.power);
            assert!(off <= bound, "{frames:?}: {off:e}");
        }
        let mut source = source(&signals, [false; 2]);
        let made = coherence(&session(50), &mut source, [1, 0], &frames, &Control::new()).expect("coherence").0;
        assert!(off(&made.values, &numbers(&v["coherence"])) <= 1e-12);
    }
}

#[test]
fn what_has_no_cross_spectrum_is_an_error() {
    let cross = |x: Vec<f64>, y: Vec<f64>, columns: [usize; 2]| {
        let made = csd(&session(100), &mut source(&[x, y], [false; 2]), columns, &Stft::new(64, 32), &Control::new());
        made.map(|(cross, _)| cross.frames).map_err(|e| e.to_string())
    };
    assert_eq!(cross(vec![0.5; 64], vec![0.25; 64], [0, 1]), Ok(1));
    assert_eq!(cross(vec![0.5; 64], vec![0.25; 64], [1, 1]), Ok(1));
    assert!(cross(vec![0.5; 63], vec![0.5; 63], [0, 1]).unwrap_err().contains("63 values, a frame has 64"));
    assert!(cross(Vec::new(), Vec::new(), [0, 1]).unwrap_err().contains("0 values"));
    assert!(cross(vec![0.5; 64], vec![0.5; 64], [0, 2]).unwrap_err().contains("column 2"));
    let mut gap = vec![0.5; 300];
    gap[200] = f64::NAN;
    assert!(cross(vec![0.5; 300], gap.clone(), [0, 1]).unwrap_err().contains("fill the gaps first"));
    assert!(cross(gap, vec![0.5; 300], [0, 1]).unwrap_err().contains("fill the gaps first"));
    let huge = Stft::new(1 << 40, 1 << 39);
    assert!(csd(&session(100), &mut source(&pair(300), [false; 2]), [0, 1], &huge, &Control::new()).is_err());
    // Silence beside a signal: no power, so nothing that could go together.
    let mut silent = source(&[vec![0.0; 300], samples(300, 0)], [false; 2]);
    let made = coherence(&session(100), &mut silent, [0, 1], &Stft::new(64, 32), &Control::new()).expect("coherence");
    assert!(made.0.values.iter().all(|c| c.is_nan()));
}

#[test]
fn means_have_the_same_bits_on_any_number_of_threads() {
    let frames = Stft { detrend: Detrend::Constant, ..Stft::new(50, 13) };
    let signals = pair(30_000);
    let mut made = Vec::new();
    for (threads, rows) in [(1, usize::MAX), (2, 5000), (3, 777)] {
        let session = Session::builder().device(DeviceChoice::Cpu).threads(threads).build().expect("the CPU");
        let session = session.with_chunk_rows(rows);
        let one = welch(&session, &mut source(&signals, [true, false]), 0, &frames, &Control::new()).expect("one").0;
        let two = csd(&session, &mut source(&signals, [true, false]), [0, 1], &frames, &Control::new()).expect("two").0;
        made.push((one, two));
    }
    assert!(made.windows(2).all(|w| w[0] == w[1]));
}
