"""The libraries: memory, transfers, events."""
import time

from .hosts import NumpyHost
from .record import last_level_cache
from .ways import Op, cupy_ways, torch_ways


class WallClock:
    """What a library on the CPU is timed by."""

    place, timings = "cpu", ("call",)

    def clock(self, timing):
        return "wall"

    def timed(self, run):
        begin = time.perf_counter_ns()
        run()
        return time.perf_counter_ns() - begin

    def clear(self):
        pass


class Events(WallClock):
    """What a library on the GPU is timed by."""

    place, timings = "gpu", ("device", "call")

    def clock(self, timing):
        return "events" if timing == "device" else "wall"

    def timed(self, run):
        begin, end = self.event(), self.event()
        begin.record()
        run()
        end.record()
        end.synchronize()
        ns = self.elapsed_ms(begin, end) * 1e6
        if not ns > 0:
            raise RuntimeError("the events are %g ns apart" % ns)
        return ns


class TorchAny:
    def start(self, host, device):
        import torch
        self.torch, self.host, self.device = torch, host, device
        self.extra = {"torch": torch.__version__}
        self.processor = "PyTorch %s on " % torch.__version__.split("+")[0]

    def ops(self, case):
        return torch_ways(self.torch, case)

    def upload(self, arrays):
        make = self.torch.from_numpy if isinstance(self.host, NumpyHost) else lambda a: a
        return [make(a).to(self.device, copy=True) for a in arrays]

    def download(self, tensors):
        return [t.cpu().numpy() if isinstance(self.host, NumpyHost) else t.cpu() for t in tensors]


class TorchCpu(TorchAny, WallClock):
    def __init__(self, host):
        self.start(host, "cpu")
        self.processor += "CPU, %d threads" % self.torch.get_num_threads()
        self.cache = last_level_cache()


class TorchGpu(TorchAny, Events):
    def __init__(self, host):
        self.start(host, "cuda")
        if not self.torch.cuda.is_available():
            raise RuntimeError("PyTorch %s sees no GPU" % self.torch.__version__)
        of = self.torch.cuda.get_device_properties(0)
        self.cache = getattr(of, "L2_cache_size", None) or 64 << 20
        self.processor += of.name
        self.extra.update({"gpu": of.name, "l2": self.cache, "torch cuda": self.torch.version.cuda})
        self.wait = self.torch.cuda.synchronize

    def event(self):
        return self.torch.cuda.Event(enable_timing=True)

    def elapsed_ms(self, begin, end):
        return begin.elapsed_time(end)

    def clear(self):
        self.torch.cuda.synchronize()
        self.torch.backends.cuda.cufft_plan_cache.clear()
        self.torch.cuda.empty_cache()

    def host_memory(self, shape, dtype, pinned):
        return self.torch.empty(tuple(shape), dtype=getattr(self.torch, dtype), pin_memory=pinned)

    def fill(self, room, array):
        room.copy_(self.torch.from_numpy(array) if isinstance(self.host, NumpyHost) else array)

    def send(self, rooms):
        return [r.to(self.device, non_blocking=True) for r in rooms]

    def on_host(self, rooms):
        return self.download(rooms)

    def fetch(self, result, rooms):
        for y, r in zip(result, rooms):
            if y.shape != r.shape:
                raise RuntimeError("a result is %s, expected %s" % (tuple(y.shape), tuple(r.shape)))
            r.copy_(y, non_blocking=True)


class CupyGpu(Events):
    def __init__(self, host):
        import cupy
        import cupyx
        if not isinstance(host, NumpyHost):
            raise RuntimeError("CuPy needs numpy")
        self.cp, self.cupyx = cupy, cupyx
        if cupy.cuda.runtime.getDeviceCount() < 1:
            raise RuntimeError("CuPy %s sees no GPU" % cupy.__version__)
        of = cupy.cuda.runtime.getDeviceProperties(0)
        name = of["name"].decode() if isinstance(of["name"], bytes) else of["name"]
        self.cache = of.get("l2CacheSize") or 64 << 20
        self.processor = "CuPy %s on %s" % (cupy.__version__, name)
        self.extra = {"cupy": cupy.__version__, "gpu": name, "l2": self.cache,
                      "cupy cuda": cupy.cuda.runtime.runtimeGetVersion(),
                      "driver cuda": cupy.cuda.runtime.driverGetVersion()}
        self.event, self.elapsed_ms = cupy.cuda.Event, cupy.cuda.get_elapsed_time
        self.wait = cupy.cuda.runtime.deviceSynchronize

    def ops(self, case):
        return cupy_ways(self.cp, case)

    def upload(self, arrays):
        return [self.cp.array(a) for a in arrays]

    def download(self, arrays):
        return [a.get() for a in arrays]

    def clear(self):
        self.wait()
        self.cp.fft.config.get_plan_cache().clear()
        self.cp.get_default_memory_pool().free_all_blocks()
        self.cp.get_default_pinned_memory_pool().free_all_blocks()

    def host_memory(self, shape, dtype, pinned):
        import numpy
        return self.cupyx.empty_pinned(tuple(shape), dtype) if pinned else numpy.empty(tuple(shape), dtype)

    def fill(self, room, array):
        room[...] = array

    def send(self, rooms):
        return [self.cp.asarray(r) for r in rooms]

    def on_host(self, rooms):
        return rooms

    def fetch(self, result, rooms):
        for y, r in zip(result, rooms):
            y.get(out=r)  # Waits.


class Sklearn(WallClock):
    def __init__(self):
        import sklearn
        from sklearn.impute import SimpleImputer
        self.imputer, self.extra = SimpleImputer, {"sklearn": sklearn.__version__}
        self.processor, self.cache = "scikit-learn %s on CPU" % sklearn.__version__, last_level_cache()

    def ops(self, case):
        def fill(x):
            return (self.imputer(strategy="mean").fit_transform(x.reshape(-1, 1)).reshape(-1),)

        return [Op("", fill, "SimpleImputer, mean, one column")] if case.id == "impute/mean" else []

    def upload(self, arrays):
        return [a.copy() for a in arrays]

    def download(self, arrays):
        return arrays
