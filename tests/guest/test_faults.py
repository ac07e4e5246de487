# SPDX-License-Identifier: GPL-2.0-only
"""Each fault that the patched kernel can be told to make gives its own figure and no other.

Most damage lasts until the guest ends, so figures are compared with those before.
"""
import contextlib

from harness import BLOCK_SLOTS, Stress, Watch, contains, each_area, equal, fault, has, kernels, pool, report

LEVELS = ("--level", "locks,blocks")
DEVICES = 24    # three blocks an area: some have a neighbour
AREAS = 8
PER_AREA = 4    # blocks


def damage(shown):
    """All figures of damage, by area of the default pool."""
    return {"unreclaimed": each_area(shown, "blocks", "unreclaimed"),
            "orphaned": each_area(shown, "blocks", "orphaned"),
            "block list errors": each_area(shown, "blocks", "list_errors"),
            "slot list errors": each_area(shown, "list_errors"),
            "used_drift": each_area(shown, "used_drift")}


def added(before, after):
    """What came since, without what did not change."""
    difference = {key: [new - old for old, new in zip(before[key], after[key])] for key in before}
    return {key: values for key, values in difference.items() if any(values)}


def by_area(areas, each):
    """[0, each, ...]: so much for each mention of an area."""
    return [each * areas.count(index) for index in range(AREAS)]


def counted(shown, **wanted):
    """What was seen to happen in the window; nothing else happened."""
    for key in ("requests", "releases", "allocated", "freed", "failed", "failed_with_room", "leaked"):
        equal(f"blocks.{key}", shown["blocks"][key], wanted.get(key, 0))


def places(shown):
    """{device id: (area, first block)} of the blocks that devices have."""
    return {int(owner["device"].split(".")[1]): (owner["area"], owner["first_block"])
            for owner in shown["blocks"]["owners"]}


def look():
    """The state alone, as a tool sees it that starts now."""
    return report("-t", "0.05", "--level", "state")


def free_with(name, devices, stress):
    """Frees with a fault while the tool watches: (areas, the report, what was added to the damage)."""
    before = look()
    if not devices:
        raise AssertionError(f"no device for {name}")
    areas = [places(before)[device][0] for device in devices]
    with Watch(*LEVELS) as watch, fault(name):
        for device in devices:
            stress("block-free", device=device)
    counted(watch.report, releases=len(devices), freed=len(devices))
    change = added(damage(before), damage(watch.report))
    equal("the same after the damage", added(damage(before), damage(look())), change)
    return areas, watch.report, change


def allocate_all(stress):
    stress("device-add", count=DEVICES)
    for device in range(DEVICES):
        stress.allocate(device)


@kernels("blocks")
def test_none():
    """Without a fault nothing is wrong, before, between and after."""
    with Stress() as stress:
        start = look()
        equal("damage at the start", added({key: [0] * AREAS for key in damage(start)}, damage(start)), {})
        with Watch(*LEVELS) as watch:
            allocate_all(stress)
            for device in range(0, DEVICES, 2):
                stress("block-free", device=device)
            for device in range(0, DEVICES, 2):
                stress.allocate(device)
            for device in range(DEVICES):
                stress("block-free", device=device)
        equal("damage", added(damage(start), damage(watch.report)), {})
        number = DEVICES * 3 // 2
        counted(watch.report, requests=number, releases=number, allocated=number, freed=number)
        equal("findings", watch.report["findings"], [])


@kernels("blocks")
def test_first_area_only():
    """The search stops at the first area: a failure with room elsewhere."""
    with Stress() as stress:
        stress("device-add", count=DEVICES)
        before = look()
        room = pool(before)["areas"][0]["blocks"]["free"]
        with Watch(*LEVELS) as watch, fault("first_area_only"):
            for device in range(room):
                stress.allocate(device)
            for device in (room, room + 1):
                try:
                    stress.allocate(device)
                except OSError as error:
                    contains("the module's error", str(error), "the kernel refused")
                else:
                    raise AssertionError("the fault had no effect")
            for device in range(room):
                stress("block-free", device=device)
        equal("the module's failures", stress.total("block_failures"), 2)
        counted(watch.report, requests=room, releases=room, allocated=room, freed=room, failed=2, failed_with_room=2)
        equal("damage", added(damage(before), damage(watch.report)), {})
        equal("finding", [finding["id"] for finding in watch.report["findings"]], ["block-failed-with-room"])


def stale_pools(shown):
    return sorted(pool_["device"] for pool_ in shown["pools"] if pool_["stale"])


def findings(shown):
    return sorted((finding["id"], finding["severity"]) for finding in shown["findings"])


