"""The command."""
import argparse
import contextlib
import json
import sys
import time

from .cases import COPY, cases
from .hosts import NumpyHost, TorchHost
from .peers import CupyGpu, Sklearn, TorchCpu, TorchGpu
from .record import SCHEMA, label, this_machine
from .timing import FULL, QUICK, schedule, take_turns
from .work import Job, Runner


def find(device, wanted, complain):
    """Where inputs are made, and which libraries there are; `complain(name, why)` is told of each other one once."""

    def attempt(name, make, *args):
        try:
            return make(*args)
        except Exception as e:  # What is installed badly fails in many ways; here it is as good as missing.
            complain(name, "%s: %s" % (type(e).__name__, e))
            return None

    host = attempt("numpy", NumpyHost)
    if host is None:
        with contextlib.suppress(Exception):  # PyTorch's turn to be complained about comes below.
            host = TorchHost()
    makers = [("PyTorch", TorchGpu), ("CuPy", CupyGpu)] if device == "cuda" else [("PyTorch", TorchCpu)]
    peers = [attempt(name, make, host) for name, make in makers]
    imputer = attempt("scikit-learn", Sklearn) if "impute/mean" in wanted else None
    if not any(peers):  # A CPU library alone would be no answer to the question.
        return host, []
    return host, [p for p in peers + [imputer] if p]


def arguments(argv):
    p = argparse.ArgumentParser(prog="gpu_peers", description="Times the GPU libraries that gapwave is compared with.")
    p.add_argument("--out", metavar="FILE.jsonl", help="where the lines go [default: standard output]")
    p.add_argument("--only", metavar="FAMILY", default="", help="kernels whose name contains this, such as fft")
    p.add_argument("--max-time", metavar="SECONDS", type=float, default=120.0, help="[default: 120]")
    p.add_argument("--quick", action="store_true", help="three rounds")
    p.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="[default: cuda]")
    a = p.parse_args(argv)
    a.cases = [c for c in cases() if a.only in c.id]
    if not a.cases:
        p.error("no kernel's name contains %s; there are %s" % (a.only, ", ".join(sorted({c.id for c in cases()}))))
    if not a.max_time > 0:
        p.error("--max-time must be more than 0")
    return a


def for_people(line):
    head = "%(id)s  %(shape)s  %(processor)s  %(timing)s" % line
    if "failed" in line:
        return "%s: %s" % (head, line["failed"])
    share = "" if line["share"] is None else "  %.0f %%" % (100 * line["share"])
    error = "  ERROR: " + line["error"] if line["error"] else ""
    return "%s: %.1f µs  %.1f GB/s%s%s" % (head, line["median_ns"] / 1e3, line["gb_s"], share, error)


def main(argv=None, clock=time.monotonic):
    args = arguments(argv)
    if hasattr(sys.stdout, "reconfigure"):  # Shapes have a ×, and a bare machine may have no locale.
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        with open(args.out, "w", encoding="utf-8") if args.out else contextlib.nullcontext(sys.stdout) as out:
            return run(args, out, clock)
    except OSError as e:
        print("gpu_peers: %s" % e, file=sys.stderr)
        return 1


def run(args, out, clock):
    end = clock() + args.max_time

    def emit(line):
        print(json.dumps(line, ensure_ascii=False), file=out, flush=True)
        print(for_people(line), file=sys.stderr)

    def missing(name, why):
        place, timing = ("gpu", "device") if args.device == "cuda" else ("cpu", "call")
        emit({"schema": SCHEMA, "id": "*", "shape": "*", "processor": name, "place": place, "timing": timing,
              "failed": "not measured: " + why})

    host, peers = find(args.device, {c.id for c in args.cases}, missing)
    if not peers:
        print("nothing ran", file=sys.stderr)
        return 1
    extra = {"numpy": host.np.__version__} if isinstance(host, NumpyHost) else {}
    for peer in peers:
        extra.update(peer.extra)
    runner = Runner(host, this_machine(extra), QUICK if args.quick else FULL, emit, clock)
    # The copy comes first: it is the peak of all that follows.
    jobs = [Job(COPY, p, op, p.timings[0]) for p in peers for op in p.ops(COPY)]
    jobs += [Job(c, p, op, t) for c in take_turns(args.cases) for p in peers for op in p.ops(c) for t in p.timings]
    left = schedule(jobs, end - clock(), clock, runner.one)
    for job in left:
        emit(dict(label(job), failed="left out: the %g seconds of --max-time were over" % args.max_time))
    tally = dict(runner.tally, **{"left out": len(left)})
    print(", ".join("%d %s" % (n, what) for what, n in tally.items() if n or what == "verified"), file=sys.stderr)
    if tally["wrong"]:
        return 4
    if not tally["verified"]:
        print("nothing ran", file=sys.stderr)
    return 1 if tally["failed"] or tally["impossible"] or not tally["verified"] else 0
