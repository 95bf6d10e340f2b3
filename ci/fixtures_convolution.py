#!/usr/bin/env python3
"""Writes what SciPy says: kernels/tests/fixtures/convolution.json, which `kernels/tests/convolution.rs` holds the kernels
to.

    python3 ci/fixtures_convolution.py    needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import signal


# A window that begins with 0 loses the signal's first number, which SciPy mentions.
warnings.filterwarnings("ignore", "NOLA condition failed")


def samples(n, seed):
    """A signal that every language makes to the last bit: quotients of small integers."""
    i = np.arange(n, dtype=np.int64)
    return ((i * i * 7919 + (i + seed) * 104729) % 2003) / 1024 - 0.75


def numbers(n, seed, complex_):
    return samples(n, seed) + 1j * samples(n, seed + 7) if complex_ else samples(n, seed)


def flat(z):
    """The numbers of an array, the parts of complex ones in turn."""
    z = np.asarray(z).reshape(-1)
    parts = np.stack([z.real, z.imag], 1).reshape(-1) if np.iscomplexobj(z) else z
    return [float(f"{x:.17g}") for x in parts]


def convolutions():
    # Either the longer, equal, odd and even ones, one number; several rows.
    shapes = [(1, 1, 1), (1, 8, 3), (1, 8, 4), (1, 7, 4), (1, 7, 3), (1, 4, 9), (1, 3, 8), (1, 5, 5), (1, 1, 6), (1, 6, 1)]
    shapes += [(3, 20, 7), (2, 5, 12), (1, 150, 31)]
    for batch, n, m in shapes:
        for complex_ in (False, True):
            for mode in ("full", "same", "valid"):
                for correlate in (False, True):
                    x, h = numbers(batch * n, 1, complex_).reshape(batch, n), numbers(m, 2, complex_)
                    of = signal.correlate if correlate else signal.convolve
                    want = [of(row, h, mode=mode, method="direct") for row in x]
                    how = dict(batch=batch, n=n, m=m, complex=complex_, mode=mode, correlate=correlate)
                    yield dict(how, want=flat(want))


def signals():
    # Frames that overlap much and little, even and odd ones; windows with zeros at their ends.
    shapes = [(1, 8, 4), (5, 8, 4), (6, 9, 3), (4, 16, 5), (9, 7, 1), (3, 12, 11), (4, 6, 6), (5, 2, 1), (4, 1, 1)]
    for frames, nperseg, hop in shapes:
        for name in ("boxcar", "hann", "hamming", "kaiser:8.6"):
            kind, _, number = name.partition(":")
            window = signal.get_window((kind, float(number)) if number else kind, nperseg)
            if not signal.check_NOLA(window, nperseg, nperseg - hop):
                continue
            for scaling in ("spectrum", "density"):
                bins = nperseg // 2 + 1
                z = numbers(frames * bins, 3, True).reshape(frames, bins)
                args = dict(fs=48.0, window=window, nperseg=nperseg, noverlap=nperseg - hop, input_onesided=True)
                args.update(boundary=False, scaling={"spectrum": "spectrum", "density": "psd"}[scaling])
                _, x = signal.istft(z.T, **args)
                how = dict(frames=frames, nperseg=nperseg, hop=hop, window=name, scaling=scaling, fs=48.0)
                yield dict(how, want=flat(x))


def overlaps():
    """Which windows and hops lose nothing."""
    for name in ("boxcar", "hann", "hamming", "bartlett", "cosine", "blackman"):
        for nperseg in (1, 2, 3, 8, 9):
            for hop in range(1, nperseg + 1):
                window = signal.get_window(name, nperseg)
                ok = bool(signal.check_NOLA(window, nperseg, nperseg - hop))
                yield dict(window=name, nperseg=nperseg, hop=hop, ok=ok)


path = pathlib.Path(__file__).parent.parent / "kernels/tests/fixtures/convolution.json"
made = dict(numpy=np.__version__, scipy=scipy.__version__)
made.update(convolutions=list(convolutions()), signals=list(signals()), overlaps=list(overlaps()))
path.write_text(json.dumps(made, separators=(",", ":")).replace('{"', '\n{"') + "\n")
print(path)
