# SPDX-License-Identifier: GPL-2.0-only
"""What a look at the state takes on a machine with many devices, pools or CPUs, and what memory the tool needs there."""
from common import ALL, read, say, stress
from state import look, memory

LEVELS = ("state", "mappings")
POOL = "/sys/kernel/debug/swiotlb/io_tlb_nslabs"
DEVICES = 4         # that there are
ADDED = 1024        # slots of a pool that the kernel adds
BATCH = 256         # mappings at a time


def add_devices(count):
    stress(f"device-add count={count - DEVICES}")


def add_pools(count):
    """Maps until the kernel has added so many pools to the default one, and gives all back: pools stay."""
    wanted = int(read(POOL)) + (count - 1) * ADDED
    while int(read(POOL)) < wanted:
        stress(f"fill device=0 size=2048 count={BATCH}")
    stress("drain device=0")


def measure(_kernel, options):
    """options: what there is many of, and how many; CPUs are the guest's."""
    what, count = options[0], int(options[1])
    if what == "devices":
        add_devices(count)
    elif what == "pools":
        add_pools(count)
    say(f"{count} {what}")
    return {"look": {levels: look(levels, 0) for levels in LEVELS},
            "memory": {levels: memory(levels) for levels in (*LEVELS, ALL)}}