def given_back_and_kept(stress, *faults):
    """Two of three devices give their pools back as the RFC does, and keep them: (before, what the tool saw)."""
    stress("device-add", count=AREAS * PER_AREA + 4)
    for device, blocks in enumerate((1, 2, 1)):
        stress.allocate(device, 1, blocks)
    before = look()
    with Watch(*LEVELS) as watch, contextlib.ExitStack() as on:
        for name in ("keep_pool", *faults):
            on.enter_context(fault(name))
        for device in (0, 1):
            stress("block-free", device=device)
    shown = watch.report
    counted(shown, releases=2, freed=3)
    for seen in (shown, look()):
        equal("stale pools", stale_pools(seen), ["swiotlb_stress.0", "swiotlb_stress.1"])
        equal("stale, live, orphaned", [seen["blocks"][key] for key in ("stale", "live", "orphaned")],
              [3, 1, 0])
        equal("owners", [owner["device"] for owner in seen["blocks"]["owners"]], ["swiotlb_stress.2"])
    return before, shown


@kernels("blocks")
def test_keep_pool():
    """A free leaves the device its pool, as the RFC's does: counted by the state of the blocks, and named as stale.

    Then others get the blocks: theirs is what is live, and a mapping in the stale pool is an error.
    """
    with Stress() as stress:
        before, shown = given_back_and_kept(stress)
        equal("damage", added(damage(before), damage(shown)), {})
        equal("findings", findings(shown), [("stale-pool", "warning")] * 2)

        free = sum(each_area(shown, "blocks", "free"))
        with Watch(*LEVELS) as watch:
            for device in range(3, 3 + free):
                stress.allocate(device)
            stress("leak", device=0, size=4096, count=1)
        shown = watch.report
        counted(shown, requests=free, allocated=free, leaked=free)
        equal("damage", added(damage(before), damage(shown)), {})
        equal("owners", sorted(places(shown)), list(range(2, 3 + free)))
        equal("stale pools", stale_pools(shown), ["swiotlb_stress.0", "swiotlb_stress.1"])
        # A pool that grows is not full.
        full = [("pool-nearly-full", "warning")] if has("static") else []
        equal("findings", findings(shown), [("block-leak", "warning"), *full, ("stale-pool", "error"), ("stale-pool", "warning")])

        with Watch(*LEVELS) as watch:
            stress("unleak", device=0)
            for device in range(3, 3 + free):
                stress("block-free", device=device)
            stress.allocate(0, 1, 1)
        shown = watch.report
        counted(shown, requests=1, allocated=1, releases=free, freed=free, leaked=1)
        equal("damage", added(damage(before), damage(shown)), {})
        equal("owners", sorted(places(shown)), [0, 2])
        equal("stale pools", stale_pools(shown), ["swiotlb_stress.1"])


@kernels("blocks")
def test_keep_used():
    """The counter is not lowered: it is too high by a block's slots, and nothing else is wrong."""
    with Stress() as stress:
        allocate_all(stress)
        areas, shown, change = free_with("keep_used", [1, 2, 3], stress)
        equal("damage", change, {"used_drift": by_area(areas, BLOCK_SLOTS)})
        equal("finding", [finding["id"] for finding in shown["findings"]], ["used-drift"])


@kernels("blocks")
def test_keep_slots():
    """Slots are not given back: blocks listed free while their slots are taken, and the counter too low for them."""
    with Stress() as stress:
        allocate_all(stress)
        areas, shown, change = free_with("keep_slots", [4, 5, 12], stress)
        equal("damage", change, {"unreclaimed": by_area(areas, 1), "used_drift": by_area(areas, -BLOCK_SLOTS)})
        contains("findings", [finding["id"] for finding in shown["findings"]], "unreclaimed-blocks")


@kernels("blocks")
def test_list_overrun():
    """A run is rebuilt one block too far: one error a free, whether the block behind is free or taken."""
    with Stress() as stress:
        allocate_all(stress)
        where = places(look())
        behind = {device: (area, block + 1) for device, (area, block) in where.items() if (block + 1) % PER_AREA}
        before_taken = [device for device, place in behind.items() if place in where.values()]
        areas, _, change = free_with("list_overrun", before_taken[:1], stress)
        equal("a taken block behind", change, {"block list errors": by_area(areas, 1)})
        before_free = [device for device in behind if device not in before_taken and where[device][0] not in areas]
        areas, shown, change = free_with("list_overrun", before_free[:3], stress)
        equal("a free block behind", change, {"block list errors": by_area(areas, 1)})
        equal("list_errors of all", shown["blocks"]["list_errors"], 4)
        contains("findings", [finding["id"] for finding in shown["findings"]], "list-errors")


@kernels("blocks")
def test_the_rfc():
    """Blocks listed free, slots kept, the device's pool kept: what each free of the RFC leaves."""
    with Stress() as stress:
        before, shown = given_back_and_kept(stress, "keep_slots")
        areas = [places(before)[device][0] for device in (0, 1, 1)]
        equal("damage", added(damage(before), damage(shown)),
              {"unreclaimed": by_area(areas, 1), "used_drift": by_area(areas, -BLOCK_SLOTS)})
        kinds = {finding["id"] for finding in shown["findings"]}
        equal("findings", kinds & {"stale-pool", "unreclaimed-blocks", "block-leak"},
              {"stale-pool", "unreclaimed-blocks"})
