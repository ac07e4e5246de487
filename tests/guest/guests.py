# SPDX-License-Identifier: GPL-2.0-only
"""The guests that `make test` boots, those that are booted by hand (tests/run guest NAME), and the tests in each.

Tests of one guest run in the order given. Those that damage the pool for good stand last, or have a guest of their
own. 32768 slots are 64 MiB: 32 blocks.
"""


class Guest:
    """NAME, the kernel, its swiotlb= argument (None = it decides itself), and what tools/guest is told beyond it."""

    def __init__(self, name, kernel, swiotlb, tests, *options):
        self.name, self.kernel, self.tests = name, kernel, tests
        self.options = ["--kernel", kernel, *(["--swiotlb", swiotlb] if swiotlb else []), *options]


DISK = ("--disk", "256M,queues=4")

CARDS = ("--net", "virtio", "--net", "e1000e", "--usb")

LEDGER = ["mappings.exact_counts", "mappings.leaks"]
LEAKS = ["mappings.leaks", "mappings.attached"]
CONTENDED = ["contention", "hold", "callers"]
STOCK = ["state", "lifecycle", "usage.no_block_functions", "usage.not_root", "usage.memory", "check.no_blocks",
         "check.lossy", "devices"]
USAGE = ["usage.arguments", "usage.output", "usage.not_root", "usage.no_btf", "usage.doctor",
         "usage.memory"]
MAPPING_ENDS = ["mappings.started_late", "mappings.freed", "mappings.failures", "mappings.exhausted_by_a_leak",
                "mappings.come_and_go", "mappings.child_pools_come_and_go", "mappings.namesakes", "wrong_unmaps"]
PREEMPTED = ["mappings.preempted", "mappings.leaks", "mappings.come_and_go", "mappings.failures",
             "wrong_unmaps.each"]
PREEMPTED_FEW = ["mappings.preempted", "callers.preempted"]     # CPUs that share an area
FULL = ("--append", "preempt=full")
TABLES = ["mappings.small_shadow", "mappings.many_devices"]
TOP = ["top.figures", "top.levels", "top.peaks"]
TOP_KEYS = ["top.keys", "top.mouse", "top.resize", "top.device_goes"]
TOP_ENDS = ["top.signals", "top.suspend", "top.terminal_closed", "top.plain", "top.batch"]

