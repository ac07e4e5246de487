# SPDX-License-Identifier: GPL-2.0-only
"""Requests that are refused: their sizes, how far a device reaches, its masks, and the same one again and again."""
from harness import Stress, Watch, contains, equal, kernels
from test_mappings import LEVELS, device

KERNELS = ("patched", "6.1", "6.12", "7.3")
KIB = 1024
# By device: (size, how many) of requests that no pool can serve.
SIZES = {0: [(512 * KIB, 12), (360 * KIB, 5), (288 * KIB, 2)], 1: [(1024 * KIB, 3)]}
REFUSED = 20
STORM = 100     # of the same
NAMES = [f"swiotlb_stress.{number}" for number in range(3)]


def findings(shown):
    return {finding["id"]: finding for finding in shown["findings"]}


def by_size(shown, number):
    """{(cause, from): (count, differing, size)} of a device."""
    return {(row["cause"], row["from_bytes"]): (row["count"], row["differing"], row["size"])
            for row in shown["failures"]["by_size"] if row["device"] == NAMES[number]}


def causes(row):
    return {cause: count for cause, count in row.items() if count}


@kernels(*KERNELS)
def test_sizes():
    """Each size that a device asks for, in an empty pool, and nothing of a device that is served."""
    with Stress() as stress:
        stress("device-add", count=3)
        with Watch(*LEVELS) as watch:
            stress("start", device=2, cpu=1, sizes="64,4096,262144", pairs=300)
            for number, requests in SIZES.items():
                for size, count in requests:
                    stress("oversize", device=number, size=size, count=count)
            stress("wait")
        shown = watch.report
        equal("by size, device 0", by_size(shown, 0),
              {("oversize", 512 * KIB): (12, 0, 512 * KIB), ("oversize", 256 * KIB): (7, 2, 360 * KIB)})
        equal("by size, device 1", by_size(shown, 1), {("oversize", 1024 * KIB): (3, 0, 1024 * KIB)})
        equal("rows", len(shown["failures"]["by_size"]), 3)
        equal("sum", shown["failures"]["oversize"], 22)
        equal("limits", {row["limit"] for row in shown["failures"]["by_size"]}, {256 * KIB})
        contains("finding", findings(shown)["oversize-requests"]["text"], "12 of 512 KiB", "7 of 256 KiB", NAMES[1],
                 "256 KiB at once")
        equal("a storm", "refusal-storm" in findings(shown), False)
        with Watch(*LEVELS) as watch:
            stress("start", device=2, cpu=1, sizes="64,4096,262144", pairs=300)
            stress("wait")
        equal("nothing refused", (watch.report["failures"]["by_size"], watch.report["failures"]["total"]), ([], 0))


