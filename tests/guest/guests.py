# SPDX-License-Identifier: GPL-2.0-only
"""The guests that are booted: scenarios, each on every kernel that has what it needs, and the tests in each.

Tests of one guest run in the order given. Those that damage the pool for good stand last, or have a guest of their
own. 32768 slots are 64 MiB: 32 blocks.
"""
from features import KERNELS, features, fits


# The timer of the scheduler's deadline server (dl_task_timer(), 7.3) may warn when the host has kept a CPU away for long.
LATE = ("--allow-warning", "hrtimer_forward")


class Guest:
    """What is booted: a scenario on a kernel."""

    def __init__(self, scenario, kernel):
        found = features(kernel)
        self.kernel, self.scenario = kernel, scenario.name
        self.rare = bool(scenario.rare) and fits(found, *scenario.rare)
        self.slow = "foreign" in found
        self.long = scenario.long
        self.name = scenario.name if kernel in ("patched", scenario.name) else f"{scenario.name}-{kernel}"
        self.tests = [*scenario.tests, *(test for feature, tests in scenario.more.items() if feature in found for test in tests)]
        self.options = ["--kernel", kernel, *(["--swiotlb", scenario.swiotlb] if scenario.swiotlb else []), *scenario.options,
                        *(LATE if "lazy" in found else ())]


class Scenario:
    """NAME, the features that it NEEDS (a text, or several of which one is enough), its swiotlb= argument (None = the
    kernel decides itself), the tests, and what tools/guest is told beyond it.

    A test that does not hold on a kernel is left out there, as its mark says. MORE has tests that run with a feature
    only: more={"blocks": ["gone"]}. RARE has the features, as NEEDS does, of kernels on which it shows hardly anything that
    it does not show on the others: there it belongs to `make test-all` alone. A LONG one takes minutes: it is begun before
    the others, so that none runs alone at the end.
    """

    def __init__(self, name, needs, swiotlb, tests, *options, more=(), rare=(), long=False):
        self.name, self.swiotlb, self.tests, self.options, self.long = name, swiotlb, tests, options, long
        self.needs, self.rare = ([each] if isinstance(each, str) else each for each in (needs, rare))
        self.more = dict(more)

    def takes(self, found, by_hand):
        """Whether a kernel with the features FOUND has what is needed; a foreign one is named, or booted by hand."""
        return any(fits(found, need) and (by_hand or "foreign" not in found or "foreign" in need.split()) for need in self.needs)

    def guests(self, *assumed, by_hand=False):
        """A guest on each kernel that has what is needed, ASSUMED features aside."""
        return [Guest(self, kernel) for kernel in KERNELS if self.takes(features(kernel) | {*assumed}, by_hand)]


USUAL = "usual static spins"
# One of each code base, where stock 6.1 would show nothing that the patched kernel does not.
BASES = ("usual blocks", "usual later spins")

DISK = ("--disk", "256M,queues=4")
CARDS = ("--net", "virtio", "--net", "e1000e", "--usb")
FULL = ("--append", "preempt=full")

LEDGER = ["mappings.exact_counts", "mappings.copies", "mappings.never_synced", "mappings.leaks"]
LEAKS = ["mappings.leaks", "mappings.attached"]
USAGE = ["usage.arguments", "usage.output", "usage.not_root", "usage.no_btf", "usage.doctor", "usage.memory"]
FAILURES = ["mappings.started_late", "mappings.freed", "mappings.failures", "mappings.exhausted_by_a_leak"]
MAPPING_ENDS = ["mappings.come_and_go", "mappings.child_pools_come_and_go", "mappings.namesakes", "wrong_unmaps", "kernel_log"]
PREEMPTED = ["mappings.leaks", "mappings.come_and_go", "mappings.failures", "wrong_unmaps.each"]
TABLES = ["mappings.small_shadow", "mappings.many_devices", "mappings.others"]

