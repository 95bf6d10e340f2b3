"""Runs the Python sides of the comparisons.

One JSON object per line comes in on standard input and one goes out on standard output for each:

    {"op": "hello"}                                       -> {"versions": {...}}
    {"op": "prepare", "id", "case", "inputs", "params"}   -> {"tick_ns"}
    {"op": "run", "id", "times"}                          -> {"ns"}, by perf_counter_ns around the calls alone
    {"op": "check", "id", "into"}                         -> {"same": true} or {"files": [...]}
    {"op": "drop", "id"}                                  -> {}

What goes wrong is answered as {"error": "..."}. A result is let go after it was checked, outside of the timing.
"""

import gc
import importlib
import importlib.metadata
import json
import math
import os
import platform
import sys
import time

THREADS = int(sys.argv[1])
PACKAGES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "pandas": "pandas",
    "sklearn": "scikit-learn",
    "duckdb": "duckdb",
    "polars": "polars",
    "pyarrow": "pyarrow",
}
modules = {}
CASES = {}


def case(name):
    """Registers a case: a function of inputs and parameters that gives (call, columns of a result)."""

    def register(f):
        CASES[name] = f
        return f

    return register


def hello():
    versions = {"Python": platform.python_version()}
    for module, package in PACKAGES.items():
        # scikit-learn has nothing to run yet: its version alone is wanted, and importing it starts threads.
        try:
            if module != "sklearn":
                modules[module] = importlib.import_module(module)
            versions[package] = importlib.metadata.version(package)
        except ImportError:
            pass
    if "pyarrow" in modules:
        modules["pyarrow"].set_cpu_count(THREADS)
    return {"versions": versions}


def one(a):
    return [a]


@case("fft.numpy")
def fft_numpy(x, np, **_):
    return (lambda: np.fft.fft(x["x"])), one


@case("fft.scipy")
def fft_scipy(x, np, **_):
    import scipy.fft

    return (lambda: scipy.fft.fft(x["x"], workers=THREADS)), one


@case("rfft.numpy")
def rfft_numpy(x, np, **_):
    return (lambda: np.fft.rfft(x["x"])), one


@case("rfft.scipy")
def rfft_scipy(x, np, **_):
    import scipy.fft

    return (lambda: scipy.fft.rfft(x["x"], workers=THREADS)), one


@case("stft.scipy")
def stft_scipy(x, np, nperseg, hop):
    import scipy.signal

    how = {"nperseg": nperseg, "noverlap": nperseg - hop, "boundary": None, "padded": False}
    return (lambda: scipy.signal.stft(x["x"], **how)[2]), lambda z: [np.ascontiguousarray(z.T)]


def signal_case(name):
    """A filter of the signal along its first axis, with SciPy's modules at hand."""

    def register(f):
        @case("signal." + name)
        def prepare(x, np, **how):
            import scipy.ndimage
            import scipy.signal

            return f(x["x"], np, scipy, **how), one

        return f

    return register


@signal_case("sosfilt")
def sosfilt(x, np, scipy, sos):
    sos = np.asarray(sos, x.dtype)
    return lambda: scipy.signal.sosfilt(sos, x, axis=0)


@case("signal.sosfilt_rows")
def sosfilt_rows(x, np, sos):
    import scipy.signal

    sos, rows = np.asarray(sos, np.float32), np.ascontiguousarray(x["x"].T)
    return (lambda: scipy.signal.sosfilt(sos, rows)), lambda y: [np.ascontiguousarray(y.T)]


@signal_case("sosfiltfilt")
def sosfiltfilt(x, np, scipy, sos):
    sos = np.asarray(sos, x.dtype)
    return lambda: scipy.signal.sosfiltfilt(sos, x, axis=0)


@signal_case("lfilter")
def lfilter(x, np, scipy, taps):
    taps, unit = np.asarray(taps, x.dtype), np.ones(1, x.dtype)
    return lambda: scipy.signal.lfilter(taps, unit, x)


@signal_case("oaconvolve")
def oaconvolve(x, np, scipy, taps):
    taps = np.asarray(taps, x.dtype)
    return lambda: scipy.signal.oaconvolve(x, taps)[: len(x)]


@signal_case("medfilt")
def medfilt(x, np, scipy, window):
    return lambda: scipy.signal.medfilt(x, window)


