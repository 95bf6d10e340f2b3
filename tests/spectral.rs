//! Averaged spectra against SciPy's, as `ci/fixtures.py` wrote them down, whatever the chunks.

use gapwave::datasets::MemorySource;
use gapwave::kernels::fft::stft::{self, Stft};
use gapwave::spectral::welch;
use gapwave::{Array, Chunk, Control, DeviceChoice, Session};
use serde_json::Value;

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The fixtures' signal.
fn samples(n: usize) -> Vec<f64> {
    (0..n as u64).map(|i| ((i * i * 7919 + i * 104_729) % 2003) as f64 / 1024.0 - 0.75).collect()
}

fn session(rows: usize) -> Session {
    Session::builder().device(DeviceChoice::Cpu).build().expect("the CPU").with_chunk_rows(rows)
}

fn source(x: Vec<f64>) -> MemorySource {
    MemorySource::new(Chunk::new([("x", Array::from(x))]).expect("a column"))
}

#[test]
fn welchs_method_is_scipys() {
    let all: Value = serde_json::from_str(include_str!("fixtures/welch.json")).expect("ci/fixtures.py wrote it");
    let all = all["welch"].as_array().expect("spectra");
    assert_eq!(all.len(), 36);
    for s in all {
        let mut table = toml::Table::new();
        for name in ["nperseg", "hop"] {
            table.insert(name.into(), toml::Value::Integer(s[name].as_i64().expect("a number")));
        }
        for name in ["window", "detrend", "scaling"] {
            table.insert(name.into(), s[name].as_str().expect("a word").into());
        }
        table.insert("fs".into(), s["fs"].as_f64().expect("a number").into());
        let frames: Stft = toml::Value::Table(table.clone()).try_into().expect("parameters");
        let n = s["n"].as_u64().expect("a length") as usize;
        let (frequency, want) = (numbers(&s["frequency"]), numbers(&s["want"]));
        let size = want.iter().map(|x| x * x).sum::<f64>().sqrt();
        for rows in [1, 77, 128, usize::MAX] {
            let made = welch(&session(rows), &mut source(samples(n)), 0, &frames, &Control::new());
            let (psd, provenance) = made.expect("a spectrum");
            assert_eq!(psd.frames as usize, frames.frames(n), "{table:?}");
            assert_eq!((provenance.kernel, provenance.rows), (stft::ENTRY.id, n as u64));
            assert!(psd.frequency.iter().zip(&frequency).all(|(a, b)| (a - b).abs() < 1e-13));
            assert_eq!(psd.power.len(), want.len());
            let off = psd.power.iter().zip(&want).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            assert!(off <= 1e-12 * size, "{table:?}, chunks of {rows}: {:e}", off / size);
        }
    }
}

#[test]
fn what_has_no_spectrum_is_an_error() {
    let welch = |x: Vec<f64>| {
        let made = welch(&session(100), &mut source(x), 0, &Stft::new(64, 32), &Control::new());
        made.map(|(psd, _)| psd.frames).map_err(|e| e.to_string())
    };
    assert!(welch(vec![0.5; 63]).unwrap_err().contains("63 values, a frame has 64"));
    assert!(welch(Vec::new()).unwrap_err().contains("0 values"));
    assert_eq!(welch(vec![0.5; 64]), Ok(1));
    for nperseg in [1 << 40, usize::MAX] {
        let made = gapwave::spectral::welch(
            &session(100),
            &mut source(vec![0.5; 300]),
            0,
            &Stft::new(nperseg, nperseg / 2),
            &Control::new(),
        );
        assert!(made.is_err(), "no memory is taken for a frame that does not fit");
    }
    let mut gap = vec![0.5; 300];
    gap[200] = f64::NAN;
    assert!(welch(gap).unwrap_err().contains("fill the gaps first"));
}
