# SPDX-License-Identifier: GPL-2.0-only
"""Pools that the kernel makes at run time: dynamic, transient and restricted ones, and coherent memory from the last.

The truth is the module's own counts, and the kernel's in debugfs: io_tlb_nslabs has the default and the dynamic pools,
io_tlb_transient_nslabs the transient ones, io_tlb_used all of them; a restricted pool has a directory of its own.
"""
from harness import (SEGMENT, SLOT, Stress, Watch, between, contains, counter, environment, equal, kernels, lost, note, on_cpu,
                     pool, report, sound_areas, wait_until)

MIB = 1 << 20
SEGMENT_SLOTS = SEGMENT // SLOT
POOL_SLOTS = 1024   # of a pool that the kernel adds
MANY = 32           # such pools at once
VAST = 22 << 30     # bytes; the last one of its four areas lies beyond what has a record for each slot
KEPT = 300
NAME = "swiotlb_stress.0"
LEVELS = ("--level", "locks,mappings")
COUNTS = (("maps", "maps", "allocs"), ("unmaps", "unmaps", "frees"), ("bytes", "map_bytes", "alloc_bytes"))


def state():
    return report("-t", "0.1", "--level", "state")


def of_kind(shown, *kinds):
    return [row for row in shown["pools"] if row["kind"] in kinds]


def device(shown, number):
    found = [row for row in shown["devices"] if row["name"] == f"swiotlb_stress.{number}"]
    equal(f"rows of device {number}", len(found), 1)
    return found[0]


def findings(shown):
    return [finding["id"] for finding in shown["findings"]]


def check_sound(shown):
    """Nothing is contradictory in any pool, and all are what the kernel counts."""
    sound_areas(shown)
    for row in shown["pools"]:
        equal(f"areas of {row['name']}", sum(area["slots"] for area in row["areas"]), row["slots"])
    lasting, passing = of_kind(shown, "default", "dynamic"), of_kind(shown, "transient")
    equal("slots", sum(row["slots"] for row in lasting), counter("io_tlb_nslabs"))
    equal("slots of transient pools", sum(row["slots"] for row in passing), counter("io_tlb_transient_nslabs"))
    equal("used", sum(row["used"] for row in lasting + passing), counter("io_tlb_used"))
    totals = of_kind(shown, "default")[0]
    equal("the kernel's own totals", [totals[name] for name in ("total_used", "used_hiwater", "transient_slots")],
          [counter(name) for name in ("io_tlb_used", "io_tlb_used_hiwater", "io_tlb_transient_nslabs")])


def check_counts(before, after, shown, numbers):
    """Devices' figures are the module's own, mappings and coherent memory together."""
    for number in numbers:
        for key, *truth in COUNTS:
            equal(f"{key} of device {number}", device(shown, number)[key],
                  sum(after[number][name] - before[number][name] for name in truth))


def grow(stress, size):
    """Takes all slots that are free, then one mapping more: it gets a transient pool, and the kernel adds a pool."""
    had = counter("io_tlb_nslabs")
    free = had - counter("io_tlb_used") + counter("io_tlb_transient_nslabs")
    stress("leak", device=1, size=SLOT, count=free)
    stress("leak", device=0, size=size)
    wait_until("the kernel has added a pool", lambda: counter("io_tlb_nslabs") > had)


@kernels("grows")
def test_grown():
    """Dynamic pools, and transient ones of several sizes: each seen as the kernel has it, and gone when it is gone."""
    first = state()
    equal("pools before", [row["name"] for row in first["pools"]], ["default"])
    equal("findings before", first["findings"], [])
    with Stress() as stress:
        stress("device-add", count=2)
        for size in (65536, 262144, 64):
            grow(stress, size)
        shown = state()
        check_sound(shown)
        equal("the module's slots", stress.total("live_slots"), sum(row["used"] for row in shown["pools"]))
        grown, passing = of_kind(shown, "dynamic"), of_kind(shown, "transient")
        equal("dynamic pools", [(row["slots"], len(row["areas"])) for row in grown], [(1024, 4)] * 3)
        equal("transient pools", sorted((row["device"], row["slots"], row["used"], len(row["areas"])) for row in passing),
              [(NAME, 1, 1, 1), (NAME, 32, 32, 1), (NAME, 128, 128, 1)])
        equal("names", len({row["name"] for row in shown["pools"]}), 7)
        equal("findings", findings(shown), ["pool-grown"])
        contains("finding", shown["findings"][0]["text"], "1024 slots was full", "3 pools of 3072 slots", "3 mappings")
    wait_until("the transient pools are gone", lambda: not counter("io_tlb_transient_nslabs"))
    shown = state()
    check_sound(shown)
    equal("pools after", sorted({row["kind"] for row in shown["pools"]}), ["default", "dynamic"])
    equal("used after", [row["used"] for row in shown["pools"]], [0] * 4)


