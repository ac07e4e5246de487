# SPDX-License-Identifier: GPL-2.0-only
"""Why devices bounce, from the kernel's state alone: a card that does not reach all memory, devices that reach it, what is
forced, what each device's masks make of its mappings, and restricted pools.

The truth is what the guest was booted with, and what the stress module sets.
"""
import glob
import os
import re
import subprocess

from harness import SEGMENT, SLOT, Stress, Watch, between, contains, equal, kernels, pool, read, report, tool

KIB = 1024
GIB = 1 << 30
LEVELS = ("--level", "mappings")
STRESS = "swiotlb_stress."


def by_name(shown):
    return {device["name"]: device["bounce"] | {"driver": device["driver"], "pool": device["pool"]}
            for device in shown["bounce"]["devices"]}


def pci_of(driver):
    found = glob.glob(f"/sys/bus/pci/drivers/{driver}/*:*")
    return [os.path.basename(path) for path in found]


def memory_end():
    """One past the last address of System RAM, as the kernel lists it for root."""
    return max(int(end, 16) for end in re.findall(r"^ *[0-9a-f]+-([0-9a-f]+) : System RAM$", read("/proc/iomem"), re.M)) + 1


def limits(bounce):
    return {key: bounce[key] for key in ("reason", "dma_mask", "bus_limit", "max_mapping", "min_align_mask", "unreached_slots")}


@kernels("static spins")
def test_below_memory():
    """Nothing is forced, and memory goes on above 4 GiB: the card with 32 bits bounces, those with 64 never do."""
    subprocess.run(["modprobe", "-q", "e1000"], check=True)
    card, = pci_of("e1000")
    shown = report("--level", "state", "-t", "0.1")
    equal("where memory ends", shown["bounce"]["memory_end"], memory_end())
    between("memory", 4 * GIB + 1, memory_end(), 1 << 40)
    found = by_name(shown)
    equal("the card", limits(found[card]),
          {"reason": "dma_mask", "dma_mask": (1 << 32) - 1, "bus_limit": None, "max_mapping": 256 * KIB, "min_align_mask": 0,
           "unreached_slots": 0})
    equal("its driver and pool", (found[card]["driver"], found[card]["pool"]), ("e1000", pool(shown)["id"]))
    # The root file system comes by virtio, which has 64 bits.
    others = pci_of("virtio-pci")
    equal("those that reach all memory", [name for name in others if name in found], [])
    between("never bounce", len(others), shown["bounce"]["never"], 64)
    # A clock has 24 bits from the bus pnp, or from 7.x on 32 from platform, and a software device 32: they map nothing.
    equal("not for DMA", [name for name, bounce in found.items() if bounce["driver"] in ("rtc_cmos", "alarmtimer")], [])
    text = tool("doctor").stdout
    contains("doctor", text, "BOUNCING", card, "memory above its DMA mask", "32 bits", "memory ends at 6 GiB")
    contains("report", tool("report", "--level", "state", "-t", "0.1").stdout, "BOUNCING", card)


@kernels("static spins")
def test_forced():
    """All devices bounce, whatever they reach; the masks of each say how large a mapping can be, and what is out of reach."""
    shown = report("--level", "state", "-t", "0.1")
    found = by_name(shown)
    for name in pci_of("virtio-pci"):
        equal(f"{name}", limits(found[name]),
              {"reason": "forced", "dma_mask": None, "bus_limit": None, "max_mapping": 256 * KIB, "min_align_mask": 0,
               "unreached_slots": 0})
    equal("never", shown["bounce"]["never"], 0)
    equal("reasons", {bounce["reason"] for bounce in found.values()}, {"forced"})
    with Stress() as stress:
        stress("device-add", count=3)
        stress("min-align", device=1, mask=4095)
        stress("dma-mask", device=2, bits=24)
        with Watch(*LEVELS) as watch:
            for number in (0, 1):
                stress("start", device=number, cpu=number, sizes=2048, pairs=50)
            stress("wait")
            stress("oversize", device=2, count=1)
        rows = {row["name"]: row["bounce"] for row in watch.report["devices"]}
        slots = pool(watch.report)["slots"]
        equal("a device", limits(rows[f"{STRESS}0"]),
              {"reason": "forced", "dma_mask": None, "bus_limit": None, "max_mapping": 256 * KIB, "min_align_mask": 0,
               "unreached_slots": 0})
        equal("with low bits to keep", (rows[f"{STRESS}1"]["max_mapping"], rows[f"{STRESS}1"]["min_align_mask"]),
              (252 * KIB, 4095))
        equal("with 24 bits", (rows[f"{STRESS}2"]["dma_mask"], rows[f"{STRESS}2"]["unreached_slots"]), ((1 << 24) - 1, slots))


@kernels("restricts")
def test_restricted():
    """A device with a restricted pool bounces all; it has that pool, and needs no driver."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("restrict", device=1, size=4 * SEGMENT)
        shown = report("--level", "state", "-t", "0.1")
        found = by_name(shown)
        equal("without a pool or a driver", f"{STRESS}0" in found, False)
        equal("reason", found[f"{STRESS}1"]["reason"], "restricted_pool")
        equal("pool", found[f"{STRESS}1"]["pool"], pool(shown, f"{STRESS}1")["id"])
        equal("its size", pool(shown, f"{STRESS}1")["slots"], 4 * SEGMENT // SLOT)
        equal("out of reach", [finding["id"] for finding in shown["findings"] if finding["id"] == "pool-out-of-reach"], [])
        stress("dma-mask", device=1, bits=24)
        shown = report("--level", "state", "-t", "0.1")
        equal("slots out of reach", by_name(shown)[f"{STRESS}1"]["unreached_slots"], 4 * SEGMENT // SLOT)
        told, = [finding["text"] for finding in shown["findings"] if finding["id"] == "pool-out-of-reach"]
        contains("finding", told, f"pool {STRESS}1", "is out of reach of 1 device", "24 bits")
        stress("unrestrict", device=1)


@kernels("blocks")
def test_device_pool():
    """So does one with a pool of its own, by swiotlb_device_allocate()."""
    with Stress() as stress:
        stress("device-add", count=1)
        stress.allocate(0)
        shown = report("--level", "state", "-t", "0.1")
        equal("reason", by_name(shown)[f"{STRESS}0"]["reason"], "device_pool")
        stress("block-free", device=0)
