# SPDX-License-Identifier: GPL-2.0-only
"""Pools that are too large, and areas that are full beside others with room."""
import json

from harness import SLOT, Stress, Watch, contains, equal, kernels, on_cpu, pool, read, report, report_path, tool

DAY = 24 * 3600 * 10**9
AREA_SLOTS = 8192   # swiotlb=32768,4


def findings(shown):
    return {finding["id"]: finding for finding in shown["findings"]}


def reread(shown):
    """What is made of a report that was saved."""
    path = report_path()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(shown, file)
    done = tool("report", "--format", "json", "--from", path, "-o", path)
    equal("messages", done.stderr, "")
    return json.loads(read(path))


@kernels("static")
def test_oversized():
    """An idle pool is too large once there was time to fill it: a day since boot, or ten minutes without the kernel's peak."""
    shown = report("--level", "state", "-t", "0.1")
    default = pool(shown)
    peak = default["used_hiwater"] if default["used_hiwater"] is not None else default["used_peak"]
    enough = max(4 * 128, 512)
    while enough < 2 * peak:
        enough *= 2
    equal("slots that would do", default["enough_slots"], enough)
    equal("memory", default["memory_bytes"], default["slots"] * SLOT + default["lists_bytes"])
    equal("lists", default["lists_bytes"] // default["slots"] in (16, 24), True)
    equal("a moment after boot", "oversized-pool" in findings(shown), False)
    if default["used_hiwater"] is not None:
        shown["window"]["monotonic_ns"] = DAY
    else:
        shown["window"]["seconds"] = 600.0
    contains("finding", findings(reread(shown))["oversized-pool"]["text"], "pool default of 32768 slots", f"{peak} slots were in use")


@kernels("static spins")
def test_crowded():
    """One CPU fills its area: a quarter of the pool. Then another device fills the rest: no area has room."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "state") as watch, on_cpu(1):
            stress("fill", device=0, size=SLOT, count=AREA_SLOTS)
        contains("finding", findings(watch.report)["crowded-area"]["text"], "1 of 4 areas full while the pool had room: area 1")
        stress("exhaust", device=0)
        shown = report("--level", "state", "-t", "0.1")
        equal("all full", "crowded-area" in findings(shown), False)
        stress("drain", device=0)
        shown = report("--level", "state", "-t", "0.1")
        equal("none full", "crowded-area" in findings(shown), False)
