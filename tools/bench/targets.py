# SPDX-License-Identifier: GPL-2.0-only
"""What the figures must be, and whether they are: computed from the figures, the worst case decides.

A target that cannot be judged, since a figure is missing, is not met.
"""
from parts import KERNELS

SIZES = ("64", "4096")
FREE = ("state", "locks", "blocks")
MIB = 1 << 20
# Guest instructions of a timer tick (4 ms at 250 Hz): a program that runs shorter delays nobody.
TICK = 4_000_000
# Instructions that a CPU executes in a second, where a share of its time is asked for: one a cycle at 3 GHz.
CPU = 3_000_000_000


class Missing(Exception):
    """A figure that was not measured; the message says which."""


def figure(tree, *path):
    """A figure by its path; Missing where there is none."""
    at = tree
    for depth, key in enumerate(path):
        if not isinstance(at, dict) or key not in at:
            reason = at.get("reason") if isinstance(at, dict) else None
            raise Missing(reason or f"no {' '.join(path[:depth + 1])} in this run")
        at = at[key]
    return at


def judged(tree):
    """The kernels that targets are for, of those that were measured."""
    found = [kernel for kernel in KERNELS if kernel in figure(tree, "kernels")]
    if not found:
        raise Missing("none of the kernels in this run")
    return found


def added(pairs, path, key):
    """What a row of a kernel's pairs adds to what is there without a tool."""
    return figure(pairs, *path, key) - figure(pairs, "none", key)


def kernel_pairs(tree, kernel):
    return figure(tree, "pairs", kernel)


def is_count(number):
    return f"{number:,.0f}"


def target_free(tree):
    """Levels that are not on the way of an uncontended pair."""
    worst, where = 0.0, ""
    for kernel in judged(tree):
        pairs = kernel_pairs(tree, kernel)
        for level in FREE:
            for size in SIZES:
                share = added(pairs, ("levels", level), size) / figure(pairs, "none", size)
                if abs(share) >= abs(worst):
                    worst, where = share, f"{level}, {kernel}"
    return f"{100 * worst:.3f} % at most" + (f" ({where})" if worst else ""), abs(worst) < 0.001


def target_mappings(tree):
    pairs = kernel_pairs(tree, "6.12")
    most = max(added(pairs, ("levels", "mappings"), size) for size in SIZES)
    floor = max(added(pairs, ("floor",), size) for size in SIZES)
    return f"{is_count(most)} (floor here: {is_count(floor)})", most <= 550


def target_kprobes(tree, path):
    """What is added on 6.1, by what empty probes add there."""
    ratios = {}
    for kernel in ("6.1", "patched"):
        pairs = kernel_pairs(tree, kernel)
        ratios[kernel] = max(added(pairs, path, size) / added(pairs, ("probes_floor",), size) for size in SIZES)
    text = ", ".join(f"{kernel}: {ratio:.2f}" for kernel, ratio in ratios.items())
    return text, max(ratios.values()) <= 1.5


def cheaper(tree, kernel):
    """How many times cheaper than bpftrace, for the size where that is less."""
    pairs = kernel_pairs(tree, kernel)
    return min(added(pairs, ("peers", "bpftrace"), size) / added(pairs, ("levels", "mappings"), size) for size in SIZES)


def target_bpftrace(tree, kernel, wanted):
    times = cheaper(tree, kernel)
    return f"{times:.1f} times", times >= wanted


def foreign_lock(tree, kernel):
    """The locks level's share of the slow path of a foreign lock, by that of empty programs."""
    pairs = kernel_pairs(tree, kernel)
    return added(pairs, ("levels", "locks"), "lock-slow") / added(pairs, ("lock_floor",), "lock-slow")


def target_lock(tree):
    ratios = {kernel: foreign_lock(tree, kernel) for kernel in judged(tree)}
    text = ", ".join(f"{kernel}: {ratio:.2f}" for kernel, ratio in ratios.items())
    return text, max(ratios.values()) <= 1.3


# Looks: pairs of sizes that differ in areas or in slots alone

