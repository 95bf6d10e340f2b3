"""Tests of gpu_peers that need no library and no GPU: python3 -m unittest test_gpu_peers, in this folder."""
import contextlib
import io
import json
import math
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gpu_peers import cases, peers, record, run, timing, work  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Work:
    """Each iteration takes the next of `times`, the last one again and again; `wrong` is what verify() says in turn."""

    def __init__(self, clock, times, wrong=(), least=1):
        self.clock, self.times, self.wrong, self.least = clock, list(times), list(wrong), least
        self.blocks, self.checks = [], 0

    def time(self, n):
        ns = self.times.pop(0) if len(self.times) > 1 else self.times[0]
        self.clock.now += ns * n / 1e9
        self.blocks.append(n)
        return ns

    def verify(self):
        self.checks += 1
        return self.wrong.pop(0) if self.wrong else None


def measured(rounds, wrong=None):
    return {"cold_ns": 9e6, "rounds": rounds, "plateau": True, "iterations": 2, "wrong": wrong}


def a_record(rounds=((2e6, 1e6), (3e6, 4e6)), wrong=None, peak_gb_s=10.0, from_bytes=1000, size=5_000_000):
    head = {"schema": 2, "id": "a/b", "shape": "10 (float32)", "processor": "p", "place": "gpu", "timing": "device"}
    sizes = {"elements": 1_000_000, "bytes": size, "flops": 4_000_000, "rotation_bytes": 3 * size}
    peak = {"name": "copy", "gb_s": peak_gb_s, "from_bytes": from_bytes}
    machine = record.this_machine({"torch": "2", "no": None})
    return record.record(head, measured(rounds, wrong), sizes, peak, "events", machine)


class Statistics(unittest.TestCase):
    def test_median(self):
        self.assertEqual([timing.median(v) for v in ([], [3.0], [4.0, 1.0], [9.0, 1.0, 2.0])], [0.0, 3.0, 2.5, 2.0])

    def test_iterations_fill_a_sub_sample(self):
        found = [timing.iterations(ns, timing.FULL) for ns in (math.inf, 3e6, 1e6, 3e5, 0.0)]
        self.assertEqual(found, [1, 1, 1, 3, timing.MOST_ITERATIONS])

    def test_the_value_is_the_median_of_the_rounds_minima(self):
        r = a_record(rounds=[[5.0, 2.0], [9.0, 3.0], [40.0, 30.0]])
        self.assertEqual((r["median_ns"], r["min_ns"], r["spread_ns"]), (3.0, 2.0, [2.0, 30.0]))


class Measuring(unittest.TestCase):
    def test_the_warm_up_ends_on_a_plateau(self):
        clock = Clock()
        best, plateau = timing.warm_up(Work(clock, [9e6, 5e6, 4e6]), timing.FULL, clock, math.inf)
        self.assertEqual((best, plateau), (4e6, True))
        self.assertLess(clock(), 0.1)

    def test_the_warm_up_ends_without_one_when_its_time_is_over(self):
        clock = Clock()
        best, plateau = timing.warm_up(Work(clock, [1e9 * 0.9**k for k in range(99)]), timing.FULL, clock, math.inf)
        self.assertEqual((best, plateau), (1e9, False))

    def test_every_copy_has_its_turn_in_the_warm_up(self):
        clock = Clock()
        w = Work(clock, [2e6], least=40)
        self.assertTrue(timing.warm_up(w, timing.FULL, clock, math.inf)[1])
        self.assertEqual(len(w.blocks), 40)

    def test_rounds_and_checks(self):
        clock = Clock()
        w = Work(clock, [7e6, 2e5])
        m = timing.measure(w, timing.FULL, clock)
        self.assertEqual((m["cold_ns"], m["iterations"], m["plateau"], m["wrong"], w.checks), (7e6, 5, True, None, 2))
        self.assertEqual([len(r) for r in m["rounds"]], [5] * 10)
        self.assertEqual([len(r) for r in timing.measure(Work(clock, [2e5]), timing.QUICK, clock)["rounds"]], [5] * 3)

    def test_a_wrong_result_ends_it(self):
        clock = Clock()
        m = timing.measure(Work(clock, [1e6], wrong=["off"]), timing.FULL, clock)
        self.assertEqual((m["wrong"], m["rounds"]), ("off", []))
        self.assertEqual(timing.measure(Work(clock, [1e6], wrong=[None, "late"]), timing.FULL, clock)["wrong"], "late")

    def test_slow_work_gets_three_sub_samples(self):
        clock = Clock()
        m = timing.measure(Work(clock, [8e9]), timing.FULL, clock, until=1.0)
        self.assertEqual(([len(r) for r in m["rounds"]], m["plateau"]), ([3], False))


