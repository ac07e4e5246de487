# SPDX-License-Identifier: GPL-2.0-only
"""The audit: each invariant of the allocator's data, broken by a word that is overwritten, is found and named.

Under load none is. The last area is left alone: no CPU searches it that is online, so nothing else maps there while it is
damaged.
"""
import contextlib
import json
import os
import re
import time

from harness import (BLOCK_SLOTS, PARAMETERS, SLOT, Stress, btf_struct, btf_text, equal, has, kernels, load_report, on_cpu,
                     pool, read, report, report_path, tool, write)

NO_ADDRESS = 2 ** 64 - 1
SLOTS_OF_MAPPING = 4
# How long to load, at least; all CPUs map without a pause when that is said, and else leave the tool some time.
SECONDS = os.environ.get("SWIOTLB_TEST_SECONDS")
RATE = 0 if SECONDS else 500
OFTEN_ENOUGH = 3


def audit(*arguments):
    return report("--level", "audit", "-t", "0.1", *arguments)


def broken(shown):
    """{invariant: (errors, area, slot of the first)}"""
    return {row["invariant"]: (row["errors"], row["area"], row["slot"])
            for row in shown["audit"]["invariants"] if row["errors"]}


def absent(shown):
    return {row["invariant"] for row in shown["audit"]["invariants"] if row["absent"]}


def lacking():
    """The invariants of which this kernel has nothing."""
    return ({"padding"} if "pad_slots" not in btf_struct("io_tlb_slot")[1] else set()) | (
        set() if has("blocks") else {"blocks", "children"})


class Words:
    """Words of the default pool, by their names in the kernel's types."""
    ARRAYS = {"slots": "io_tlb_slot", "areas": "io_tlb_area", "block": "io_tlb_block"}

    def __init__(self, stress):
        self.stress = stress
        mem = btf_struct("io_tlb_mem")[1]
        described = mem if "slots" in mem else btf_struct("io_tlb_pool")[1]
        self.base = int(read(f"{PARAMETERS}/default_mem")) + (0 if described is mem else mem["defpool"])
        self.pointers = described
        # As the guests of these tests are booted, the kernel rounds neither number.
        slots, self.areas = (int(word) for word in re.search(r"swiotlb=(\d+),(\d+)", read("/proc/cmdline")).groups())
        self.area_slots = slots // self.areas

    def word(self, array, index, member):
        bytes_, members = btf_struct(self.ARRAYS[array])
        return {"pointer": self.base + self.pointers[array], "at": index * bytes_ + members[member],
                "size": self.size(array, member)}

    def size(self, array, member):
        """Of its type: unsigned short, unsigned int, and else 64 bits."""
        members = re.search(rf"^\[\d+\] STRUCT '{self.ARRAYS[array]}' .*\n((?:\t.*\n)*)", btf_text(), re.M)[1]
        type_id = re.search(rf"^\t'{member}' type_id=(\d+)", members, re.M)[1]
        found = re.search(rf"^\[{type_id}\] INT '[^']*' size=(\d+)", btf_text(), re.M)
        return int(found[1]) if found else 8

    def peek(self, *word):
        self.stress("peek", **self.word(*word))
        return int(re.search(r"peeked=(\d+)", read("/sys/kernel/debug/swiotlb_stress/totals"))[1])

    def poke(self, *word, value):
        self.stress("poke", value=value, **self.word(*word))

    def lock(self, area, taken):
        """The byte "locked" of a queued spinlock (include/asm-generic/qspinlock_types.h)."""
        self.stress("poke", value=int(taken), **{**self.word("areas", area, "lock"), "size": 1})

    @contextlib.contextmanager
    def poked(self, *word, value):
        self.poke(*word, value=value)
        try:
            yield
        finally:
            self.stress("unpoke")


