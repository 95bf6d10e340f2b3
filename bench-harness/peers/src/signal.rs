//! Filters of signals: 4 Mi numbers of one signal, or of 64 beside each other.

use crate::{Comparison, Contender, Context, Expected};
use gapwave::Array;
use gapwave_harness::Fault;
use gapwave_kernels::fft::Window;
use gapwave_kernels::signal::design::{self, Band, Shape};
use gapwave_kernels::signal::fir::Fir;
use gapwave_kernels::signal::moving::{Max, Mean, Median};
use gapwave_kernels::signal::polyphase::Resample;
use gapwave_kernels::signal::savgol::Savgol;
use gapwave_kernels::signal::sosfilt::Sosfilt;
use gapwave_kernels::signal::sosfiltfilt::Sosfiltfilt;
use gapwave_kernels::{Case, Kernel, Tolerance};
use serde_json::{Value, json};

const SAMPLES: usize = 1 << 22;
const CHANNELS: usize = 64;

/// A side of SciPy's: its name, the worker's case, parameters, and whether it is held to a wider bound.
struct Peer {
    name: &'static str,
    case: &'static str,
    params: Value,
    narrow: bool,
}

fn peer(name: &'static str, case: &'static str, params: Value) -> Peer {
    Peer { name, case, params, narrow: false }
}

fn narrow(name: &'static str, case: &'static str, params: Value) -> Peer {
    Peer { name, case, params, narrow: true }
}

/// What SciPy is held to where it sums in f32; gapwave is held to its own tolerance.
const NARROW: Tolerance = Tolerance::Block { axes: 1, l2: 1e-5, linf: 1e-4 };

fn comparison<K: Kernel + 'static>(
    id: &'static str,
    what: &str,
    channels: usize,
    make: impl FnOnce() -> Result<(K, Vec<Peer>), Fault> + 'static,
) -> Comparison {
    let beside = if channels > 1 { format!("{} × {channels} channels", SAMPLES / channels) } else { "4 Mi".to_owned() };
    let sides = move |cx: &Context| -> Result<Vec<Contender>, Fault> {
        let (kernel, peers) = make()?;
        let x = gapwave_kernels::case::uniform_f32(1, SAMPLES);
        let shape = if channels > 1 { vec![SAMPLES / channels, channels] } else { vec![SAMPLES] };
        let e = Expected::of(Case::new("noise", kernel, vec![Array::new(shape, x)?]))?;
        let mut sides: Vec<Contender> = Contender::gapwave(cx, &e)?.into();
        for Peer { name, case, params, narrow } in peers {
            let (name, e) = match narrow {
                true => (format!("{name} (to 1e-5)"), e.bounded(NARROW)),
                false => (name.to_owned(), e.clone()),
            };
            let inputs = [("x", &e.case().ins[0])];
            sides.push(Contender::python(cx, &e, &name, "scipy", case, params, &inputs));
        }
        Ok(sides)
    };
    Comparison {
        id,
        shape: format!("{beside}, {what}, float32"),
        elements: SAMPLES as u64,
        unit: "samples",
        sides: Box::new(sides),
    }
}

fn sections() -> Result<Vec<design::Section>, Fault> {
    Ok(design::iir(4, Shape::Butterworth, Band::Low(10.0), 100.0)?)
}

fn sosfilt() -> Result<(Sosfilt, Vec<Peer>), Fault> {
    let sos = sections()?;
    let params = json!({ "sos": sos });
    let mut peers = vec![narrow("scipy.signal.sosfilt", "signal.sosfilt", params.clone())];
    peers.push(narrow("scipy.signal.sosfilt, a row each", "signal.sosfilt_rows", params));
    Ok((Sosfilt::new(sos), peers))
}

/// The family's comparisons.
pub fn comparisons() -> Vec<Comparison> {
    let median = |window: usize, what: &'static str| {
        comparison("signal/median", what, 1, move || {
            let params = json!({ "window": window });
            let peers = vec![
                peer("scipy.signal.medfilt", "signal.medfilt", params.clone()),
                peer("scipy.ndimage.median_filter", "signal.median_filter", params),
            ];
            Ok((Median::new(window), peers))
        })
    };
    let resample = |up: usize, down: usize, what: &'static str| {
        comparison("signal/resample", what, 1, move || {
            let params = json!({"up": up, "down": down});
            let peers = vec![narrow("scipy.signal.resample_poly", "signal.resample_poly", params)];
            Ok((Resample::new(up, down), peers))
        })
    };
    vec![
        comparison("signal/sosfilt", "2 sections", 1, || {
            let (kernel, mut peers) = sosfilt()?;
            peers.truncate(1);
            Ok((kernel, peers))
        }),
        comparison("signal/sosfilt", "2 sections", CHANNELS, sosfilt),
        comparison("signal/sosfiltfilt", "2 sections", 1, || {
            let sos = sections()?;
            let params = json!({ "sos": sos });
            let peers = vec![narrow("scipy.signal.sosfiltfilt", "signal.sosfiltfilt", params)];
            Ok((Sosfiltfilt::new(sos), peers))
        }),
        comparison("signal/fir", "65 weights", 1, || {
            let taps = design::firwin(65, Band::Low(0.1), Window::Hamming, 1.0)?;
            let params = json!({ "taps": taps });
            let peers = vec![
                narrow("scipy.signal.lfilter", "signal.lfilter", params.clone()),
                narrow("scipy.signal.oaconvolve", "signal.oaconvolve", params),
            ];
            Ok((Fir::new(taps), peers))
        }),
        median(5, "windows of 5"),
        median(11, "windows of 11"),
        median(51, "windows of 51"),
        comparison("signal/mean", "windows of 51", 1, || {
            let params = json!({"window": 51});
            Ok((Mean::new(51), vec![narrow("scipy.ndimage.uniform_filter1d", "signal.uniform_filter1d", params)]))
        }),
        comparison("signal/max", "windows of 51", 1, || {
            let params = json!({"window": 51});
            Ok((Max::new(51), vec![peer("scipy.ndimage.maximum_filter1d", "signal.maximum_filter1d", params)]))
        }),
        comparison("signal/savgol", "windows of 11, degree 3", 1, || {
            let params = json!({"window": 11, "polyorder": 3});
            let peers = vec![narrow("scipy.signal.savgol_filter", "signal.savgol_filter", params)];
            Ok((Savgol::new(11, 3), peers))
        }),
        resample(3, 2, "3/2"),
        resample(1, 4, "1/4"),
    ]
}