AREA_STEPS = {"6.12": [("1x64M", "64x64M"), ("1x256M", "64x256M"), ("1x1G", "64x1G")], "patched": [("1x256M", "64x256M")]}
SLOT_STEPS = {"6.12": [(f"{areas}x64M", f"{areas}x1G") for areas in (1, 8, 64)], "patched": [("8x64M", "8x1G")]}


def look_ns(tree, kernel, size, level, what):
    return figure(tree, "state", kernel, size, "look", level, what, "ns")


def areas_of(size):
    return int(size.partition("x")[0])


def per_area(tree, kernel, level, what, step):
    """Instructions for each area more, of a pool of the same size."""
    less, more = (look_ns(tree, kernel, size, level, what) for size in step)
    return (more - less) / (areas_of(step[1]) - areas_of(step[0]))


def per_slot(tree, kernel, level, what, step):
    """Instructions for each slot more, with as many areas."""
    less, more = (look_ns(tree, kernel, size, level, what) for size in step)
    slots = [figure(tree, "state", kernel, size, "slots") for size in step]
    return (more - less) / (slots[1] - slots[0])


def worst(tree, steps, function, level, what):
    """The most over kernels and sizes: (value, kernel)."""
    return max((function(tree, kernel, level, what, step), kernel) for kernel, some in steps.items() for step in some)


def target_areas(tree):
    most, kernel = worst(tree, AREA_STEPS, per_area, "state", "sample")
    return f"{is_count(most)} ({kernel})", most < 200


def target_slots(tree, level):
    most, kernel = worst(tree, SLOT_STEPS, per_slot, level, "snapshot")
    return f"{most:.1f} ({kernel})", most < 40


def longest_run(tree, size):
    """The longest single run of a program for a snapshot: (instructions, name)."""
    found = [(program["longest_ns"], name) for kernel, sizes in figure(tree, "state").items() if size in sizes
             for level in ("state", "mappings")
             for name, program in figure(tree, "state", kernel, size, "look", level, "snapshot", "programs").items()]
    if not found:
        raise Missing(f"no state {size} in this run")
    return max(found)


def target_stall(tree):
    most, name = longest_run(tree, "8x1G")
    return f"{is_count(most)} ({name})", most < TICK


def target_start(tree):
    shares = {}
    for kernel in judged(tree):
        start = figure(tree, "cpus", kernel, "start")
        shares[kernel] = figure(start, "top", "elapsed_ns") / figure(start, "bpftrace", "elapsed_ns")
    return ", ".join(f"{kernel}: {share:.2f}" for kernel, share in shares.items()), max(shares.values()) < 1 / 3


def memory_bytes(tree, kernel, name):
    memory = figure(tree, "cpus", kernel, "memory", name)
    return figure(memory, "resident") + figure(memory, "kernel") - figure(memory, "mapped")


def target_memory(tree):
    most = max(memory_bytes(tree, kernel, "mappings") for kernel in judged(tree))
    return f"{most / MIB:.1f} MiB", most < 16 * MIB


def target_loss(tree):
    texts, met = [], True
    for kernel in judged(tree):
        loss = figure(tree, "cpus", kernel, "loss")
        missed = figure(loss, "lost") + abs(figure(loss, "made") - figure(loss, "seen"))
        texts.append(f"{kernel}: {missed} of {is_count(figure(loss, 'made'))}")
        met = met and missed == 0
    return ", ".join(texts), met


# Recordings, of 64 areas

def recorded(tree, *path):
    return figure(tree, "record", "6.12", "64", *path)


def target_record_bytes(tree):
    most = recorded(tree, "record", "bytes")
    return is_count(most), most <= 1536


def target_record_cost(tree):
    """The share of a CPU at a sample a second."""
    share = recorded(tree, "record", "ns") / CPU
    return f"{100 * share:.2f} %", share < 0.002


def target_record_memory(tree):
    memory = recorded(tree, "record")
    text = f"{figure(memory, 'peak') / MIB:.1f} MiB, {is_count(figure(memory, 'grown'))} B more after {figure(memory, 'samples')} samples"
    return text, figure(memory, "peak") < 16 * MIB and figure(memory, "grown") <= 0


def target_replay(tree):
    replay = recorded(tree, "replay")
    times = [figure(replay, key) / CPU * 1000 for key in ("open_ns", "longest_jump_ns")]
    return f"{times[0]:.0f} ms, {times[1]:.0f} ms", max(times) < 300


