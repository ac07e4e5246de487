# SPDX-License-Identifier: GPL-2.0-only
"""Who waits for area locks, and who holds them: by CPU, device and stack."""
import os
import time

from harness import (HOLD_US, Stress, Watch, between, each_area, environment, equal, fault, kernel_areas, kernels, lost,
                     note, on_cpu, pool)

PAIRS = 10000
SLEEPING = "rtlock_slowlock_locked"     # PREEMPT_RT
# The last one takes the lock, and the others may end in a jump to it.
UNMAPS = ("swiotlb_tbl_unmap_single", "__swiotlb_tbl_unmap_single", "swiotlb_release_slots")


def symbol(frame):
    return frame.split("+")[0]


def callers_of(shown, area):
    return [caller for caller in shown["wait_callers"]
            if caller["pool"] == pool(shown)["id"] and caller["area"] == area["index"]]


def charge_waits(threads, pairs):
    """So many threads on all CPUs, of two devices: each wait is one of theirs, in map or unmap, with the stack."""
    cpus = os.cpu_count()
    with Stress() as stress:
        stress("device-add", count=3)
        with Watch("--level", "callers", "--stacks") as watch:
            for thread in range(threads):
                cpu = thread % cpus
                stress("start", device=1 + 2 * cpu // cpus, cpu=cpu, sizes="64,4096,65536", pairs=pairs)
            stress("wait")
    shown = watch.report
    counts = each_area(shown, "lock", "contended")
    between("waits", 1, sum(counts), 10 ** 9)
    for area in pool(shown)["areas"]:
        lock, callers = area["lock"], callers_of(shown, area)
        equal("waits charged", sum(caller["contended"] for caller in callers), lock["contended"])
        equal("time charged", sum(caller["wait_ns"]["total"] for caller in callers), lock["wait_ns"]["total"])
        equal("longest wait charged", max((caller["wait_ns"]["max"] for caller in callers), default=0),
              lock["wait_ns"]["max"])
        equal("waits by CPU", sum(cpu["contended"] for cpu in lock["cpus"]), lock["contended"])
        equal("waits away from home", lock["foreign"]["contended"], 0)
    for caller in shown["wait_callers"]:
        stack = [symbol(frame) for frame in caller["stack"]]
        inside = ("swiotlb_tbl_map_single",) if caller["op"] == "map" else UNMAPS
        equal(f"{caller['device']} is one that maps", caller["device"] in ("swiotlb_stress.1", "swiotlb_stress.2"),
              True)
        equal(f"operation of {stack}", caller["op"] in ("map", "unmap") and not set(inside).isdisjoint(stack), True)
        equal(f"trampolines in {stack}", [frame for frame in stack if frame.startswith("bpf_")], [])
        equal(f"the module is in {stack}", any("[swiotlb_stress]" in frame for frame in caller["stack"]), True)
        equal(f"the lock's function is first in {stack}", "spin_lock" in stack[0] or stack[0] == SLEEPING, True)
    note(f"{sum(counts)} waits {counts} of {len(shown['wait_callers'])} callers")


@kernels("static")
def test_every_wait_is_charged():
    """One thread on each CPU. Where spinlocks sleep, who waits may go on on another CPU."""
    charge_waits(4, PAIRS)


@kernels("stock spins")
def test_preempted():
    """Threads preempt each other in maps and unmaps: a wait is charged to whom it is of, and no call is lost."""
    charge_waits(8, PAIRS // 2)


@kernels("static spins")
def test_small_tables():
    """Room for one caller, one stack and one area, and for no CPU of it: what finds no room is counted.

    The rest is right, and all of the area's waits and holds are there.
    """
    losses = ("callers.table_full", "callers.stacks_full", "locks.table_full", "holds.table_full", "locks.cpus_full",
              "holds.cpus_full")
    with Stress() as stress:
        stress("device-add", count=2)
        with environment("SWIOTLB_TABLE", "1"), \
                Watch("--level", "locks,callers,holds", "--stacks", may_lose=losses) as watch:
            for cpu in range(4):
                stress("start", device=cpu // 2, cpu=cpu, sizes="64,4096,65536", pairs=PAIRS // 4)
            stress("wait")
    shown, missed = watch.report, lost(watch.report)
    areas = pool(shown)["areas"]
    for name in ("locks.table_full", "holds.table_full"):
        equal(name, missed[name], len(areas) - 1)
    acquisitions = each_area(shown, "lock", "acquisitions")
    equal("areas that are watched", [count for count in acquisitions if count], [PAIRS])
    equal("CPUs of holds", [area["lock"]["holders"] for area in areas if area["lock"]["acquisitions"]], [[]])
    between("holds and waits for them without a CPU", PAIRS, missed["holds.cpus_full"], 2 * PAIRS)
    charged = sum(caller["contended"] for caller in shown["wait_callers"])
    equal("waits charged and not charged", charged + missed.get("callers.table_full", 0),
          sum(each_area(shown, "lock", "contended")))


@kernels("static spins")
def test_off_by_default():
    """Without the levels nothing of them is attached, and their figures are unknown."""
    with Watch() as watch:
        pass
    shown = watch.report
    equal("hooks", [hook["name"] for hook in shown["probes"] if hook["name"].startswith(("callers.", "holds."))], [])
    equal("callers", shown["wait_callers"], None)
    equal("acquisitions", set(each_area(shown, "lock", "acquisitions")), {None})
    equal("longest hold", set(each_area(shown, "lock", "hold_ns", "max")), {None})


@kernels("static spins")
def test_acquisitions():
    """A pair takes its area's lock twice: once to map, once to unmap; no other area's is taken."""
    pairs = PAIRS // 2
    with Stress() as stress:
        stress("device-add")
        with Watch("--level", "holds") as watch:
            stress("start", device=0, cpu=3, sizes="64,4096,65536", pairs=pairs)
            stress("wait")
            equal("maps", stress.truth()[0]["maps"], pairs)
    areas = pool(watch.report)["areas"]
    home = 3 % len(areas)
    for area in areas:
        lock = area["lock"]
        equal(f"acquisitions in area {area['index']}", lock["acquisitions"],
              2 * pairs if area["index"] == home else 0)
        equal(f"holds in buckets of area {area['index']}", sum(lock["hold_ns"]["histogram"]), lock["acquisitions"])
        equal(f"holders of area {area['index']}", [holder["cpu"] for holder in lock["holders"]],
              [3] if area["index"] == home else [])
    equal("acquisitions away from home", set(each_area(watch.report, "lock", "foreign", "acquisitions")), {0})


@kernels("blocks")
def test_known_hold():
    """An area's lock is held for 40 ms while a block is freed: that area has the hold, and no other has one so long.

    Who waits for it meanwhile is charged to the CPU that holds it.
    """
    with Stress() as stress:
        stress("device-add", count=2)
        before = kernel_areas()
        stress.allocate(0)
        area = [index for index, pair in enumerate(zip(before, kernel_areas())) if pair[0] != pair[1]][0]
        areas = len(before)
        with Watch("--level", "locks,holds") as watch:
            stress("start", device=1, cpu=areas + area if areas + area < 4 else area, sizes=64, pairs=0, rate=2000)
            with on_cpu((area + 1) % areas), fault("hold_us", HOLD_US):
                time.sleep(0.05)
                stress("block-free", device=0)
                time.sleep(0.05)
            stress("stop")
    for shown in pool(watch.report)["areas"]:
        lock, held = shown["lock"], shown["lock"]["hold_ns"]["max"]
        if shown["index"] != area:
            between(f"longest hold in area {shown['index']}", 0, held, HOLD_US * 1000 - 1)
            continue
        between("longest hold", HOLD_US * 1000, held, 100 * HOLD_US * 1000)
        holder = [cpu for cpu in lock["holders"] if cpu["max_ns"] == held][0]
        equal("the CPU that held it", holder["cpu"], (area + 1) % areas)
        between("waits that are owed to it", 1, holder["waiters"], lock["contended"])