@kernels(*KERNELS)
def test_masks():
    """What of a device is in the way, of requests that are not too large."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch(*LEVELS) as watch:
            stress("misaligned", device=1, count=REFUSED)
        shown = watch.report
        equal("causes", causes(device(shown, 1)["failure_causes"]), {"alignment": REFUSED})
        equal("by size", by_size(shown, 1), {("alignment", 64 * KIB): (REFUSED, 0, 64 * KIB)})
        row = shown["failures"]["by_size"][0]
        equal("masks", (row["min_align_mask"], row["boundary_mask"]), (2047, 65535))
        # Probes do not see what an IOMMU asks for.
        equal("what an IOMMU asks for", row["alloc_align_mask"] or 0, 0)
        contains("finding", findings(shown)["misaligned-requests"]["text"], "min_align_mask 0x7ff", "across 64 KiB")


# 6.12 and 7.3 give such slots back inside of swiotlb_map(), where no hook sees it.
@kernels(*KERNELS)
def test_out_of_reach():
    """A pool beyond a device's mask: no mapping of it is made, those of another one are as ever."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("dma-mask", device=1, bits=24)
        before = stress.truth()
        with Watch(*LEVELS) as watch:
            stress("start", device=0, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("beyond-reach", device=1, size=4096, count=REFUSED)
            stress("beyond-reach", device=1, size=64, count=REFUSED)
            stress("wait")
        after, shown = stress.truth(), watch.report
        equal("the module's own count", after[1]["failures"] - before[1]["failures"], 2 * REFUSED)
        row = device(shown, 1)
        equal("causes", causes(row["failure_causes"]), {"reach": 2 * REFUSED})
        equal("maps and unmaps", (row["maps"], row["unmaps"], row["live"]), (0, 0, 0))
        equal("by size", by_size(shown, 1), {("reach", 4096): (REFUSED, 0, 4096), ("reach", 64): (REFUSED, 0, 64)})
        equal("reach", {found["reach"] for found in shown["failures"]["by_size"]}, {(1 << 24) - 1})
        row = device(shown, 0)
        equal("of the other one", (row["maps"], row["unmaps"], row["failures"]), (500, 500, 0))
        contains("finding", findings(shown)["out-of-reach"]["text"], NAMES[1], "20 of 4 KiB", "20 of 64 B",
                 "reaches 16 MiB")
        equal("blamed on alignment", "misaligned-requests" in findings(shown), False)
        with Watch(*LEVELS) as watch:
            stress("start", device=0, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("wait")
        equal("without it", (watch.report["failures"]["total"], "out-of-reach" in findings(watch.report)), (0, False))


@kernels(*KERNELS)
def test_no_pool():
    """A device whose allocator has no slots, as with swiotlb=noforce: what it asks for fails, what others ask for does not."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("restrict", device=1, pool="none")
        with Watch(*LEVELS) as watch:
            stress("start", device=0, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("beyond-reach", device=1, size=4096, count=REFUSED)
            stress("wait")
        stress("unrestrict", device=1)
        shown = watch.report
        row = device(shown, 1)
        equal("causes", causes(row["failure_causes"]), {"no_pool": REFUSED})
        equal("maps and unmaps", (row["maps"], row["unmaps"], row["live"]), (0, 0, 0))
        row = device(shown, 0)
        equal("of the other one", (row["maps"], row["unmaps"], row["failures"]), (500, 500, 0))
        equal("pools", len(shown["pools"]), 1)
        contains("finding", findings(shown)["no-pool"]["text"], NAMES[1], f"{REFUSED} of 4 KiB")
        with Watch(*LEVELS) as watch:
            stress("start", device=1, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("wait")
        equal("with one", (watch.report["failures"]["total"], "no-pool" in findings(watch.report)), (0, False))


@kernels("7.3")
def test_wrong_kind():
    """A guest that encrypts its memory, and a device whose pool is not shared with the host: the kernel does not search it."""
    with Stress() as stress:
        stress("device-add", count=3)
        stress("encrypt")
        stress("restrict", device=1, size=1024 * KIB, pool="private")
        with Watch(*LEVELS) as watch:
            stress("start", device=0, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("beyond-reach", device=1, size=4096, count=REFUSED)
            stress("wait")
            stress("exhaust", device=2)
        stress("drain", device=2)
        shown = watch.report
        row = device(shown, 1)
        equal("causes", causes(row["failure_causes"]), {"kind": REFUSED})
        equal("maps and unmaps", (row["maps"], row["unmaps"], row["live"]), (0, 0, 0))
        equal("of a full pool", causes(device(shown, 2)["failure_causes"]), {"exhausted": 1})
        row = device(shown, 0)
        equal("of the default pool", (row["maps"], row["unmaps"], row["failures"]), (500, 500, 0))
        contains("finding", findings(shown)["wrong-kind-of-pool"]["text"], NAMES[1], f"{REFUSED} of 4 KiB")
        stress("unrestrict", device=1)
        with Watch(*LEVELS) as watch:
            stress("start", device=1, cpu=1, sizes="64,4096,16384", pairs=500, hold=4)
            stress("wait")
        stress("unencrypt")
        equal("in a shared pool", (watch.report["failures"]["total"], "wrong-kind-of-pool" in findings(watch.report)),
              (0, False))


@kernels(*KERNELS)
def test_storm():
    """The same again and again is an error of its own; one less is none."""
    for count in (STORM - 1, STORM):
        with Stress() as stress:
            stress("device-add", count=1)
            with Watch(*LEVELS) as watch:
                stress("oversize", device=0, size=512 * KIB, count=count)
                stress("oversize", device=0, size=514 * KIB, count=count // 2)
            found = findings(watch.report)
            equal(f"a storm of {count}", "refusal-storm" in found, count == STORM)
            equal("by size", by_size(watch.report, 0),
                  {("oversize", 512 * KIB): (count + count // 2, count // 2, 512 * KIB)})
        if count == STORM:
            equal("severity", found["refusal-storm"]["severity"], "error")
            contains("finding", found["refusal-storm"]["text"], NAMES[0], "512 KiB", str(STORM))
