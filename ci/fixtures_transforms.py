#!/usr/bin/env python3
"""Writes what SciPy says: kernels/tests/fixtures/transforms.json, which `kernels/tests/transforms.rs` holds the kernels
to.

    python3 ci/fixtures_transforms.py        needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)
"""

import cmath
import json
import pathlib

import numpy as np
import scipy
from scipy import fft, signal


def samples(n):
    """A signal that every language makes to the last bit: quotients of small integers."""
    i = np.arange(n, dtype=np.int64)
    return ((i * i * 7919 + i * 104729) % 2003) / 1024 - 0.75


def complex_samples(n):
    x = samples(2 * n)
    return x[0::2] + 1j * x[1::2]


def flat(z):
    return np.stack([z.real, z.imag], -1).reshape(-1).tolist()


def dct():
    for n in (1, 2, 3, 4, 5, 8, 15, 16, 31, 60):
        for kind in (2, 3):
            for norm in ("backward", "ortho", "forward"):
                for orthogonalize in (None, True, False) if n in (2, 5, 8) else (None,):
                    want = fft.dct(samples(n), kind, norm=norm, orthogonalize=orthogonalize)
                    how = dict(type=kind, norm=norm)
                    if orthogonalize is not None:
                        how.update(orthogonalize=orthogonalize)
                    yield dict(kernel="fft/dct", n=n, params=how, want=want.tolist())


def hilbert():
    for n in (1, 2, 3, 4, 5, 8, 15, 16, 31, 60, 97):
        z = signal.hilbert(samples(n))
        yield dict(kernel="fft/hilbert", n=n, params=dict(output="analytic"), want=flat(z))
        yield dict(kernel="fft/hilbert", n=n, params=dict(output="envelope"), want=np.abs(z).tolist())


def resample():
    lengths = (1, 2, 3, 4, 7, 8, 9, 12, 13, 25, 32)
    for n in lengths:
        for num in lengths:
            yield dict(kernel="fft/resample", n=n, params=dict(num=num), want=signal.resample(samples(n), num).tolist())


def czt():
    def case(n, m, w, a, is_complex):
        x = complex_samples(n) if is_complex else samples(n)
        how = {}
        if m is not None:
            how.update(m=m)
        if w is not None:
            how.update(w=[complex(w).real, complex(w).imag])
        if a is not None:
            how.update(a=[complex(a).real, complex(a).imag])
        want = signal.czt(x, m, w, 1 + 0j if a is None else a)
        return dict(kernel="fft/czt", n=n, complex=is_complex, params=how, want=flat(want))

    for is_complex in (False, True):
        for n, m in [(1, None), (2, None), (7, None), (16, None), (31, None), (8, 1), (1, 8), (9, 20), (20, 9), (33, 32)]:
            yield case(n, m, None, None, is_complex)
            yield case(n, m, cmath.exp(-0.03j), cmath.exp(1.1j), is_complex)
        # Spirals, slow enough for SciPy's powers of powers to keep their digits.
        yield case(12, 10, 0.999 * cmath.exp(-0.2j), 1.001 * cmath.exp(0.3j), is_complex)
        yield case(10, 14, 1.002 * cmath.exp(0.1j), 0.98, is_complex)
        yield case(30, 20, None, 0.95j, is_complex)
        yield case(30, 20, None, -1.05, is_complex)
        # Fast ones, and few points.
        yield case(5, 4, 0.7 * cmath.exp(-0.2j), 1.0, is_complex)
        yield case(4, 5, 1.5 + 0.5j, 2.0, is_complex)


def zoom():
    for is_complex in (False, True):
        for n, m in [(1, 1), (2, 3), (16, None), (31, 20), (20, 31), (64, 5)]:
            for fn, fs, endpoint in [([0.1, 0.4], 2, False), ([0.1, 0.4], 2, True), ([-3.5, 11.25], 48.0, False)]:
                if endpoint and m == 1:
                    continue
                x = complex_samples(n) if is_complex else samples(n)
                how = dict(fn=fn, fs=float(fs), endpoint=endpoint)
                if m is not None:
                    how.update(m=m)
                want = signal.zoom_fft(x, fn, m, fs=fs, endpoint=endpoint)
                yield dict(kernel="fft/zoom", n=n, complex=is_complex, params=how, want=flat(want))


def write(path, **made):
    path = pathlib.Path(__file__).parent.parent / path
    path.parent.mkdir(exist_ok=True)
    made = dict(numpy=np.__version__, scipy=scipy.__version__, **made)
    path.write_text(json.dumps(made, separators=(",", ":")).replace('{"', '\n{"') + "\n")
    print(path)


made = [*dct(), *hilbert(), *resample(), *czt(), *zoom()]
write("kernels/tests/fixtures/transforms.json", transforms=made)
