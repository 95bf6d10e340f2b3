#!/usr/bin/env python3
"""Writes what SciPy says: kernels/tests/fixtures/spectra.json, which `kernels/tests/spectra.rs` holds the kernels to, and
tests/fixtures/welch.json for `tests/spectral.rs`.

    python3 ci/fixtures.py        needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import signal

WINDOWS = ["boxcar", "bartlett", "cosine", "hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop"]
WINDOWS += [f"tukey:{a}" for a in (0, 0.3, 1)] + [f"kaiser:{b}" for b in (0, 8.6, 40)] + ["gaussian:2.5"]


def window(name, n):
    kind, _, number = name.partition(":")
    if kind in ("boxcar", "bartlett", "cosine", "hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop"):
        return signal.get_window(kind, n)
    return signal.get_window((kind, float(number)), n)


def samples(n):
    """A signal that every language makes to the last bit: quotients of small integers."""
    i = np.arange(n, dtype=np.int64)
    return ((i * i * 7919 + i * 104729) % 2003) / 1024 - 0.75


def spectra():
    shapes = [(50, 16, 5), (50, 15, 4), (64, 64, 64), (33, 2, 1), (40, 1, 3)]
    for n, nperseg, hop in shapes:
        for name in ("hann", "kaiser:8.6"):
            for detrend in (False, "constant", "linear"):
                if detrend and nperseg < 3:
                    continue
                for scaling in ("spectrum", "density"):
                    x, fs = samples(n), 48.0
                    args = dict(window=window(name, nperseg), nperseg=nperseg, noverlap=None, detrend=detrend)
                    args.update(fs=fs, scaling=scaling)
                    # Frames one by one, because SciPy's overlap must be less than a frame.
                    parts = [x[at : at + nperseg] for at in range(0, n - nperseg + 1, hop)]
                    power = [signal.periodogram(p, fs, args["window"], detrend=detrend, scaling=scaling)[1] for p in parts]
                    how = dict(n=n, nperseg=nperseg, hop=hop, window=name, detrend=detrend or "none", scaling=scaling, fs=fs)
                    yield dict(how, output="power", want=np.concatenate(power).tolist())
                    kind = {"spectrum": "spectrum", "density": "psd"}[scaling]
                    if hop <= nperseg:
                        args.update(noverlap=nperseg - hop, scaling=kind, boundary=None, padded=False)
                        _, _, z = signal.stft(x, **args)
                        z = z.T.reshape(-1)
                        yield dict(how, output="complex", want=np.stack([z.real, z.imag], 1).reshape(-1).tolist())


def welch():
    for n, nperseg, hop in [(1000, 64, 32), (997, 50, 13), (300, 101, 101)]:
        for name in ("hann", "flattop"):
            for detrend in (False, "constant", "linear"):
                for scaling in ("spectrum", "density"):
                    how = dict(n=n, nperseg=nperseg, hop=hop, window=name, detrend=detrend or "none", scaling=scaling, fs=12.5)
                    args = dict(fs=12.5, window=name, nperseg=nperseg, noverlap=nperseg - hop, detrend=detrend, scaling=scaling)
                    frequency, power = signal.welch(samples(n), **args)
                    yield dict(how, frequency=frequency.tolist(), want=power.tolist())


def write(path, **made):
    path = pathlib.Path(__file__).parent.parent / path
    path.parent.mkdir(exist_ok=True)
    made = dict(numpy=np.__version__, scipy=scipy.__version__, **made)
    path.write_text(json.dumps(made, separators=(",", ":")).replace('{"', '\n{"') + "\n")
    print(path)


windows = [dict(name=w, n=n, want=window(w, n).tolist()) for w in WINDOWS for n in (1, 2, 5, 8, 33)]
write("kernels/tests/fixtures/spectra.json", windows=windows, spectra=list(spectra()))
write("tests/fixtures/welch.json", welch=list(welch()))
