# SPDX-License-Identifier: GPL-2.0-only
"""Attaching and detaching while all CPUs execute what is patched: the kernel lives, and the figures stay true.

SWIOTLB_TEST_ATTACHES=100 attaches a hundred times, while the CPUs do not pause: each attach interrupts all of them some
hundred times, which takes long where they share few CPUs of a host.
"""
import os

from harness import Stress, between, equal, kernels, note, report

ATTACHES = int(os.environ.get("SWIOTLB_TEST_ATTACHES", "4"))
RATE = 0 if "SWIOTLB_TEST_ATTACHES" in os.environ else 500


@kernels("static")
def test_under_load():
    """Every CPU maps and unmaps, and the tool sees no more than they make."""
    cpus = range(os.cpu_count())
    with Stress() as stress:
        stress("device-add")
        for cpu in cpus:
            stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=0, rate=RATE)
        seen = []
        for number in range(1, ATTACHES + 1):
            before = stress.total("maps")
            found = report("-t", "0.2", "--level", "locks,mappings,callers")
            made = stress.total("maps") - before
            maps = found["mappings"]["maps"]
            between("maps that the tool saw", 1, maps, made)
            seen.append(maps)
            print(f"attached {number} times", flush=True)
        stress("stop")
        equal("mappings that are left", stress.total("live"), 0)
    note(f"{ATTACHES} attaches with {len(cpus)} CPUs mapping: {min(seen)} to {max(seen)} maps seen each time")
