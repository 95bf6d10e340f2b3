#!/usr/bin/env python3
"""Writes what SciPy says: kernels/tests/fixtures/signal.json, which `kernels/tests/signal.rs` holds filters of signals to.

    python3 ci/fixtures_signal.py        needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)

`narrow` is how far SciPy's own result in float32 is from `want`, at most. `want` is its result in float64, except where
poles next to 1 let roundoff ring: there it is that of extended precision, and `wide` how far SciPy's in float64 is from it.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage, signal

MODES = ["reflect", "mirror", "nearest", "constant", "wrap"]


def samples(n, channels=1):
    """A signal that every language makes to the last bit, in float32 too: quotients of small integers."""
    i = np.arange(n * channels, dtype=np.int64)
    x = ((i * i * 7919 + i * 104729) % 2003) / 1024 - 0.75
    return x.reshape(n, channels) if channels > 1 else x


def toml(params):
    """As text: numbers in JSON are not read to the last bit by every reader, and coefficients must be."""
    return "\n".join(f"{k} = {json.dumps(v)}" for k, v in params.items())


def exactly(sos, x, pad):
    """`sosfiltfilt` in extended precision."""
    wide = np.longdouble
    zi, scale = [], wide(1)
    for b0, b1, b2, _, a1, a2 in sos.astype(wide):
        first = (b1 - a1 * b0 + b2 - a2 * b0) / (1 + a1 + a2)
        zi.append((scale * first, scale * ((1 + a1) * first - (b1 - a1 * b0))))
        scale *= (b0 + b1 + b2) / (1 + a1 + a2)
    taps = 2 * len(sos) + 1 - min((sos[:, 2] == 0).sum(), (sos[:, 5] == 0).sum())
    kind, edge = pad.get("padtype", "odd"), pad.get("padlen", 3 * taps)
    edge = 0 if kind == "none" else edge
    how = dict(mode="edge") if kind == "constant" else dict(mode="reflect", reflect_type="even" if kind == "even" else "odd")
    y = np.pad(x.astype(wide), [(edge, edge)] + [(0, 0)] * (x.ndim - 1), **(how if edge else dict(mode="edge")))
    for _ in range(2):
        before = y[0].copy()
        for (b0, b1, b2, _, a1, a2), (s, t) in zip(sos.astype(wide), zi):
            s, t = s * before, t * before
            for i in range(len(y)):
                z = b0 * y[i] + s
                s, t = b1 * y[i] - a1 * z + t, b2 * y[i] - a2 * z
                y[i] = z
        y = y[::-1].copy()
    return y[edge:len(y) - edge]


def case(kernel, params, f, n, channels=1, narrow=None):
    """`f` of the signal in float64; `narrow` of it in float32, where that is another call."""
    x = samples(n, channels)
    want = np.asarray(f(x), dtype=float)
    y = (narrow or f)(x.astype(np.float32))
    assert y.dtype == np.float32, (kernel, y.dtype)
    off = float(np.max(np.abs(y.astype(float) - want))) if want.size else 0.0
    return dict(kernel="signal/" + kernel, params=toml(params), n=n, channels=channels, want=want.reshape(-1).tolist(),
                narrow=off)


def recursive():
    designs = [
        signal.butter(1, 0.3, output="sos"),
        signal.butter(4, 0.1, output="sos"),
        signal.cheby1(5, 0.5, [0.2, 0.4], "bandpass", output="sos"),
        signal.cheby2(6, 40, 0.3, "highpass", output="sos"),
        signal.ellip(4, 0.5, 60, [0.3, 0.5], "bandstop", output="sos"),
        signal.tf2sos(*signal.iirnotch(0.25, 30)),
        signal.tf2sos(*signal.iirpeak(0.25, 30)),
        signal.butter(2, 0.001, output="sos"),
    ]
    for sos in designs:
        small = sos.astype(np.float32)
        for n, channels in [(1, 1), (50, 1), (150, 1), (30, 3), (30, 9)]:
            filt = lambda s: lambda x: signal.sosfilt(s, x, axis=0)
            yield case("sosfilt", dict(sos=sos.tolist()), filt(sos), n, channels, filt(small))
        zi = signal.sosfilt_zi(sos)
        begun = lambda s, z: lambda x: signal.sosfilt(s, x, zi=z.astype(x.dtype))[0]
        yield case("sosfilt", dict(sos=sos.tolist(), zi=zi.tolist()), begun(sos, zi), 70, 1, begun(small, zi))
        for pad in [{}, dict(padtype="even"), dict(padtype="constant", padlen=7), dict(padtype="none")]:
            how = dict(pad, padtype=None) if pad.get("padtype") == "none" else pad
            both = lambda s: lambda x: signal.sosfiltfilt(s, x, axis=0, **how)
            ringing = sos is designs[-1]
            want = (lambda x: exactly(sos, x, pad)) if ringing else both(sos)
            for n, channels in [(120, 1)] if pad else [(120, 1), (50, 3)]:
                x = samples(n, channels)
                off = float(np.abs(exactly(sos, x, pad) - both(sos)(x)).max())
                assert ringing or off < 1e-12, off
                made = case("sosfiltfilt", dict(pad, sos=sos.tolist()), want, n, channels, both(small))
                yield dict(made, wide=off) if ringing else made


def weighted():
    for taps in [1, 2, 8, 33, 65]:
        h = signal.firwin(taps, 0.3) if taps > 1 else np.array([0.5])
        for n, channels in [(1, 1), (40, 1), (200, 1), (70, 3)]:
            f = lambda h: lambda x: signal.lfilter(h, np.ones(1, x.dtype), x, axis=0)
            yield case("fir", dict(taps=h.tolist()), f(h), n, channels, f(h.astype(np.float32)))
        same = lambda h: lambda x: signal.convolve(x, h, "same", "direct")
        if taps <= 33:
            yield case("fir", dict(taps=h.tolist(), centred=True), same(h), 90, 1, same(h.astype(np.float32)))
        for up, down in [(1, 1), (3, 1), (1, 4), (3, 2), (5, 7)]:
            at = lambda h: lambda x: signal.upfirdn(h, x, up, down, axis=0)
            params = dict(taps=h.tolist(), up=up, down=down)
            yield case("upfirdn", params, at(h), 50, 1, at(h.astype(np.float32)))
            yield case("upfirdn", params, at(h), 20, 3, at(h.astype(np.float32)))
    for up, down in [(3, 2), (2, 3), (1, 4), (2, 1), (6, 4), (16, 15), (147, 160)]:
        for n, channels in [(1, 1), (100, 1), (333, 1), (50, 3)]:
            yield case("resample", dict(up=up, down=down), lambda x: signal.resample_poly(x, up, down, axis=0), n, channels)
        hamming = lambda x: signal.resample_poly(x, up, down, window="hamming")
        yield case("resample", dict(up=up, down=down, window="hamming"), hamming, 64)


def windowed():
    for size in [1, 3, 5, 11, 13, 51]:
        yield case("median", dict(window=size), lambda x: signal.medfilt(x, size), 120)
        yield case("median", dict(window=size), lambda x: signal.medfilt(x, [size, 1]), 60, 3)
    for size in [1, 2, 3, 4, 7, 16, 31]:
        shape = lambda x: size if x.ndim == 1 else (size, 1)
        for mode in MODES:
            for n, channels in [(3, 1), (60, 1), (20, 3)] if size < 16 else [(50, 1)]:
                how = dict(mode=mode, cval=0.25)
                params = dict(how, window=size)
                along = dict(how, size=size, axis=0)
                # A mirror of one number and windows longer than the signal by far are not what SciPy is for.
                if n == 3 and size > 4:
                    continue
                if size % 2:
                    yield case("median", params, lambda x: ndimage.median_filter(x, shape(x), **how), n, channels)
                yield case("mean", params, lambda x: ndimage.uniform_filter1d(x, **along), n, channels)
                yield case("min", params, lambda x: ndimage.minimum_filter1d(x, **along), n, channels)
                yield case("max", params, lambda x: ndimage.maximum_filter1d(x, **along), n, channels)
    for window, polyorder in [(1, 0), (5, 2), (11, 3), (21, 5), (31, 0)]:
        for deriv in range(min(polyorder, 2) + 1):
            for mode in ["interp", "mirror", "nearest", "constant", "wrap"]:
                for n, channels in [(31, 1), (33, 3)] if deriv == 0 else [(47, 1)]:
                    how = dict(polyorder=polyorder, deriv=deriv, delta=0.5, mode=mode, cval=0.25)
                    f = lambda x: signal.savgol_filter(x, window, axis=0, **how)
                    yield case("savgol", dict(how, window=window), f, n, channels)
    for window, n_sigma in [(3, 3.0), (7, 1.0), (21, 2.0)]:
        for mode in MODES:
            yield case("hampel", dict(window=window, n_sigma=n_sigma, mode=mode), lambda x: hampel(x, window, n_sigma, mode), 100)


def hampel(x, window, n_sigma, mode):
    """By its definition: SciPy has none."""
    names = dict(reflect="symmetric", mirror="reflect", nearest="edge", constant="constant", wrap="wrap")
    seen = np.lib.stride_tricks.sliding_window_view(np.pad(x, window // 2, names[mode]), window)
    median = np.median(seen, axis=1)
    distance = np.median(np.abs(seen - median[:, None]), axis=1)
    return np.where(np.abs(x - median) <= n_sigma * 1.4826 * distance, x, median).astype(x.dtype)


def designs():
    for taps in [1, 2, 7, 20, 65]:
        for band, edges in {"low": [120.0], "high": [310.0], "pass": [40.0, 95.0], "stop": [210.0, 260.0]}.items():
            for window in ["hamming", "hann", "kaiser:8.6", "boxcar"]:
                if taps % 2 == 0 and band in ("high", "stop"):
                    continue
                # Of one and two weights a band that begins above 0 may have a gain of 0 at its middle.
                if taps < 7 and band == "pass":
                    continue
                if taps == 2 and window == "hann":
                    continue
                kind, _, number = window.partition(":")
                kinds = {"low": "lowpass", "high": "highpass", "pass": "bandpass", "stop": "bandstop"}
                h = signal.firwin(taps, edges if len(edges) > 1 else edges[0], pass_zero=kinds[band], fs=1000.0,
                                  window=(kind, float(number)) if number else kind)
                yield dict(taps=taps, band=band, edges=edges, window=window, want=h.tolist())


def main():
    cases = [*recursive(), *weighted(), *windowed()]
    out = pathlib.Path(__file__).parent.parent / "kernels/tests/fixtures/signal.json"
    out.write_text(json.dumps(dict(scipy=scipy.__version__, numpy=np.__version__, cases=cases, firwin=list(designs()))) + "\n")
    print(out, len(cases), "cases", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