SCENARIOS = [
    Scenario("areas-1", "usual blocks", "32768,1,force", ["levels", "state", *LEAKS]),
    Scenario("areas-2", "usual blocks", "32768,2,force", ["verdict", "boot.as_asked", "state", "lifecycle"]),
    Scenario("areas-8", "usual blocks", "32768,8,force",
             ["state", "hold.known_wait", "hold.uncontended", "blocks", "bouncing.device_pool"]),
    Scenario("areas-16", "usual blocks", "32768,16,force", ["state", *USAGE]),
    Scenario("contended", USUAL, "4096,2,force",
             ["contention", "hold.known_hold", "hold.contended_counts"], *DISK,
             more={"blocks": ["callers", "gone"], "later": ["callers"], "stock": ["hold.uncontended"]}),
    Scenario("callers", "usual 6.1", "4096,2,force", ["callers"], *DISK, rare="6.1"),
    Scenario("contended", "sleeps", "4096,2,force",
             ["hold.known_hold", "hold.contended_counts", "callers.every_wait_is_charged"],
             more={"6.1-rt": ["mappings.return_nodes"]}, rare="later"),
    Scenario("stock", "usual stock spins", "4096,2,force",
             ["verdict", "boot.as_asked", "levels", "state", "lifecycle", "usage.no_block_functions", "check.no_blocks",
              "check.lossy", "devices"],
             more={"later": ["record", "export", "fleet", "usage.not_root", "usage.memory"]}, long=True),
    Scenario("stock", "sleeps", "4096,2,force", ["levels", "state", "lifecycle", "hold.uncontended"], rare="later"),
    Scenario("faults", "usual blocks", "32768,8,force", ["faults"]),
    Scenario("check-faults", "usual blocks", "32768,8,force",
             [f"check.{name}" for name in ("nothing_amiss", "keep_pool", "keep_slots", "keep_used", "list_overrun",
                                           "first_area_only", "hold")]),
    Scenario("check", "usual blocks", "32768,8,force",
             [f"check.{name}" for name in ("block_leak", "mapping_leak", "refused", "wrong_unmaps", "undecided", "lossy",
                                           "gone_device")]),
    Scenario("check-ends", "usual blocks", "32768,8,force", ["check.ends", "check.fail_fast"]),
    Scenario("mappings", USUAL, "32768,4,force", LEDGER, *DISK, more={"blocks": ["audit"], "later": ["audit"]}),
    Scenario("trace", (USUAL, "restricts", "stock lazy"), "32768,4,force", ["trace"],
             rare=("6.1", "restricts")),
    Scenario("mappings-ends", (f"{USUAL} blocks", f"{USUAL} later"), "32768,4,force", [*FAILURES, *MAPPING_ENDS]),
    Scenario("mappings-rest", "usual 6.1", "32768,4,force", [*FAILURES, *MAPPING_ENDS, "audit"], rare="6.1"),
    Scenario("refusals", USUAL, "32768,4,force",
             ["sizing.oversized", "bouncing.forced", "refusals", "sizing.crowded"], "--allow-warning", "swiotlb_map",
             rare="6.1"),
    # What the first one advises, the second boots; the third has half of it.
    Scenario("advise", BASES, "8192,2,force", ["advise.line", "advise.leak"], rare="blocks"),
    Scenario("advise-held", BASES, "2048,1,force", ["advise.line"], rare="blocks"),
    Scenario("advise-half", BASES, "1024,1,force", ["advise.line"], rare="blocks"),
    Scenario("middle", USUAL, "32768,4,force", ["mappings.in_the_middle"], rare="stock"),
    # More CPUs than the host has would wait for each other, some hundred times for each attach.
    Scenario("attach", ("usual static", "sleeps"), "32768,4,force", ["attach"], "--cpus", "2",
             rare=("6.1", "sleeps")),
    Scenario("iommu", "usual stock spins", "32768,4,force", ["mappings.bounced_by_an_iommu"], "--iommu",
             more={"6.1": ["mappings.behind_an_iommu"]}),
    Scenario("iommu-ends", "usual 6.1", "32768,4,force",
             ["mappings.leaks", "mappings.come_and_go", "mappings.exhausted_by_a_leak", "wrong_unmaps.each"], "--iommu",
             rare="6.1"),
    Scenario("preempt", "usual stock spins", "32768,4,force", ["levels", "mappings.preempted", "mappings.other_tools"], *FULL,
             more={"later": PREEMPTED}),
    # CPUs that share an area.
    Scenario("preempt-2", "usual stock spins", "32768,1,force", ["mappings.preempted", "callers.preempted"], *FULL,
             "--cpus", "2", rare="6.1"),
    Scenario("lazy", "stock lazy", "4096,2,force",
             ["privileges.nothing_left", "privileges.refused_from_inside", "levels", "state", "contention",
              "mappings.preempted", "mappings.leaks", "mappings.come_and_go", "mappings.failures", "refusals.wrong_kind",
              "audit.locked", "audit.under_load"],
             *DISK, long=True),
    Scenario("rings", USUAL, "32768,4,force", ["rings"], *CARDS, more={"later": ["cases.in_rings"]},
             rare=("blocks", "6.1")),
    # SWIOTLB_TEST_RING_SECONDS=60 makes the window that long.
    Scenario("ring", "by-hand static spins", "32768,4,force", ["rings.leaking_ring"]),
    # More memory than the card reaches: it bounces without being told to.
    Scenario("beyond-4g", "usual later spins", None,
             ["bouncing.below_memory", "rings.driver_comes", "rings.traffic", "cases.in_beyond_4g"],
             "--memory", "5G", "--net", "e1000"),
    Scenario("tables", USUAL, "32768,4,force", TABLES,
             more={"blocks": ["mappings.two_places"], "stock": LEAKS}, rare="stock"),
    # More areas than CPUs, 1 GiB, and on 6.1 room for 64 CPUs.
    Scenario("large", USUAL, "524288,256,force",
             ["levels", "state", "hold.known_wait", "mappings.exact_counts", "mappings.leaks"],
             "--cpus", "4,possible=64", "--memory", "3G", *DISK, rare="static"),
    # What every kernel is to show, where the block list is that of io_tlb_pool.
    Scenario("core", "blocks grows", "32768,2,force",
             ["state", "lifecycle.normal_end", "contention", "hold", "mappings.exact_counts", "mappings.leaks",
              "bouncing.device_pool", "blocks", "gone.device_pools"], *DISK, rare="lazy"),
    # What every kernel is to show, on machines that are emulated slowly.
    Scenario("core", "foreign stock static spins", "4096,2,force",
             ["levels", "verdict", "usage.no_block_functions", "check.no_blocks", "state", "lifecycle", "contention", "hold",
              "callers.every_wait_is_charged", "mappings.exact_counts", "mappings.leaks", "mappings.failures",
              "mappings.come_and_go", "wrong_unmaps.each"], *DISK, rare="foreign", long=True),
    # The kernel's own totals are the truth here: from 7.3 on it keeps them when it is told to.
    Scenario("dynamic", "grows", "1024,4,force,track_hiwater",
             ["levels", "pools", "bouncing.restricted", "gone.restricted_pools", "gone.brief_restricted_pools",
              "cases.in_dynamic"], long=True),
    Scenario("privileges", USUAL, "4096,2,force", ["privileges.hidden_symbols", "privileges.two_capabilities",
                                                   "privileges.too_few_capabilities", "privileges.nothing_left",
                                                   "privileges.refused_from_inside"],
             more={"blocks": ["devices"], "later": ["cases.in_privileges"], "stock": ["privileges.lockdown"]},
             rare="6.1"),
    Scenario("top", BASES, "32768,2,force", ["top.figures", "top.levels", "top.peaks", "top.blocks"], rare="later"),
    Scenario("top-keys", BASES, "32768,2,force", ["top.keys", "top.mouse", "top.resize", "top.device_goes"],
             rare="later"),
    Scenario("top-ends", BASES, "32768,2,force",
             ["top.signals", "top.suspend", "top.terminal_closed", "top.plain", "top.batch"], rare="later"),
    Scenario("cases", "usual later spins", "4096,2,force", ["cases.in_cases"], "--allow-warning", "swiotlb_map"),
    Scenario("no-pool", BASES, "noforce", ["usage.no_pool"], rare="later"),
    Scenario("boot-rounded", BASES, "1024,64,force", ["boot.rounded"], rare="later"),
    Scenario("boot-reduced", BASES, "2097152,4,force", ["boot.reduced"], "--append", "swiotlb=2097152M", "--memory", "1G",
             rare="later"),
    Scenario("boot-misread", BASES, "512M,force", ["boot.misread"], more={"later": ["cases.in_boot_misread"]}, rare="blocks"),
]

# Those of `make test`; those of `make test-all` beyond, with the kernels that are not usual; those that are booted when named.
GUESTS = [guest for scenario in SCENARIOS for guest in scenario.guests() if not guest.rare]
USED = {guest.name for guest in GUESTS}
RARE = [guest for scenario in SCENARIOS for guest in scenario.guests("usual") if guest.name not in USED]
USED |= {guest.name for guest in RARE}
BY_HAND = [guest for scenario in SCENARIOS for guest in scenario.guests("usual", "by-hand", by_hand=True)
           if guest.name not in USED]
