"""How the libraries do it, as their users would write it."""
import math
from collections import namedtuple

Op = namedtuple("Op", "variant run note")


def torch_ways(T, case):
    room = []

    def copy(x):
        room or room.append(T.empty_like(x))
        return (room[0].copy_(x),)

    def linear(x):
        seen = ~T.isnan(x)
        at, gaps, y = seen.nonzero().squeeze(1), (~seen).nonzero().squeeze(1), x.clone()
        right = T.searchsorted(at, gaps)
        inside = (right > 0) & (right < len(at))
        right = right.clamp(1, len(at) - 1)
        i, j = at[right - 1], at[right]
        line = x[i] + (x[j] - x[i]) * ((gaps - i).to(x.dtype) / (j - i).to(x.dtype))
        y[gaps] = line.masked_fill(~inside, math.nan)
        return (y,)

    def locf(x):
        rows = T.arange(len(x), device=x.device)
        return (x[T.cummax(T.where(T.isnan(x), T.zeros_like(rows), rows), 0).values],)

    def masked(*columns):
        mask = case.keep(*columns[1:])
        return tuple(c[mask] for c in columns)

    def indexed(*columns):
        rows = case.keep(*columns[1:]).nonzero().squeeze(1)
        return tuple(c[rows] for c in columns)

    return {"copy": [Op("", copy, "Tensor.copy_")],
            "fft/c2c": [Op("", lambda x: (T.fft.fft(x),), "torch.fft.fft")],
            "fft/rfft": [Op("", lambda x: (T.fft.rfft(x),), "torch.fft.rfft")],
            "filter/compact": [Op("", masked, "column[mask] for each column"),
                               Op("rows found once", indexed, "mask.nonzero() once, column[rows] for each column")],
            "impute/linear": [Op("", linear, "nonzero, searchsorted, gather, scatter")],
            "impute/locf": [Op("", locf, "cummax of row numbers, gather")],
            "primitives/scan": [Op("", lambda x: (T.cumsum(x, 0, dtype=T.int32),), "torch.cumsum, int32")],
            "primitives/transpose": [Op("", lambda x: (x.t().contiguous(),), "t().contiguous()")]}.get(case.id, [])


def cupy_ways(cp, case):
    room = []

    def copy(x):
        room or room.append(cp.empty_like(x))
        cp.copyto(room[0], x)
        return (room[0],)

    def linear(x):
        seen, y = ~cp.isnan(x), x.copy()
        at, gaps = cp.flatnonzero(seen), cp.flatnonzero(~seen)
        y[gaps] = cp.interp(gaps, at, x[at], left=math.nan, right=math.nan)  # float64, as numpy's
        return (y,)

    def locf(x):
        # CuPy has no running maximum: the observations, and how many of them there were at each row.
        seen = ~cp.isnan(x)
        before = cp.cumsum(seen, dtype=cp.int32) - 1
        return (cp.where(before < 0, x, x[seen][before]),)

    def masked(*columns):
        mask = case.keep(*columns[1:])
        return tuple(c[mask] for c in columns)

    def indexed(*columns):
        rows = cp.flatnonzero(case.keep(*columns[1:]))
        return tuple(c[rows] for c in columns)

    return {"copy": [Op("", copy, "cupy.copyto")],
            "fft/c2c": [Op("", lambda x: (cp.fft.fft(x),), "cupy.fft.fft")],
            "fft/rfft": [Op("", lambda x: (cp.fft.rfft(x),), "cupy.fft.rfft")],
            "filter/compact": [Op("", masked, "column[mask] for each column"),
                               Op("rows found once", indexed, "flatnonzero once, column[rows] for each column")],
            "impute/linear": [Op("", linear, "flatnonzero, cupy.interp on the gaps, scatter")],
            "impute/locf": [Op("", locf, "cumsum of the mask, gather from the compacted observations")],
            "primitives/scan": [Op("", lambda x: (cp.cumsum(x, dtype=cp.int32),), "cupy.cumsum, int32")],
            "primitives/transpose": [Op("", lambda x: (cp.ascontiguousarray(x.T),), "ascontiguousarray(x.T)")],
            }.get(case.id, [])
