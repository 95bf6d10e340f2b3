"""Work to time, and the loop over all of it."""
import sys
import time
from collections import namedtuple

from .cases import COPY, SIZES, compare, count, type_name
from .record import label, record
from .timing import measure

ROTATE = 256 << 20  # Copies of the inputs exceed this together; the largest L2 today has 126 MiB.
Job = namedtuple("Job", "case peer op timing")


class Rotating:
    """Data stays where the library computes, inputs take turns, and so do the results: as many are kept alive as there
    are copies, or the allocator would hand out the memory that is still in the cache.
    """

    def __init__(self, peer, case, op, ins, want, in_bytes):
        self.peer, self.case, self.op, self.ins, self.want = peer, case, op, ins, want
        copies = self.least = ROTATE // in_bytes + 1
        self.copies, self.results, self.turn = [peer.upload(ins) for _ in range(copies)], [None] * copies, -1
        self.note = "%s; %d copies of the inputs take turns" % (op.note, copies)

    def loop(self, times):
        for _ in range(times):
            self.turn = (self.turn + 1) % len(self.copies)
            self.results[self.turn] = self.op.run(*self.copies[self.turn])

    def time(self, times):
        return self.peer.timed(lambda: self.loop(times)) / times

    def verify(self):
        return compare(self.case, self.ins, self.peer.download(self.results[self.turn]), self.want)


class RoundTrip:
    """Inputs and results are in the host's memory, pinned where that can be had."""

    least = 1

    def __init__(self, peer, case, op, ins, want, in_bytes):
        self.peer, self.case, self.op, self.ins, self.want = peer, case, op, ins, want
        try:
            self.take_memory(True)
        except Exception as e:  # Limits on locked memory differ; pageable memory always works.
            print("no pinned memory: %s" % e, file=sys.stderr)
            self.take_memory(False)

    def take_memory(self, pinned):
        self.rooms = [self.peer.host_memory(x.shape, type_name(x), pinned) for x in self.ins]
        self.outs = [self.peer.host_memory(w.shape, d, pinned) for w, d in zip(self.want, self.case.outs)]
        for room, x in zip(self.rooms, self.ins):
            self.peer.fill(room, x)
        self.note = "%s; %s host memory" % (self.op.note, "pinned" if pinned else "pageable")

    def time(self, times):
        self.peer.wait()
        begin = time.perf_counter_ns()
        for _ in range(times):
            self.peer.fetch(self.op.run(*self.peer.send(self.rooms)), self.outs)
            self.peer.wait()
        return (time.perf_counter_ns() - begin) / times

    def verify(self):
        return compare(self.case, self.ins, self.peer.on_host(self.outs), self.want)


class Runner:
    def __init__(self, host, fingerprint, settings, emit, clock=time.monotonic):
        self.host, self.fingerprint, self.settings, self.emit = host, fingerprint, settings, emit
        self.clock, self.peaks, self.made = clock, {}, (None, None, None)
        self.tally = {"verified": 0, "wrong": 0, "impossible": 0, "failed": 0}

    def inputs(self, case):
        if self.made[0] is not case:  # Jobs come case by case: one is kept.
            ins = case.make(self.host)
            self.made = (case, ins, self.host.expected(case, ins))
        return self.made[1:]

    def one(self, job, seconds):
        try:
            self.emit(self.measured(job, seconds))
        except Exception as e:  # Out of memory, a kernel that is not there: the other cases go on.
            text = str(e).strip().splitlines()
            self.tally["failed"] += 1
            self.emit(dict(label(job), failed="%s: %s" % (type(e).__name__, text[0] if text else "")))
        try:
            job.peer.clear()
        except Exception as e:
            print("%s: %s" % (job.peer.processor, e), file=sys.stderr)

    def measured(self, job, seconds):
        ins, want = self.inputs(job.case)
        in_bytes = sum(count(x) * SIZES[d] for x, d in zip(ins, job.case.dtypes))
        out_bytes = sum(count(w) * SIZES[d] for w, d in zip(want, job.case.outs))
        kind = RoundTrip if job.peer.place == "gpu" and job.timing == "call" else Rotating
        job.peer.clear()
        work = kind(job.peer, job.case, job.op, ins, want, in_bytes)
        # Inputs are made once for all that take them: what that took is not the first one's loss.
        m = measure(work, self.settings, self.clock, self.clock() + seconds)
        sizes = {"elements": max(count(x) for x in ins), "bytes": in_bytes + out_bytes, "flops": job.case.flops,
                 "rotation_bytes": len(work.copies) * (in_bytes + out_bytes) if kind is Rotating else 0}
        peak = self.peaks.get(job.peer.place) if kind is Rotating else None
        line = record(label(job), m, sizes, peak, job.peer.clock(job.timing), self.fingerprint)
        line.update(note=work.note, reference=self.host.name)
        if job.case is COPY and line["verified"]:
            rate = line["bytes"] / line["min_ns"]
            if rate > self.peaks.get(job.peer.place, {"gb_s": 0})["gb_s"]:  # The fastest copy of all libraries counts.
                self.peaks[job.peer.place] = {"name": "copy by " + job.peer.processor, "gb_s": rate,
                                              "from_bytes": 2 * job.peer.cache}
            line.update(peak=None, share=None, error=None)
            return line  # Not counted: with the copy alone, nothing that was asked for ran.
        self.tally["wrong" if not line["verified"] else "impossible" if line["error"] else "verified"] += 1
        return line
