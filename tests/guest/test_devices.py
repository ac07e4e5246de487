# SPDX-License-Identifier: GPL-2.0-only
"""Many devices: all pools are found, in bounded pieces, and all devices are looked at no more than once a second."""
import json
import subprocess
import time

from harness import Stress, Watch, between, equal, kernels, lost, note, report, sysctl

DEVICES = 5000
PIECE = 2048    # DEVICES_CHUNK of include/pools.h
OWNERS = (0, DEVICES // 2, DEVICES - 1)


def runs():
    """{program: how often it ran}, of the one tool that is there."""
    shown = subprocess.run(["bpftool", "-j", "prog", "show"], stdout=subprocess.PIPE, check=True).stdout
    return {program["name"]: program.get("run_cnt", 0) for program in json.loads(shown)
            if program["type"] == "syscall"}


def watch_runs():
    """How often each program runs in a window of state alone, and its length in seconds."""
    with sysctl("kernel/bpf_stats_enabled", 1):
        began = time.monotonic()
        with Watch("--level", "state") as watch:
            time.sleep(3)
            # The last snapshot comes after this, and walks once more.
            counts = runs()
    equal("losses", lost(watch.report), {})
    return counts, time.monotonic() - began


@kernels("blocks")
def test_many():
    """Pools of the first, a middle and the last of 5000 devices; one that comes and one that goes meanwhile."""
    names = [f"swiotlb_stress.{number}" for number in OWNERS]
    with Stress() as stress:
        stress("device-add", count=DEVICES)
        for number in OWNERS:
            stress.allocate(number)
        stress("leak", device=OWNERS[-1], size=4096, count=3)
        shown = report("-t", "0.1", "--level", "state")
        equal("pools", sorted(pool["name"] for pool in shown["pools"]), sorted(["default", *names]))
        equal("used", {pool["name"]: pool["used"] for pool in shown["pools"] if pool["name"] in names},
              dict(zip(names, (0, 0, 6))))
        equal("losses", lost(shown), {})
        with Watch("--level", "state") as watch:
            stress("block-free", device=OWNERS[0])
            stress.allocate(1)
        equal("pools after", sorted(pool["name"] for pool in watch.report["pools"]),
              sorted(["default", "swiotlb_stress.1", *names[1:]]))
        counts, seconds = watch_runs()
        pieces = DEVICES // PIECE + 1
        note(f"in {seconds:.1f} s {counts['find_pools']} samples and {counts['walk_devices']} pieces of a walk")
        # One walk before the first second, one for each that begins; another system's few devices make a piece more.
        between("pieces", 2 * pieces, counts["walk_devices"], (seconds + 1) * (pieces + 1))
        between("samples that visit known devices alone", 1, counts["revisit_devices"], counts["find_pools"])


@kernels("stock spins")
def test_none_can_have_a_pool():
    """Where no device can have a pool of its own, none is looked at."""
    counts, _ = watch_runs()
    equal("walks", (counts["walk_devices"], counts["revisit_devices"]), (0, 0))
    between("samples", 1, counts["find_pools"], 10 ** 6)
