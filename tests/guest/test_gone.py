# SPDX-License-Identifier: GPL-2.0-only
"""What was waited for in pools that are gone by the time of the report: kept, and shown as theirs."""
import re

from harness import (TRACEFS, Stress, Watch, between, btf_struct, each_area, equal, forget_probes, kernels, note, read,
                     write)

ROUNDS = 100
PAIRS = 60
CPUS = range(4)
MIB = 1 << 20


class PoolWaits:
    """Counts entries of the spinlock slow path for locks of device pools, with kprobe events of its own.

    The areas of a pool are known when it is freed; from when it was made until then their locks count.
    """
    def __init__(self):
        mem, device = btf_struct("io_tlb_mem")[1], btf_struct("device")[1]
        self.size, area = btf_struct("io_tlb_area")
        self.lock = area["lock"]
        pool = f"+{device['dma_io_tlb_mem']}(%di)"
        self.events = ("p:swiotlb_test/slow native_queued_spin_lock_slowpath lock=%di:x64",
                       "r:swiotlb_test/made swiotlb_device_allocate",
                       f"p:swiotlb_test/freed swiotlb_device_free areas=+{mem['areas']}({pool}):x64 "
                       f"count=+{mem['nareas']}({pool}):u32")
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


def check_gone(shown, waits):
    """The figures of gone pools add up, and callers are theirs."""
    lock = shown["gone_pools"]["lock"]
    equal("waits in buckets", sum(lock["wait_ns"]["histogram"]), lock["contended"])
    between("longest wait", lock["contended"] > 0, lock["wait_ns"]["max"], lock["wait_ns"]["total"])
    callers = [caller for caller in shown["wait_callers"] if caller["pool"] is None]
    equal("waits of callers", sum(caller["contended"] for caller in callers), lock["contended"])
    equal("devices", {caller["device"] for caller in callers} <= {"swiotlb_stress.0"}, True)
    note(f"{lock['contended']} waits in {ROUNDS} pools that are gone, of {waits}")


@kernels("blocks")
def test_device_pools():
    """A hundred device pools of two areas come and go under contention: waits and holds are all there."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "locks,holds,callers") as watch, PoolWaits() as truth:
            for _ in range(ROUNDS):
                stress.allocate(0, areas=2)
                for cpu in CPUS:
                    stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=PAIRS)
                stress("wait")
                stress("block-free", device=0)
        maps = stress.truth()[0]["maps"]
    shown = watch.report
    equal("pools", truth.pools, ROUNDS)
    equal("waits in gone pools", shown["gone_pools"]["lock"]["contended"], truth.waits)
    equal("acquisitions in gone pools", shown["gone_pools"]["lock"]["acquisitions"], 2 * maps)
    check_gone(shown, truth.waits)


@kernels("restricts")
def test_restricted_pools():
    """Restricted pools come and go under contention, found by polling: what was seen stays, and nothing is lost."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "locks,holds,callers") as watch:
            for _ in range(ROUNDS):
                stress("restrict", device=0, size=MIB)
                for cpu in CPUS:
                    stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=PAIRS, hold=2)
                stress("wait")
                stress("unrestrict", device=0)
        maps = stress.truth()[0]["maps"]
    shown = watch.report
    equal("waits in the default pool", set(each_area(shown, "lock", "contended")), {0})
    between("acquisitions in gone pools", 1, shown["gone_pools"]["lock"]["acquisitions"], 2 * maps)
    check_gone(shown, "an unknown number")
