# SPDX-License-Identifier: GPL-2.0-only
"""What was waited for in pools that are gone by the time of the report: kept, and shown as theirs."""
import json
import re
import subprocess

from harness import (TRACEFS, Stress, Watch, between, btf_struct, each_area, equal, forget_probes, kernels, note,
                     pool_member, read, wait_until, write)

ROUNDS = 100
FOUND = 3       # pools that live until the tool has found them
PAIRS = 60
CPUS = range(4)
MIB = 1 << 20


class PoolWaits:
    """Counts entries of the spinlock slow path for locks of device pools, with kprobe events of its own.

    The areas of a pool are known when it is freed; from when it was made until then their locks count.
    """
    def __init__(self):
        device = btf_struct("device")[1]
        self.size, area = btf_struct("io_tlb_area")
        self.lock = area["lock"]
        pool = f"+{device['dma_io_tlb_mem']}($arg1)"
        self.events = ("p:swiotlb_test/slow native_queued_spin_lock_slowpath lock=$arg1:x64",
                       "r:swiotlb_test/made swiotlb_device_allocate",
                       f"p:swiotlb_test/freed swiotlb_device_free areas=+{pool_member('areas')}({pool}):x64 "
                       f"count=+{pool_member('nareas')}({pool}):u32")
        self.waits = self.pools = 0

    def __enter__(self):
        write(f"{TRACEFS}/buffer_size_kb", 16384)
        for event in self.events:
            write(f"{TRACEFS}/kprobe_events", event)
        write(f"{TRACEFS}/trace", "")
        write(f"{TRACEFS}/events/swiotlb_test/enable", 1)
        return self

    def __exit__(self, *_):
        write(f"{TRACEFS}/events/swiotlb_test/enable", 0)
        locks = []
        for line in read(f"{TRACEFS}/trace").splitlines():
            if " slow: " in line:
                locks.append(int(re.search(r"lock=(0x[0-9a-f]+)", line)[1], 16) - self.lock)
            elif " made: " in line:
                locks = []
            elif " freed: " in line:
                first, count = (int(word, 0) for word in re.search(r"areas=(\w+) count=(\w+)", line).groups())
                self.waits += sum((lock - first) in range(0, count * self.size, self.size) for lock in locks)
                self.pools += 1
        forget_probes()


def check_gone(shown, pools):
    """The figures of gone pools add up, and callers are theirs."""
    lock = shown["gone_pools"]["lock"]
    equal("waits in buckets", sum(lock["wait_ns"]["histogram"]), lock["contended"])
    between("longest wait", lock["contended"] > 0, lock["wait_ns"]["max"], lock["wait_ns"]["total"])
    callers = [caller for caller in shown["wait_callers"] if caller["pool"] is None]
    equal("waits of callers", sum(caller["contended"] for caller in callers), lock["contended"])
    equal("devices", {caller["device"] for caller in callers} <= {"swiotlb_stress.0"}, True)
    note(f"{lock['acquisitions']} acquisitions and {lock['contended']} waits in {pools} pools that are gone")


def load(stress, **arguments):
    """All CPUs map in the pool of device 0."""
    for cpu in CPUS:
        stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=PAIRS, **arguments)
    stress("wait")


@kernels("blocks")
def test_device_pools():
    """A hundred device pools of two areas come and go under contention: waits and holds are all there."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "locks,holds,callers") as watch, PoolWaits() as truth:
            for _ in range(ROUNDS):
                stress.allocate(0, areas=2)
                load(stress)
                stress("block-free", device=0)
        maps = stress.truth()[0]["maps"]
    shown = watch.report
    equal("pools", truth.pools, ROUNDS)
    equal("waits in gone pools", shown["gone_pools"]["lock"]["contended"], truth.waits)
    equal("acquisitions in gone pools", shown["gone_pools"]["lock"]["acquisitions"], 2 * maps)
    check_gone(shown, ROUNDS)


def watched_locks():
    """How many area locks the tool knows, in each of its tables of them."""
    def bpftool(*words):
        return json.loads(subprocess.run(["bpftool", "-j", "map", *words], stdout=subprocess.PIPE, check=True).stdout)

    return [len(bpftool("dump", "id", str(table["id"]))) for table in bpftool("show") if table.get("name") == "area_locks"]


@kernels("restricts")
def test_restricted_pools():
    """Restricted pools are found by polling. Once one is known, its waits and holds are all there when it is gone."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "locks,holds,callers") as watch:
            before = watched_locks()
            for _ in range(FOUND):
                stress("restrict", device=0, size=MIB)
                wait_until("the pool is known", lambda: all(now > then for now, then in zip(watched_locks(), before)))
                load(stress)
                stress("unrestrict", device=0)
                wait_until("the pool is forgotten", lambda: watched_locks() == before)
        maps = stress.truth()[0]["maps"]
    shown = watch.report
    equal("waits in the default pool", set(each_area(shown, "lock", "contended")), {0})
    equal("acquisitions in gone pools", shown["gone_pools"]["lock"]["acquisitions"], 2 * maps)
    check_gone(shown, FOUND)


@kernels("restricts")
def test_brief_restricted_pools():
    """Most of a hundred restricted pools are gone before the tool looks: what was seen stays, and nothing is lost."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "locks,holds,callers") as watch:
            for _ in range(ROUNDS):
                stress("restrict", device=0, size=MIB)
                load(stress, hold=2)
                stress("unrestrict", device=0)
        maps = stress.truth()[0]["maps"]
    shown = watch.report
    equal("waits in the default pool", set(each_area(shown, "lock", "contended")), {0})
    between("acquisitions in gone pools", 0, shown["gone_pools"]["lock"]["acquisitions"], 2 * maps)
    check_gone(shown, ROUNDS)
