# SPDX-License-Identifier: GPL-2.0-only
"""Occupancy: what the tool shows is what the kernel counts and what the module holds."""
import os

from harness import (BLOCK_SLOTS, DEBUGFS, SEGMENT, SLOT, Context, Stress, counter, each_area, equal, has,
                     kernel_areas, kernels, on_cpu, pool, report, sound_areas, write)


def state(*arguments):
    return report("-t", "0.1", "--level", "state", *arguments)


def check_sound(report_):
    """Nothing is contradictory anywhere. Notes may tell of what a test did, such as to fill an area."""
    sound_areas(report_)
    equal("findings", [found for found in report_["findings"] if found["severity"] != "note"], [])


def check_against_kernel(report_, name="default", device=""):
    """Every area's figures are the kernel's, and their sums its counters."""
    kernel = kernel_areas(device)
    shown = pool(report_, name)
    equal(f"areas of {name}", [(area["slots"], area["used"]) for area in shown["areas"]], kernel)
    equal(f"used of {name}", shown["used"], counter("io_tlb_used", device))
    equal(f"sum of the areas of {name}", sum(used for _, used in kernel), counter("io_tlb_used", device))
    equal(f"slots of {name}", shown["slots"], counter("io_tlb_nslabs", device))


def check_largest_free(report_):
    """A full area has no free run, an empty one a whole segment."""
    for area in pool(report_)["areas"]:
        if area["used"] in (0, area["slots"]):
            equal(f"largest_free of area {area['index']}", area["largest_free"], 0 if area["used"] else 128)


@kernels("static", "blocks")
def test_empty():
    """Before anything is mapped."""
    shown = state()
    check_sound(shown)
    equal("io_tlb_used", counter("io_tlb_used"), 0)
    equal("used", pool(shown)["used"], 0)
    equal("sum of the areas", sum(each_area(shown, "used")), 0)
    check_largest_free(shown)


@kernels("static", "blocks")
def test_held():
    """Mappings of all sizes are held, enough to fill an area."""
    with Stress() as stress:
        stress("device-add", count=2)
        some = min(pool(state())["areas"][0]["slots"], counter("io_tlb_nslabs") // 2)
        with on_cpu(0):
            stress("leak", device=0, size=SEGMENT, count=some // 128 + 3)
            stress("leak", device=1, size=64, count=7)
        with on_cpu(1):
            stress("leak", device=1, size=4096, count=5)
            stress("leak", device=0, size=65536, count=2)
        held = some + 3 * 128 + 7 + 5 * 2 + 2 * 32
        equal("the module's slots", stress.total("live_slots"), held)
        shown = state()
        check_sound(shown)
        equal("used", pool(shown)["used"], held)
        equal("busy", pool(shown)["busy"], held)
        equal("sum of the areas", sum(each_area(shown, "used")), held)
        equal("io_tlb_used", counter("io_tlb_used"), held)
        check_largest_free(shown)
    equal("used after all was given back", pool(state())["used"], 0)


@kernels("static spins")
def test_used_hiwater():
    """The kernel's own peak since boot is read without debugfs, and is unknown where the kernel keeps none."""
    path = f"{DEBUGFS}/io_tlb_used_hiwater"
    if Context.kernel != "6.12":
        # 7.3 has the counter, and moves it with track_hiwater only.
        equal("a counter in debugfs", os.path.exists(path), has("lazy"))
        shown = pool(state())
        equal("used_hiwater, total_used", (shown["used_hiwater"], shown["total_used"]), (None, None))
        return
    write(path, 0)
    with Stress() as stress:
        stress("device-add")
        stress("leak", device=0, size=SLOT, count=77)
        shown = pool(state())
        equal("total_used, transient_slots", (shown["total_used"], shown["transient_slots"]), (77, 0))
    shown = pool(state())
    equal("total_used", shown["total_used"], counter("io_tlb_used"))
    equal("used_hiwater", shown["used_hiwater"], 77)
    equal("used_hiwater in debugfs", counter("io_tlb_used_hiwater"), 77)
    equal("used, and its peak in the window", (shown["used"], shown["used_peak"]), (0, 0))


@kernels("blocks")
def test_areas_are_the_kernels():
    """Several areas full, one partly: each by the kernel's own counter."""
    with Stress() as stress:
        stress("device-add")
        with on_cpu(1):
            stress("leak", device=0, size=SEGMENT, count=counter("io_tlb_nslabs") * 11 // 16 // 128)
        stress("leak", device=0, size=SLOT, count=9)
        shown = state()
        check_sound(shown)
        check_against_kernel(shown)
        check_largest_free(shown)
    check_against_kernel(state())


@kernels("blocks")
def test_device_pools():
    """Three device pools beside the default one, with mappings in each."""
    with Stress() as stress:
        stress("device-add", count=4)
        for device, (areas, blocks) in enumerate(((1, 1), (2, 2), (4, 1))):
            stress.allocate(device, areas, blocks)
            stress("leak", device=device, size=4096, count=3 + device)
        stress("leak", device=3, size=64, count=11)
        shown = state()
        equal("pools", sorted(pool_["name"] for pool_ in shown["pools"]),
              ["default", "swiotlb_stress.0", "swiotlb_stress.1", "swiotlb_stress.2"])
        check_sound(shown)
        check_against_kernel(shown)
        equal("used of default", pool(shown)["used"], 4 * BLOCK_SLOTS + 11)
        for device, (areas, blocks) in enumerate(((1, 1), (2, 2), (4, 1))):
            name = f"swiotlb_stress.{device}"
            check_against_kernel(shown, name, name)
            child = pool(shown, name)
            equal(f"{name}", (child["kind"], child["device"], child["parent"], child["slots"], len(child["areas"]),
                              child["used"]),
                  ("device", name, pool(shown)["id"], blocks * BLOCK_SLOTS, areas, 2 * (3 + device)))
            equal(f"the module's slots of {name}", stress.truth()[device]["live_slots"], 2 * (3 + device))
    equal("pools at the end", [pool_["name"] for pool_ in state()["pools"]], ["default"])
