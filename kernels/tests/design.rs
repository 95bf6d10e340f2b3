//! Filter designs are SciPy's (`ci/fixtures_design.py`).

use gapwave_kernels::signal::design::{self, Band, Section, Shape};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixtures {
    fs: f64,
    designs: Vec<Design>,
    resonances: Vec<Resonance>,
}

#[derive(Deserialize)]
struct Design {
    shape: String,
    ripple: Option<f64>,
    attenuation: Option<f64>,
    band: String,
    edges: Vec<f64>,
    order: usize,
    sos: Vec<Section>,
    response: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
struct Resonance {
    kind: String,
    frequency: f64,
    q: f64,
    section: Section,
}

fn fixtures() -> Fixtures {
    serde_json::from_str(include_str!("fixtures/design.json")).expect("what the script writes")
}

#[test]
fn sections_and_responses_are_scipys() {
    let all = fixtures();
    assert!(all.designs.len() >= 280);
    for d in &all.designs {
        let shape = match (d.shape.as_str(), d.ripple, d.attenuation) {
            ("butterworth", None, None) => Shape::Butterworth,
            ("chebyshev1", Some(ripple), None) => Shape::Chebyshev1 { ripple },
            ("chebyshev2", None, Some(attenuation)) => Shape::Chebyshev2 { attenuation },
            ("elliptic", Some(ripple), Some(attenuation)) => Shape::Elliptic { ripple, attenuation },
            other => panic!("{other:?}"),
        };
        let band = match (d.band.as_str(), &d.edges[..]) {
            ("low", &[f]) => Band::Low(f),
            ("high", &[f]) => Band::High(f),
            ("pass", &[a, b]) => Band::Pass(a, b),
            ("stop", &[a, b]) => Band::Stop(a, b),
            other => panic!("{other:?}"),
        };
        let what = format!("{shape:?} {band:?} of order {}", d.order);
        let sos = design::iir(d.order, shape, band, all.fs).expect("designed");
        assert_eq!(sos.len(), d.sos.len(), "{what}");
        // Each coefficient: two roots of modulus 1 at most but for the gain, which is relative.
        for (i, (got, want)) in sos.iter().zip(&d.sos).enumerate() {
            let gain = if i == 0 { want[0].abs().max(f64::MIN_POSITIVE) } else { 1.0 };
            for (k, (g, w)) in got.iter().zip(want).enumerate() {
                let allowed = 1e-9 * if k < 3 { gain } else { 1.0 };
                assert!((g - w).abs() <= allowed, "{what}: section {i}: {got:?}, SciPy has {want:?}");
            }
        }
        for (i, want) in d.response.iter().enumerate() {
            let got = design::response(&sos, 50.0 * i as f64, all.fs);
            let off = (got.re - want[0]).hypot(got.im - want[1]);
            assert!(off < 1e-10, "{what} at {}: {got}, SciPy has {want:?}", 50 * i);
        }
    }
}

#[test]
fn notches_and_peaks_are_scipys() {
    let all = fixtures();
    assert!(all.resonances.len() >= 20);
    for r in &all.resonances {
        let design = if r.kind == "notch" { design::notch } else { design::peak };
        let got = design(r.frequency, r.q, all.fs).expect("designed");
        assert!(got.iter().zip(&r.section).all(|(g, w)| (g - w).abs() < 1e-14), "{} {} {}", r.kind, r.frequency, r.q);
    }
}