class Scheduling(unittest.TestCase):
    def test_the_time_is_split_evenly_and_what_one_saves_the_others_have(self):
        clock, shares = Clock(), []

        def do(job, seconds):
            shares.append(seconds)
            clock.now += job

        self.assertEqual(timing.schedule([1.0, 3.0, 2.0], 9.0, clock, do), [])
        self.assertEqual(shares, [3.0, 4.0, 5.0])

    def test_what_no_time_is_left_for_is_returned(self):
        clock, done = Clock(), []

        def do(job, seconds):
            done.append(job)
            clock.now += 4.0

        self.assertEqual(timing.schedule(list("abcd"), 7.0, clock, do), ["c", "d"])
        self.assertEqual(done, ["a", "b"])
        self.assertEqual(timing.schedule(["e"], 0.0, clock, do), ["e"])

    def test_kernels_take_turns(self):
        order = [c.id for c in timing.take_turns(cases.cases())]
        kinds = len(set(order))
        self.assertEqual(len(set(order[:kinds])), kinds)
        self.assertEqual(len(order), len(cases.cases()))


class Lines(unittest.TestCase):
    FIELDS = {"schema", "id", "shape", "processor", "place", "timing", "elements", "bytes", "flops", "cold_ns",
              "min_ns", "median_ns", "spread_ns", "gb_s", "melem_s", "gflop_s", "peak", "share", "verified", "error", "plateau",
              "iterations", "samples_ns", "clock", "fingerprint", "unix_s", "rotation_bytes"}
    MACHINE = {"cpu", "cores", "load", "governor", "os", "rustc", "target", "opt_level", "program", "version", "commit",
               "extra"}

    def test_names_of_the_fields(self):
        r = json.loads(json.dumps(a_record()))
        self.assertEqual(set(r), self.FIELDS)
        self.assertEqual(set(r["fingerprint"]), self.MACHINE)
        self.assertEqual(set(r["peak"]), {"name", "gb_s", "from_bytes"})
        self.assertEqual((r["fingerprint"]["extra"]["torch"], "no" in r["fingerprint"]["extra"]), ("2", False))

    def test_rates(self):
        # 5 MB, a million elements and four million operations in 2 ms, at a peak of 10 GB/s.
        r = a_record()
        self.assertEqual([r[k] for k in ("gb_s", "melem_s", "gflop_s", "share")], [2.5, 500.0, 2.0, 0.25])
        self.assertEqual((r["verified"], r["error"], r["samples_ns"]), (True, None, [[2e6, 1e6], [3e6, 4e6]]))

    def test_wrong_and_impossible(self):
        self.assertEqual([a_record(wrong="off")[k] for k in ("verified", "error")], [False, "off"])
        self.assertEqual(a_record(rounds=[], wrong="off")["median_ns"], 9e6)
        self.assertIn("125 % of the peak", a_record(peak_gb_s=2.0)["error"])
        self.assertIsNone(a_record(peak_gb_s=2.4)["error"])
        self.assertIsNone(a_record(peak_gb_s=2.0, from_bytes=1 << 30)["error"])  # A cache may have served it.

    def test_shapes_are_called_as_gapwave_calls_them(self):
        shapes = {(c.id, record.shape_of(c)) for c in cases.cases()}
        for known in [("fft/c2c", "16384 × 256 (complex64)"), ("fft/c2c", "256 × 16381 (complex64)"),
                      ("fft/rfft", "10000 × 400 (float32)"), ("primitives/scan", "16 Mi (uint32)"),
                      ("filter/compact", "10 M events, 1.6 % kept (int64 int16 int16 int8)"),
                      ("impute/linear", "4 M rows, 10 % missing (float32)"),
                      ("impute/locf", "4 M rows, 10 % missing (float64)"),
                      ("primitives/transpose", "4096 × 4096 (uint32)")]:
            self.assertIn(known, shapes)


class Peer(peers.WallClock):
    """A library that fails at what it is told to."""

    processor, cache, place, timings = "library", 1, "gpu", ("device",)

    def upload(self, arrays):
        raise MemoryError("no room\nfor this")


