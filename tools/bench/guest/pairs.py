# SPDX-License-Identifier: GPL-2.0-only
"""What a pair of map and unmap takes, and a lock that is not swiotlb's: without a tool, with ours, with others."""
import os

import start
from common import ALL, BUILD, LEVELS, PYTHON, TRAMPOLINES, Tool, ledger, load, read, reason, report, run, say, take, write

TRACE = "/sys/kernel/tracing"
SAMPLES = "/run/bench-samples"
REPORT = "/run/bench-report"
PERF = "/run/bench-perf"
# A run walks through whole segments, whose slots do not all cost the same, and is shorter than a timer tick.
COUNTS = {"64": 256, "4096": 128, "lock-fast": 512, "lock-slow": 512}
RUNS = 10


class Pairs:
    """The measurement on one kernel."""

    def __init__(self, kernel, short):
        fast = kernel in TRAMPOLINES
        self.hooks = "fast" if fast else "direct"
        self.unmap = "__swiotlb_tbl_unmap_single" if fast else "swiotlb_tbl_unmap_single"
        self.ledger = ledger(kernel)
        self.load = [PYTHON, load("pairs"), SAMPLES, str(3 if short else RUNS),
                     *(f"{key}={count}" for key, count in COUNTS.items())]

    def samples(self, name, output):
        """The least of what the runs took: those without a timer tick, of which all are equal."""
        taken = take(SAMPLES)
        if taken is None:
            say(f"{name}: not measured\n{output}")
            return reason(output)
        counts = {key: round(min(runs) / COUNTS[key], 1) for key, runs in taken.items()}
        say(f"{name}: {counts}")
        return counts

    def around(self, name, *wrapper):
        """With a tool that runs the command it watches; it has attached when the command begins."""
        return self.samples(name, run(*wrapper, *self.load)[1])

    def empty(self, which):
        """With programs that do nothing, or next to it: the floor."""
        return self.around(f"empty {which}", os.path.join(BUILD, "attach"), os.path.join(BUILD, "empty.bpf.o"), which)

    def funclatency(self):
        """funclatency runs beside the load, and says when it is ready."""
        with Tool("Tracing", "stdbuf", "-oL", "funclatency", "swiotlb_tbl_map_single") as tool:
            if tool.running():
                run(*self.load)
        return self.samples("funclatency", tool.output)

    def graph(self):
        """The function graph of the two functions alone: the cheapest way to have their durations from ftrace."""
        if "function_graph" not in read(f"{TRACE}/available_tracers"):
            return reason("this kernel is built without the function_graph tracer")
        try:
            write(f"{TRACE}/set_ftrace_filter", f"swiotlb_tbl_map_single {self.unmap}")
            write(f"{TRACE}/current_tracer", "function_graph")
            return self.around("function_graph")
        except OSError as error:
            return reason(f"function_graph: {error.strerror}")
        finally:
            write(f"{TRACE}/current_tracer", "nop")
            write(f"{TRACE}/set_ftrace_filter", "")

    def perf_trace(self):
        """Events at both ends of the map and at the unmap, with their times."""
        for event in ("swiotlb_tbl_map_single", "swiotlb_tbl_map_single%return", self.unmap):
            status, output = run("perf", "probe", "-a", event)
            if status:
                return reason(output)
        counts = self.around("perf trace", "perf", "trace", "-a", "-e", "probe:*", "-o", PERF, "--")
        run("perf", "probe", "-d", "*")
        return counts

    def bpftrace(self):
        """The facts of the mappings level."""
        return self.samples("bpftrace", run("bpftrace", "-c", " ".join(self.load), self.ledger)[1])

    def peers(self):
        return {
            "bpftrace": self.bpftrace(),
            "funclatency": self.funclatency(),
            "function_graph": self.graph(),
            "perf lock record": self.around("perf lock record", "perf", "lock", "record", "-a", "-o", PERF, "--"),
            "perf trace": self.perf_trace(),
        }

    def probes(self):
        """Our mappings level with the hooks it takes where an IOMMU is in use."""
        return self.around("mappings by probes", "env", "SWIOTLB_FORBID=swiotlb_map", *report("mappings", REPORT))

    def ours(self, levels):
        return self.around(levels, *report(levels, REPORT))

    def measure(self):
        # The first load finds files and caches cold.
        self.around("warm up")
        result = {
            "none": self.around("none"),
            "floor": self.empty(self.hooks),
            "clock": self.empty(f"clock_{self.hooks}"),
            "probes_floor": {"reason": "not needed on this kernel"} if self.hooks == "fast" else self.empty("slow"),
            "probes": {"reason": "not needed on this kernel"} if self.hooks == "fast" else self.probes(),
            "lock_floor": self.empty("lock"),
            "levels": {levels: self.ours(levels) for levels in ("state", *LEVELS, "trace", "locks,blocks,mappings", ALL)},
            "peers": self.peers(),
        }
        # A tool that left something behind would show here.
        result["none_again"] = self.around("none again")
        return result

    def check(self):
        """A few of the figures, for the self-check."""
        self.around("warm up")
        return {"none": self.around("none"), "floor": self.empty(self.hooks),
                "levels": {levels: self.ours(levels) for levels in ("locks", "mappings")},
                "none_again": self.around("none again")}


def measure(kernel, options):
    """options: "check" for a few figures only."""
    pairs = Pairs(kernel, "check" in options)
    if "check" in options:
        return pairs.check()
    return {"runs": RUNS, "counts": COUNTS, **pairs.measure(), "start": start.measure(kernel)}
