# SPDX-License-Identifier: GPL-2.0-only
"""Waits of known length, and their number by a count of the kernel's own."""
import time

from harness import (AREA, BLOCK_SLOTS, HOLD_US, HOLDER, HOLDS, SlowPath, Stress, Watch, between, each_area, equal, fault, has,
                     kernel_areas, kernels, long_waits, note, on_cpu, pool)

LONG_NS = 2_000_000
LOADER = 0      # id of the device that maps; those behind it have blocks
PAIRS = 30000


def devices_with_a_block_in(stress, area, most):
    """Devices that have a block in the area, at most so many: allocates, which goes from area to area, and frees the others."""
    found, others = [], []
    while len(found) < min(most, kernel_areas()[area][0] // BLOCK_SLOTS):
        before = kernel_areas()
        device = LOADER + 1 + len(found) + len(others)
        stress("device-add")
        stress.allocate(device)
        changed = [index for index, pair in enumerate(zip(before, kernel_areas())) if pair[0] != pair[1]]
        equal("areas that a block came from", len(changed), 1)
        (found if changed == [area] else others).append(device)
    for device in others:
        stress("block-free", device=device)
    return found


@kernels("blocks")
def test_known_wait():
    """A lock is held while another CPU maps in its area: that area has the long waits, and no other has any."""
    with Stress() as stress:
        stress("device-add")
        devices = devices_with_a_block_in(stress, AREA, HOLDS)
        with Watch("--level", "locks") as watch, SlowPath() as slow:
            stress("start", device=LOADER, cpu=1, sizes=64, pairs=0)
            with on_cpu(0):
                for device in devices:
                    with fault("hold_us", HOLD_US):
                        stress("block-free", device=device)
                    time.sleep(0.05)
            stress("stop")
    counts = each_area(watch.report, "lock", "contended")
    note(f"waits by area: {counts}, entries of the slow path: {slow.counts}")
    slow.check(counts)
    for area in pool(watch.report)["areas"]:
        if area["index"] == AREA:
            # More than the holds, and longer, when the host takes the holder's CPU away.
            between("waits of 2 ms and more", 1, long_waits(area, LONG_NS), area["lock"]["contended"])
            between("the longest wait", LONG_NS, area["lock"]["wait_ns"]["max"], area["lock"]["wait_ns"]["total"])
        else:
            equal(f"waits in area {area['index']}", area["lock"]["contended"], 0)


def check_holds(lock, pairs):
    """The holds of the area in Stress.contend(): how many, by whom and how long, and who is owed the waits."""
    equal("acquisitions", lock["acquisitions"], 2 * pairs + HOLDS)
    holders = {cpu["cpu"]: cpu for cpu in lock["holders"]}
    equal("acquisitions by CPU", {number: cpu["acquisitions"] for number, cpu in holders.items()},
          {AREA: 2 * pairs, HOLDER: HOLDS})
    between("time held", HOLDS * HOLD_US * 1000, holders[HOLDER]["total_ns"], 100 * HOLDS * HOLD_US * 1000)
    between("its longest hold", HOLD_US * 1000, holders[HOLDER]["max_ns"], lock["hold_ns"]["max"])
    between("waits that are owed to the holder", 1, holders[HOLDER]["waiters"], HOLDS)
    # The holder waits itself when the host takes the other CPU away while that has the lock. A wait that begins
    # just when the lock is given up is owed to nobody.
    between("waits that are owed to somebody", holders[HOLDER]["waiters"],
            sum(cpu["waiters"] for cpu in holders.values()), lock["contended"])


@kernels("stock")
def test_known_hold():
    """The lock of an area is held by one CPU while another maps there: the hold, the waits, and whose they are.

    Where spinlocks sleep (6.1-rt), they are waited for asleep, and the waits for their inner lock are none. Where they are
    inlined, holds are not seen.
    """
    with Stress() as stress:
        stress("device-add")
        slow = SlowPath()
        with Watch("--level", "locks,holds") as watch, slow:  # pylint: disable=confusing-with-statement
            stress.contend()
        pairs = stress.truth()[0]["maps"]
    counts = each_area(watch.report, "lock", "contended")
    note(f"waits by area: {counts}, entries of the slow path: {slow.counts}")
    slow.check(counts)
    seen = not has("inlines")
    for area in pool(watch.report)["areas"]:
        lock = area["lock"]
        if area["index"] != AREA:
            equal(f"waits and holds of area {area['index']}", (lock["contended"], lock["acquisitions"]),
                  (0, 0 if seen else None))
            continue
        if seen:
            check_holds(lock, pairs)
        else:
            equal("acquisitions", lock["acquisitions"], None)
        between("waits of 2 ms and more", 1, long_waits(area, LONG_NS), lock["contended"])


@kernels("blocks", "sleeps", "foreign")
def test_contended_counts():
    """Four CPUs and two areas: as many waits as the slow path was entered, area by area."""
    with Stress() as stress:
        stress("device-add", count=4)
        with Watch("--level", "locks") as watch, SlowPath() as slow:
            for cpu in range(4):
                stress("start", device=cpu, cpu=cpu, sizes="64,4096", pairs=PAIRS)
            stress("wait")
        equal("maps", stress.total("maps"), 4 * PAIRS)
    counts = each_area(watch.report, "lock", "contended")
    note(f"waits by area: {counts}, entries of the slow path: {slow.counts}")
    slow.check(counts)
    equal("waits by area, summed over CPUs", [sum(cpu["contended"] for cpu in area["lock"]["cpus"])
                                              for area in pool(watch.report)["areas"]], counts)
    equal("waits by area, summed over buckets", [sum(area["lock"]["wait_ns"]["histogram"])
                                                 for area in pool(watch.report)["areas"]], counts)
    between("areas with waits", 1, sum(count > 0 for count in counts), len(counts))


@kernels("static", "blocks")
def test_uncontended():
    """One bound thread maps and unmaps: nobody waits."""
    with Stress() as stress:
        stress("device-add")
        with Watch("--level", "locks") as watch:
            stress("start", device=0, cpu=2, sizes="64,4096,65536", pairs=10000, hold=4)
            stress("wait")
            equal("maps", stress.truth()[0]["maps"], 10000)
        equal("waits by area", set(each_area(watch.report, "lock", "contended")), {0})
    # Attached the best way that there is for this kernel: none that is for others is named.
    equal("reason", [probe["reason"] for probe in watch.report["probes"] if probe["name"] == "locks.wait"], [None])