class Running(unittest.TestCase):
    def main(self, *argv):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = run.main(list(argv))
            except SystemExit as e:
                status = e.code
        return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()

    def test_nothing_ran_where_there_is_no_library(self):
        # None stands for a module that cannot be found.
        missing = dict.fromkeys(["numpy", "torch", "cupy", "cupyx", "sklearn", "sklearn.impute"])
        with mock.patch.dict(sys.modules, missing):
            status, lines, err = self.main("--quick")
            self.assertEqual((status, err.splitlines()[-1]), (1, "nothing ran"))
            self.assertEqual([r["processor"] for r in lines], ["numpy", "PyTorch", "CuPy", "scikit-learn"])
            for r in lines:
                self.assertEqual(set(r), {"schema", "id", "shape", "processor", "place", "timing", "failed"})
                self.assertEqual(err.count(r["failed"]), 1)
            status, lines, _ = self.main("--device", "cpu", "--only", "fft")
            self.assertEqual(status, 1)
            self.assertEqual([(r["processor"], r["place"]) for r in lines], [("numpy", "cpu"), ("PyTorch", "cpu")])

    def test_lines_go_to_a_file(self):
        with tempfile.TemporaryDirectory() as d, mock.patch.object(run, "find", lambda *a: (a[2]("x", "why"), [])):
            path = os.path.join(d, "out.jsonl")
            self.assertEqual(self.main("--out", path)[:2], (1, []))
            with open(path, encoding="utf-8") as f:
                self.assertEqual(json.loads(f.read())["failed"], "not measured: why")
            self.assertEqual(self.main("--out", os.path.join(d, "no", "folder"))[0], 1)

    def test_wrong_usage(self):
        for argv in (["--only", "wavelets"], ["--max-time", "0"], ["--device", "tpu"]):
            self.assertEqual(self.main(*argv)[0], 2)

    def test_a_failure_is_one_line_and_the_others_go_on(self):
        lines, case = [], cases.cases()[0]._replace(dtypes=(), outs=(), make=lambda h: ())
        host = mock.Mock(expected=lambda case, ins: ())
        runner = work.Runner(host, {}, timing.QUICK, lines.append)
        op = mock.Mock(variant="", note="")
        for _ in range(2):
            with mock.patch.object(work, "ROTATE", 0), mock.patch.object(work, "Rotating", Rotating):
                runner.one(work.Job(case, Peer(), op, "device"), 1.0)
        self.assertEqual([r["failed"] for r in lines], ["MemoryError: no room"] * 2)
        self.assertEqual(runner.tally["failed"], 2)


class Rotating:
    def __init__(self, peer, *_):
        peer.upload([])


@unittest.skipIf(numpy is None, "needs numpy")
class Comparing(unittest.TestCase):
    def case(self, kernel):
        return next(c for c in cases.cases() if c.id == kernel)

    def test_transforms_by_their_norm(self):
        want = [numpy.ones(8, "complex128")]
        near, off = [numpy.full(8, 1 + 1e-7, "complex64")], [numpy.full(8, 1.1, "complex64")]
        self.assertIsNone(cases.compare(self.case("fft/c2c"), want, near, want))
        self.assertIn("relative L2 error", cases.compare(self.case("fft/c2c"), want, off, want))
        self.assertIn("expected complex64", cases.compare(self.case("fft/c2c"), want, want, want))
        self.assertIn("nan", cases.compare(self.case("fft/c2c"), want, [off[0] * numpy.nan], want))

    def test_filled_gaps(self):
        case, nan = self.case("impute/linear"), numpy.nan
        x, want = numpy.array([nan, 1.0, nan, 0.5]), numpy.array([nan, 1.0, 0.75, 0.5])

        def compare(*y):
            return cases.compare(case, [x], [numpy.array(y)], [want])

        self.assertIsNone(compare(nan, 1.0, 0.75 + 1e-16, 0.5))
        self.assertIn("off by", compare(nan, 1.0, 0.7, 0.5))
        self.assertIn("observation", compare(nan, 1.0 + 1e-15, 0.75, 0.5))
        self.assertIn("other gaps", compare(1.0, 1.0, 0.75, 0.5))

    def test_exact(self):
        case, x = self.case("primitives/scan"), numpy.arange(4, dtype="int32")
        self.assertIsNone(cases.compare(case, [x], [x], [x]))
        self.assertIn("1 of 4", cases.compare(case, [x], [numpy.array([0, 1, 2, 4], "int32")], [x]))


if __name__ == "__main__":
    unittest.main()