@signal_case("median_filter")
def median_filter(x, np, scipy, window):
    return lambda: scipy.ndimage.median_filter(x, window, mode="constant")


@signal_case("uniform_filter1d")
def uniform_filter1d(x, np, scipy, window):
    return lambda: scipy.ndimage.uniform_filter1d(x, window)


@signal_case("maximum_filter1d")
def maximum_filter1d(x, np, scipy, window):
    return lambda: scipy.ndimage.maximum_filter1d(x, window)


@signal_case("savgol_filter")
def savgol_filter(x, np, scipy, window, polyorder):
    return lambda: scipy.signal.savgol_filter(x, window, polyorder)


@signal_case("resample_poly")
def resample_poly(x, np, scipy, up, down):
    return lambda: scipy.signal.resample_poly(x, up, down)


NAMES = ["t", "x", "y", "p"]


@case("filter.numpy")
def filter_numpy(c, np, x, y, on):
    def call():
        mask = (c["x"] >= x[0]) & (c["x"] < x[1]) & (c["y"] >= y[0]) & (c["y"] < y[1])
        if on:
            mask &= c["p"] == 1
        return [c[n][mask] for n in NAMES]

    return call, list


@case("filter.pandas")
def filter_pandas(c, np, x, y, on):
    df = modules["pandas"].DataFrame({n: c[n] for n in NAMES})

    def call():
        mask = (df["x"] >= x[0]) & (df["x"] < x[1]) & (df["y"] >= y[0]) & (df["y"] < y[1])
        if on:
            mask &= df["p"] == 1
        return df[mask]

    return call, lambda r: [r[n].to_numpy() for n in NAMES]


def polars_condition(x, y, on):
    pl = modules["polars"]
    e = (pl.col("x") >= x[0]) & (pl.col("x") < x[1]) & (pl.col("y") >= y[0]) & (pl.col("y") < y[1])
    return e & (pl.col("p") == 1) if on else e


def polars_columns(r):
    return [r[n].to_numpy() for n in NAMES]


@case("filter.polars")
def filter_polars(c, np, x, y, on):
    df = modules["polars"].DataFrame({n: c[n] for n in NAMES})
    condition = polars_condition(x, y, on)
    return (lambda: df.filter(condition)), polars_columns


@case("filter.polars_streaming")
def filter_polars_streaming(c, np, x, y, on):
    df = modules["polars"].DataFrame({n: c[n] for n in NAMES})
    condition = polars_condition(x, y, on)
    return (lambda: df.lazy().filter(condition).collect(engine="streaming")), polars_columns


@case("filter.pyarrow")
def filter_pyarrow(c, np, x, y, on):
    pa = modules["pyarrow"]
    import pyarrow.compute as pc

    table = pa.table({n: c[n] for n in NAMES})
    # Of the columns' types, so that nothing is cast.
    x, y = ([pa.scalar(v, pa.int16()) for v in ends] for ends in (x, y))
    one_ = pa.scalar(1, pa.int8())

    def call():
        cx, cy = table["x"], table["y"]
        mask = pc.and_(
            pc.and_(pc.greater_equal(cx, x[0]), pc.less(cx, x[1])),
            pc.and_(pc.greater_equal(cy, y[0]), pc.less(cy, y[1])),
        )
        if on:
            mask = pc.and_(mask, pc.equal(table["p"], one_))
        return table.filter(mask)

    return call, lambda r: [r[n].to_numpy() for n in NAMES]


def duck():
    return modules["duckdb"].connect(config={"threads": THREADS})


@case("filter.duckdb")
def filter_duckdb(c, np, x, y, on):
    con = duck()
    # By way of Arrow: registering a dict of arrays does not work in every version.
    source = modules["pyarrow"].table({n: c[n] for n in NAMES})
    con.register("source", source)
    con.execute("create table events as select t, x, y, p from source").fetchall()
    con.unregister("source")
    where = f"x >= {x[0]} and x < {x[1]} and y >= {y[0]} and y < {y[1]}" + (" and p = 1" if on else "")
    query = f"select t, x, y, p from events where {where}"
    return (lambda: con.sql(query).to_arrow_table()), lambda r: [r[n].to_numpy() for n in NAMES]


