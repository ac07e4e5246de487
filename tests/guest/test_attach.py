# SPDX-License-Identifier: GPL-2.0-only
"""Attaching and detaching while all CPUs execute what is patched: the kernel lives, and the figures stay true.

SWIOTLB_TEST_ATTACHES=100 attaches a hundred times, while the CPUs do not pause. Each report attaches several times: all but
the first when its figures have been read.
"""
import glob
import os

from harness import Stress, between, environment, equal, kernels, note, read, report

ATTACHES = int(os.environ.get("SWIOTLB_TEST_ATTACHES", "16"))
RATE = 0 if "SWIOTLB_TEST_ATTACHES" in os.environ else 500
# By turns; each of them hooks map and unmap, the second one the slow path of locks as well.
LEVELS = ("mappings", "callers")
EACH = 4    # attaches of a report; on a busy host an attach takes many seconds
REPORTS = ATTACHES // EACH


def load_every_cpu(stress):
    """Maps and unmaps on all CPUs, without a pause but where something else wants the CPU."""
    for cpu in range(os.cpu_count()):
        stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=0, rate=RATE)
    for path in glob.glob("/proc/[0-9]*/comm"):
        if read(path).startswith("stress0/"):
            os.setpriority(os.PRIO_PROCESS, int(path.split("/")[2]), 19)


@kernels("static", "grows")
def test_under_load():
    """Every CPU maps and unmaps, and the tool sees no more than they make."""
    with Stress() as stress:
        stress("device-add")
        load_every_cpu(stress)
        seen, hooks = [], 0
        for number in range(REPORTS):
            level = LEVELS[number % len(LEVELS)]
            before = stress.total("maps")
            with environment("SWIOTLB_ATTACHES", str(EACH)):
                found = report("-t", "0.2", "--level", level)
            made = stress.total("maps") - before
            if level == "mappings":
                between("maps that the tool saw", 1, found["mappings"]["maps"], made)
                seen.append(found["mappings"]["maps"])
            hooks += sum(probe["state"] not in ("absent", "state") for probe in found["probes"]) * EACH
            print(f"attached {(number + 1) * EACH} times", flush=True)
        stress("stop")
        equal("mappings that are left", stress.total("live"), 0)
    note(f"{REPORTS * EACH} attaches, {hooks} hooks, with {os.cpu_count()} CPUs mapping: "
         f"{min(seen)} to {max(seen)} maps seen")