GUESTS = [
    Guest("areas-1", "patched", "32768,1,force", ["state", *LEAKS]),
    Guest("areas-2", "patched", "32768,2,force", ["state", "lifecycle"]),
    Guest("areas-8", "patched", "32768,8,force", ["state", "hold.known_wait", "hold.uncontended", "blocks"]),
    Guest("areas-16", "patched", "32768,16,force", ["state", *USAGE]),
    Guest("contended", "patched", "4096,2,force", ["contention", "hold.contended_counts", "callers", "gone"], *DISK),
    Guest("contended-6.1", "6.1", "4096,2,force", CONTENDED, *DISK),
    Guest("contended-6.12", "6.12", "4096,2,force", CONTENDED, *DISK),
    Guest("stock-6.1", "6.1", "4096,2,force", STOCK),
    Guest("stock-6.12", "6.12", "4096,2,force", STOCK),
    Guest("stock-rt", "6.1-rt", "4096,2,force", ["state", "lifecycle", "hold.uncontended"]),
    Guest("contended-rt", "6.1-rt", "4096,2,force",
          ["hold.known_hold", "hold.contended_counts", "callers.every_wait_is_charged", "mappings.return_nodes"]),
    Guest("faults", "patched", "32768,8,force", ["faults"]),
    Guest("check-faults", "patched", "32768,8,force",
          [f"check.{name}" for name in ("nothing_amiss", "keep_pool", "keep_slots", "keep_used", "list_overrun",
                                        "first_area_only", "hold")]),
    Guest("check", "patched", "32768,8,force",
          [f"check.{name}" for name in ("block_leak", "mapping_leak", "refused", "wrong_unmaps", "undecided", "lossy",
                                        "gone_device")]),
    Guest("check-ends", "patched", "32768,8,force", ["check.ends", "check.fail_fast"]),
    Guest("mappings", "patched", "32768,4,force", LEDGER, *DISK),
    Guest("mappings-6.1", "6.1", "32768,4,force", LEDGER, *DISK),
    Guest("mappings-6.12", "6.12", "32768,4,force", LEDGER, *DISK),
    Guest("mappings-ends", "patched", "32768,4,force", MAPPING_ENDS),
    Guest("mappings-ends-6.1", "6.1", "32768,4,force", MAPPING_ENDS),
    Guest("mappings-ends-6.12", "6.12", "32768,4,force", MAPPING_ENDS),
    Guest("middle", "patched", "32768,4,force", ["mappings.in_the_middle"]),
    Guest("middle-6.1", "6.1", "32768,4,force", ["mappings.in_the_middle"]),
    Guest("middle-6.12", "6.12", "32768,4,force", ["mappings.in_the_middle"]),
    Guest("attach", "patched", "32768,4,force", ["attach"]),
    Guest("attach-6.1", "6.1", "32768,4,force", ["attach"]),
    Guest("attach-6.1-rt", "6.1-rt", "32768,4,force", ["attach"]),
    Guest("attach-6.12", "6.12", "32768,4,force", ["attach"]),
    Guest("iommu-6.1", "6.1", "32768,4,force",
          ["mappings.behind_an_iommu", "mappings.leaks", "mappings.come_and_go", "mappings.exhausted_by_a_leak",
           "wrong_unmaps.each"], "--iommu"),
    Guest("preempt-6.1", "6.1", "32768,4,force", ["mappings.preempted", "mappings.other_tools"], *FULL),
    Guest("preempt-6.12", "6.12", "32768,4,force", PREEMPTED, *FULL),
    Guest("preempt-2-6.1", "6.1", "32768,1,force", PREEMPTED_FEW, *FULL, "--cpus", "2"),
    Guest("preempt-2-6.12", "6.12", "32768,1,force", PREEMPTED_FEW, *FULL, "--cpus", "2"),
    Guest("lazy", "7.3", "4096,2,force", ["state", "contention", *PREEMPTED], *DISK),
    Guest("rings", "patched", "32768,4,force", ["rings"], *CARDS),
    Guest("rings-6.1", "6.1", "32768,4,force", ["rings"], *CARDS),
    Guest("rings-6.12", "6.12", "32768,4,force", ["rings"], *CARDS),
    # More memory than the card reaches: it bounces without being told to.
    Guest("beyond-4g", "6.12", None, ["rings.driver_comes", "rings.traffic"], "--memory", "5G", "--net", "e1000"),
    Guest("tables", "patched", "32768,4,force", [*TABLES, "mappings.two_places"]),
    Guest("tables-6.1", "6.1", "32768,4,force", [*TABLES, *LEAKS]),
    Guest("tables-6.12", "6.12", "32768,4,force", [*TABLES, *LEAKS]),
    Guest("dynamic", "dynamic", "1024,4,force", ["pools", "gone"]),
    Guest("privileges", "patched", "4096,2,force", ["privileges", "devices"]),
    Guest("privileges-6.1", "6.1", "4096,2,force", ["privileges"]),
    Guest("privileges-6.12", "6.12", "4096,2,force", ["privileges"]),
    Guest("top", "patched", "32768,2,force", [*TOP, "top.blocks"]),
    Guest("top-6.12", "6.12", "32768,2,force", TOP),
    Guest("top-keys", "patched", "32768,2,force", TOP_KEYS),
    Guest("top-keys-6.12", "6.12", "32768,2,force", TOP_KEYS),
    Guest("top-ends", "patched", "32768,2,force", TOP_ENDS),
    Guest("top-ends-6.12", "6.12", "32768,2,force", TOP_ENDS),
    Guest("no-pool", "patched", "noforce", ["usage.no_pool"]),
    Guest("no-pool-6.12", "6.12", "noforce", ["usage.no_pool"]),
]

BY_HAND = [
    Guest("stock-7.3", "7.3", "4096,2,force", [*STOCK, *CONTENDED], *DISK),
    Guest("lazy-7.3", "7.3", "32768,4,force", ["mappings.preempted"]),
]