@kernels("grows")
def test_transient_growth():
    """Mappings that stay in transient and in new pools: theirs, with age and stack, and no leak while the device lives."""
    with Stress() as stress:
        stress("device-add", count=2)
        grow(stress, 65536)
        older = stress.total("live")
        with Watch(*LEVELS, "--stacks") as watch:
            grow(stress, 262144)
        shown = watch.report
        equal("older", shown["mappings"]["unknown_age"], older)
        equal("live", shown["mappings"]["live"], stress.total("live"))
        equal("leaked", shown["mappings"]["leaked"], 0)
        row = device(shown, 0)
        equal("of the device", (row["live"], row["grown"], row["leaked"], row["live_slots"]), (1, 1, 0, 128))
        equal("its pool", row["pool"], pool(shown)["id"])
        group, = [group for group in shown["mappings"]["groups"] if group["device"] == NAME and group["stack"]]
        equal("it stays in", [row["kind"] for row in shown["pools"] if row["id"] == group["pool"]], ["transient"])
        contains("stack", " ".join(group["stack"]), "swiotlb_", "stress_leak")
        made = {"made": 1, "failed": 0, "bytes": 262144}
        equal("transient pools made", {key: shown["growth"]["transient"][key] for key in made}, made)
        made["bytes"] = POOL_SLOTS * SLOT
        equal("dynamic pools made", {key: shown["growth"]["dynamic"][key] for key in made}, made)
        for kind in ("transient", "dynamic"):
            between(f"time of {kind} pools", 1, shown["growth"][kind]["ns"], 10**12)
        size = shown["growth"]["size"]
        between("size with room for all", counter("io_tlb_used_hiwater"), size, 2 * counter("io_tlb_used_hiwater"))
        equal("a power of two", size & (size - 1), 0)
        before = stress.truth()
        with Watch(*LEVELS) as watch:
            stress("unleak", device=0)
            stress("unleak", device=1)
        check_counts(before, stress.truth(), watch.report, range(2))
        equal("live", watch.report["mappings"]["live"], 0)
        equal("pools made", [watch.report["growth"][kind]["made"] for kind in ("transient", "dynamic")], [0, 0])


def outgrow(stress):
    """Fills all pools and asks for more, from a device for which a pool can only be made later."""
    # Below what this device reaches there is no memory to allocate.
    stress("dma-mask", device=0, bits=16)
    had = counter("io_tlb_nslabs")
    stress("leak", device=1, size=SLOT, count=had - counter("io_tlb_used") + counter("io_tlb_transient_nslabs"))
    stress("beyond-reach", device=0, size=65536)
    wait_until("the kernel has added a pool", lambda: counter("io_tlb_nslabs") > had)


@kernels("grows")
def test_no_transient_pool():
    """A transient pool for which there is no memory: a mapping is refused, and the pool that the worker adds is no failure."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch(*LEVELS) as watch:
            outgrow(stress)
        growth = watch.report["growth"]
        equal("transient", [growth["transient"][key] for key in ("made", "failed", "bytes")], [0, 1, 0])
        equal("dynamic", [growth["dynamic"][key] for key in ("made", "failed", "bytes")], [1, 0, POOL_SLOTS * SLOT])
        equal("refused", device(watch.report, 0)["failures"], 1)
        equal("severity", [found["severity"] for found in watch.report["findings"] if found["id"] == "pool-grown"], ["warning"])


@kernels("grows")
def test_gone_with_transient():
    """A device that goes while a transient pool holds a mapping of it: the pool is not seen any more, nor a wrong one."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch(*LEVELS) as watch:
            for _ in range(10):
                stress("device-add", count=1)
                stress("start", device=2, cpu=1, sizes="64,262144", pairs=300, hold=120)
                stress("wait")
                stress("device-del", id=2)
        rows = [row for row in watch.report["devices"] if row["name"] == "swiotlb_stress.2"]
        equal("maps of each", [row["maps"] for row in rows], [300] * 10)
        equal("live", (watch.report["mappings"]["live"], watch.report["mappings"]["leaked"]), (0, 0))
        equal("kinds left", {row["kind"] for row in watch.report["pools"]} <= {"default", "dynamic"}, True)