@case("linear.numpy")
def linear_numpy(c, np, **_):
    x = c["x"]
    n = np.arange(len(x))

    def call():
        there = ~np.isnan(x)
        out = x.copy()
        out[~there] = np.interp(n[~there], n[there], x[there])
        return out

    return call, one


@case("linear.pandas")
def linear_pandas(c, np, **_):
    s = modules["pandas"].Series(c["x"])
    return (lambda: s.interpolate(limit_area="inside")), lambda r: [r.to_numpy()]


def with_nulls(c):
    return modules["polars"].Series("x", c["x"]).fill_nan(None)


@case("linear.polars")
def linear_polars(c, np, **_):
    s = with_nulls(c)
    return (lambda: s.interpolate()), lambda r: [r.to_numpy()]


@case("locf.pandas")
def locf_pandas(c, np, **_):
    s = modules["pandas"].Series(c["x"])
    return (lambda: s.ffill()), lambda r: [r.to_numpy()]


@case("locf.polars")
def locf_polars(c, np, **_):
    s = with_nulls(c)
    return (lambda: s.fill_null(strategy="forward")), lambda r: [r.to_numpy()]


@case("locf.duckdb")
def locf_duckdb(c, np, ordered):
    con = duck()
    pa = modules["pyarrow"]
    source = pa.table({"i": np.arange(len(c["x"])), "x": pa.array(c["x"], from_pandas=True)})
    con.register("source", source)
    con.execute("create table series as select i, x from source").fetchall()
    con.unregister("source")
    if ordered:
        query = "select last_value(x ignore nulls) over (order by i) as x from series order by i"
    else:
        # SQL promises no order here; DuckDB keeps the table's, and the result is compared.
        query = "select last_value(x ignore nulls) over (rows unbounded preceding) as x from series"
    return (lambda: con.sql(query).to_arrow_table()), lambda r: [r["x"].to_numpy()]


@case("scan.numpy")
def scan_numpy(c, np, **_):
    return (lambda: np.cumsum(c["x"], dtype=np.uint32)), one


@case("scan.polars")
def scan_polars(c, np, **_):
    s = modules["polars"].Series("x", c["x"])
    return (lambda: s.cum_sum()), lambda r: [r.to_numpy()]


@case("transpose.numpy")
def transpose_numpy(c, np, **_):
    return (lambda: np.ascontiguousarray(c["x"].T)), one


class Side:
    def __init__(self, call, columns):
        self.call, self.columns = call, columns
        self.result, self.saved = None, None

    def run(self, times):
        call = self.call
        begin = time.perf_counter_ns()
        for _ in range(times):
            result = call()
        ns = time.perf_counter_ns() - begin
        self.result = result
        return {"ns": ns}

    def check(self, into):
        np = modules["numpy"]
        columns = [np.ascontiguousarray(a) for a in self.columns(self.result)]
        self.result = None
        if self.saved is not None and all(map(same_bits, columns, self.saved)):
            return {"same": True}
        files = []
        for k, column in enumerate(columns):
            files.append(f"{into}-{k}.npy")
            np.save(files[-1], column)
        self.saved = [a.copy() for a in columns]
        return {"files": files}


def same_bits(a, b):
    np = modules["numpy"]
    return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a.view(np.uint8), b.view(np.uint8))


def prepare(what):
    np = modules["numpy"]
    inputs = {name: np.load(path) for name, path in what["inputs"].items()}
    call, columns = CASES[what["case"]](inputs, np, **what["params"])
    sides[what["id"]] = Side(call, columns)
    tick = time.get_clock_info("perf_counter").resolution
    return {"tick_ns": max(1, math.ceil(tick * 1e9))}


def answer(what):
    op = what["op"]
    if op == "hello":
        return hello()
    if op == "prepare":
        return prepare(what)
    if op == "drop":
        sides.pop(what["id"], None)
        gc.collect()
        return {}
    side = sides[what["id"]]
    return side.run(what["times"]) if op == "run" else side.check(what["into"])


sides = {}


def main():
    # Whatever a library prints must not come between the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            text = json.dumps(answer(json.loads(line)))
        except Exception as e:  # The other side decides what a failure means.
            text = json.dumps({"error": f"{type(e).__name__}: {e}"[:2000]})
        out.write(text + "\n")
        out.flush()


main()
