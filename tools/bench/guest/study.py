# SPDX-License-Identifier: GPL-2.0-only
"""What pools of their own out of blocks do for devices with several queues, and at what price; for docs/blocks-study.md.

Measured are settings of the pools, each under the same load (loads/queues), and what is predicted of all of them from a trace of the
first; or what a pair takes; or what the block interface loses when it is made to have a defect of the RFC.
"""
import contextlib
import json
import os
import re
import shutil
import statistics
import sys

from common import PYTHON, STRESS, TOOL, load, read, report, run, say, stress, write

REPORT = "/run/bench-report"
RESULT = "/run/bench-result"
RECORDING = "/run/bench-recording"
FAULTS = "/sys/kernel/debug/swiotlb/faults"
BLOCK = 2 << 20
DEVICES, QUEUES = 4, 2
# Devices from here on have no load.
SPARE = DEVICES
# As many as the default pool of 64 MiB has blocks.
BLOCKS = 32
# Tries to map of a queue: where time is measured, and where requests are recorded one by one.
PAIRS, TRACED_PAIRS, TIMES = 20000, 10000, 3
TRACED = "locks,blocks,mappings,trace"
# Where the default pool grows, nothing is predicted.
GROWS = ("7.3-patched",)
# By setting: areas of a device's pool, each a block; 0 = none. "areas" has as many in the default pool as there are CPUs.
SETTINGS = {"one": 0, "areas": 0, "device-one": 1, "device-queues": QUEUES}
WHATIFS = {"areas": f"areas={QUEUES}", "device-one": "blocks=swiotlb_stress.*:1", "device-queues": f"blocks=swiotlb_stress.*:{QUEUES}"}


def checked(*line):
    """What a program wrote that has to succeed."""
    status, output = run(*line)
    if status:
        raise OSError(f"{line[0]}: {output}")
    return output


def shown(levels, *command):
    """The report of a command."""
    checked(*report(levels, REPORT, *command))
    return json.loads(read(REPORT))


def of_devices(key):
    return [int(number) for number in re.findall(rf"\b{key}=(\d+)", read(f"{STRESS}/devices"))]


def take_blocks(rounds, *wrapper):
    """What loads/blocks counted."""
    checked(*wrapper, PYTHON, load("blocks"), RESULT, str(SPARE), str(rounds))
    return int(read(RESULT))


def locks(found):
    return [area["lock"] for pool in found["pools"] for area in pool["areas"]]


def waits(found):
    return {"contended": sum(lock["contended"] for lock in locks(found)),
            "waited_ns": sum(lock["wait_ns"]["total"] for lock in locks(found))}


def default_pool(found):
    return next(pool for pool in found["pools"] if pool["name"] == "default")


def own_pools(found):
    return [pool for pool in found["pools"] if pool["kind"] == "device" and not pool["stale"]]


# Settings

def timed():
    """Waits and throughput; median of several loads. The level locks adds nothing where nobody waits."""
    runs = []
    for _ in range(TIMES):
        before = of_devices("failures")
        found = shown("locks", "/bin/sh", load("queues"), str(PAIRS))
        seconds = max(of_devices("elapsed_ns")[:DEVICES]) / 1e9
        runs.append({**waits(found), "rate": DEVICES * QUEUES * PAIRS / seconds, "refused": sum(of_devices("failures")) - sum(before)})
    say(f"timed: {runs}")
    return {"pairs": DEVICES * QUEUES * PAIRS, "rates": sorted(run_["rate"] for run_ in runs),
            **{key: statistics.median(run_[key] for run_ in runs) for key in runs[0]}}


def live():
    """Holds, and the default pool while mappings are live; blocks that can be had then are taken for that."""
    run("/bin/sh", load("queues"), "0")
    found = shown("locks,holds", "/bin/sleep", "2")
    had = take_blocks(0)
    stress("stop")
    pool, own = default_pool(found), own_pools(found)
    holds = [lock["hold_ns"] for lock in locks(found) if lock["acquisitions"]]
    acquisitions = sum(lock["acquisitions"] or 0 for lock in locks(found))
    return {"hold_ns": sum(hold["total"] for hold in holds) / acquisitions, "hold_p99_ns": max(hold["p99"] for hold in holds),
            "largest_free": pool["largest_free"], "had": had,
            "reserved": sum(own_pool["slots"] for own_pool in own), "lists_bytes": sum(own_pool["lists_bytes"] for own_pool in own),
            "own_free": sum(own_pool["slots"] - own_pool["used"] for own_pool in own)}


