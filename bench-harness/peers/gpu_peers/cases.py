"""What is measured, and what a right result is."""
import math
from collections import namedtuple

SIZES = {"int8": 1, "int16": 2, "int32": 4, "uint32": 4, "int64": 8, "float32": 4, "float64": 8, "complex64": 8}
EPS = {"float32": 2.0**-23, "float64": 2.0**-52}

# `dtypes` is what gapwave calls the inputs; `outs` are the types of the results here. `tolerance` belongs to `check`,
# `keep` is a filter's condition.
Case = namedtuple("Case", "id name dtypes outs make check tolerance flops keep")


def count(array):
    return math.prod(array.shape)


def type_name(array):
    return str(array.dtype).rsplit(".", 1)[-1]  # PyTorch's are called torch.float32.


def compare(case, ins, got, want):
    """What is wrong with the result, or None. Everything here means the same for numpy arrays and CPU tensors."""
    if len(got) != len(want):
        return "%d results, expected %d" % (len(got), len(want))
    for k, (g, w, dtype) in enumerate(zip(got, want, case.outs)):
        if type_name(g) != dtype or tuple(g.shape) != tuple(w.shape):
            return "result %d is %s %s, expected %s %s" % (k, type_name(g), tuple(g.shape), dtype, tuple(w.shape))
        nan = g != g
        if case.check == "norm":
            error = float((abs(g - w) ** 2).sum()) ** 0.5 / float((abs(w) ** 2).sum()) ** 0.5
            if not error <= case.tolerance:
                return "relative L2 error %.3g, allowed is %.3g" % (error, case.tolerance)
        elif case.check == "exact":
            same = (g == w) | (nan & (w != w))
            if not bool(same.all()):
                return "%d of %d elements of result %d differ" % (int((~same).sum()), count(g), k)
        else:  # filled: observations to the bit, gaps near
            seen = ins[k] == ins[k]
            if not bool((nan == (w != w)).all()):
                return "other gaps are filled than expected"
            if not bool((g[seen] == ins[k][seen]).all()):
                return "an observation was changed"
            apart = abs(g - w)[~seen & ~nan]
            if count(apart) and float(apart.max()) > case.tolerance:
                return "a filled value is off by %.3g, allowed is %.3g" % (float(apart.max()), case.tolerance)
    return None


def cases():
    def transform(kernel, batch, n, seed):
        real = kernel == "fft/rfft"
        dtype, numbers = ("float32", batch * n) if real else ("complex64", 2 * batch * n)

        def make(h):
            x = h.cast(h.uniform(seed, numbers), "float32").reshape(batch, -1)
            return (x if real else h.complex(x),)

        # 5·n·log₂n by custom, half for real input. The error of single precision, 6e-8 an operation, grows with the
        # square root of log₂n, and large primes take two more transforms (Bluestein): all are well below 1e-6·log₂n.
        flops = int(5.0 * batch * n * math.log2(n)) // (2 if real else 1)
        name, bound = "%d × %d" % (batch, n), 1e-6 * math.log2(n)
        return Case(kernel, name, (dtype,), ("complex64",), make, "norm", bound, flops, None)

    def events(h):
        # Time in µs, x below 640, y below 480, polarity 0 or 1.
        n = 10_000_000
        t, x, y, p = (h.words(40 + k, n) % below for k, below in enumerate((3, 640, 480, 2)))
        return h.index(n) * 3 + (1 << 40) + t, h.cast(x, "int16"), h.cast(y, "int16"), h.cast(p, "int8")

    def table(dtype):
        def make(h):
            x, missing = h.uniform(8, 4_000_000), h.words(7, 4_000_000) % 100 < 10
            x[missing] = math.nan
            return (h.cast(x, dtype),)
        return make

    c2c = [(16384, 256), (4096, 1024), (1024, 4096), (64, 65536), (4, 1 << 20), (4000, 1000), (256, 16381)]
    rfft = [(4096, 1024), (4, 1 << 20), (10000, 400)]
    all_cases = [transform("fft/c2c", b, n, k) for k, (b, n) in enumerate(c2c)]
    all_cases += [transform("fft/rfft", b, n, 10 + k) for k, (b, n) in enumerate(rfft)]
    columns = ("int64", "int16", "int16", "int8")
    for name, keep in [
        ("10 M events, 1.6 % kept", lambda x, y, p: (x >= 160) & (x <= 239) & (y >= 100) & (y <= 220) & (p == 1)),
        ("10 M events, 14.6 % kept", lambda x, y, p: (x >= 160) & (x <= 479) & (y >= 100) & (y <= 379) & (p == 1)),
        ("10 M events, 79.7 % kept", lambda x, y, p: (x >= 64) & (x <= 639) & (y <= 424)),
    ]:
        all_cases.append(Case("filter/compact", name, columns, columns, events, "exact", 0, 0, keep))
    # impute/mean is scikit-learn's, which has neither of the other two.
    for kernel, dtypes, check, flops in [
        ("impute/linear", ("float64", "float32"), "filled", 4),
        ("impute/locf", ("float64", "float32"), "exact", 0),
        ("impute/mean", ("float64",), "filled", 0),
    ]:
        for dtype in dtypes:
            # Values are within ±1, so that eight units in the last place cover every order of the operations.
            all_cases.append(Case(kernel, "4 M rows, 10 % missing", (dtype,), (dtype,), table(dtype), check,
                                  8 * EPS[dtype], flops * 4_000_000, None))
    # uint32 in gapwave. Here int32, which all libraries have: sums modulo 2³² are the same bits.
    for kernel, name, make in [
        ("primitives/scan", "16 Mi", lambda h: (h.words(1, 1 << 24) % 65536,)),
        ("primitives/transpose", "4096 × 4096", lambda h: (h.words(2, 1 << 24).reshape(4096, 4096),)),
    ]:
        all_cases.append(Case(kernel, name, ("uint32",), ("int32",), make, "exact", 0, 0, None))
    return all_cases


def numbers(h):
    return (h.cast(h.index(1 << 26), "int32"),)


COPY = Case("copy", "256 MiB", ("int32",), ("int32",), numbers, "exact", 0, 0, None)
