"""Where inputs and expected results are made: numpy, or PyTorch's CPU where there is no numpy."""
import random
import sys

from .cases import type_name
from .ways import torch_ways


def random_bytes(seed, n):
    return bytearray(random.Random(seed).getrandbits(8 * n).to_bytes(n, sys.byteorder))


class NumpyHost:
    def __init__(self):
        import numpy
        self.np, self.name = numpy, "numpy " + numpy.__version__

    def words(self, seed, n):
        """`n` integers from 0 to 2³¹ − 1."""
        return self.np.frombuffer(random_bytes(seed, 4 * n), "int32") & 0x7FFFFFFF

    def uniform(self, seed, n):
        """`n` numbers within ±1."""
        return self.np.frombuffer(random_bytes(seed, 4 * n), "int32") / 2.0**31

    def index(self, n):
        return self.np.arange(n, dtype="int64")

    def cast(self, x, dtype):
        return x.astype(dtype)

    def complex(self, x):
        return x.view("complex64")

    def expected(self, case, ins):
        np, x = self.np, ins[0]

        def linear():
            y, seen, rows = x.astype("float64"), ~np.isnan(x), np.arange(len(x))
            y[~seen] = np.interp(rows[~seen], rows[seen], y[seen], left=np.nan, right=np.nan)
            return y

        def compacted():
            rows = np.flatnonzero(case.keep(*ins[1:]))
            return tuple(c[rows] for c in ins)

        return {"copy": lambda: (x,), "fft/c2c": lambda: (np.fft.fft(x.astype("complex128")),),
                "fft/rfft": lambda: (np.fft.rfft(x.astype("float64")),), "filter/compact": compacted,
                "impute/linear": lambda: (linear(),), "impute/mean": lambda: (np.where(np.isnan(x), np.nanmean(x), x),),
                "impute/locf": lambda: (x[np.maximum.accumulate(np.where(np.isnan(x), 0, np.arange(len(x))))],),
                "primitives/scan": lambda: (np.cumsum(x.astype("uint32"), dtype="uint32").view("int32"),),
                "primitives/transpose": lambda: (np.ascontiguousarray(x.T),)}[case.id]()


class TorchHost:
    def __init__(self):
        import torch
        self.torch, self.name = torch, "PyTorch's CPU, in float64, same formula"

    def words(self, seed, n):
        return self.torch.frombuffer(random_bytes(seed, 4 * n), dtype=self.torch.int32) & 0x7FFFFFFF

    def uniform(self, seed, n):
        return self.torch.frombuffer(random_bytes(seed, 4 * n), dtype=self.torch.int32).double() / 2.0**31

    def index(self, n):
        return self.torch.arange(n)

    def cast(self, x, dtype):
        return x.to(getattr(self.torch, dtype))

    def complex(self, x):
        return self.torch.view_as_complex(x.reshape(x.shape[0], -1, 2))

    def expected(self, case, ins):
        wide = {"complex64": self.torch.complex128, "float32": self.torch.float64}
        ins = [x if case.check == "exact" else x.to(wide.get(type_name(x), x.dtype)) for x in ins]
        return torch_ways(self.torch, case)[0].run(*ins)