def traced(setting):
    """What is measured while requests are recorded, and what is predicted of all settings from those of the first."""
    if os.path.exists(RECORDING):
        os.unlink(RECORDING)
    checked(TOOL, "record", "--level", TRACED, "-o", RECORDING, "--", "/bin/sh", load("queues"), str(TRACED_PAIRS))
    found = json.loads(checked(TOOL, "report", "--from", RECORDING, "--format", "json"))
    measured = {"maps": found["mappings"]["maps"], "refused": found["failures"]["total"], **waits(found),
                "peak": default_pool(found)["used_peak"], "lost": found["loss"]["total"],
                "device_peak": max((pool["used_peak"] for pool in own_pools(found)), default=0)}
    say(f"traced {setting}: {measured}")
    if setting != "one":
        return measured, None
    # For bench/host/simulate.
    shutil.copy(RECORDING, os.path.join(os.path.dirname(sys.argv[4]), "requests.zst"))
    line = [argument for text in WHATIFS.values() for argument in ("--what-if", text)]
    status, text = run(TOOL, "advise", "--from", RECORDING, "--format", "json", *line)
    if status > 1:
        raise OSError(f"advise: {text}")
    advice = json.loads(text)
    rows = [row["predicted"] for role in ("now", "whatif") for row in advice["settings"] if row["role"] == role]
    keys = ("peak", "device_peak", "contended", "waited_seconds", "no_blocks", "longest_free_min")
    predicted = {name: {"refused": sum(row["refused"].values()), **{key: row[key] for key in keys}}
                 for name, row in zip(("one", *WHATIFS), rows)}
    say(f"predicted: {predicted}")
    return measured, {"trace": advice["trace"], "settings": predicted}


def measure_setting(kernel, name):
    areas, predicted = SETTINGS[name], None
    for device in range(DEVICES if areas else 0):
        stress(f"block-alloc device={device} areas={areas} size={areas * BLOCK}")
    result = {"timed": timed(), "live": live()}
    if kernel not in GROWS:
        result["traced"], predicted = traced(name)
    for device in range(DEVICES if areas else 0):
        stress(f"block-free device={device}")
    say(f"{name}: {result}")
    return result, predicted


def settings(kernel, *names):
    found = {}
    result = {"cpus": os.cpu_count(), "devices": DEVICES, "queues": QUEUES, "settings": found}
    for name in names:
        found[name], predicted = measure_setting(kernel, name)
        if predicted:
            result["predicted"] = predicted
    return result


# Instructions

COUNTS = {"512": 256, "4096": 128, "32768": 32}
RUNS = 10


def once(device, size, count):
    """Instructions of so many pairs; None where one was refused."""
    before = of_devices("failures")[device]
    stress(f"start device={device} cpu=0 sizes={size} pairs={count} dir=to time=0")
    stress("wait")
    return None if of_devices("failures")[device] > before else of_devices("elapsed_ns")[device]


def pair(device):
    """Instructions of a pair by size; the least of several runs, which is one without a timer tick."""
    found = {}
    for size, count in COUNTS.items():
        taken = [once(device, size, count) for _ in range(RUNS)]
        found[size] = None if None in taken else round(min(taken) / count, 1)
    say(f"pair of device {device}: {found}")
    return found


def instructions(_kernel):
    """Of a pair in the default pool, in pools of a device's own, and where another device leaves no run of 16 KiB."""
    pair(0)
    found = {"default": pair(0)}
    stress(f"block-alloc device=1 areas=1 size={BLOCK}")
    stress(f"block-alloc device=2 areas={QUEUES} size={QUEUES * BLOCK}")
    found["device-one"] = pair(1)
    found["device-queues"] = pair(2)
    stress("fragment device=3 size=16384")
    found["default-fragmented"] = pair(0)
    found["device-queues-fragmented"] = pair(2)
    stress("drain device=3")
    found["default-again"] = pair(0)
    return {"pairs": found}


# Defects

# Findings that the load itself is worth.
ASIDE = ("contended-area", "mapping-growth", "pool-nearly-full")
# Mappings in blocks that others have.
MISPLACED = 8


def sums(found):
    """Figures of damage and of refusals."""
    areas = [area for pool in found["pools"] if pool["has_blocks"] for area in pool["areas"]]
    blocks = found["blocks"]
    return {**{key: blocks[key] or 0 for key in ("unreclaimed", "list_errors", "failed", "failed_with_room", "stale")},
            "used_drift": sum(abs(area["used_drift"]) for area in areas),
            "stale_bytes": sum(pool["lists_bytes"] for pool in found["pools"] if pool["stale"])}


def notable(found):
    """Findings by id with the worst severity, aside from those that the load itself is worth."""
    worst = {}
    for finding in found["findings"]:
        if finding["id"] not in ASIDE and worst.get(finding["id"]) != "error":
            worst[finding["id"]] = finding["severity"]
    return worst