@kernels("grows")
def test_growing_load():
    """A load that outgrows the pools while it is watched: exact counts, whatever pool each mapping is in."""
    with Stress() as stress:
        stress("device-add", count=3)
        before = stress.truth()
        had = counter("io_tlb_nslabs")
        with Watch(*LEVELS) as watch:
            for number, cpu in ((0, 0), (1, 1), (2, 2), (0, 3)):
                stress("start", device=number, cpu=cpu, sizes="64,4096,65536,262144", pairs=1500, hold=100)
            stress("wait")
        after, shown = stress.truth(), watch.report
        check_counts(before, after, shown, range(3))
        equal("refused", stress.total("failures"), 0)
        for key in ("live", "leaked"):
            equal(key, shown["mappings"][key], 0)
        equal("transient pools left", of_kind(shown, "transient"), [])
        note(f"slots grew from {had} to {counter('io_tlb_nslabs')}")
        equal("grown", counter("io_tlb_nslabs") > had, True)
        check_sound(state())


@kernels("grows")
def test_missed_ends():
    """Mappings of transient pools whose ends are not seen: missed, each of them, and none stays in the table."""
    with Stress() as stress:
        stress("device-add", count=2)
        with environment("SWIOTLB_FORBID", "mappings.unmap"), \
                Watch(*LEVELS, may_lose=("mappings.unseen_unmap",)) as watch:
            free = counter("io_tlb_nslabs") - counter("io_tlb_used")
            stress("leak", device=1, size=SLOT, count=free)
            stress("leak", device=0, size=SEGMENT, count=30)
            passing = counter("io_tlb_transient_nslabs") // SEGMENT_SLOTS
            stress("unleak", device=0)
            wait_until("the transient pools are gone", lambda: not counter("io_tlb_transient_nslabs"))
        equal("some were in transient pools", passing > 0, True)
        equal("missed", lost(watch.report)["mappings.unseen_unmap"], passing)
        note(f"{passing} mappings in transient pools")


