#!/usr/bin/env python3
"""Times the GPU libraries that gapwave is compared with (CuPy, PyTorch) on the shapes that `gapwave bench run` times.

    python3 gpu_peers [--out FILE.jsonl] [--only FAMILY] [--max-time SECONDS] [--quick] [--device cuda|cpu]

The folder is carried whole; `python3 gpu_peers` runs it where it lies.

Needs Python 3.8 and whichever of numpy, CuPy, PyTorch and scikit-learn are there; what is missing is said and gets a
line with `failed`. One JSON line a measurement, fields as in the harness's record (README.md of bench-harness).

`timing` is `device` (data stays on the GPU, CUDA events around a batch of iterations, inputs rotated over copies larger
than any L2, gaps in which the GPU waits for Python included) or `call` (host memory to host memory by wall clock, both
transfers inside; `note` says whether the host memory was pinned). A sub-sample is about 1 ms, a round's value the
shortest of five, the result the median of ten rounds. The peak is the fastest large copy of the libraries, measured
first. Cold is the first iteration with plan caches and memory pools emptied; kernels that CuPy compiled earlier in the
process or keeps on disk are not compiled again. `reference` says what the result was compared with, after the warm-up
and at the end.

`--device cpu` runs PyTorch on the CPU, by wall clock, to try the script where there is no GPU; the GPU is never
replaced silently. scikit-learn always runs on the CPU and is labelled so.

Exit status: 0 all verified (what is missing, or left out for want of time, has a line and does not count), 1 something
failed, more than the peak was measured, or nothing ran, 2 wrong usage, 4 a wrong result.
"""
import os
import sys

# The folder that holds this one instead of this one, whose modules have names that others might look for.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from gpu_peers.run import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
