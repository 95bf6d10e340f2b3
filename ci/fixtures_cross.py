#!/usr/bin/env python3
"""Writes what SciPy says of periodograms, cross spectra and coherence, and NumPy of autocorrelations:
tests/fixtures/cross.json for `tests/cross_spectra.rs` and kernels/tests/fixtures/periods.json for
`kernels/tests/periods.rs`.

    python3 ci/fixtures_cross.py    needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import signal


def samples(n, turn):
    """Signals that every language makes to the last bit: quotients of small integers."""
    i = np.arange(n, dtype=np.int64)
    return ((i * i * 7919 + i * (104729 + 31 * turn)) % 2003) / 1024 - 0.75


def pair(n):
    """Two that have something in common: one, and its neighbour's half and something else."""
    x, y = samples(n, 0), samples(n, 1)
    return x, np.concatenate([[0], x[:-1]]) * 0.5 + y * 0.25


def window(name):
    kind, _, number = name.partition(":")
    return (kind, float(number)) if number else kind


def periodograms():
    for n in (1, 2, 5, 64, 97, 150):
        for name in ("boxcar", "hann", "kaiser:8.6"):
            for detrend in (False, "constant", "linear"):
                if detrend and n < 3:
                    continue
                for scaling in ("density", "spectrum"):
                    frequency, power = signal.periodogram(samples(n, 0), 12.5, window(name), detrend=detrend, scaling=scaling)
                    how = dict(n=n, window=name, detrend=detrend or "none", scaling=scaling, fs=12.5)
                    yield dict(how, frequency=frequency.tolist(), want=power.tolist())


def crosses():
    for n, nperseg, hop in [(1000, 64, 32), (997, 51, 13), (303, 101, 101)]:
        for name in ("hann", "kaiser:8.6"):
            for detrend in (False, "constant", "linear"):
                for scaling in ("density", "spectrum"):
                    x, y = pair(n)
                    args = dict(fs=12.5, window=window(name), nperseg=nperseg, noverlap=nperseg - hop, detrend=detrend)
                    frequency, xy = signal.csd(x, y, scaling=scaling, **args)
                    how = dict(n=n, nperseg=nperseg, hop=hop, window=name, detrend=detrend or "none", scaling=scaling, fs=12.5)
                    how.update(frequency=frequency.tolist(), re=xy.real.tolist(), im=xy.imag.tolist())
                    yield dict(how, coherence=signal.coherence(x, y, **args)[1].tolist())


def correlations():
    for n, lag in [(1, 0), (2, 1), (50, 49), (97, 40), (128, 127)]:
        for gaps in (False, True):
            x = samples(n, 0)
            seen = np.ones(n)
            if gaps:
                seen[(np.arange(n) * 7) % 5 == 3] = 0
            z = (x - x[seen == 1].mean()) * seen
            sums = np.correlate(z, z, "full")[n - 1 :][: lag + 1]
            pairs = np.rint(np.correlate(seen, seen, "full")[n - 1 :][: lag + 1])
            biased = sums / seen.sum()
            unbiased = np.where(pairs > 0, sums / np.maximum(pairs, 1), 0)
            how = dict(n=n, max_lag=lag, gaps=gaps)
            yield dict(how, biased=biased.tolist(), unbiased=unbiased.tolist())


def write(path, **made):
    path = pathlib.Path(__file__).parent.parent / path
    path.parent.mkdir(exist_ok=True)
    made = dict(numpy=np.__version__, scipy=scipy.__version__, **made)
    path.write_text(json.dumps(made, separators=(",", ":")).replace('{"', '\n{"') + "\n")
    print(path)


write("tests/fixtures/cross.json", periodogram=list(periodograms()), csd=list(crosses()))
write("kernels/tests/fixtures/periods.json", autocorrelation=list(correlations()))
