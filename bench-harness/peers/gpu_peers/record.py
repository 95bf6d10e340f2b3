"""The line of JSON that is kept of a measurement: fields as in the harness's record."""
import os
import platform
import subprocess
import time

from .timing import median

SCHEMA = 2
IMPOSSIBLE = 1.05  # A larger share of the peak is an error in the formula of the bytes.


def shape_of(case):
    return "%s (%s)" % (case.name, " ".join(case.dtypes))


def label(job):
    name = job.peer.processor + (", " + job.op.variant if job.op.variant else "")
    return {"schema": SCHEMA, "id": job.case.id, "shape": shape_of(job.case), "processor": name,
            "place": job.peer.place, "timing": job.timing}


def record(head, m, sizes, peak, clock_name, fingerprint):
    """A line from a measurement; `sizes` has elements, bytes, flops and rotation_bytes."""
    minima = [min(r) for r in m["rounds"]] or [m["cold_ns"]]
    mid = median(minima)
    gb_s = sizes["bytes"] / mid
    share = gb_s / peak["gb_s"] if peak else None
    error = m["wrong"]
    if error is None and share is not None and share > IMPOSSIBLE:
        # Inputs that take turns count as one: all of them have to fit in a cache for it to help.
        if max(sizes["bytes"], sizes["rotation_bytes"]) >= peak["from_bytes"]:
            error = "%.0f %% of the peak (%s, %.1f GB/s): the formula of the bytes counts too many" % (
                share * 100, peak["name"], peak["gb_s"])
    return dict(head, unix_s=int(time.time()), **sizes, cold_ns=m["cold_ns"], min_ns=min(minima), median_ns=mid,
                spread_ns=[min(minima), max(minima)], gb_s=gb_s, melem_s=sizes["elements"] / mid * 1e3,
                gflop_s=sizes["flops"] / mid, peak=peak, share=share, verified=m["wrong"] is None, error=error,
                plateau=m["plateau"], iterations=m["iterations"], clock=clock_name, fingerprint=fingerprint,
                samples_ns=[[round(ns, 1) for ns in r] for r in m["rounds"]])


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read().strip()
    except OSError:
        return None


def command(*words):
    try:
        run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True)
        return run.stdout.decode(errors="replace").strip().splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


def this_machine(extra):
    fields = dict(line.split(":", 1) for line in (read("/proc/cpuinfo") or "").splitlines() if ":" in line)
    fields = {k.strip(): v.strip() for k, v in fields.items()}
    pretty = [s[12:].strip('"') for s in (read("/etc/os-release") or "").splitlines() if s.startswith("PRETTY_NAME=")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    extra = dict(extra, python=platform.python_version(), driver=command(
        "nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"))
    return {"cpu": fields.get("model name") or fields.get("Model") or fields.get("Hardware"), "cores": cores,
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            "os": "%s, kernel %s" % (pretty[0] if pretty else platform.system(), platform.release()),
            "rustc": None, "target": None, "opt_level": None, "program": "gpu_peers", "version": "1", "commit": None,
            "extra": {k: str(v) for k, v in sorted(extra.items()) if v is not None}}


def last_level_cache():
    sizes = [read("/sys/devices/system/cpu/cpu0/cache/index%d/size" % i) or "" for i in range(8)]
    return max([int(s[:-1]) << {"K": 10, "M": 20}[s[-1]] for s in sizes if s[-1:] in ("K", "M")] or [32 << 20])
