# SPDX-License-Identifier: GPL-2.0-only
"""The parts of the benchmark: each is one boot of a guest, and what is measured in it.

32768 slots are 64 MiB.
"""
import os

OUT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../build/bench"))

KERNELS = ("6.12", "6.1", "patched")
# Where the ways to hook a function that can be preempted are compared, and what that takes.
PREEMPTED = {"6.12": ("--append", "preempt=full"), "6.1": ("--append", "preempt=full"), "7.3": ()}
POOLS = {"64M": 32768, "256M": 131072, "1G": 524288}
# On 6.12 every size, on the patched kernel those that show what an area and what a slot takes. A block is 1024 slots,
# so there 64 areas need 128 MiB.
LOOKS = {"6.12": [(areas, pool) for areas in (1, 8, 64) for pool in POOLS],
         "patched": [(1, "256M"), (64, "256M"), (8, "64M"), (8, "1G")]}
# An area has a segment at least.
LOOKS["6.12"].append((256, "1G"))
# Where refreshes of top are measured, and the memory that grows with the pool.
TOP = {("6.12", 64, "64M"), ("patched", 64, "256M")}
MEMORY = {("6.12", 8, "64M"), ("6.12", 8, "1G")}
# What else a machine may have many of, on a kernel where it can, and how many. Later kernels than 6.1 make no room for CPUs
# that an emulated machine may get.
LARGE = {"devices": ("patched", "32768,8,force", (8, 1000, 5000)),
         "pools": ("7.3-patched", "1024,4,force", (1, 16, 64)),
         "cpus": ("6.1", "32768,8,force", (1, 64, 128))}
# Areas of the pool of 64 MiB whose recording and whose scrapes are measured.
RECORDED = (8, 64)

# Where predictions are held against what happens, and slots and areas of the pools. From what is recorded with the first, which
# serves all and where CPUs wait for each other, and with the second, which differs from it in areas, all are predicted.
PREDICT_KERNELS = ("patched", "6.12", "7.3")
PREDICTED = ((8192, 1), (8192, 2), (4096, 1), (4096, 2), (2048, 1), (2048, 2))
# Boots of each pool, as an emulated machine is slower in one boot of three or four. All pools are booted once before any is booted
# again, as a host may be slower for a minute or more.
PREDICT_BOOTS = (1, 2, 3, 4)


class Part:
    """NAME, the kernel, the module of guest/ that measures, its arguments, and what tools/guest is told.

    Without a kernel it is a program of host/, which is told its arguments and where the result goes.
    """

    def __init__(self, name, kernel, measurement, arguments, seconds, *options):
        self.name, self.kernel, self.measurement, self.arguments = name, kernel, measurement, arguments
        self.options = ["--kernel", kernel, "--timeout", str(seconds), *options] if kernel else []
        # Guests that count instructions have one CPU and may run side by side.
        self.counts = "--icount" in options


def look(kernel, areas, pool):
    arguments = [name for name, where in (("top", TOP), ("memory", MEMORY)) if (kernel, areas, pool) in where]
    return Part(f"state-{kernel}-{areas}x{pool}", kernel, "state", arguments, 900, "--icount", "--memory", "3G",
                "--swiotlb", f"{POOLS[pool]},{areas},force")


def large(what, kernel, swiotlb, count):
    cpus = ("--cpus", f"1,possible={count}") if what == "cpus" else ()
    return Part(f"large-{what}-{count}", kernel, "large", [what, str(count)], 900, "--icount", "--memory", "3G",
                "--swiotlb", swiotlb, *cpus)


def predict(kernel, slots, areas, boot):
    """CPUs wait for each other as on a machine where each has a processor of its own."""
    name = f"predict-{kernel}-{slots}x{areas}-{boot}"
    part = Part(name, kernel, "predict", [os.path.join(OUT, name), str(boot)], 600, "--cpus", "2", "--swiotlb", f"{slots},{areas},force")
    part.setting = (slots, areas)
    return part


PARTS = [
    *(Part(f"pairs-{kernel}", kernel, "pairs", [], 1800, "--icount", "--swiotlb", "32768,8,force") for kernel in KERNELS),
    *(Part(f"candidates-{kernel}", kernel, "candidates", [], 900, "--icount", "--swiotlb", "32768,8,force", *options)
      for kernel, options in PREEMPTED.items()),
    *(look(kernel, *size) for kernel, sizes in LOOKS.items() for size in sizes),
    *(large(what, kernel, swiotlb, count) for what, (kernel, swiotlb, counts) in LARGE.items() for count in counts),
    *(Part(f"record-6.12-{areas}", "6.12", "record", [], 900, "--icount", "--memory", "3G", "--swiotlb", f"32768,{areas},force")
      for areas in RECORDED),
    *(Part(f"scrape-6.12-{areas}", "6.12", "scrape", [], 600, "--icount", "--swiotlb", f"32768,{areas},force") for areas in RECORDED),
    *(Part(f"cpus-{kernel}", kernel, "parallel", [], 900, "--cpus", "4", "--swiotlb", "32768,2,force") for kernel in KERNELS),
    *(predict(kernel, *setting, boot) for boot in PREDICT_BOOTS for kernel in PREDICT_KERNELS for setting in PREDICTED),
]

# For docs/blocks-study.md.
STUDY = [
    *(Part(f"study-{kernel}-{name}", kernel, "study", ["settings", *settings], 900, "--cpus", "2", "--swiotlb", f"32768,{areas},force")
      for kernel in ("patched", "7.3-patched")
      for name, areas, settings in (("one", 1, ("one", "device-one", "device-queues")), ("areas", 2, ("areas",)))),
    Part("study-patched-defects", "patched", "study", ["defects"], 600, "--cpus", "2", "--swiotlb", "32768,2,force"),
    Part("study-patched-instructions", "patched", "study", ["instructions"], 600, "--icount", "--swiotlb", "32768,1,force"),
]
PARTS += [*STUDY, Part("simulation", None, "simulate", ["build/bench/simulate", "build/bench/study-patched-one/requests.zst"], 0)]

# What make test runs of it.
CHECK = Part("check", "patched", "pairs", ["check"], 300, "--icount", "--swiotlb", "32768,8,force")