@contextlib.contextmanager
def faults(*names):
    """Has the kernel misbehave."""
    for name in names:
        write(f"{FAULTS}/{name}", "1")
    try:
        yield
    finally:
        for name in names:
            write(f"{FAULTS}/{name}", "0")


def defect(before, rounds, *names, probe=True):
    """What the tool says of blocks that are taken and given back with faults, and, with PROBE, how many can be had afterwards."""
    with faults(*names):
        taken = take_blocks(rounds, *report("locks,blocks", REPORT))
    found = json.loads(read(REPORT))
    now = sums(found)
    result = {"rounds": rounds, "taken": taken, "findings": notable(found),
              "figures": {key: value - before[key] for key, value in now.items()}, "had": take_blocks(0) if probe else None}
    say(f"defect {' '.join(names) or 'none'}: {result}")
    return result


def structure(name):
    """Size of a structure of the kernel, and {member: offset}."""
    types = checked("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "raw")
    found = re.search(rf"^\[\d+\] STRUCT '{name}' size=(\d+) vlen=\d+\n((?:\t.*\n)*)", types, re.M)
    members = re.findall(r"^\t'(\w+)' type_id=\d+ bits_offset=(\d+)", found[2], re.M)
    return int(found[1]), {member: int(bits) // 8 for member, bits in members}


def written(before):
    """What the tool says of state that the RFC leaves and no switch does: it is written to an idle pool, and put back."""
    mem = structure("io_tlb_mem")[1]
    block_size, block = structure("io_tlb_block")
    area = structure("io_tlb_area")[1]
    default_mem = int(read("/sys/module/swiotlb_stress/parameters/default_mem"))
    half = BLOCKS // 2
    places = {"merge_beyond": ("block", (half - 1) * block_size + block["list"], 4, half + 1),
              "no_merge": ("block", half * block_size + block["list"], 4, 1),
              "lost_update": ("areas", area["used"], 8, BLOCK // 2048)}
    result = {}
    for name, (array, at, size, value) in places.items():
        stress(f"poke pointer={default_mem + mem[array]} at={at} size={size} value={value}")
        found = shown("state", "true")
        stress("unpoke")
        now = sums(found)
        result[name] = {"findings": notable(found), "figures": {key: value - before[key] for key, value in now.items()}}
        say(f"written {name}: {result[name]}")
    return result


def used_by_others():
    """A device maps in the pool that it gave back and kept, after others have got its blocks; all while the tool watches."""
    others = range(SPARE + 1, SPARE + BLOCKS)
    take = (f"for device in {' '.join(map(str, others))}; do echo block-alloc device=$device areas=1 size={BLOCK} >{STRESS}/control || "
            f"break; done 2>/dev/null; echo leak device={SPARE} size=4096 count={MISPLACED} >{STRESS}/control")
    found = shown("locks,blocks,mappings", "/bin/sh", "-c", take)
    stress(f"unleak device={SPARE}")
    for device in others:
        with contextlib.suppress(OSError):
            stress(f"block-free device={device}")
    # What it takes next comes from the default pool, and is its own.
    stress(f"block-alloc device={SPARE} areas=1 size={BLOCK}")
    stress(f"block-free device={SPARE}")
    result = {"findings": notable(found), "mappings": MISPLACED}
    say(f"used by others: {result}")
    return result


def defects(_kernel):
    """Devices have a pool of an area a queue and are under load, and another one takes blocks and gives them back."""
    state = written(sums(shown("state", "true")))
    for device in range(DEVICES):
        stress(f"block-alloc device={device} areas={QUEUES} size={QUEUES * BLOCK}")
    run("/bin/sh", load("queues"), "0")
    before = sums(shown("state", "true"))
    result = {"none": defect(before, 4), "none-all": defect(before, 0, probe=False),
              "first_area_only": defect(before, 0, "first_area_only", probe=False),
              "keep_pool": defect(before, 1, "keep_pool", probe=False)}
    result["keep_pool"]["used_by_others"] = used_by_others()
    result["list_overrun"] = defect(before, 4, "list_overrun")
    # This damage stays.
    before = sums(shown("state", "true"))
    result["rfc"] = defect(before, 4, "keep_slots", "keep_used", "keep_pool")
    stress("stop")
    return {"defects": result, "written": state}


def measure(kernel, options):
    """options: settings with their names, instructions, or defects."""
    # The loads, threads of the kernel, leave no CPU idle.
    os.nice(-19)
    stress(f"device-add count={BLOCKS}")
    what, *names = options
    return {"settings": settings, "instructions": instructions, "defects": defects}[what](kernel, *names)
