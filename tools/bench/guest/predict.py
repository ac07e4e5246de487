# SPDX-License-Identifier: GPL-2.0-only
"""What predictions are held against: loads that do not depend on the pool, each recorded request by request, and what the pool
that the guest has makes of them: peak, refusals, waits.

The recordings go to the directory that is the first option; the host predicts from them (predictions.py). The second one is which
boot it is: what one thread does is the same in each, and is recorded in the first.
"""
import json
import os
import shutil
import subprocess

from common import STRESS, TOOL, read, run, say, stress, stress_sum, write

LEVELS = "locks,blocks,mappings,holds,trace"
RECORDING = "/run/bench-requests"
HIGHEST = "/sys/kernel/debug/swiotlb/io_tlb_used_hiwater"
MIXED = "64,512,2048,3000,4096,9000,16384,65536,131072"
# Threads by load: (device, CPU, what else). Mappings live for as many requests of their thread as ever, whatever is refused. Pauses
# at random make several threads meet as those of different devices do: without them they fall into step, or do not.
LOADS = {
    "burst": [(0, 0, "sizes=4096 pairs=9000 hold=1300")],
    "mixed": [(1, 1, f"sizes={MIXED} pairs=9000 hold=210")],
    "aligned": [(2, 0, "sizes=1500,4096,16384 offset=1536 pairs=9000 hold=520")],
    "pairs": [(0, 0, "sizes=4096 pairs=60000 pause=15000"), (1, 1, "sizes=4096 pairs=60000 pause=15000")],
    "queues": [(number, number % 2, "sizes=3000,4096,2500 pairs=24000 hold=420 pause=15000") for number in range(4)],
    "steady-large": [(0, 0, "sizes=1500 pairs=100000 hold=8 pause=45000"),
                     (3, 1, "sizes=65536,32768,4096,16384 pairs=30000 hold=171 pause=150000")],
}
# No masks of more than a slot: with them a search of 6.1 need not end (tools/stress/README.md).
BEFORE = {"aligned": ["min-align device=2 mask=2047"]}


def script(name):
    """The commands of a load, for a shell."""
    starts = [f"start device={device} cpu={cpu} steady=1 time=0 {how}" for device, cpu, how in LOADS[name]]
    return "set -e; " + "; ".join(f"echo '{line}' >{STRESS}/control" for line in [*starts, "wait"])


def highest(begin=False):
    """The most slots in use since the begin, where the kernel counts them (from 6.4 on, and later only if told to); else None."""
    if not os.path.exists(HIGHEST):
        return None
    if begin:
        write(HIGHEST, "0")
    return int(read(HIGHEST)) or None


def shown(path):
    """What a report shows of the recording."""
    report = json.loads(subprocess.run([TOOL, "report", "--from", path, "--format", "json"], stdout=subprocess.PIPE, check=True).stdout)
    locks = [area["lock"] for pool in report["pools"] for area in pool["areas"]]
    return {"requests": report["trace"]["maps"] + report["trace"]["unmaps"] + report["trace"]["refused"],
            "refused": report["trace"]["refused"], "lost": report["trace"]["lost"], "unordered": report["trace"]["unordered"],
            "waits": sum(lock["contended"] for lock in locks),
            "waited_ns": sum(lock["wait_ns"]["total"] for lock in locks),
            "held_ns": sum(lock["hold_ns"]["total"] for lock in locks) / sum(lock["acquisitions"] for lock in locks)}


def record(levels, command):
    """Records what happens while a shell runs a command."""
    status, output = run(TOOL, "record", "--level", levels, "-o", RECORDING, "--", "/bin/sh", "-c", command)
    if status:
        raise OSError(f"record ended with {status}: {output}")


def rewind():
    """Has the next search of each area begin at its first slot, as in a pool that was never used: takes single slots up to the end."""
    record("trace", ":")
    lines = subprocess.run([TOOL, "convert", RECORDING, "--to", "jsonl"], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    os.unlink(RECORDING)
    part = json.loads(lines[0])["trace"]["part"]
    slots, areas = part["pools"][0]["slots"], part["pools"][0]["areas"]
    found = zip(*(part["areas"][key].split() for key in ("pool", "area", "index")))
    cpus = os.sched_getaffinity(0)
    for area, index in ((int(area), int(index)) for pool, area, index in found if pool == "0"):
        if index:
            # Its home is the CPU of that number.
            os.sched_setaffinity(0, {area})
            stress(f"fill device=0 size=64 count={slots // areas - index}")
            stress("drain device=0")
    os.sched_setaffinity(0, cpus)


def once(name, directory):
    """Records one load, and keeps the recording."""
    rewind()
    for command in BEFORE.get(name, ()):
        stress(command)
    highest(begin=True)
    failures = stress_sum("failures")
    record(LEVELS, script(name))
    found = {"threads": len(LOADS[name]), "highest": highest(), "failures": stress_sum("failures") - failures, **shown(RECORDING)}
    shutil.move(RECORDING, os.path.join(directory, f"{name}.zst"))
    say(f"{name}: {found}")
    return found


def measure(_kernel, options):
    directory, boot = options
    return {"loads": {name: once(name, directory) for name, threads in LOADS.items() if boot == "1" or len(threads) > 1}}
