"""Statistics, measuring and scheduling: nothing here needs a library or a real clock."""
import math
import time
from collections import Counter, namedtuple

FASTER = 0.98  # What counts as faster in the warm-up.
FEWEST = 3  # Sub-samples that are taken even when the time is up.
MOST_ITERATIONS = 1_000_000

Settings = namedtuple("Settings", "rounds sub_samples sub_sample_ns limit_s patience warm_up_s")
FULL = Settings(10, 5, 1e6, 3.0, 5, 1.0)
QUICK = Settings(3, 5, 1e6, 0.5, 2, 0.1)


def median(values):
    v, n = sorted(values), len(values)
    return 0.0 if n == 0 else v[n // 2] if n % 2 else (v[n // 2 - 1] + v[n // 2]) / 2


def iterations(best_ns, settings):
    """Iterations of that length that fill a sub-sample, at least one."""
    return int(min(max(settings.sub_sample_ns / max(best_ns, 1.0), 1), MOST_ITERATIONS))


def warm_up(work, settings, clock, until):
    """Blocks until several in a row were not faster than the best one, each copy of the inputs having had its turn.

    Gives the best time and whether it was a plateau.
    """
    end, best, same, done = min(clock() + settings.warm_up_s, until), math.inf, 0, 0
    while True:
        times = iterations(best, settings)
        ns = work.time(times)
        done += times
        same = 0 if ns < best * FASTER else same + 1
        best = min(best, ns)
        plateau = same >= settings.patience and done >= work.least
        if plateau or clock() >= end:
            return best, plateau


def measure(work, settings, clock=time.monotonic, until=math.inf):
    """Times `work`, whose `time(n)` gives ns an iteration and whose `verify()` says what is wrong, or None.

    `least` iterations belong to the warm-up. The result is checked after the warm-up and at the end.
    """
    m = {"cold_ns": work.time(1), "rounds": []}
    best, m["plateau"] = warm_up(work, settings, clock, until)
    m["iterations"] = iterations(best, settings)
    m["wrong"] = work.verify()
    end, taken = min(clock() + settings.limit_s, until), 0
    while m["wrong"] is None and len(m["rounds"]) < settings.rounds:
        samples = []
        while len(samples) < settings.sub_samples and (clock() < end or taken < FEWEST):
            samples.append(work.time(m["iterations"]))
            taken += 1
        # A shortened round would be the minimum of fewer: it counts only where there is no whole one.
        if not samples or (len(samples) < settings.sub_samples and m["rounds"]):
            break
        m["rounds"].append(samples)
    m["wrong"] = m["wrong"] or work.verify()
    return m


def schedule(jobs, seconds, clock, do):
    """Gives each job an equal part of the time that is left, in seconds; what no time is left for is returned."""
    end = clock() + seconds
    for i, job in enumerate(jobs):
        left = end - clock()
        if left <= 0:
            return jobs[i:]
        do(job, left / (len(jobs) - i))
    return []


def take_turns(cases):
    """The first case of each kernel, then the second: where the time is too short, every kernel has been seen."""
    seen, turns = Counter(), []
    for case in cases:
        turns.append((seen[case.id], case))
        seen[case.id] += 1
    return [case for _, case in sorted(turns, key=lambda t: t[0])]