@contextlib.contextmanager
def quiet_area(areas):
    """No CPU that is online searches the last area first; those that do are offline inside."""
    cpus = [cpu for cpu in range(os.cpu_count()) if cpu % areas == areas - 1]
    for cpu in cpus:
        write(f"/sys/devices/system/cpu/cpu{cpu}/online", 0)
    try:
        yield
    finally:
        for cpu in cpus:
            write(f"/sys/devices/system/cpu/cpu{cpu}/online", 1)


@contextlib.contextmanager
def leaked_mapping(size=SLOTS_OF_MAPPING * SLOT):
    """(words, area, first slot) of a mapping in the last area, in which nobody else maps."""
    with Stress() as stress:
        words = Words(stress)
        area = words.areas - 1
        stress("device-add", count=1)
        with on_cpu(area):
            stress("leak", device=0, size=size)
        with quiet_area(words.areas):
            taken = -(-size // SLOT)
            first = area * words.area_slots + words.peek("areas", area, "index") - taken
            equal("the mapping's size", words.peek("slots", first, "alloc_size"), size)
            yield words, area, first
        stress("unleak", device=0)


def finding_of(shown, name):
    """The finding names the invariant."""
    found = [one for one in shown["findings"] if one["id"] == "audit-error"]
    equal("findings", [(one["severity"], f"{name} " in one["text"]) for one in found], [("error", True)])


def checked():
    """Exit status of the assertion, which asks for the level by itself."""
    return tool("check", "-a", "audit.errors == 0", "-t", "0.1").returncode


def expect_broken(name, count, area, slot):
    shown = audit()
    equal("what is broken", broken(shown), {name: (count, area, slot)})
    equal("errors", shown["audit"]["errors"], count)
    finding_of(shown, name)


@kernels("static", "lazy")
def test_sound():
    """At rest nothing is broken, and what the kernel lacks is named."""
    shown = audit()
    equal("what is broken", broken(shown), {})
    equal("errors", shown["audit"]["errors"], 0)
    equal("what the kernel lacks", absent(shown), lacking())
    equal("check's exit status", checked(), 0)
    equal("audit without the level", report("--level", "state", "-t", "0.1")["audit"], {"errors": None, "invariants": None})


@kernels("static", "lazy")
def test_runs():
    """The run length of a free slot, far from the next search."""
    with leaked_mapping() as (words, area, first):
        half = words.area_slots // 2
        place = first - area * words.area_slots
        slot = area * words.area_slots + (place + half) % words.area_slots // 128 * 128 + 64
        with words.poked("slots", slot, "list", value=63):
            expect_broken("runs", 2, area, slot)
            equal("check's exit status", checked(), 1)
        equal("what is broken afterwards", broken(audit()), {})


@kernels("static", "lazy")
def test_counters():
    with leaked_mapping() as (words, area, _):
        with words.poked("areas", area, "used", value=SLOTS_OF_MAPPING + 1):
            shown = audit()
            equal("what is broken", broken(shown)["counters"][:2],
                  (2 if pool(shown)["total_used"] is not None else 1, area))
            equal("the only row", set(broken(shown)), {"counters"})
            finding_of(shown, "counters")


@kernels("static spins", "lazy spins")
def test_locked():
    """A CPU that was stopped while it has the lock leaves run lengths and counter half updated: that is no error, and not known."""
    with leaked_mapping() as (words, area, first):
        slot = area * words.area_slots + (first + 128) % words.area_slots // 128 * 128 + 64
        with words.poked("slots", slot, "list", value=0):
            for taken, broken_rows, figures in ((True, set(), (None, 0)), (False, {"runs", "counters"}, (-1, 1))):
                words.lock(area, taken)
                shown = audit()
                equal("what is broken", {"runs", "counters"} & {*broken(shown)}, broken_rows)
                [shown_area] = [one for one in pool(shown)["areas"] if one["index"] == area]
                equal("the area", (shown_area["used_drift"], shown_area["list_errors"]), figures)
        equal("what is broken afterwards", broken(audit()), {})


@kernels("static", "lazy")
def test_sizes():
    with leaked_mapping(SLOT) as (words, area, first):
        with words.poked("slots", first, "alloc_size", value=1 << 20):
            expect_broken("sizes", 1, area, first)


@kernels("static", "lazy")
def test_overlaps():
    """Another mapping seems to begin in the middle of one."""
    with leaked_mapping() as (words, area, first):
        with words.poked("slots", first + 3, "alloc_size", value=1000):
            expect_broken("overlaps", 1, area, first + 3)


@kernels("static", "lazy")
def test_padding():
    """A kernel without it says that there is none."""
    if "padding" in lacking():
        equal("what the kernel lacks", "padding" in absent(audit()), True)
        return
    with leaked_mapping() as (words, area, first):
        with words.poked("slots", first + 2, "pad_slots", value=2):
            expect_broken("padding", 1, area, first + 2)


@kernels("static", "lazy")
def test_owners():
    with leaked_mapping() as (words, area, first):
        with words.poked("slots", first + 1, "orig_addr", value=NO_ADDRESS):
            expect_broken("owners", 1, area, first + 1)


@kernels("static", "lazy")
def test_bounds():
    """The next search would begin behind the area's end."""
    with leaked_mapping() as (words, area, _):
        with words.poked("areas", area, "index", value=words.area_slots):
            expect_broken("bounds", 1, area, None)


@kernels("blocks")
def test_blocks():
    """The last block's run is longer than what is left of its area."""
    with leaked_mapping() as (words, area, _):
        per_area = words.area_slots // BLOCK_SLOTS
        with words.poked("block", (area + 1) * per_area - 1, "list", value=2):
            shown = audit()
            equal("what is broken", {name: (row[0] > 0, row[1]) for name, row in broken(shown).items()},
                  {"blocks": (True, area)})
            finding_of(shown, "blocks")


@kernels("blocks")
def test_children():
    """A block of a device's pool is listed free: the second one, as the one before is free or not as others map there."""
    with Stress() as stress:
        words = Words(stress)
        stress("device-add", count=1)
        stress.allocate(0, blocks=2)
        [owner] = report("--level", "state", "-t", "0.1")["blocks"]["owners"]
        block = owner["first_block"] + 1
        per_area = words.area_slots // BLOCK_SLOTS
        behind = words.peek("block", block + 1, "list") if (block + 1) % per_area else 0
        with words.poked("block", block, "list", value=behind + 1):
            expect_broken("children", 1, owner["area"], None)
        stress("block-free", device=0)


@kernels("static", "lazy")
def test_under_load():
    """What changes while it is read is no error: mappings of all sizes and offsets come and go on all CPUs.

    SWIOTLB_TEST_SECONDS makes it last longer.
    """
    end = time.monotonic() + float(SECONDS or 0)
    looks = 0
    with Stress() as stress:
        stress("device-add", count=2)
        stress("min-align", device=1, mask=4095 if has("later") else 2047)
        for cpu in range(os.cpu_count()):
            stress("start", device=0, cpu=cpu, sizes="64,2048,4096,9000,65536", pairs=0, hold=8, offset=100, rate=RATE)
            stress("start", device=1, cpu=cpu, sizes="512,6000,130000", pairs=0, hold=3, offset=3000, rate=RATE)
        while looks < OFTEN_ENOUGH or time.monotonic() < end:
            path = report_path()
            shown = load_report(path, tool("report", "--format", "json", "-o", path, "--level", "audit", "-t", "0.1"))
            wrong = [row for row in shown["audit"]["invariants"] if row["errors"]]
            equal("what is broken", json.dumps(wrong), "[]")
            os.unlink(path)
            looks += 1
        stress("stop")
        equal("failures", stress.total("failures"), 0)
        equal("what is broken afterwards", broken(audit()), {})