def target_scrape(tree):
    """Of as many areas as a machine of eight CPUs has."""
    taken = figure(tree, "scrape", "6.12", "8", "scrape", "ns")
    return is_count(taken), taken < 1_500_000


def target_simulate(tree):
    """Of a recording, with one setting."""
    found = figure(tree, "simulation", "recorded-1")
    seconds, size = figure(found, "ten_million_ns") / 1e9, figure(found, "peak_bytes") / MIB
    return f"{seconds:.1f} s, {size:.0f} MiB", seconds < 10 and size < 200


TARGETS = [
    ("state, locks and blocks levels, an uncontended pair", "0 added (under 0.1 %)", target_free),
    ("mappings level, stock 6.12, added to a pair", "at most 550", target_mappings),
    ("mappings level, 6.1, by what empty kprobe, kretprobe and fentry add", "at most 1.5",
     lambda tree: target_kprobes(tree, ("levels", "mappings"))),
    ("the same with probes, as behind an IOMMU", "at most 1.5", lambda tree: target_kprobes(tree, ("probes",))),
    ("cheaper than bpftrace with the same facts, 6.12", "at least 6 times", lambda tree: target_bpftrace(tree, "6.12", 6)),
    ("cheaper than bpftrace with the same facts, 6.1", "at least 4 times", lambda tree: target_bpftrace(tree, "6.1", 4)),
    ("slow path of a lock that is not swiotlb's, by what empty fentry and fexit add", "at most 1.3", target_lock),
    ("sample, which reads areas without slots: instructions an area beyond the fixed part", "under 200", target_areas),
    ("snapshot with slots: runs, instructions a slot", "under 40", lambda tree: target_slots(tree, "state")),
    ("snapshot with slots: runs and leaks, instructions a slot", "under 40", lambda tree: target_slots(tree, "mappings")),
    ("longest run of a program at 1 GiB, instructions", f"under {is_count(TICK)}, a timer tick", target_stall),
    ("start to first figures, by bpftrace's", "under a third", target_start),
    ("resident memory with maps, 64 MiB pool, mappings level, 4 CPUs", "under 16 MiB", target_memory),
    ("loss at the highest rate that 4 CPUs reach", "0", target_loss),
    ("recording of 64 areas: bytes a sample", "at most 1,536", target_record_bytes),
    ("recording of 64 areas, a sample a second: share of a CPU of 3 G instructions a second", "under 0.2 %", target_record_cost),
    ("recording of 64 areas: resident memory at most, and own data that grows", "under 16 MiB, 0", target_record_memory),
    ("an hour of 64 areas: to open it in top, to go to a time, at 3 G instructions a second", "under 300 ms each", target_replay),
    ("scrape of a pool of 64 MiB with 8 areas and 4 devices, instructions", "under 1,500,000", target_scrape),
    ("ten million requests of a recording, simulated on the host", "under 10 s and 200 MiB", target_simulate),
]


def judge(tree):
    """Each target with what was measured and whether it is met; without all figures it is not."""
    judged = []
    for name, wanted, function in TARGETS:
        try:
            text, met = function(tree)
        except (Missing, ZeroDivisionError, ValueError) as missing:
            text, met = f"not measured: {missing}", False
        judged.append({"name": name, "target": wanted, "measured": text, "met": met})
    return judged


def faults_of_check(pairs):
    """What is wrong with the figures of the self-check, in words."""
    faults = []

    def expect(what, holds):
        if not holds:
            faults.append(f"{what}: {pairs}")

    try:
        for size in SIZES:
            none = figure(pairs, "none", size)
            again = added(pairs, ("none_again",), size)
            locks, mappings = added(pairs, ("levels", "locks"), size), added(pairs, ("levels", "mappings"), size)
            floor = added(pairs, ("floor",), size)
            expect("a pair is measured twice alike", none > 0 and abs(again) <= 0.002 * none)
            expect("the locks level costs an uncontended pair nothing", abs(locks) <= 0.002 * none)
            expect("hooks that do nothing cost something, and the ledger more", 0 < floor < mappings)
    except Missing as missing:
        faults.append(f"not measured: {missing}")
    return faults
