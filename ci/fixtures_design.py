#!/usr/bin/env python3
"""Writes what SciPy says: kernels/tests/fixtures/design.json, which `kernels/tests/design.rs` holds filter designs to.

    python3 ci/fixtures_design.py        needs NumPy and SciPy (bench-harness/peers/requirements.txt has the versions)
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import signal

FS = 1000.0
BANDS = {
    "low": [120.0],
    "high": [310.0],
    "pass": [40.0, 95.0],
    "stop": [210.0, 260.0],
}
TYPES = {"low": "lowpass", "high": "highpass", "pass": "bandpass", "stop": "bandstop"}
SHAPES = [
    ("butterworth", "butter", {}),
    ("chebyshev1", "cheby1", dict(ripple=0.5)),
    ("chebyshev1", "cheby1", dict(ripple=3.0)),
    ("chebyshev2", "cheby2", dict(attenuation=40.0)),
    ("chebyshev2", "cheby2", dict(attenuation=80.0)),
    ("elliptic", "ellip", dict(ripple=0.5, attenuation=40.0)),
    ("elliptic", "ellip", dict(ripple=0.01, attenuation=90.0)),
]


def designs():
    for shape, ftype, how in SHAPES:
        for band, edges in BANDS.items():
            for order in range(1, 11):
                wn = edges[0] if len(edges) == 1 else edges
                z, p, k = signal.iirfilter(
                    order, wn, rp=how.get("ripple"), rs=how.get("attenuation"), btype=TYPES[band], ftype=ftype,
                    output="zpk", fs=FS)
                sos = signal.zpk2sos(z, p, k)
                yield dict(shape=shape, **how, band=band, edges=edges, order=order, sos=sos.tolist(),
                           response=response(z, p, k))


def response(z, p, k):
    """At eleven frequencies, from the roots: that loses fewest digits."""
    _, h = signal.freqz_zpk(z, p, k, worN=np.arange(11) * 50.0, fs=FS)
    return np.stack([h.real, h.imag], -1).tolist()


def resonances():
    for frequency in (1.0, 50.0, 250.0, 480.0):
        for q in (0.7, 5.0, 30.0):
            for kind, design in (("notch", signal.iirnotch), ("peak", signal.iirpeak)):
                if frequency / q >= FS / 2:
                    continue
                b, a = design(frequency, q, fs=FS)
                yield dict(kind=kind, frequency=frequency, q=q, section=[*b.tolist(), *a.tolist()])


def main():
    to = pathlib.Path(__file__).parent.parent / "kernels/tests/fixtures/design.json"
    all = dict(scipy=scipy.__version__, fs=FS, designs=list(designs()), resonances=list(resonances()))
    to.write_text(json.dumps(all, separators=(",", ":")) + "\n")
    print(f"{len(all['designs'])} designs, {len(all['resonances'])} resonances, {to.stat().st_size} bytes")


if __name__ == "__main__":
    main()