@kernels("grows")
def test_many_pools():
    """The kernel adds pools until there are 32, while it is watched: what is mapped in each is known, and so is its end."""
    with Stress() as stress:
        stress("device-add", count=2)
        had, before = counter("io_tlb_nslabs"), stress.truth()
        with Watch("--level", "locks,holds,mappings") as watch:
            while counter("io_tlb_nslabs") < max(had, MANY * POOL_SLOTS) + POOL_SLOTS:
                grow(stress, 65536)
        shown = watch.report
        check_sound(shown)
        check_counts(before, stress.truth(), shown, range(2))
        dynamic = of_kind(shown, "dynamic")
        between("dynamic pools", MANY, len(dynamic), max(had // POOL_SLOTS, MANY) + 1)
        equal("live", shown["mappings"]["live"], stress.total("live"))
        equal("of unknown age", shown["mappings"]["unknown_age"], 0)
        taken = sum(area["lock"]["acquisitions"] for row in shown["pools"] for area in row["areas"])
        between("acquisitions of the areas' locks", stress.total("maps") - len(of_kind(shown, "transient")), taken, 1 << 40)
        before = stress.truth()
        with Watch("--level", "locks,mappings") as watch:
            for number in range(2):
                stress("unleak", device=number)
        check_counts(before, stress.truth(), watch.report, range(2))
        equal("live", watch.report["mappings"]["live"], 0)
        note(f"{len(dynamic)} dynamic pools, {shown['mappings']['live']} mappings in them")


@kernels("restricts")
def test_restricted_state():
    """A restricted pool is seen with its device; what is used in it is exact."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("restrict", device=0, size=MIB)
        stress("leak", device=0, size=4096, count=7)
        stress("leak", device=0, size=64, count=5)
        stress("alloc", device=0, size=4096, count=3)
        stress("alloc", device=0, size=65536)
        stress("alloc", device=1, size=65536, count=3)
        shown = state()
        check_sound(shown)
        row = pool(shown, NAME)
        equal("pool", (row["kind"], row["device"], row["parent"], row["slots"], len(row["areas"])),
              ("restricted", NAME, None, 512, 1))
        equal("used", row["used"], 7 * 2 + 5 + 3 * 2 + 32)
        equal("the kernel's counter", counter("io_tlb_used", NAME), row["used"])
        equal("the module's slots", stress.truth()[0]["live_slots"], row["used"])
        stress("free", device=0)
        stress("unleak", device=0)
        equal("used after", pool(state(), NAME)["used"], 0)
        stress("unrestrict", device=0)
        equal("pools after", of_kind(state(), "restricted"), [])


@kernels("restricts")
def test_restricted_counts():
    """Mappings and coherent memory in a restricted pool on four CPUs: exact counts, nothing live, nothing leaked."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("restrict", device=0, size=4 * MIB)
        before = stress.truth()
        with Watch(*LEVELS) as watch:
            stress("start", device=0, cpu=0, sizes="64,4096", pairs=2000, hold=8)
            stress("start", device=0, cpu=1, sizes="4096,16384", pairs=2000, coherent=1)
            stress("start", device=0, cpu=2, sizes="4096,65536", pairs=2000, hold=8, coherent=1)
            stress("start", device=1, cpu=3, sizes="4096", pairs=1000, coherent=1)
            stress("start", device=1, cpu=3, sizes="4096", pairs=1000)
            stress("wait")
        after, shown = stress.truth(), watch.report
        equal("refused", stress.total("failures"), 0)
        equal("allocations", (after[0]["allocs"], after[0]["frees"]), (4000, 4000))
        check_counts(before, after, shown, [0])
        # Coherent memory of a device without such a pool is none of swiotlb's.
        equal("maps of the other", device(shown, 1)["maps"], 1000)
        equal("pools of the two", (device(shown, 0)["pool"], device(shown, 1)["pool"]),
              (pool(shown, NAME)["id"], pool(shown)["id"]))
        for key in ("live", "leaked", "failures"):
            equal(key, device(shown, 0)[key], 0)


@kernels("restricts")
def test_restricted_growth():
    """Coherent memory that is not freed is growth, with device and stack; one too many is refused for want of room."""
    with Stress() as stress:
        stress("device-add", count=1)
        stress("restrict", device=0, size=MIB)
        with Watch(*LEVELS, "--stacks") as watch:
            stress("alloc", device=0, size=65536, count=3)
        shown = watch.report
        row = device(shown, 0)
        equal("of the device", (row["live"], row["grown"], row["leaked"], row["live_slots"], row["bytes"]),
              (3, 3, 0, 96, 3 * 65536))
        groups = [group for group in shown["mappings"]["groups"] if group["device"] == NAME]
        equal("groups", [(group["device"], group["count"], group["pool"]) for group in groups],
              [(NAME, 3, pool(shown, NAME)["id"])])
        contains("stack", " ".join(groups[0]["stack"]), "dma_direct_alloc", "stress_alloc")
        equal("findings", [name for name in findings(shown) if name.startswith("mapping-")], ["mapping-growth"])
        stress("leak", device=0, size=262144, count=3)
        with Watch(*LEVELS) as watch:
            try:
                stress("alloc", device=0, size=131072, count=2)
            except OSError as error:
                contains("refusal", str(error), "refused after 0 of 2")
        shown = watch.report
        equal("causes", {cause: count for cause, count in shown["failures"].items() if count and cause != "by_size"},
              {"exhausted": 1, "total": 1})
        equal("by size", [(row["device"], row["cause"], row["size"], row["count"]) for row in shown["failures"]["by_size"]],
              [("swiotlb_stress.0", "exhausted", 131072, 1)])
        advice = [finding["advice"] for finding in shown["findings"] if finding["id"] == "exhausted"]
        contains("advice", advice[0], f"give {NAME} a larger pool")
        before = stress.truth()
        with Watch(*LEVELS) as watch:
            stress("free", device=0)
            stress("unleak", device=0)
        check_counts(before, stress.truth(), watch.report, [0])


@kernels("restricts")
def test_restricted_come_and_go():
    """Restricted pools that come and go while watched: counted, and none is left."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch(*LEVELS) as watch:
            for _ in range(30):
                stress("restrict", device=0, size=MIB)
                stress("start", device=0, cpu=1, sizes="4096", pairs=20, hold=4, coherent=1)
                stress("start", device=0, cpu=2, sizes="4096", pairs=20, hold=4)
                stress("wait")
                stress("unrestrict", device=0)
        shown = watch.report
        equal("maps", device(shown, 0)["maps"], 30 * 40)
        equal("live", shown["mappings"]["live"], 0)
        equal("pools left", of_kind(shown, "restricted", "transient"), [])


def check_left_behind(shown, left, ended):
    """A device that is gone has left so many mappings behind in a pool that nobody finds any more."""
    row = device(shown, 0)
    equal("of the device that is gone", [row[key] for key in ("gone", "maps", "unmaps", "live", "leaked")],
          [True, left, ended, left, left])
    equal("its pool", [row["name"] for row in of_kind(shown, "restricted")], [])
    equal("leaked", shown["mappings"]["leaked"], left)
    contains("findings", " ".join(findings(shown)), "mapping-leak")


@kernels("restricts")
def test_restricted_left_behind():
    """A device goes with its restricted pool: what it leaves there is counted, and leaked."""
    with Stress() as stress:
        stress("device-add", count=1)
        stress("restrict", device=0, size=MIB)
        with Watch(*LEVELS) as watch:
            stress("leak", device=0, size=4096, count=KEPT // 10)
            stress("device-del", id=0)
        check_left_behind(watch.report, KEPT // 10, 0)


@kernels("restricts")
def test_disabled():
    """A pool whose memory could not be decrypted: what its device asks for fails, and it is not called exhausted."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("restrict", device=0, size=MIB, pool="disabled")
        with Watch(*LEVELS) as watch:
            stress("start", device=1, cpu=1, sizes="64,4096", pairs=100)
            stress("beyond-reach", device=0, size=4096, count=KEPT // 10)
            stress("wait")
        shown, causes = watch.report, device(watch.report, 0)["failure_causes"]
        equal("causes", {cause: count for cause, count in causes.items() if count}, {"disabled": KEPT // 10})
        equal("failures of the other one", device(shown, 1)["failures"], 0)
        equal("found", "disabled-pool" in findings(shown), True)
        stress("unrestrict", device=0)
        stress("restrict", device=0, size=MIB, pool="hollow")
        with Watch(*LEVELS) as watch:
            stress("exhaust", device=0)
        shown = watch.report
        equal("a full one", ["disabled-pool" in findings(shown), shown["failures"]["disabled"]], [False, 0])


@kernels("restricts")
def test_vast():
    """A pool of 22 GiB: the mappings of CPU 3 are beyond the 16 GiB that have a record for each slot, and as exact as the
    others. What is kept on either side is known when it is older than the tool, and leaked when its memory is freed or its
    device goes.
    """
    with Stress() as stress:
        stress("device-add", count=1)
        stress("restrict", device=0, size=VAST, pool="hollow")

        def keep(count, **more):
            for cpu in (0, 3):
                with on_cpu(cpu):
                    stress("leak", device=0, size=4096, count=count, **more)

        before = stress.truth()
        with Watch(*LEVELS) as watch:
            for cpu in range(4):
                stress("start", device=0, cpu=cpu, sizes="64,4096,65536", pairs=1000, hold=50)
            stress("wait")
            keep(KEPT)
        shown, row = watch.report, pool(watch.report, NAME)
        check_counts(before, stress.truth(), shown, [0])
        equal("slots", (row["slots"], len(row["areas"])), (VAST // SLOT, 4))
        equal("used in each area", [area["used"] for area in row["areas"]], [2 * KEPT, 0, 0, 2 * KEPT])
        equal("live, leaked", [device(shown, 0)[key] for key in ("live", "leaked")], [2 * KEPT, 0])
        before = stress.truth()
        with Watch(*LEVELS) as watch:
            stress("unleak", device=0)
            keep(KEPT // 3, free="blocks")
        shown = watch.report
        check_counts(before, stress.truth(), shown, [0])
        equal("live, leaked", [device(shown, 0)[key] for key in ("live", "leaked")], [2 * (KEPT // 3)] * 2)
        with Watch(*LEVELS) as watch:
            stress("unleak", device=0)
            keep(KEPT // 2)
            stress("device-del", id=0)
        check_left_behind(watch.report, KEPT // 2 * 2, KEPT // 3 * 2)
    note(f"{VAST // SLOT} slots; of {4 * 1000 + 2 * KEPT} mappings a quarter and {KEPT} are beyond those with a record for each")
