# SPDX-License-Identifier: GPL-2.0-only
"""Device blocks: taken, given back, leaked, and by whom. The last test leaks for good."""
import time

from harness import (BLOCK, BLOCK_SLOTS, Stress, Watch, between, contains, each_area, environment, equal, kernels, pool,
                     report)

LEVELS = ("--level", "locks,blocks")
# Areas and blocks of the pools of devices 0 to 5; the last two leak.
POOLS = ((1, 1), (2, 2), (4, 1), (2, 1), (4, 3), (1, 2))
LEAKED = (4, 5)
QUIET = {"unreclaimed": 0, "list_errors": 0, "stale": 0, "failed": 0, "failed_with_room": 0}


def figures(shown, **wanted):
    """The figures of the blocks are these; those that nothing is said about, 0."""
    for key, value in {**QUIET, **wanted}.items():
        equal(f"blocks.{key}", shown["blocks"][key], value)


def owners_by_device(shown):
    owners = {owner["device"]: owner for owner in shown["blocks"]["owners"]}
    equal("owners with a name of their own", len(owners), len(shown["blocks"]["owners"]))
    return owners


@kernels("blocks")
def test_lists():
    """Blocks of every area: total, free and allocated add up, whoever has them."""
    with Stress() as stress:
        stress("device-add", count=len(POOLS))
        for device, (areas, blocks) in enumerate(POOLS):
            stress.allocate(device, areas, blocks)
        shown = report("-t", "0.1", "--level", "state")
        taken = sum(blocks for _, blocks in POOLS)
        totals = each_area(shown, "blocks", "total")
        equal("total", sum(totals), pool(shown)["slots"] // BLOCK_SLOTS)
        equal("allocated", sum(each_area(shown, "blocks", "allocated")), taken)
        equal("free", sum(each_area(shown, "blocks", "free")), sum(totals) - taken)
        equal("allocated by the slots in use", [used // BLOCK_SLOTS for used in each_area(shown, "used")],
              each_area(shown, "blocks", "allocated"))
        equal("live", shown["blocks"]["live"], taken)
        equal("unknown without its level", shown["blocks"]["allocated"], None)


@kernels("blocks")
def test_before_the_window():
    """Blocks taken before the tool started: the devices are known, ages and stacks are not, and nothing leaks."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress.allocate(0, 2, 2)
        stress.allocate(1)
        shown = report("-t", "0.1")
        figures(shown, live=3, leaked=0, orphaned=0, requests=0, releases=0, allocated=0, freed=0)
        owners = owners_by_device(shown)
        for device, (areas, blocks) in enumerate(((2, 2), (1, 1))):
            owner = owners[f"swiotlb_stress.{device}"]
            equal("owner", {key: owner[key] for key in ("areas", "blocks", "bytes", "device_gone", "in_window", "pool",
                                                        "age_seconds", "stack")},
                  {"areas": areas, "blocks": blocks, "bytes": blocks * BLOCK, "device_gone": False, "in_window": False,
                   "pool": pool(shown)["id"], "age_seconds": None, "stack": owner["stack"]})
            equal("stack", owner["stack"] or [], [])


@kernels("blocks")
def test_no_room():
    """A request that no area can hold fails, and rightly so."""
    with Stress() as stress:
        stress("device-add")
        per_area = each_area(report("-t", "0.1", "--level", "state"), "blocks", "total")[0]
        with Watch(*LEVELS) as watch:
            try:
                stress.allocate(0, 1, per_area + 1)
            except OSError:
                pass
        equal("the module's failures", stress.truth()[0]["block_failures"], 1)
        figures(watch.report, failed=1, failed_with_room=0, live=0, leaked=0, requests=0, allocated=0)


@kernels("blocks")
def test_kept_by_a_living_device():
    """Taken in the window and kept: leaked, but only warned about, as the device can still give them back."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress.allocate(0)
        with Watch(*LEVELS) as watch:
            stress.allocate(1, 1, 2)
        figures(watch.report, requests=1, allocated=2, live=3, leaked=2, orphaned=0)
        equal("findings", [(finding["id"], finding["severity"]) for finding in watch.report["findings"]],
              [("block-leak", "warning")])
        contains("finding", watch.report["findings"][0]["text"], "2 blocks (4 MiB) leaked: 2 by swiotlb_stress.1")


@kernels("blocks")
def test_by_return_probes():
    """Without trampolines, return probes pair the begin and the end of each call: the counts are the same."""
    with Stress() as stress:
        stress("device-add", count=3)
        with environment("SWIOTLB_FORBID", "fentry,fexit"), Watch("--level", "blocks") as watch:
            for device, (areas, blocks) in enumerate(POOLS[:3]):
                stress.allocate(device, areas, blocks)
            for device in range(2):
                stress("block-free", device=device)
        figures(watch.report, requests=3, releases=2, allocated=4, freed=3, live=1, leaked=1, orphaned=0)
        hooks = {probe["name"]: probe["state"] for probe in watch.report["probes"]}
        equal("hooks", (hooks["blocks.allocate"], hooks["blocks.free"]), ("kretprobe", "kretprobe"))


@kernels("blocks")
def test_six_four_two():
    """Six allocations, four given back, two devices deleted with theirs: seen as it happens, and after the damage."""
    born = {}
    with Stress() as stress:
        stress("device-add", count=len(POOLS))
        with Watch(*LEVELS, "--stacks") as watch:
            for device, (areas, blocks) in enumerate(POOLS):
                before = time.monotonic()
                stress.allocate(device, areas, blocks)
                born[device] = (before, time.monotonic())
            for device in range(4):
                stress("block-free", device=device)
            for device in LEAKED:
                stress("device-del", id=device)
            end = time.monotonic()
        after = time.monotonic()
    leaked = sum(POOLS[device][1] for device in LEAKED)
    taken = sum(blocks for _, blocks in POOLS)
    figures(watch.report, requests=6, releases=4, allocated=taken, freed=taken - leaked, live=leaked, leaked=leaked,
            orphaned=leaked)
    owners = owners_by_device(watch.report)
    equal("owners", sorted(owners), [f"swiotlb_stress.{device}" for device in LEAKED])
    for device in LEAKED:
        owner = owners[f"swiotlb_stress.{device}"]
        areas, blocks = POOLS[device]
        equal("owner", {key: owner[key] for key in ("areas", "blocks", "bytes", "device_gone", "in_window", "pool")},
              {"areas": areas, "blocks": blocks, "bytes": blocks * BLOCK, "device_gone": True, "in_window": True,
               "pool": pool(watch.report)["id"]})
        between("age_seconds", end - born[device][1], owner["age_seconds"], after - born[device][0])
        contains("stack", " ".join(owner["stack"]), "stress_block_alloc", "[swiotlb_stress]")
    equal("findings", [(finding["id"], finding["severity"]) for finding in watch.report["findings"]],
          [("block-leak", "error")])

    after_the_damage(leaked)


def after_the_damage(leaked):
    """The tool starts when all is over: the same state, with nobody to blame."""
    shown = report("-t", "0.1")
    figures(shown, requests=0, releases=0, allocated=0, freed=0, live=leaked, leaked=leaked, orphaned=leaked)
    equal("orphaned blocks of the owners", sum(owner["blocks"] for owner in shown["blocks"]["owners"]), leaked)
    for owner in shown["blocks"]["owners"]:
        equal("owner", (owner["device"], owner["device_gone"], owner["age_seconds"], owner["areas"]),
              (None, True, None, None))
    only_state = report("-t", "0.1", "--level", "state")
    equal("live by state alone", only_state["blocks"]["live"], leaked)
    equal("orphaned by state alone", only_state["blocks"]["orphaned"], leaked)
    equal("findings", [finding["id"] for finding in shown["findings"]], ["block-leak"])
